#include <stdio.h>

#include "pipeline/decode/identity.h"
#include "testing.h"

/* Things that identities are known as: any addresses will do. */
static char things[4096];

static struct identity_key
key_of(const char *context, const char *body, const char *tail, uint64_t hash)
{
	return (struct identity_key){.context = span_text(context),
	    .body = span_text(body),
	    .tail = span_text(tail),
	    .hash = hash,
	    .format = IDENTITY_JSON};
}

static void
teach_number(struct identities *identities, unsigned number)
{
	char body[32];
	struct identity_key key;

	snprintf(body, sizeof(body), "head-of-all-%u", number);
	key = key_of("context", body, "tail", 0);
	key.hash = identity_hash(identities, key.body, 1);
	key.shared = 12;
	identities_teach(identities, &key, &things[number]);
}

static void *
find_number(struct identities *identities, unsigned number)
{
	char body[32];
	struct identity_key key;

	snprintf(body, sizeof(body), "head-of-all-%u", number);
	key = key_of("context", body, "tail", 0);
	key.hash = identity_hash(identities, key.body, 1);
	return identities_find(identities, &key);
}

START_TEST(every_byte_is_compared)
{
	static const struct {
		const char *context, *body, *tail;
	} rows[] = {{"c", "abcdef", "t"}, {"d", "abcdef", "t"},
	    {"c", "abcdeg", "t"}, {"c", "xbcdef", "t"}, {"c", "abcdef", "u"},
	    {"", "cabcdef", "t"}, {"c", "abcde", "ft"}, {"c", "abcdeft", ""},
	    {"ca", "bcdef", "t"}, {"", "", ""}, {"", "", "t"}, {"c", "", ""}};
	size_t count = sizeof(rows) / sizeof(*rows);

	for (uint32_t shared = 0; shared < 6; shared++)
		for (size_t i = 0; i < count; i++) {
			struct identity_key key = key_of(
			    rows[i].context, rows[i].body, rows[i].tail, 7);
			struct identities identities;

			identities_init(&identities);
			key.shared = shared < key.body.len
			    ? shared
			    : (uint32_t)key.body.len;
			identities_teach(&identities, &key, &things[i]);
			for (size_t k = 0; k < count; k++) {
				key = key_of(rows[k].context, rows[k].body,
				    rows[k].tail, 7);
				ck_assert(identities_find(&identities, &key) ==
				    (k == i ? &things[i] : NULL));
				key.format = IDENTITY_OTLP;
				ck_assert(!identities_find(&identities, &key));
			}
			identities_fini(&identities);
		}
}
END_TEST

START_TEST(the_later_of_two_with_one_hash_stays)
{
	struct identity_key a = key_of("", "a", "", 5),
			    b = key_of("", "b", "", 5);
	struct identities identities;

	identities_init(&identities);
	identities_teach(&identities, &a, &things[0]);
	identities_teach(&identities, &b, &things[1]);
	ck_assert(identities_find(&identities, &a) == NULL);
	ck_assert(identities_find(&identities, &b) == &things[1]);
	identities_teach(&identities, &b, &things[2]);
	ck_assert(identities_find(&identities, &b) == &things[2]);
	ck_assert_uint_eq(identities.count, 1);
	identities_fini(&identities);
}
END_TEST

/* Hashes that all want one slot, at the end of the table. */
START_TEST(neighbours_are_found_when_one_goes)
{
	struct identities identities;
	size_t last;

	for (size_t gone = 0; gone < 8; gone++) {
		identities_init(&identities);
		last = identities.mask;
		for (size_t i = 0; i < 8; i++) {
			struct identity_key key = key_of("", "x", "",
			    ((i + 1) * (last + 1) + last) - (i % 3 == 2));

			identities_teach(&identities, &key, &things[i]);
		}
		identities.count_max = 8;
		identities.hand = (last - 1 + gone) & last;
		for (size_t i = 0; i <= last; i++)
			if (identities.slots[i].identity != NULL)
				identities.slots[i].identity->used =
				    i != identities.hand;
		teach_number(&identities, 100);
		ck_assert_uint_eq(identities.count, 8);
		last = 0;
		for (size_t i = 0; i < 8; i++) {
			struct identity_key key = key_of("", "x", "",
			    ((i + 1) * (identities.mask + 1) +
				identities.mask) -
				(i % 3 == 2));

			last +=
			    identities_find(&identities, &key) == &things[i];
		}
		ck_assert_uint_eq(last, 7);
		ck_assert(find_number(&identities, 100) == &things[100]);
		identities_fini(&identities);
	}
}
END_TEST

START_TEST(the_used_stay_when_it_is_full)
{
	struct identities identities;
	size_t found = 0;

	identities_init(&identities);
	identities.count_max = 1000;
	for (unsigned i = 0; i < 4000; i++) {
		teach_number(&identities, i);
		for (unsigned k = 0; k < 100; k++)
			find_number(&identities, k);
		ck_assert_uint_le(identities.count, 1000);
	}
	for (unsigned k = 0; k < 100; k++)
		found += find_number(&identities, k) == &things[k];
	ck_assert_uint_gt(found, 80);
	ck_assert(find_number(&identities, 3999) == &things[3999]);
	identities_fini(&identities);
}
END_TEST

START_TEST(bytes_are_counted_and_bounded)
{
	struct identities identities;
	size_t before, full;

	identities_init(&identities);
	before = identities.bytes;
	for (unsigned i = 0; i < 500; i++)
		teach_number(&identities, i);
	ck_assert_uint_gt(identities.bytes, before + 500 * 40);
	ck_assert_uint_eq(identities.shares.count, 3);
	full = identities.bytes;
	identities.bytes_max = full;
	for (unsigned i = 500; i < 2000; i++) {
		teach_number(&identities, i);
		ck_assert_uint_le(identities.bytes, full + 100);
	}
	identities_fini(&identities);
}
END_TEST

static bool
is_odd(const void *known, void *argument)
{
	(*(size_t *)argument)++;
	return ((const char *)known - things) % 2 == 1;
}

static bool
is_any(const void *known, void *argument)
{
	(void)known, (void)argument;
	return true;
}

START_TEST(what_is_gone_is_forgotten)
{
	struct identities identities;
	size_t asked = 0;

	identities_init(&identities);
	for (unsigned i = 0; i < 600; i++)
		teach_number(&identities, i);
	identities_forget(&identities, is_odd, &asked);
	ck_assert_uint_ge(asked, 600);
	ck_assert_uint_eq(identities.count, 300);
	for (unsigned i = 0; i < 600; i++)
		ck_assert(find_number(&identities, i) ==
		    (i % 2 == 1 ? NULL : &things[i]));
	identities_forget(&identities, is_any, NULL);
	ck_assert_uint_eq(identities.count, 0);
	ck_assert_uint_eq(identities.bytes,
	    (identities.mask + 1) * sizeof(*identities.slots));
	ck_assert_uint_eq(identities.shares.count, 0);
	identities_fini(&identities);
}
END_TEST

static void
hash_try(const struct identity_hasher *hasher, char *bytes, size_t len)
{
	struct span all = span_make(bytes, len);
	uint64_t hash = hasher->hash(7, all, 1);

	ck_assert(hash == hasher->hash(7, all, 1));
	ck_assert(hash != hasher->hash(7, all, 2));
	ck_assert(hash != hasher->hash(8, all, 1));
	for (size_t i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (char)(1 << i % 8);
		ck_assert_msg(hash != hasher->hash(7, all, 1),
		    "%s: bit %zu of %zu bytes", hasher->name, i, len);
		bytes[i / 8] ^= (char)(1 << i % 8);
	}
	if (len > 0)
		ck_assert(
		    hash != hasher->hash(7, span_make(bytes, len - 1), 1));
}

/* All lengths, each at the end of its memory; one bit changes the hash. */
START_TEST(hashes_are_of_all_bytes)
{
	for (size_t i = 0; identity_hashers[i] != NULL; i++)
		for (size_t len = 0; len < 300; len++) {
			char *bytes = calloc(1, len > 0 ? len : 1);

			if (identity_hashers[i]->usable())
				hash_try(identity_hashers[i], bytes, len);
			free(bytes);
		}
	ck_assert(identity_hasher_best()->usable());
}
END_TEST

START_TEST(too_long_is_not_kept)
{
	static char body[20000];
	struct identities identities;
	struct identity_key key = {.format = IDENTITY_JSON};

	identities_init(&identities);
	for (key.body = span_make(body, 16384); key.body.len < 16386;
	     key.body.len++)
		identities_teach(&identities, &key, things);
	ck_assert_uint_eq(identities.count, 1);
	key.body.len = 16384;
	ck_assert(identities_find(&identities, &key) == things);
	identities_fini(&identities);
}
END_TEST

TEST_MAIN("identity", every_byte_is_compared,
    the_later_of_two_with_one_hash_stays, neighbours_are_found_when_one_goes,
    the_used_stay_when_it_is_full, bytes_are_counted_and_bounded,
    what_is_gone_is_forgotten, hashes_are_of_all_bytes, too_long_is_not_kept)
