/* Metric math: what expressions give. Values are of periods, oldest first;
 * "-" is a period without a point. */
#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "pipeline/alarm/math/math.h"
#include "pipeline/alarm/math/math_calendar.h"
#include "pipeline/alarm/math/math_function.h"
#include "testing.h"

#define POINTS 16
#define QUERIES 8

/* Monday 14 September 2026, 11:58 UTC. */
#define START_MS 1789387080000LL

struct fixture {
	struct arena arena;
	struct math_query queries[QUERIES];
	double values[QUERIES][POINTS];
	const double *views[QUERIES];
	size_t count;
	struct math_window window;
};

static size_t
read_points(const char *text, double out[POINTS])
{
	size_t count = 0;

	while (*text != '\0') {
		char *end = (char *)text + 1;

		ck_assert_uint_lt(count, POINTS);
		if (*text == '-' && (text[1] == ' ' || text[1] == '\0'))
			out[count++] = NAN;
		else
			out[count++] = strtod(text, &end);
		text = end;
		while (*text == ' ')
			text++;
	}
	return count;
}

static void
write_points(char *out, size_t size, const double *points, size_t count)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(out + len, size - len,
		    isnan(points[i]) ? "%s-" : "%s%.17g", i > 0 ? " " : "",
		    points[i]);
}

static void
fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
	f->window = (struct math_window){
	    .start_ms = START_MS, .period_ms = 60000, .values = f->views};
}

static void
fixture_metric(struct fixture *f, const char *id, const char *points)
{
	if (points == NULL)
		return;
	f->queries[f->count].id = span_text(id);
	f->window.count = read_points(points, f->values[f->count]);
	f->views[f->count] = f->values[f->count];
	f->count++;
}

static void
fixture_expression(struct fixture *f, const char *id, const char *expression)
{
	if (expression == NULL)
		return;
	f->queries[f->count].id = span_text(id);
	f->queries[f->count++].expression = span_text(expression);
}

static void
fixture_compile(struct fixture *f)
{
	struct math_fault fault;

	if (!math_compile(&f->arena, f->queries, f->count, &fault))
		ck_abort_msg("%.*s, column %u: %s",
		    SPAN_ARGS(f->queries[fault.query].expression), fault.column,
		    fault.text);
	ck_assert_ptr_null(fault.text);
}

/* Of the last query. */
static void
fixture_gives(struct fixture *f, const char *expected)
{
	const struct math_query *query = &f->queries[f->count - 1];
	double out[POINTS], wanted[POINTS];
	char got_text[1024], wanted_text[1024];

	fixture_compile(f);
	ck_assert(math_is_series(query->math));
	ck_assert_uint_eq(read_points(expected, wanted), f->window.count);
	math_evaluate(query->math, &f->window, &f->arena, out);
	write_points(got_text, sizeof(got_text), out, f->window.count);
	write_points(wanted_text, sizeof(wanted_text), wanted, f->window.count);
	if (strcmp(got_text, wanted_text) != 0)
		ck_abort_msg("%.*s: %s, not %s", SPAN_ARGS(query->expression),
		    got_text, wanted_text);
	arena_fini(&f->arena);
}

struct row {
	const char *m1, *m2, *m3, *expression, *expected;
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fixture f;

		fixture_init(&f);
		fixture_metric(&f, "m1", rows[i].m1);
		fixture_metric(&f, "m2", rows[i].m2);
		fixture_metric(&f, "m3", rows[i].m3);
		fixture_expression(&f, "e1", rows[i].expression);
		fixture_gives(&f, rows[i].expected);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

/* The tables of the User Guide, and what was captured of CloudWatch. */
static const struct row guide_rows[] = {
    {"30 20 0 0", "20 - 20 -", NULL, "(m1 < m2)", "0 0 1 0"},
    {"30 20 0 0", "20 - 20 -", NULL, "(m1 >= 30)", "1 0 0 0"},
    {"30 20 0 0", "20 - 20 -", NULL, "(m1 > 15 AND m2 > 15)", "1 0 0 0"},
    {"1 1 0 0 -", "30 - 0 0 30", "0 0 20 - 20", "IF(m1, m2, m3)",
	"30 0 20 0 -"},
    {"1 1 0 0 -", NULL, "0 0 20 - 20", "IF(m1, 5, m3)", "5 5 20 - -"},
    {"1 1 0 0 -", "30 - 0 0 30", NULL, "IF(m1, m2, 5)", "30 0 5 5 -"},
    /* Captured 2026-09-14. */
    {"4 4 8 16 32", NULL, NULL, "m1*2", "8 8 16 32 64"},
    {"4 4 8 16 32", NULL, NULL, "RUNNING_SUM(m1)", "4 8 16 32 64"},
    {"4 4 8 16 32", NULL, NULL, "IF(m1>=8,m1,0)", "0 0 8 16 32"},
    {"4 4 8 16 32", NULL, NULL, "SUM([m1,m1])", "8 8 16 32 64"},
    {"4 4 8 16 32", NULL, NULL, "FILL(m1,0)", "4 4 8 16 32"},
    {"- - -", NULL, NULL, "m1+1", "- - -"},
    {"- - -", NULL, NULL, "TIME_SERIES(0)", "0 0 0"},
};

START_TEST(test_guide)
{
	CHECK(guide_rows);
}
END_TEST

/* One period: the value tells how the expression was read. */
static const struct row precedence_rows[] = {
    {"0", NULL, NULL, "m1 + 2 + 3 * 4", "14"},
    {"0", NULL, NULL, "m1 + (2 + 3) * 4", "20"},
    {"0", NULL, NULL, "m1 + 10 - 2 - 3", "5"},
    {"0", NULL, NULL, "m1 + 24 / 4 / 3", "2"},
    {"0", NULL, NULL, "m1 + 2 ^ 3 ^ 2", "512"},
    {"0", NULL, NULL, "m1 + (2 ^ 3) ^ 2", "64"},
    {"0", NULL, NULL, "m1 - 2 ^ 2", "-4"},
    {"0", NULL, NULL, "m1 + -2 ^ 2", "-4"},
    {"0", NULL, NULL, "m1 + (-2) ^ 2", "4"},
    {"0", NULL, NULL, "m1 + 2 ^ -1 * 3", "1.5"},
    {"3", NULL, NULL, "-m1 ^ 2", "-9"},
    {"3", NULL, NULL, "- - m1", "3"},
    {"3", NULL, NULL, "2 * -m1", "-6"},
    {"0", NULL, NULL, "m1 + 2 * 3 ^ 2", "18"},
    {"1", NULL, NULL, "m1 + 1 > 1", "1"},
    {"1", NULL, NULL, "m1 < 2 == 1", "1"},
    {"1", NULL, NULL, "2 == m1 + 1 AND 3 != m1", "1"},
    {"1", NULL, NULL, "3 == m1 < 4", "0"},
    {"1", NULL, NULL, "m1 OR m1 AND 0", "1"},
    {"1", NULL, NULL, "(m1 OR m1) AND 0", "0"},
    {"1", NULL, NULL, "m1 || m1 && 0", "1"},
    {"1", NULL, NULL, "m1 == 1 && m1 <= 1 || 0", "1"},
    {"5", NULL, NULL, "\t m1\n*  .5e1 ", "25"},
    {"5", NULL, NULL, "m1*1.5E-1", "0.75"},
};

START_TEST(test_precedence)
{
	CHECK(precedence_rows);
}
END_TEST

static const struct row operator_rows[] = {
    /* Missing counts as 0 when the other is there. */
    {"1 2 - -", "10 - 20 -", NULL, "m1 + m2", "11 2 20 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 - m2", "-9 2 -20 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 * m2", "10 0 0 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 == m2", "0 0 0 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 != m2", "1 1 1 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 <= m2", "1 0 1 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 OR m2", "1 1 1 -"},
    {"1 2 - -", "10 - 20 -", NULL, "m1 AND m2", "1 0 0 -"},
    /* But not beside a number. */
    {"1 2 - -", NULL, NULL, "m1 + 1", "2 3 - -"},
    {"1 2 - -", NULL, NULL, "1 - m1", "0 -1 - -"},
    {"1 2 - -", NULL, NULL, "m1 < 2", "1 0 - -"},
    /* Division by zero drops the point; so does all that is not finite. */
    {"1 0 5 -", "0 0 2 1", NULL, "m1 / m2", "- - 2.5 0"},
    {"1 4 5 6", "2 - 5 0", NULL, "m1 / m2", "0.5 - 1 -"},
    {"0 1 2 -", NULL, NULL, "1 / m1", "- 1 0.5 -"},
    {"-8 8 0 -", NULL, NULL, "m1 ^ 0.5 * 0", "- 0 0 -"},
    {"1e300 1 2 3", NULL, NULL, "m1 ^ 2", "- 1 4 9"},
    {"1e308 -1e308", "1e308 -1e308", NULL, "m1 + m2", "- -"},
    {"1 2", NULL, NULL, "m1 + 1 / 0", "- -"},
    /* A number and a series with each of an array. */
    {"1 2 -", "10 - -", NULL, "SUM(100 / [m1, m2])", "110 50 -"},
    {"1 2 -", "10 - -", NULL, "SUM([m1, m2] * 2)", "22 4 -"},
    {"1 2 -", "10 - -", NULL, "SUM(m1 - [m1, m2])", "-9 2 -"},
    {"1 2 -", "10 - -", NULL, "SUM([m1, m2] - m1)", "9 -2 -"},
    {"1 2 -", "10 - -", NULL, "SUM(-[m1, m2])", "-11 -2 -"},
    {"1 2 -", "10 - -", NULL, "SUM([m1, m2] > 1)", "1 1 -"},
    {"1 2 -", NULL, NULL, "-m1", "-1 -2 -"},
    {"1 2 -", NULL, NULL, "5", "5 5 5"},
};

START_TEST(test_operators)
{
	CHECK(operator_rows);
}
END_TEST

static const struct row reduce_rows[] = {
    /* Of a series: a number. */
    {"1 - 5 2", NULL, NULL, "TIME_SERIES(SUM(m1))", "8 8 8 8"},
    {"1 - 5 2", NULL, NULL, "TIME_SERIES(AVG(m1))", "2 2 2 2"},
    {"1 - 5 2", NULL, NULL, "TIME_SERIES(MIN(m1))", "1 1 1 1"},
    {"1 - 5 2", NULL, NULL, "TIME_SERIES(MAX(m1))", "5 5 5 5"},
    {"1 - 5 2", NULL, NULL, "TIME_SERIES(DATAPOINT_COUNT(m1))", "3 3 3 3"},
    {"2 4 4 4 5 5 7 9", NULL, NULL, "TIME_SERIES(STDDEV(m1))",
	"2 2 2 2 2 2 2 2"},
    {"4 - 4 -", NULL, NULL, "TIME_SERIES(STDDEV(m1))", "2 2 2 2"},
    {"-5 -3", NULL, NULL, "TIME_SERIES(MAX(m1))", "-3 -3"},
    {"1 - 5 2", NULL, NULL, "m1 - MIN(m1)", "0 - 4 1"},
    {"2 - 4", NULL, NULL, "m1 / SUM(m1) * DATAPOINT_COUNT(m1)",
	"0.66666666666666663 - 1.3333333333333333"},
    /* Of a series without a point: no number, but a count. */
    {"1 2", "- -", NULL, "m1 + SUM(m2)", "- -"},
    {"1 2", "- -", NULL, "m1 + AVG(m2)", "- -"},
    {"1 2", "- -", NULL, "m1 + MAX(m2)", "- -"},
    {"1 2", "- -", NULL, "m1 + DATAPOINT_COUNT(m2)", "1 2"},
    {"1 2", "- -", NULL, "TIME_SERIES(MIN(m2))", "- -"},
    /* Of an array: a series. */
    {"1 2 - -", "5 - 3 -", "- - - -", "SUM([m1, m2, m3])", "6 2 3 -"},
    {"3 3 - -", "9 - 6 -", "- - - -", "AVG([m1, m2, m3])", "4 1 2 -"},
    {"1 2 - -", "5 - 3 -", "- - - -", "MIN([m1, m2, m3])", "1 2 3 -"},
    {"1 2 - -", "5 - 3 -", "- - - -", "MAX([m1, m2, m3])", "5 2 3 -"},
    {"1 2 - -", "5 - 3 -", NULL, "STDDEV([m1, m2])", "2 1 1.5 -"},
    {"1 2 - -", "5 - 3 -", "- - - -", "DATAPOINT_COUNT([m1, m2, m3])",
	"2 1 1 -"},
    {"1 2 3", NULL, NULL, "MAX([m1])", "1 2 3"},
};

START_TEST(test_reducers)
{
	CHECK(reduce_rows);
}
END_TEST

static const struct row series_rows[] = {
    {"-1.5 2 -", NULL, NULL, "ABS(m1)", "1.5 2 -"},
    {"-1.5 1.5 -", NULL, NULL, "CEIL(m1)", "-1 2 -"},
    {"-1.5 1.5 -", NULL, NULL, "FLOOR(m1)", "-2 1 -"},
    {"1 0 -1 -", NULL, NULL, "LOG(m1)", "0 - - -"},
    {"100 0 -1 -", NULL, NULL, "LOG10(m1)", "2 - - -"},
    {"-1 2", "-4 4", NULL, "SUM(ABS([m1, m2]))", "5 6"},
    {"1 - - 7 5", NULL, NULL, "DIFF(m1)", "- - - 6 -2"},
    {"1 - - 7 5", NULL, NULL, "DIFF_TIME(m1)", "- - - 180 60"},
    {"1 - - 19 13", NULL, NULL, "RATE(m1)",
	"- - - 0.10000000000000001 -0.10000000000000001"},
    {"- - 4 -", NULL, NULL, "DIFF(m1)", "- - - -"},
    {"1 - 2 -", NULL, NULL, "RUNNING_SUM(m1)", "1 - 3 -"},
    {"1 4 9", "2 3 4", NULL, "SUM(DIFF([m1, m2]))", "- 4 6"},
    {"- 1 - - 4 -", NULL, NULL, "FILL(m1, 9)", "9 1 9 9 4 9"},
    {"- 1 - - 4 -", NULL, NULL, "FILL(m1, REPEAT)", "- 1 1 1 4 4"},
    {"- 1 - - 4 -", NULL, NULL, "FILL(m1, LINEAR)", "- 1 2 3 4 -"},
    {"- - - - - -", NULL, NULL, "FILL(m1, LINEAR)", "- - - - - -"},
    {"- 1 -", "7 8 -", NULL, "FILL(m1, m2)", "7 1 -"},
    {"- 4 -", NULL, NULL, "FILL(m1, MIN(m1))", "4 4 4"},
    {"- 4 -", "- - -", NULL, "FILL(m1, MIN(m2))", "- 4 -"},
    {"- 1", "5 -", "2 2", "SUM(FILL([m1, m2], m3))", "7 3"},
    {"- 1", "5 -", NULL, "SUM(FILL(METRICS(), 0))", "5 1"},
    {"- 1 - 3", "5 - - 8", NULL, "SUM(FILL([m1, m2], LINEAR))", "5 7 9 11"},
};

START_TEST(test_series)
{
	CHECK(series_rows);
}
END_TEST

static const struct row if_rows[] = {
    {"1 -1 0 -", "9 9 9 9", NULL, "IF(m1, m2)", "9 9 - -"},
    {"1 -1 0 -", NULL, NULL, "IF(m1, 10, 2)", "10 10 2 -"},
    {"500 300 - 100", NULL, NULL, "IF(m1 < 400, m1)", "- 300 - 100"},
    {"500 300 - 100", NULL, NULL, "IF(m1 < 400, 10, 2)", "2 10 - 10"},
    /* A second that is missing is 0, whatever the third. */
    {"1 1 0 0", "- 2 - 2", NULL, "IF(m1, m2)", "0 2 - -"},
    {"1 1 0 0", "- 2 - 2", NULL, "IF(m1 > 0, m2, 7)", "0 2 7 7"},
    {"1 1 0 0", "- 2 - 2", "- - - 3", "IF(m1 > 0, m2, m3)", "0 2 0 3"},
    /* A third that is missing: not there behind a number. */
    {"1 1 0 0", NULL, "- - - 3", "IF(m1 > 0, 5, m3)", "5 5 - 3"},
    /* A number as the condition: one of both as it is. */
    {"1 - 3", "- 5 6", NULL, "IF(1, m1, m2)", "1 - 3"},
    {"1 - 3", "- 5 6", NULL, "IF(0, m1, m2)", "- 5 6"},
    {"1 - 3", NULL, NULL, "IF(0, m1)", "- - -"},
    {"1 - 3", NULL, NULL, "IF(0, m1, 4)", "4 4 4"},
    {"1 - 3", NULL, NULL, "IF(SUM(m1) > 3, 10, m1)", "10 10 10"},
    {"1 - 3", NULL, NULL, "TIME_SERIES(IF(SUM(m1) > 9, 1, 2))", "2 2 2"},
    {"1 2 3", "- - -", NULL, "IF(SUM(m2), m1, m1)", "- - -"},
    {"1 9 200", "5 6 7", NULL,
	"IF(FIRST(SORT(METRICS(), AVG, DESC)) > 100, 1, 0)", "0 0 1"},
};

START_TEST(test_if)
{
	CHECK(if_rows);
}
END_TEST

static const struct row array_rows[] = {
    {"1 2", "3 4", "5 6", "SUM(METRICS())", "9 12"},
    {"1 2", "3 4", "5 6", "SUM(METRICS(\"m\"))", "9 12"},
    {"1 2", "3 4", "5 6", "SUM(METRICS('2'))", "3 4"},
    {"1 2", "3 4", "5 6", "SUM([METRICS('1'), METRICS('3')])", "6 8"},
    {"1 2", "3 4", "5 6", "SUM(METRICS('none'))", "- -"},
    {"1 2", "3 4", "5 6", "TIME_SERIES(METRIC_COUNT(METRICS('none')))", "0 0"},
    {"1 2", "3 4", "5 6", "FIRST(METRICS('none'))", "- -"},
    {"1 2", "3 4", "5 6", "m1 / METRIC_COUNT(METRICS())",
	"0.33333333333333331 0.66666666666666663"},
    {"1 2", "3 4", "5 6", "FIRST([m2, m3])", "3 4"},
    {"1 2", "3 4", "5 6", "LAST(METRICS())", "5 6"},
    {"1 2", "3 4", "5 6", "SUM(SLICE(METRICS(), 1))", "8 10"},
    {"1 2", "3 4", "5 6", "SUM(SLICE(METRICS(), 1, 2))", "3 4"},
    {"1 2", "3 4", "5 6", "SUM(SLICE(METRICS(), 0, 9))", "9 12"},
    {"1 2", "3 4", "5 6", "SUM(SLICE(METRICS(), 2, 1))", "- -"},
    {"1 2", "3 4", "5 6", "SUM(SLICE(METRICS(), SUM(m1), 9))", "- -"},
    {"4 4", "9 0", "1 6", "FIRST(SORT(METRICS(), MAX, DESC))", "9 0"},
    {"4 4", "9 0", "1 6", "FIRST(SORT(METRICS(), MIN, DESC))", "4 4"},
    {"4 4", "9 0", "1 6", "FIRST(SORT(METRICS(), SUM, ASC))", "1 6"},
    {"4 4", "9 0", "1 6", "LAST(SORT(METRICS(), AVG, ASC))", "9 0"},
    {"4 4", "9 0", "1 6", "SUM(SORT(METRICS(), SUM, DESC, 2))", "13 4"},
    /* Equal ones keep their order; what has no point comes last. */
    {"4 4", "3 5", "1 7", "FIRST(SORT(METRICS(), SUM, DESC))", "4 4"},
    {"4 4", "3 5", "1 7", "LAST(SORT(METRICS(), SUM, ASC))", "1 7"},
    {"- -", "3 5", "1 6", "FIRST(SORT(METRICS(), SUM, ASC))", "1 6"},
    {"- -", "3 5", "1 6", "LAST(SORT(METRICS(), SUM, DESC))", "- -"},
    {"- -", "3 5", "1 6", "TIME_SERIES(METRIC_COUNT(REMOVE_EMPTY(METRICS())))",
	"2 2"},
    {"- -", "3 5", "1 6", "FIRST(REMOVE_EMPTY(METRICS()))", "3 5"},
    {"3 1", "2 2", NULL, "TIME_SERIES(METRIC_COUNT([METRICS(), METRICS()]))",
	"4 4"},
};

START_TEST(test_arrays)
{
	CHECK(array_rows);
}
END_TEST

/* 11:58, 11:59, 12:00, points or not. */
static const struct row clock_rows[] = {
    {"1 - 2", NULL, NULL, "MINUTE(m1)", "58 59 0"},
    {"1 - 2", NULL, NULL, "HOUR(m1)", "11 11 12"},
    {"- - -", NULL, NULL, "DAY(m1)", "1 1 1"},
    {"- - -", NULL, NULL, "DATE(m1)", "14 14 14"},
    {"- - -", NULL, NULL, "MONTH(m1)", "9 9 9"},
    {"- - -", NULL, NULL, "YEAR(m1)", "2026 2026 2026"},
    {"- - -", NULL, NULL, "EPOCH(m1)", "1789387080 1789387140 1789387200"},
    {"6 - 9", NULL, NULL, "m1 / PERIOD(m1)",
	"0.10000000000000001 - 0.14999999999999999"},
    {"6 - 9", NULL, NULL, "IF(DAY(m1) < 6, m1)", "6 0 9"},
    {"6 - 9", NULL, NULL, "IF(MONTH(m1) == 4, m1)", "- - -"},
    {"6 - 9", NULL, NULL, "TIME_SERIES(5 * AVG(m1))", "25 25 25"},
};

START_TEST(test_clock)
{
	CHECK(clock_rows);
}
END_TEST

START_TEST(test_calendar)
{
	static const struct {
		const char *time;
		int day; /* of the week */
	} rows[] = {
	    {"1970-01-01T00:00:00.000Z", 4},
	    {"1969-12-31T23:59:59.999Z", 3},
	    {"1900-02-28T12:34:00.000Z", 3},
	    {"1900-03-01T00:00:00.000Z", 4},
	    {"2000-02-29T00:00:00.000Z", 2},
	    {"2000-03-01T00:00:00.000Z", 3},
	    {"2023-12-31T23:59:00.000Z", 7},
	    {"2024-02-29T06:00:00.000Z", 4},
	    {"2024-12-31T00:01:00.000Z", 2},
	    {"2026-11-21T08:31:00.000Z", 6},
	    {"2100-02-28T00:00:00.000Z", 7},
	    {"2100-03-01T00:00:00.000Z", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct math_calendar calendar;
		char got[64];
		int64_t ms;

		ck_assert(text_parse_time(span_text(rows[i].time), &ms));
		calendar = math_calendar(ms);
		snprintf(got, sizeof(got), "%04d-%02d-%02dT%02d:%02d",
		    (int)calendar.year, calendar.month, calendar.date,
		    calendar.hour, calendar.minute);
		ck_assert(span_starts(span_text(rows[i].time), got));
		ck_assert_int_eq(calendar.day, rows[i].day);
	}
	/* Every day of 500 years against the C library's. */
	for (int64_t day = -70000; day < 120000; day++) {
		struct math_calendar calendar = math_calendar(day * 86400000);
		char got[64], want[TEXT_TIME_SIZE];

		text_time(want, day * 86400000);
		snprintf(got, sizeof(got), "%04d-%02d-%02dT",
		    (int)calendar.year, calendar.month, calendar.date);
		ck_assert(span_starts(span_text(want), got));
	}
}
END_TEST

/* Expressions name one another in any order, and each is computed once. */
START_TEST(test_queries)
{
	struct fixture f;
	double out[POINTS];

	fixture_init(&f);
	fixture_expression(&f, "ratio", "100 * errors / (all + 0 * all)");
	fixture_metric(&f, "m_errors", "1 - 4");
	fixture_expression(&f, "errors", "FILL(m_errors, scale)");
	fixture_expression(&f, "scale", "SUM(m_errors) - 5");
	fixture_metric(&f, "m_all", "10 10 8");
	fixture_expression(&f, "both", "METRICS()");
	fixture_expression(&f, "all", "LAST(both)");
	fixture_compile(&f);
	math_evaluate(f.queries[0].math, &f.window, &f.arena, out);
	ck_assert(out[0] == 10 && out[1] == 0 && out[2] == 50);
	ck_assert_ptr_null(f.queries[1].math);
	ck_assert(!math_is_series(f.queries[5].math));
	ck_assert(math_is_series(f.queries[3].math));
	arena_fini(&f.arena);

	fixture_init(&f);
	fixture_metric(&f, "m1", "1 2 -");
	fixture_expression(&f, "e1", "[m1, 2 * m1]");
	fixture_expression(&f, "e2", "SORT([e1, e1], SUM, DESC)");
	fixture_expression(&f, "e3", "FIRST(e2) + LAST(e2) + SUM(e1)");
	fixture_gives(&f, "6 12 -");
}
END_TEST

/* Naming a query many times is no more work: without a memory these would be
 * 30^15 evaluations. */
START_TEST(test_work)
{
	struct math_query queries[LIMIT_MATH_QUERIES] = {0};
	const double *views[LIMIT_MATH_QUERIES] = {NULL};
	double points[2] = {1, NAN}, out[2], expected = 1;
	struct math_window window = {START_MS, 60000, 2, views};
	struct math_fault fault;
	struct arena arena;

	arena_init(&arena);
	queries[0].id = span_text("q0");
	views[0] = points;
	for (size_t i = 1; i < 16; i++) {
		char *text = arena_alloc(&arena, 400);
		size_t len = 0;

		for (int j = 0; j < 30; j++)
			len += (size_t)sprintf(
			    text + len, "%sq%zu", j > 0 ? "+" : "", i - 1);
		queries[i].id = span_text(arena_printf(&arena, "q%zu", i));
		queries[i].expression = span_text(text);
		expected *= 30;
	}
	ck_assert(math_compile(&arena, queries, 16, &fault));
	math_evaluate(queries[15].math, &window, &arena, out);
	ck_assert(out[0] == expected && isnan(out[1]));
	arena_fini(&arena);
}
END_TEST

/* Buffers go round: memory does not grow with the length of an expression. */
START_TEST(test_memory)
{
	enum { COUNT = 20000 };
	static double points[COUNT], out[COUNT];
	const double *views[2] = {points, NULL};
	struct math_window window = {START_MS, 60000, COUNT, views};
	struct math_query queries[2] = {
	    {.id = SPAN_OF("m1")}, {.id = SPAN_OF("e1")}};
	char text[2 * 1000];
	struct math_fault fault;
	struct arena arena;
	size_t before;

	for (size_t i = 0; i < COUNT; i++)
		points[i] = (double)i;
	arena_init(&arena);
	strcpy(text, "m1");
	for (int i = 0; i < 300; i++)
		strcat(text, "+m1");
	queries[1].expression = span_text(text);
	ck_assert(math_compile(&arena, queries, 2, &fault));
	before = arena.used;
	math_evaluate(queries[1].math, &window, &arena, out);
	ck_assert(out[COUNT - 1] == 301.0 * (COUNT - 1));
	ck_assert_uint_lt(arena.used - before, 4 * sizeof(points));
	arena_fini(&arena);
}
END_TEST

/* Every function of the table says what it is. */
START_TEST(test_functions)
{
	static const char *const names[] = {"ABS", "AVG", "CEIL",
	    "DATAPOINT_COUNT", "DATE", "DAY", "DIFF", "DIFF_TIME", "EPOCH",
	    "FILL", "FIRST", "FLOOR", "HOUR", "IF", "LAST", "LOG", "LOG10",
	    "MAX", "METRICS", "METRIC_COUNT", "MIN", "MINUTE", "MONTH",
	    "PERIOD", "RATE", "REMOVE_EMPTY", "RUNNING_SUM", "SLICE", "SORT",
	    "STDDEV", "SUM", "TIME_SERIES", "YEAR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct math_function *function =
		    math_function_find(span_text(names[i]));

		ck_assert_ptr_nonnull(function);
		ck_assert_ptr_nonnull(function->doc);
		ck_assert(span_starts(span_text(function->usage), names[i]));
		ck_assert_uint_le(
		    function->least, math_function_most(function));
	}
}
END_TEST

TEST_MAIN("math", test_guide, test_precedence, test_operators, test_reducers,
    test_series, test_if, test_arrays, test_clock, test_calendar, test_queries,
    test_work, test_memory, test_functions)
