/* Metric math: what is refused, and where; and the band, which is no math. */
#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/alarm/math/math.h"
#include "testing.h"

struct row {
	const char *expression;
	unsigned column;
	const char *text; /* all of it, or its beginning before "…" */
};

static bool
is_like(const char *text, const char *expected)
{
	const char *rest = strstr(expected, "…");

	if (rest == NULL)
		return strcmp(text, expected) == 0;
	return strncmp(text, expected, (size_t)(rest - expected)) == 0;
}

static void
check_fault(const struct math_fault *fault, const struct row *row)
{
	if (fault->text == NULL)
		ck_abort_msg("%s: no fault", row->expression);
	if (fault->column != row->column || !is_like(fault->text, row->text))
		ck_abort_msg("%s:\n%u: %s\nnot\n%u: %s", row->expression,
		    fault->column, fault->text, row->column, row->text);
}

/* Beside two metrics, an array and a band. */
static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct math_query queries[] = {
		    {.id = SPAN_OF("errors")},
		    {.id = SPAN_OF("m2")},
		    {.id = SPAN_OF("all"), .expression = SPAN_OF("METRICS()")},
		    {.id = SPAN_OF("band"),
			.expression = SPAN_OF("ANOMALY_DETECTION_BAND(m2)"),
			.skipped = true},
		    {.id = SPAN_OF("e1"),
			.expression = span_text(rows[i].expression)},
		};
		struct math_fault fault;
		struct arena arena;

		arena_init(&arena);
		if (math_compile(&arena, queries, 5, &fault))
			ck_abort_msg("%s: no fault", rows[i].expression);
		ck_assert_uint_eq(fault.query, 4);
		ck_assert_ptr_null(queries[2].math);
		check_fault(&fault, &rows[i]);
		arena_fini(&arena);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static const struct row syntax_rows[] = {
    {" ", 0, "the expression is empty"},
    {"m2 +", 5, "expected a value, not the end"},
    {"m2 m2", 4, "expected an operator or the end, not \"m2\""},
    {"m2 + * 2", 6, "expected a value, not \"*\""},
    {"+m2", 1, "expected a value, not \"+\""},
    {"(m2", 4, "expected an operator or ), not the end"},
    {"m2)", 3, "expected an operator or the end, not \")\""},
    {"SUM(errors m2)", 12, "expected an operator, a comma or ), not \"m2\""},
    {"[errors m2]", 9, "expected an operator, a comma or ], not \"m2\""},
    {"SUM(errors,)", 12, "expected a value, not \")\""},
    {"SUM([])", 5, "an array needs a time series: [m1, m2]"},
    {"m2 \"a\"", 4, "expected an operator or the end, not a text"},
    {"m2 = 1", 4, "equality is written =="},
    {"m2 & 1", 4, "write AND or &&"},
    {"m2 | 1", 4, "write OR or ||"},
    {"!m2", 1, "there is no ! alone: write != or x == 0"},
    {"m2 and 1", 4, "AND and OR are upper case"},
    {"(m2 or 1)", 5, "AND and OR are upper case"},
    {"m2 % 2", 4, "an expression has no '%'"},
    {"2m", 1, "a name begins with a letter, and a number is written apart…"},
    {"m2*5.", 4, "a number needs digits behind its point: 2.0"},
    {"m2*1e999", 4, "the number is too large"},
    {"METRICS(\"m)", 9, "the text has no closing \""},
    {"METRICS(“m”)", 9, "texts stand in straight quotes: \"errors\""},
    {"'äöü' + é", 9, "this character has no place in an expression"},
};

START_TEST(test_syntax)
{
	CHECK(syntax_rows);
}
END_TEST

static const struct row name_rows[] = {
    {"1 + error", 5, "no query has the id error; did you mean errors?"},
    {"1 + zzzzzz", 5, "no query has the id zzzzzz"},
    {"m2 + band", 6, "band is no metric and no metric math; tocsin takes…"},
    {"avg(m2)", 1, "functions are upper case: write AVG, not avg"},
    {"m2 - Stddev(m2)", 6,
	"functions are upper case: write STDDEV, not Stddev"},
    {"SUMM(m2)", 1, "there is no function SUMM; did you mean SUM?"},
    {"PERCENTILE_RANK(m2)", 1, "there is no function PERCENTILE_RANK"},
    {"e1(2)", 1, "there is no function e1…"},
    {"FILL(m2, repeat)", 10,
	"keywords are upper case: REPEAT, LINEAR, ASC, DESC"},
    {"m2 + Errors", 6,
	"Errors is no id (ids begin with a lower-case letter) and no "
	"function; did you mean errors?"},
    {"m2 + REPEAT", 6, "REPEAT is no id…"},
    {"REPEAT", 1, "REPEAT is no id…"},
    {"[m2, LINEAR]", 6, "LINEAR is no id…"},
    {"-ASC", 2, "ASC is no id…"},
    {"SUM + 1", 1, "SUM is a function: SUM(TS or TS[])"},
    {"SUM(AVG)", 5, "AVG is a function: AVG(TS or TS[])"},
    /* Needs another service: by name. */
    {"SEARCH('{a}', 'Sum', 300)", 1,
	"SEARCH is not supported on Metric Alarms."},
    {"SUM(SEARCH('{a}', 'Sum', 300))", 5,
	"SEARCH is not supported on Metric Alarms."},
    {"INSIGHT_RULE_METRIC('a', Sum)", 1, "INSIGHT_RULE_METRIC reads…"},
    {"m2 / SERVICE_QUOTA(m2)", 6, "SERVICE_QUOTA reads Service Quotas…"},
    {"LAMBDA('f')", 1, "LAMBDA calls a Lambda function…"},
    {"DB_PERF_INSIGHTS('RDS', 'a', 'b')", 1, "DB_PERF_INSIGHTS reads RDS…"},
    {"FIRST(ANOMALY_DETECTION_BAND(m2))", 7,
	"ANOMALY_DETECTION_BAND must be an expression of its own…"},
    {"m2 + LAMBDA", 6, "LAMBDA calls a Lambda function…"},
    {"search", 1, "no query has the id search"},
};

START_TEST(test_names)
{
	CHECK(name_rows);
}
END_TEST

static const struct row type_rows[] = {
    {"AVG()", 1, "AVG takes 1 argument, not 0: AVG(TS or TS[])"},
    {"AVG(m2, m2)", 1, "AVG takes 1 argument, not 2: AVG(TS or TS[])"},
    {"FILL(m2)", 1, "FILL takes 2 arguments, not 1…"},
    {"IF(m2)", 1, "IF takes 2 to 3 arguments, not 1…"},
    {"METRICS('a', 'b')", 1, "METRICS takes 0 to 1 arguments, not 2…"},
    {"SORT(all, AVG)", 1, "SORT takes 3 to 4 arguments, not 2…"},
    {"SLICE(all)", 1, "SLICE takes 2 to 3 arguments, not 1…"},
    {"m2 + ABS(5 * 2)", 10,
	"argument 1 of ABS must be a time series or an array of them, not a "
	"number"},
    {"SUM('a')", 5,
	"argument 1 of SUM must be a time series or an array of "
	"them, not a text"},
    {"TIME_SERIES(m2 + 1)", 13,
	"argument 1 of TIME_SERIES must be a number, not a time series"},
    {"MINUTE(all)", 8,
	"argument 1 of MINUTE must be a time series, not an "
	"array of time series"},
    {"HOUR(3)", 6, "argument 1 of HOUR must be a time series, not a number"},
    {"FIRST(m2)", 7,
	"argument 1 of FIRST must be an array of time series, "
	"not a time series"},
    {"METRIC_COUNT(m2)", 14, "argument 1 of METRIC_COUNT must be an array…"},
    {"REMOVE_EMPTY(m2)", 14, "argument 1 of REMOVE_EMPTY must be an array…"},
    {"PERIOD(m2 * 1)", 8,
	"argument 1 of PERIOD must be a metric's id, not an expression"},
    {"m2 / PERIOD(FILL(m2, 0))", 13, "argument 1 of PERIOD must be a metric…"},
    {"METRICS(m2)", 9,
	"argument 1 of METRICS must be a text in quotes, part "
	"of an id, not a time series"},
    {"METRICS(['a', 'b'])", 9,
	"argument 1 of METRICS must be a text in "
	"quotes, part of an id, not an array of texts"},
    {"FILL(m2, all)", 10,
	"argument 2 of FILL must be a number, a time series, REPEAT or LINEAR, "
	"not an array of time series"},
    {"FILL(m2, ASC)", 10,
	"argument 2 of FILL must be a number, a time series, "
	"REPEAT or LINEAR, not ASC"},
    {"FILL(2, 0)", 6, "argument 1 of FILL must be a time series or an array…"},
    {"IF(all, 1, 0)", 4,
	"argument 1 of IF must be a number or a time series, not an array of "
	"time series"},
    {"IF(m2 > 1, all)", 12, "argument 2 of IF must be a number or a time…"},
    {"IF(m2 > 1, 1, 'a')", 15, "argument 3 of IF must be a number or a time…"},
    {"SORT(m2, AVG, ASC)", 6, "argument 1 of SORT must be an array…"},
    {"SORT(all, STDDEV, ASC)", 11,
	"argument 2 of SORT must be AVG, MIN, MAX or SUM, not STDDEV"},
    {"SORT(all, AVG, UP)", 16,
	"argument 3 of SORT must be ASC or DESC, not UP"},
    {"SORT(all, m2, ASC)", 11,
	"argument 2 of SORT must be AVG, MIN, MAX or SUM, not a time series"},
    {"SORT(all, AVG, ASC, 0)", 21,
	"argument 4 of SORT must be a whole number from 1"},
    {"SORT(all, AVG, ASC, m2)", 21, "argument 4 of SORT must be a number…"},
    {"SLICE(all, -1)", 12, "argument 2 of SLICE must be a whole number from 0"},
    {"SLICE(all, 0, 1.5)", 15,
	"argument 3 of SLICE must be a whole number from 0"},
    {"SLICE(all, m2)", 12, "argument 2 of SLICE must be a number…"},
    {"[m2, 3]", 6, "an array is made of time series, not of a number"},
    {"[m2, 'a']", 6, "an array is made of time series, not of a text"},
    {"['a', m2]", 7, "an array is made of time series, not of a time series"},
    {"m2 + 'a'", 6, "+ takes numbers and time series, not a text"},
    {"-'a'", 2, "- takes numbers and time series, not a text"},
    {"m2 AND ['a']", 8,
	"AND takes numbers and time series, not an array of "
	"texts"},
    {"all / all", 5,
	"/ takes an array with a number or a time series, not "
	"with another array"},
    {"SUM(all) + all >= [m2]", 16, ">= takes an array with a number…"},
    {"'a'", 1, "an expression gives a time series, not a text"},
    {"['a', 'b']", 1,
	"an expression gives a time series, not an array of "
	"texts"},
};

START_TEST(test_types)
{
	CHECK(type_rows);
}
END_TEST

struct circle {
	const char *expressions[4];
	size_t query;
	unsigned column;
	const char *text;
};

static const struct circle circles[] = {
    {{"1 + a"}, 0, 5, "expressions name one another in a circle: a, a"},
    {{"m + b", "2 * a"}, 1, 5,
	"expressions name one another in a circle: b, a, b"},
    {{"b", "m + c + d", "b", "m"}, 2, 1,
	"expressions name one another in a circle: c, b, c"},
    {{"m", "FILL(d, m)", "m", "SUM([a, m]) + b"}, 3, 15,
	"expressions name one another in a circle: d, b, d"},
};

START_TEST(test_circles)
{
	static const char *const ids[] = {"a", "b", "c", "d"};

	for (size_t i = 0; i < sizeof(circles) / sizeof(*circles); i++) {
		const struct circle *circle = &circles[i];
		struct math_query queries[5] = {{.id = SPAN_OF("m")}};
		struct math_fault fault;
		struct arena arena;
		size_t count = 1;

		for (; count < 5 && circle->expressions[count - 1]; count++) {
			queries[count].id = span_text(ids[count - 1]);
			queries[count].expression =
			    span_text(circle->expressions[count - 1]);
		}
		arena_init(&arena);
		ck_assert(!math_compile(&arena, queries, count, &fault));
		ck_assert_str_eq(fault.text, circle->text);
		ck_assert_uint_eq(fault.query, circle->query + 1);
		ck_assert_uint_eq(fault.column, circle->column);
		arena_fini(&arena);
	}
}
END_TEST

/* `part` so many times between both ends. */
static const char *
repeated(struct arena *arena, const char *begin, const char *part, size_t times,
    const char *end, const char *ending)
{
	size_t len = strlen(begin) + times * strlen(part) + strlen(end) +
	    times * strlen(ending);
	char *text = arena_alloc(arena, len + 1);

	strcpy(text, begin);
	for (size_t i = 0; i < times; i++)
		strcat(text, part);
	strcat(text, end);
	for (size_t i = 0; i < times; i++)
		strcat(text, ending);
	return text;
}

static bool
takes(struct arena *arena, const char *expression, struct math_fault *fault)
{
	struct math_query queries[] = {{.id = SPAN_OF("m")},
	    {.id = SPAN_OF("e"), .expression = span_text(expression)}};

	return math_compile(arena, queries, 2, fault);
}

START_TEST(test_limits)
{
	static const struct {
		const char *begin, *part, *end, *ending;
		size_t times; /* the most that is taken */
		unsigned column;
		const char *text;
	} rows[] = {
	    {"m", "   ", "", "", (LIMIT_EXPRESSION - 1) / 3, 0,
		"an expression may have 2048 characters, not 2050"},
	    {"", "(", "m", ")", LIMIT_MATH_DEPTH - 1, 65,
		"an expression may nest 64 deep"},
	    {"", "-", "m", "", LIMIT_MATH_DEPTH - 1, 65,
		"an expression may nest 64 deep"},
	    {"SUM(", "[", "m", "]", LIMIT_MATH_DEPTH - 2, 68,
		"an expression may nest 64 deep"},
	    {"m", "^m", "", "", LIMIT_MATH_DEPTH - 1, 129,
		"an expression may nest 64 deep"},
	    {"m", "+m", "", "", (LIMIT_MATH_NODES - 1) / 2, 1024,
		"an expression may have 1024 parts"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct math_fault fault;
		struct arena arena;
		const char *most, *over;

		arena_init(&arena);
		most = repeated(&arena, rows[i].begin, rows[i].part,
		    rows[i].times, rows[i].end, rows[i].ending);
		over = repeated(&arena, rows[i].begin, rows[i].part,
		    rows[i].times + 1, rows[i].end, rows[i].ending);
		if (rows[i].begin[0] == 'S') {
			most = arena_printf(&arena, "%s)", most);
			over = arena_printf(&arena, "%s)", over);
		}
		if (!takes(&arena, most, &fault))
			ck_abort_msg("%s: %s", most, fault.text);
		ck_assert(!takes(&arena, over, &fault));
		ck_assert_str_eq(fault.text, rows[i].text);
		ck_assert_uint_eq(fault.column, rows[i].column);
		arena_fini(&arena);
	}
}
END_TEST

/* Arrays of arrays grow as fast as they like, on paper. */
START_TEST(test_work)
{
	struct math_query queries[LIMIT_MATH_QUERIES + 1] = {0};
	struct math_fault fault;
	struct arena arena;

	arena_init(&arena);
	queries[0].id = SPAN_OF("m0");
	for (size_t i = 1; i <= LIMIT_MATH_QUERIES; i++) {
		queries[i].id = span_text(arena_printf(&arena, "m%zu", i));
		queries[i].expression = span_text(arena_printf(
		    &arena, "[m%zu, m%zu, m%zu]", i - 1, i - 1, i - 1));
	}
	ck_assert(math_compile(&arena, queries, 7, &fault));
	ck_assert(!math_compile(&arena, queries, 8, &fault));
	ck_assert_str_eq(fault.text,
	    "the alarm's expressions may make 4096 series, all their steps "
	    "together");
	ck_assert_uint_eq(fault.query, 7);
	ck_assert(
	    !math_compile(&arena, queries, LIMIT_MATH_QUERIES + 1, &fault));
	ck_assert_str_eq(fault.text, "an alarm may have 20 queries, not 21");
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *expression, *id;
	double deviations;
} bands[] = {
    {"ANOMALY_DETECTION_BAND(m1)", "m1", 2},
    {"ANOMALY_DETECTION_BAND(m1, 3)", "m1", 3},
    {" ANOMALY_DETECTION_BAND ( errors , 0.5 ) ", "errors", 0.5},
};

static const char *const no_bands[] = {"", "m1", "m1 + 1", "AVG(m1)",
    "-ANOMALY_DETECTION_BAND(m1)", "LAST(ANOMALY_DETECTION_BAND(m1))",
    "ANOMALY_DETECTION_BAND", "ANOMALY_DETECTION_BANDS(m1)",
    "SELECT AVG(a) FROM b", "“"};

static const struct row band_rows[] = {
    {"anomaly_detection_band(m1)", 1,
	"functions are upper case: write "
	"ANOMALY_DETECTION_BAND, not "
	"anomaly_detection_band"},
    {"ANOMALY_DETECTION_BAND()", 24, "ANOMALY_DETECTION_BAND takes the id…"},
    {"ANOMALY_DETECTION_BAND(METRICS())", 24,
	"ANOMALY_DETECTION_BAND takes the id…"},
    {"ANOMALY_DETECTION_BAND(m1+m2)", 26, "expected a comma or ), not \"+\""},
    {"ANOMALY_DETECTION_BAND(m1, m2)", 28, "a band is a number of…"},
    {"ANOMALY_DETECTION_BAND(m1, 0)", 28, "a band is a number of…"},
    {"ANOMALY_DETECTION_BAND(m1, -2)", 28, "a band is a number of…"},
    {"ANOMALY_DETECTION_BAND(m1, 2, 3)", 29, "expected ), not \",\""},
    {"ANOMALY_DETECTION_BAND(m1, 2) + 1", 31,
	"ANOMALY_DETECTION_BAND must be an expression of its own…"},
    {"ANOMALY_DETECTION_BAND(m1", 26, "expected a comma or ), not the end"},
};

START_TEST(test_band)
{
	struct math_fault fault;
	struct arena arena;
	double deviations;
	struct span id;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(bands) / sizeof(*bands); i++) {
		ck_assert(math_band(&arena, span_text(bands[i].expression), &id,
		    &deviations, &fault));
		ck_assert_ptr_null(fault.text);
		ck_assert(span_is(id, bands[i].id));
		ck_assert(deviations == bands[i].deviations);
	}
	for (size_t i = 0; i < sizeof(no_bands) / sizeof(*no_bands); i++) {
		ck_assert(!math_band(
		    &arena, span_text(no_bands[i]), &id, &deviations, &fault));
		ck_assert_ptr_null(fault.text);
	}
	for (size_t i = 0; i < sizeof(band_rows) / sizeof(*band_rows); i++) {
		ck_assert(math_band(&arena, span_text(band_rows[i].expression),
		    &id, &deviations, &fault));
		check_fault(&fault, &band_rows[i]);
	}
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("math_fault", test_syntax, test_names, test_types, test_circles,
    test_limits, test_work, test_band)
