/*
 * What the quick visitor of OTLP takes for granted, byte by byte: the head of
 * a metric with one point, the comparison of names, and units as words.
 */
#include "base/buf.h"
#include "decode_book.h"
#include "otlp_writer.h"
#include "pipeline/decode/decode_otlp_match.h"

static void
put_point(struct buf *out, const char *namespace)
{
	struct buf value = {0}, pairs = {0}, any = {0}, pair = {0};

	writer_fixed(out, 2, 27000000 * 60000000000ull);
	writer_fixed(out, 3, 27000001 * 60000000000ull);
	writer_fixed(out, 4, 3);
	writer_double(out, 5, 12.5, 0);
	writer_double(&value, 2, 0.5, 0);
	writer_close(out, 6, &value, 0);
	writer_double(&value, 1, 1, 0);
	writer_double(&value, 2, 7, 0);
	writer_close(out, 6, &value, 0);
	writer_pair(out, 7, "Namespace", namespace, 0);
	writer_pair(out, 7, "MetricName", "FreeStorageSpace", 0);
	writer_pair(&pairs, 1, "DatabaseClass", "db.r6g.large", 0);
	writer_pair(&pairs, 1, "InstanceId", "orders-0123456789abcdef", 0);
	writer_close(&any, 6, &pairs, 0);
	writer_text(&pair, 1, "Dimensions", 0);
	writer_close(&pair, 2, &any, 0);
	writer_close(out, 7, &pair, 0);
}

static void
put_metric(struct buf *out, const char *unit, const char *namespace)
{
	struct buf point = {0}, summary = {0}, metric = {0};

	put_point(&point, namespace);
	writer_close(&summary, 1, &point, 0);
	writer_text(&metric, 1, "amazonaws.com/AWS/RDS", 0);
	if (unit != NULL)
		writer_text(&metric, 3, unit, 0);
	writer_close(&metric, 11, &summary, 0);
	writer_close(out, 2, &metric, 0);
}

/* A record of one message of one resource; gives where its metrics begin. */
static size_t
put_record(struct buf *record, struct buf *metrics)
{
	struct buf all = {0}, message = {0};
	size_t len = metrics->len;

	buf_clear(record);
	writer_resource_of(&all, "111122223333", "us-east-1");
	writer_close(&all, 2, metrics, 0);
	writer_close(&message, 1, &all, 0);
	writer_frame(record, buf_span(&message));
	buf_fini(&message);
	return record->len - len;
}

/* By both visitors, from memory that ends where the record does. */
static size_t
read_both(struct book *book, struct arena *arena, struct span record)
{
	struct decoded full, quick;
	char *exact = arena_alloc(arena, record.len);

	memcpy(exact, record.at, record.len);
	record.at = exact;
	decoded_init(&full, arena);
	decoded_init(&quick, arena);
	quick.identities = &book->identities;
	decoders[1].decode(&full, record, 0);
	decoders[1].decode(&quick, record, 0);
	book_read(book, &quick, 0);
	book_same(&quick, &full);
	return full.npoints;
}

/* Every byte of a metric, up to its point, has every value, and every bit of
 * its figures is turned, while its series and that of a neighbour are known. */
START_TEST(a_head_of_any_bytes)
{
	static const char *const units[] = {
	    "{Count}", "s", "", "Kibibits", NULL};
	struct book book;
	size_t known;

	book_init(&book);
	for (size_t u = 0; u < sizeof(units) / sizeof(*units); u++) {
		struct buf record = {0}, metrics = {0};
		struct arena arena;
		size_t from;

		put_metric(&metrics, units[u], "AWS/RDS");
		put_metric(&metrics, "s", "AWS/EBS");
		from = put_record(&record, &metrics);
		arena_init(&arena);
		read_both(&book, &arena, buf_span(&record));
		known = book.known;
		read_both(&book, &arena, buf_span(&record));
		ck_assert_uint_eq(book.known, known + 2);
		for (size_t at = from; at < from + 120; at++) {
			char saved = record.bytes[at];

			for (int bits = 1; bits < 256;
			     bits = at < from + 48 ? bits + 1 : bits * 2) {
				record.bytes[at] = (char)(saved ^ bits);
				read_both(&book, &arena, buf_span(&record));
				arena_reset(&arena);
			}
			record.bytes[at] = saved;
		}
		arena_fini(&arena);
		buf_fini(&record);
	}
	book_fini(&book);
}
END_TEST

/* Each length, each byte of it changed, in memory of just that length. */
START_TEST(one_byte_is_another_name)
{
	for (size_t len = 16; len < 300; len++) {
		char *a = malloc(len), *b = malloc(len);

		for (size_t i = 0; i < len; i++)
			a[i] = b[i] = (char)writer_below(256);
		ck_assert(otlp_same(a, b, len));
		for (size_t i = 0; i < len; i++) {
			char bit = (char)(1 << writer_below(8));

			b[i] ^= bit;
			ck_assert_msg(
			    !otlp_same(a, b, len), "%zu of %zu", i, len);
			b[i] ^= bit;
		}
		free(a);
		free(b);
	}
}
END_TEST

START_TEST(units_are_words)
{
	static const struct span units[] = {SPAN_OF(""), SPAN_OF("\0"),
	    SPAN_OF("\0\0"), SPAN_OF("s"), SPAN_OF("\0s"), SPAN_OF("s\0"),
	    SPAN_OF("\1s"), SPAN_OF("By"), SPAN_OF("{Count}"),
	    SPAN_OF("{count}"), SPAN_OF("{Count\0"), SPAN_OF("\0\0\0\0\0\0\0")};
	size_t count = sizeof(units) / sizeof(*units);

	for (size_t i = 0; i < count; i++) {
		struct identity_share *share =
		    malloc(offsetof(struct identity_share, bytes) + 8);
		char sent[9] = {(char)units[i].len, 9, 9, 9, 9, 9, 9, 9, 9};

		memcpy(sent + 1, units[i].at, units[i].len);
		ck_assert_uint_eq(otlp_unit_word(units[i]),
		    otlp_unit_word_at((const unsigned char *)sent));
		memset(share, 0xff, offsetof(struct identity_share, bytes));
		share->len = (uint32_t)units[i].len;
		memcpy(share->bytes, units[i].at, units[i].len);
		for (size_t k = 0; k < count; k++) {
			struct otlp_unit unit = {
			    units[k], otlp_unit_word(units[k])};

			ck_assert_msg(otlp_unit_is(i == 0 ? NULL : share,
					  &unit) == (i == k),
			    "%zu, %zu", i, k);
			ck_assert_msg((unit.word == otlp_unit_word(units[i])) ==
				(i == k || units[i].len + units[k].len == 0),
			    "%zu, %zu", i, k);
		}
		free(share);
	}
}
END_TEST

/* Of eight bytes, though the word be the same. */
START_TEST(a_long_unit_is_no_word)
{
	struct otlp_unit unit = {SPAN_OF("Kibibits"), word_read("Kibibits")};
	struct identity_share *share =
	    malloc(offsetof(struct identity_share, bytes) + 8);

	share->len = 8;
	memcpy(share->bytes, unit.text.at, 8);
	ck_assert(!otlp_unit_is(share, &unit));
	free(share);
}
END_TEST

/* The second point of a record is taught as something else under its own hash;
 * the first is known, so that the context was compared before. */
static void *
known_as(struct book *book, struct span record, const struct identity_key *key)
{
	struct arena arena;
	struct decoded out;
	void *known;

	identities_teach(&book->identities, key, book);
	arena_init(&arena);
	decoded_init(&out, &arena);
	out.identities = &book->identities;
	decoders[1].decode(&out, record, 0);
	ck_assert_uint_eq(out.npoints, 2);
	ck_assert_ptr_nonnull(out.points[0].known);
	ck_assert_ptr_ne(out.points[0].known, book);
	known = out.points[1].known;
	arena_fini(&arena);
	return known;
}

START_TEST(no_byte_of_a_name_is_trusted)
{
	struct buf record = {0}, metrics = {0};
	struct identity_key key, other;
	struct book book;
	struct arena arena;
	struct decoded out;
	char body[256];

	book_init(&book);
	arena_init(&arena);
	put_metric(&metrics, "s", "AWS/EBS");
	put_metric(&metrics, "s", "AWS/RDS");
	put_record(&record, &metrics);
	decoded_init(&out, &arena);
	out.identities = &book.identities;
	decoders[1].decode(&out, buf_span(&record), 0);
	ck_assert_uint_eq(out.npoints, 2);
	ck_assert_ptr_nonnull(out.points[1].teach);
	identities_teach(&book.identities, out.points[0].teach, &out);
	key = other = *out.points[1].teach;
	ck_assert_uint_gt(key.shared, 16);
	ck_assert_uint_lt(key.body.len, sizeof(body));
	memcpy(body, key.body.at, key.body.len);
	other.body.at = body;
	for (size_t i = 0; i < key.body.len; i++) {
		body[i] ^= 1;
		ck_assert_msg(
		    known_as(&book, buf_span(&record), &other) == NULL, "%zu",
		    i);
		body[i] ^= 1;
	}
	other.tail = SPAN_OF("t");
	ck_assert_ptr_null(known_as(&book, buf_span(&record), &other));
	other.tail = (struct span){0};
	ck_assert_ptr_null(known_as(&book, buf_span(&record), &other));
	other = key;
	other.context = SPAN_OF("another");
	ck_assert_ptr_null(known_as(&book, buf_span(&record), &other));
	ck_assert_ptr_eq(known_as(&book, buf_span(&record), &key), &book);
	arena_fini(&arena);
	buf_fini(&record);
	book_fini(&book);
}
END_TEST

/* Of JSON, which has no context; nor has a resource that nothing was compared
 * with yet. */
START_TEST(a_format_is_compared)
{
	struct buf record = {0}, metrics = {0};
	struct identity_key key;
	struct book book;
	struct arena arena;
	struct decoded out;

	book_init(&book);
	arena_init(&arena);
	put_metric(&metrics, "s", "AWS/RDS");
	put_record(&record, &metrics);
	decoded_init(&out, &arena);
	out.identities = &book.identities;
	decoders[1].decode(&out, buf_span(&record), 0);
	key = *out.points[0].teach;
	key.format = IDENTITY_JSON;
	key.context = (struct span){0};
	identities_teach(&book.identities, &key, &book);
	decoders[1].decode(&out, buf_span(&record), 0);
	ck_assert_ptr_null(out.points[1].known);
	arena_fini(&arena);
	buf_fini(&record);
	book_fini(&book);
}
END_TEST

TEST_MAIN("decode_otlp_match", a_head_of_any_bytes, one_byte_is_another_name,
    units_are_words, a_long_unit_is_no_word, no_byte_of_a_name_is_trusted,
    a_format_is_compared)
