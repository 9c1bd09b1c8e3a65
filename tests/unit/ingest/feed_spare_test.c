#include "ingest/feed_spare.h"

#include "testing.h"

#define MIB_BYTES ((size_t)1024 * 1024)

START_TEST(what_was_given_back_is_taken_again)
{
	struct feed_spares spares;
	struct feed_spare *one, *two;
	const char *bytes;

	feed_spares_init(&spares);
	one = feed_spares_take(&spares);
	two = feed_spares_take(&spares);
	ck_assert_ptr_ne(one, two);
	buf_text(&one->body, "somebody else's");
	bytes = one->body.bytes;
	feed_spares_give(&spares, &one);
	ck_assert_ptr_null(one);
	one = feed_spares_take(&spares);
	ck_assert_ptr_eq(one->body.bytes, bytes);
	ck_assert_uint_eq(one->body.len, 0);
	feed_spares_give(&spares, &one);
	feed_spares_give(&spares, &two);
	feed_spares_give(&spares, &two);
	ck_assert_uint_eq(spares.count, 2);
	feed_spares_fini(&spares);
}
END_TEST

START_TEST(only_a_few_are_kept_and_none_that_is_huge)
{
	struct feed_spares spares;
	struct feed_spare *many[10], *huge;

	feed_spares_init(&spares);
	for (size_t i = 0; i < 10; i++)
		many[i] = feed_spares_take(&spares);
	huge = feed_spares_take(&spares);
	buf_reserve(&huge->body, 16 * MIB_BYTES);
	feed_spares_give(&spares, &huge);
	ck_assert_uint_eq(spares.count, 0);
	for (size_t i = 0; i < 10; i++)
		feed_spares_give(&spares, &many[i]);
	ck_assert_uint_eq(spares.count, 4);
	feed_spares_fini(&spares);
}
END_TEST

START_TEST(all_go_when_it_is_quiet)
{
	static const struct {
		int64_t now_ms;
		bool used;
		size_t count;
	} rows[] = {{1000, true, 1}, {2000, false, 1}, {5999, false, 1},
	    {6000, true, 1}, {10999, false, 1}, {11000, false, 0},
	    {12000, true, 1}};
	struct feed_spares spares;
	struct feed_spare *spare;

	feed_spares_init(&spares);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].used) {
			spare = feed_spares_take(&spares);
			feed_spares_give(&spares, &spare);
		}
		feed_spares_trim(&spares, rows[i].now_ms);
		ck_assert_msg(spares.count == rows[i].count, "row %zu", i);
	}
	feed_spares_fini(&spares);
}
END_TEST

TEST_MAIN("feed_spare", what_was_given_back_is_taken_again,
    only_a_few_are_kept_and_none_that_is_huge, all_go_when_it_is_quiet)
