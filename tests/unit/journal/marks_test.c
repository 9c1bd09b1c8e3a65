#include "journal/marks.h"

#include "base/limits.h"
#include "fixture.h"

#define TOPIC SPAN_OF("kafka/s/topic/0")

static const struct {
	const char *source, *id;
	int64_t next; /* -1: sets none */
} range_rows[] = {{"kafka/s/t/0", "0-0", 1}, {"kafka/s/t/0", "17-41", 42},
    {"kafka/", "1-2", 3}, {"kafka", "1-2", -1}, {"primary", "1-2", -1},
    {"", "1-2", -1}, {"kafka/s/t/0", "", -1}, {"kafka/s/t/0", "1", -1},
    {"kafka/s/t/0", "1-", -1}, {"kafka/s/t/0", "-1", -1},
    {"kafka/s/t/0", "2-1", -1}, {"kafka/s/t/0", "1-2-3", -1},
    {"kafka/s/t/0", "1-2 ", -1}, {"kafka/s/t/0", "a-b", -1},
    {"kafka/s/t/0", "1-9223372036854775806", INT64_MAX},
    {"kafka/s/t/0", "1-9223372036854775807", -1},
    {"kafka/s/t/0", "1-92233720368547758070", -1}};

START_TEST(names_of_entries_that_set_a_mark)
{
	for (size_t i = 0; i < sizeof(range_rows) / sizeof(*range_rows); i++) {
		int64_t next = -1;
		bool sets = marks_range(span_text(range_rows[i].source),
		    span_text(range_rows[i].id), &next);

		ck_assert_msg(sets == (range_rows[i].next >= 0) &&
			next == range_rows[i].next,
		    "%s %s", range_rows[i].source, range_rows[i].id);
	}
}
END_TEST

START_TEST(the_newest_entry_counts)
{
	struct marks marks;

	marks_init(&marks);
	ck_assert_int_eq(marks_next(&marks, TOPIC), -1);
	marks_note(&marks, TOPIC, 10, 1);
	marks_note(&marks, TOPIC, 20, 2);
	ck_assert_int_eq(marks_next(&marks, TOPIC), 20);
	/* A topic that was made anew. */
	marks_note(&marks, TOPIC, 5, 3);
	ck_assert_int_eq(marks_next(&marks, TOPIC), 5);
	ck_assert_int_eq(marks_next(&marks, SPAN_OF("kafka/s/topic/1")), -1);
	marks_fini(&marks);
}
END_TEST

START_TEST(the_oldest_goes_above_the_limit)
{
	int64_t before = counter_get(&journal_stats[JOURNAL_MARKS_FORGOTTEN]);
	struct marks marks;

	marks_init(&marks);
	ck_assert_uint_eq(marks.limit, LIMIT_MARKS);
	marks.limit = 2;
	marks_note(&marks, SPAN_OF("a"), 1, 1);
	marks_note(&marks, SPAN_OF("b"), 1, 2);
	marks_note(&marks, SPAN_OF("a"), 2, 3);
	marks_note(&marks, SPAN_OF("c"), 1, 4);
	ck_assert_int_eq(marks_next(&marks, SPAN_OF("a")), 2);
	ck_assert_int_eq(marks_next(&marks, SPAN_OF("b")), -1);
	ck_assert_int_eq(marks_next(&marks, SPAN_OF("c")), 1);
	ck_assert_int_eq(
	    counter_get(&journal_stats[JOURNAL_MARKS_FORGOTTEN]) - before, 1);
	marks_fini(&marks);
}
END_TEST

static void
add(struct fixture *fixture, const char *range, size_t nrecords)
{
	const struct span records[] = {SPAN_OF("{}\n")};
	const struct entry entry = {.kind = ENTRY_BATCH,
	    .source = TOPIC,
	    .request_id = span_text(range),
	    .records = records,
	    .nrecords = nrecords};
	struct err err;

	ck_assert_int_eq(
	    journal_append_wait(fixture->journal, &entry, NULL, &err), RC_OK);
}

START_TEST(a_journal_knows_them_after_a_restart)
{
	int64_t ids = counter_get(&journal_stats[JOURNAL_REQUEST_IDS]);
	struct fixture fixture;

	fixture_init(&fixture);
	ck_assert_int_eq(journal_mark(fixture.journal, TOPIC), -1);
	add(&fixture, "0-9", 1);
	ck_assert_int_eq(journal_mark(fixture.journal, TOPIC), 10);
	/* Messages without anything in them are passed too. */
	add(&fixture, "10-12", 0);
	ck_assert_int_eq(journal_mark(fixture.journal, TOPIC), 13);
	fixture_reopen(&fixture);
	ck_assert_int_eq(journal_mark(fixture.journal, TOPIC), 13);
	add(&fixture, "0-4", 1);
	fixture_reopen(&fixture);
	ck_assert_int_eq(journal_mark(fixture.journal, TOPIC), 5);
	/* They are none of the ids that are remembered one by one. */
	ck_assert_int_eq(counter_get(&journal_stats[JOURNAL_REQUEST_IDS]), ids);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("marks", names_of_entries_that_set_a_mark, the_newest_entry_counts,
    the_oldest_goes_above_the_limit, a_journal_knows_them_after_a_restart)
