#include "app/replay_order.h"

#include <stdio.h>

#include "base/buf.h"
#include "testing.h"

#define MINUTE 60000LL
#define NONE INT64_MIN

struct given {
	const char *metric, *unit;
	int64_t timestamp_ms;
	double sum, count;
};

static struct point
order_point(const struct given *given)
{
	static const struct dimension dimension = {{"d", 1}, {"v", 1}};

	return (struct point){.series = {.account = SPAN_OF("1"),
				  .region = SPAN_OF("r"),
				  .namespace = SPAN_OF("n"),
				  .metric = span_text(given->metric),
				  .unit = span_text(given->unit),
				  .dimensions = &dimension,
				  .ndimensions = 1},
	    .timestamp_ms = given->timestamp_ms,
	    .sum = given->sum,
	    .count = given->count,
	    .min = given->sum,
	    .max = given->sum};
}

/* "SEQ@CLOCK METRIC/UNIT=SUM …" or "SEQ@CLOCK tick", in steps. */
static void
order_print(struct replay_order *order, int64_t step_ms, struct buf *out)
{
	struct entry entry;

	while (replay_order_next(order, &entry) == RC_OK) {
		buf_printf(out, "%lld@%lld%s", (long long)entry.seq,
		    (long long)(entry.arrival_ms / step_ms),
		    entry.kind == ENTRY_TICK ? " tick" : "");
		for (size_t i = 0; i < entry.npoints; i++)
			buf_printf(out, " %.*s/%.*s=%g",
			    SPAN_ARGS(entry.points[i].series.metric),
			    SPAN_ARGS(entry.points[i].series.unit),
			    entry.points[i].sum);
		buf_text(out, "; ");
	}
}

static void
order_check(const struct given *given, size_t count, int64_t step_ms,
    struct replay_range range, const char *want)
{
	struct replay_order *order = replay_order_create(step_ms, &range);
	struct buf out = {0};
	struct err err;

	for (size_t i = 0; i < count; i++) {
		struct point point = order_point(&given[i]);

		ck_assert_int_eq(replay_order_add(order, &point, &err), RC_OK);
	}
	ck_assert_int_eq(replay_order_seal(order, &err), RC_OK);
	order_print(order, step_ms, &out);
	ck_assert_str_eq(buf_cstr(&out), want);
	buf_fini(&out);
	replay_order_free(&order);
}

static const struct given stream[] = {
    {"b", "None", 12 * MINUTE, 1, 1},
    {"a", "None", 10 * MINUTE, 2, 1},
    {"a", "Count", 10 * MINUTE + 59999, 3, 1}, /* another series */
    {"a", "None", 12 * MINUTE, 4, 1},
    {"b", "None", 10 * MINUTE, 5, 1},
};
#define STREAM (sizeof(stream) / sizeof(*stream))

START_TEST(minutes_become_entries)
{
	static const struct {
		struct replay_range range;
		const char *want;
	} rows[] = {{{NONE, NONE},
			"10@11 a/None=2 a/Count=3 b/None=5; 11@12 tick; "
			"12@13 a/None=4 b/None=1; "},
	    /* The first clock is FROM + one step; before it only fills. */
	    {{11 * MINUTE, NONE},
		"10@11 a/None=2 a/Count=3 b/None=5; 11@12 tick; "
		"12@13 a/None=4 b/None=1; "},
	    {{12 * MINUTE, NONE},
		"10@11 a/None=2 a/Count=3 b/None=5; "
		"12@13 a/None=4 b/None=1; "},
	    {{11 * MINUTE + 1, NONE},
		"10@11 a/None=2 a/Count=3 b/None=5; "
		"12@13 a/None=4 b/None=1; "},
	    {{8 * MINUTE, NONE},
		"8@9 tick; 9@10 tick; 10@11 a/None=2 a/Count=3 b/None=5; "
		"11@12 tick; 12@13 a/None=4 b/None=1; "},
	    /* The last clock is TO, also past the last point. */
	    {{NONE, 12 * MINUTE},
		"10@11 a/None=2 a/Count=3 b/None=5; 11@12 tick; "},
	    {{12 * MINUTE, 15 * MINUTE},
		"10@11 a/None=2 a/Count=3 b/None=5; "
		"12@13 a/None=4 b/None=1; 13@14 tick; 14@15 tick; "},
	    {{2 * MINUTE, 4 * MINUTE}, "2@3 tick; 3@4 tick; "}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		order_check(
		    stream, STREAM, MINUTE, rows[i].range, rows[i].want);
}
END_TEST

START_TEST(the_order_of_the_input_shows_nowhere)
{
	struct given turned[STREAM];

	for (size_t shift = 0; shift < STREAM; shift++) {
		for (size_t i = 0; i < STREAM; i++)
			turned[i] = stream[(STREAM - i + shift) % STREAM];
		order_check(turned, STREAM, MINUTE,
		    (struct replay_range){NONE, NONE},
		    "10@11 a/None=2 a/Count=3 b/None=5; 11@12 tick; "
		    "12@13 a/None=4 b/None=1; ");
	}
}
END_TEST

START_TEST(of_two_versions_the_fuller_stands_then_the_later)
{
	static const struct given fuller[] = {{"a", "N", MINUTE, 1, 2},
	    {"a", "N", MINUTE, 2, 3}, {"a", "N", MINUTE, 3, 1}};
	static const struct given later[] = {{"a", "N", MINUTE, 1, 2},
	    {"a", "N", MINUTE, 2, 2}, {"a", "N", MINUTE + 1000, 3, 1}};

	order_check(fuller, 3, MINUTE, (struct replay_range){NONE, NONE},
	    "1@2 a/N=2; ");
	order_check(
	    later, 3, MINUTE, (struct replay_range){NONE, NONE}, "1@2 a/N=2; ");
}
END_TEST

START_TEST(steps_may_be_shorter)
{
	static const struct given given[] = {
	    {"a", "N", 0, 1, 1}, {"a", "N", 20000, 2, 1}};

	order_check(given, 2, 10000, (struct replay_range){NONE, NONE},
	    "0@1 a/N=1; 1@2 tick; 2@3 a/N=2; ");
}
END_TEST

START_TEST(nothing_is_nothing)
{
	order_check(NULL, 0, MINUTE, (struct replay_range){NONE, NONE}, "");
	order_check(NULL, 0, MINUTE, (struct replay_range){MINUTE, NONE}, "");
	order_check(NULL, 0, MINUTE, (struct replay_range){MINUTE, 3 * MINUTE},
	    "1@2 tick; 2@3 tick; ");
}
END_TEST

START_TEST(years_of_ticks_are_refused)
{
	static const struct given given[] = {
	    {"a", "N", 0, 1, 1}, {"a", "N", 4000000000000, 2, 1}};
	struct replay_range range = {NONE, NONE};
	struct replay_order *order = replay_order_create(MINUTE, &range);
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		struct point point = order_point(&given[i]);

		ck_assert_int_eq(replay_order_add(order, &point, &err), RC_OK);
	}
	ck_assert_int_eq(replay_order_seal(order, &err), RC_REJECT);
	ck_assert_ptr_nonnull(strstr(err.text, "--from and --to"));
	replay_order_free(&order);
}
END_TEST

START_TEST(counts_say_where_points_went)
{
	static const struct given given[] = {{"a", "N", 0, 1, 1},
	    {"a", "N", 0, 2, 1}, {"a", "N", 2 * MINUTE, 2, 1}};
	struct replay_range range = {NONE, 2 * MINUTE};
	struct replay_order *order = replay_order_create(MINUTE, &range);
	struct replay_order_counts counts;
	struct err err;

	for (size_t i = 0; i < 3; i++) {
		struct point point = order_point(&given[i]);

		replay_order_add(order, &point, &err);
	}
	ck_assert_int_eq(replay_order_seal(order, &err), RC_OK);
	counts = replay_order_counts(order);
	ck_assert_uint_eq(counts.points, 3);
	ck_assert_uint_eq(counts.superseded, 1);
	ck_assert_uint_eq(counts.behind, 1);
	ck_assert_uint_eq(counts.steps, 2);
	replay_order_free(&order);
}
END_TEST

TEST_MAIN("replay_order", minutes_become_entries,
    the_order_of_the_input_shows_nowhere,
    of_two_versions_the_fuller_stands_then_the_later, steps_may_be_shorter,
    nothing_is_nothing, years_of_ticks_are_refused,
    counts_say_where_points_went)
