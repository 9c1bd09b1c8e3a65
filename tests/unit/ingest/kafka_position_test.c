#include "ingest/kafka_position.h"

#include "testing.h"

static const struct {
	const char *what;
	struct kafka_known known; /* committed, mark, low, high, latest */
	enum kafka_start why;
	int64_t next, lost;
} begin_rows[] = {
    {"nothing is known", {-1, -1, 0, 9, false}, KAFKA_START_RESET, 0, 0},
    {"the same of an old topic", {-1, -1, 4, 9, false}, KAFKA_START_RESET, 4,
	0},
    {"the same, from now on", {-1, -1, 4, 9, true}, KAFKA_START_RESET, 9, 0},
    {"an empty topic", {-1, -1, 0, 0, false}, KAFKA_START_RESET, 0, 0},
    {"committed", {5, -1, 0, 9, false}, KAFKA_START_COMMITTED, 5, 0},
    {"committed 0", {0, -1, 0, 9, true}, KAFKA_START_COMMITTED, 0, 0},
    {"committed up to the end", {9, -1, 0, 9, false}, KAFKA_START_COMMITTED, 9,
	0},
    {"killed before the commit", {5, 7, 0, 9, false}, KAFKA_START_MARK, 7, 0},
    {"killed before the first commit", {-1, 7, 0, 9, true}, KAFKA_START_MARK, 7,
	0},
    {"another member went on", {8, 7, 0, 9, false}, KAFKA_START_COMMITTED, 8,
	0},
    {"both the same", {7, 7, 0, 9, false}, KAFKA_START_COMMITTED, 7, 0},
    {"removed before it was read", {5, 3, 7, 9, false}, KAFKA_START_REMOVED, 7,
	2},
    {"all of it removed", {5, 6, 9, 9, true}, KAFKA_START_REMOVED, 9, 3},
    {"made anew", {-1, 70, 0, 9, false}, KAFKA_START_ANEW, 0, 0},
    {"made anew, from now on", {-1, 70, 0, 9, true}, KAFKA_START_ANEW, 9, 0},
    {"made anew, and commits are of it", {4, 70, 0, 9, false}, KAFKA_START_ANEW,
	4, 0},
    {"commits beyond the end", {70, 4, 0, 9, false}, KAFKA_START_ANEW, 0, 0},
    {"commits before the beginning", {1, 70, 3, 9, false}, KAFKA_START_ANEW, 3,
	0},
};

START_TEST(where_it_begins)
{
	for (size_t i = 0; i < sizeof(begin_rows) / sizeof(*begin_rows); i++) {
		struct kafka_position position;
		int64_t lost;
		enum kafka_start why = kafka_position_begin(
		    &position, &begin_rows[i].known, &lost);

		ck_assert_msg(why == begin_rows[i].why &&
			position.next == begin_rows[i].next &&
			lost == begin_rows[i].lost,
		    "%s: why %d next %lld lost %lld", begin_rows[i].what, why,
		    (long long)position.next, (long long)lost);
		ck_assert_int_eq(position.durable, position.next);
		ck_assert_int_eq(
		    position.committed, begin_rows[i].known.committed);
	}
}
END_TEST

START_TEST(what_was_taken_is_not_taken_again)
{
	/* Offsets as they come, with gaps and repeats. */
	static const struct {
		int64_t offset;
		bool take;
	} rows[] = {{4, false}, {5, true}, {5, false}, {6, true}, {9, true},
	    {7, false}, {8, false}, {9, false}, {10, true}, {0, false}};
	struct kafka_position position = {.next = 5, .durable = 5};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(kafka_position_take(&position, rows[i].offset) ==
			rows[i].take,
		    "row %zu", i);
	ck_assert_int_eq(position.next, 11);
	ck_assert_int_eq(position.durable, 5);
}
END_TEST

START_TEST(only_what_is_durable_is_told)
{
	struct kafka_position position = {
	    .next = 5, .durable = 5, .committed = 5};

	kafka_position_take(&position, 5);
	kafka_position_take(&position, 6);
	ck_assert(!kafka_position_uncommitted(&position));
	kafka_position_settle(&position, 5);
	ck_assert(kafka_position_uncommitted(&position));
	ck_assert_int_eq(position.durable, 6);
	position.committed = 6;
	ck_assert(!kafka_position_uncommitted(&position));
	/* Where nothing was committed yet, the beginning is told. */
	position.committed = -1;
	ck_assert(kafka_position_uncommitted(&position));
}
END_TEST

TEST_MAIN("kafka_position", where_it_begins, what_was_taken_is_not_taken_again,
    only_what_is_durable_is_told)
