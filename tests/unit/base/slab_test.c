#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slab.h"
#include "testing.h"

#define THINGS 30000

/* What a thing is filled with tells whose it is. */
static void
thing_fill(char *at, size_t size, size_t i)
{
	memset(at, (int)(i * 7 + 1), size);
}

static bool
thing_is(const char *at, size_t size, size_t i)
{
	for (size_t k = 0; k < size; k++)
		if (at[k] != (char)(i * 7 + 1))
			return false;
	return true;
}

static size_t
thing_size(size_t i)
{
	return 1 + i * 37 % (SLAB_MOST + 40);
}

/* None lies in another, with every other one freed and made anew. */
START_TEST(things_keep_apart)
{
	static char *things[THINGS];
	struct slab slab = {0};

	for (size_t i = 0; i < THINGS; i++) {
		things[i] = slab_alloc(&slab, thing_size(i));
		ck_assert((uintptr_t)things[i] % SLAB_STEP == 0);
		thing_fill(things[i], thing_size(i), i);
	}
	for (size_t i = 0; i < THINGS; i += 2)
		slab_free(&slab, things[i], thing_size(i));
	for (size_t i = 0; i < THINGS; i += 2) {
		things[i] = slab_alloc(&slab, thing_size(i + 4));
		thing_fill(things[i], thing_size(i + 4), i);
	}
	for (size_t i = 0; i < THINGS; i++) {
		size_t size = thing_size(i % 2 == 0 ? i + 4 : i);

		ck_assert(thing_is(things[i], size, i));
		slab_free(&slab, things[i], size);
	}
	slab_fini(&slab);
}
END_TEST

START_TEST(what_was_freed_is_used_again)
{
	struct slab slab = {0};
	char *first = slab_alloc(&slab, 100), *second = slab_alloc(&slab, 100);

	slab_free(&slab, first, 100);
	slab_free(&slab, second, 100);
	ck_assert(slab_alloc(&slab, 96) != second);
	ck_assert(slab_alloc(&slab, 97) == second);
	ck_assert(slab_alloc(&slab, 112) == first);
	slab_fini(&slab);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
START_TEST(overruns_are_seen)
{
	struct slab slab = {0};
	char *first = slab_alloc(&slab, 32), *second = slab_alloc(&slab, 20);

	ck_assert(!__asan_address_is_poisoned(first + 31));
	ck_assert(__asan_address_is_poisoned(first + 32));
	ck_assert(__asan_address_is_poisoned(second + 20));
	slab_free(&slab, first, 32);
	ck_assert(__asan_address_is_poisoned(first));
	slab_fini(&slab);
}
END_TEST
#else
START_TEST(overruns_are_seen)
{
}
END_TEST
#endif

START_TEST(tables_are_zeroed)
{
	static const size_t sizes[] = {1, 4096, 3 << 20};

	for (size_t i = 0; i < 3; i++) {
		char *table = slab_table(sizes[i], 2);
		size_t other = 0;

		for (size_t k = 0; k < sizes[i] * 2; k++)
			other += table[k] != 0;
		ck_assert_uint_eq(other, 0);
		free(table);
	}
}
END_TEST

TEST_MAIN("slab", things_keep_apart, what_was_freed_is_used_again,
    overruns_are_seen, tables_are_zeroed)
