#include "pipeline/alarm/math/math_function.h"

#include <strings.h>

#include "pipeline/alarm/math/math_fault.h"

#define SERIES (MATH_TS | MATH_ARRAY)

static const char *const math_function_fillers[] = {"REPEAT", "LINEAR", NULL};
static const char *const math_function_statistics[] = {
    "AVG", "MIN", "MAX", "SUM", NULL};
static const char *const math_function_orders[] = {"ASC", "DESC", NULL};

const struct math_takes math_takes[] = {
    [TAKES_NOTHING] = {0, NULL, "nothing"},
    [TAKES_S] = {MATH_S, NULL, "a number"},
    [TAKES_TS] = {MATH_TS, NULL, "a time series"},
    [TAKES_EITHER] = {MATH_S | MATH_TS, NULL, "a number or a time series"},
    [TAKES_SERIES] = {SERIES, NULL, "a time series or an array of them"},
    [TAKES_ARRAY] = {MATH_ARRAY, NULL, "an array of time series"},
    [TAKES_METRIC] = {MATH_TS, NULL, "a metric's id"},
    [TAKES_TEXT] = {MATH_STRING, NULL, "a text in quotes, part of an id"},
    [TAKES_FILLER] = {MATH_S | MATH_TS, math_function_fillers,
	"a number, a time series, REPEAT or LINEAR"},
    [TAKES_STATISTIC] = {0, math_function_statistics, "AVG, MIN, MAX or SUM"},
    [TAKES_ORDER] = {0, math_function_orders, "ASC or DESC"},
};

static const struct math_function math_functions[] = {
    {"ABS", CODE_ABS, RESULT_SAME, 1, {TAKES_SERIES}, "ABS(TS or TS[])",
	"the absolute value of each point"},
    {"AVG", CODE_AVG, RESULT_REDUCED, 1, {TAKES_SERIES}, "AVG(TS or TS[])",
	"the average; what is missing counts as 0"},
    {"CEIL", CODE_CEIL, RESULT_SAME, 1, {TAKES_SERIES}, "CEIL(TS or TS[])",
	"each point rounded up to a whole number"},
    {"DATAPOINT_COUNT", CODE_DATAPOINT_COUNT, RESULT_REDUCED, 1, {TAKES_SERIES},
	"DATAPOINT_COUNT(TS or TS[])", "how many points there are"},
    {"DATE", CODE_DATE, RESULT_TS, 1, {TAKES_TS}, "DATE(TS)",
	"the day of the month in UTC, 1 to 31, without a gap"},
    {"DAY", CODE_DAY, RESULT_TS, 1, {TAKES_TS}, "DAY(TS)",
	"the day of the week in UTC, 1 (Monday) to 7, without a gap"},
    {"DIFF", CODE_DIFF, RESULT_SAME, 1, {TAKES_SERIES}, "DIFF(TS or TS[])",
	"each point minus the one before it"},
    {"DIFF_TIME", CODE_DIFF_TIME, RESULT_SAME, 1, {TAKES_SERIES},
	"DIFF_TIME(TS or TS[])", "the seconds from the point before"},
    {"EPOCH", CODE_EPOCH, RESULT_TS, 1, {TAKES_TS}, "EPOCH(TS)",
	"the seconds since 1970, without a gap"},
    {"FILL", CODE_FILL, RESULT_SAME, 2, {TAKES_SERIES, TAKES_FILLER},
	"FILL(TS or TS[], S or TS or REPEAT or LINEAR)",
	"a value for each point that is missing"},
    {"FIRST", CODE_FIRST, RESULT_TS, 1, {TAKES_ARRAY}, "FIRST(TS[])",
	"the first series of an array"},
    {"FLOOR", CODE_FLOOR, RESULT_SAME, 1, {TAKES_SERIES}, "FLOOR(TS or TS[])",
	"each point rounded down to a whole number"},
    {"HOUR", CODE_HOUR, RESULT_TS, 1, {TAKES_TS}, "HOUR(TS)",
	"the hour in UTC, 0 to 23, without a gap"},
    {"IF", CODE_IF, RESULT_IF, 2, {TAKES_EITHER, TAKES_EITHER, TAKES_EITHER},
	"IF(S or TS, S or TS[, S or TS])",
	"the second where the first is not 0, the third where it is"},
    {"LAST", CODE_LAST, RESULT_TS, 1, {TAKES_ARRAY}, "LAST(TS[])",
	"the last series of an array"},
    {"LOG", CODE_LOG, RESULT_SAME, 1, {TAKES_SERIES}, "LOG(TS or TS[])",
	"the natural logarithm of each point"},
    {"LOG10", CODE_LOG10, RESULT_SAME, 1, {TAKES_SERIES}, "LOG10(TS or TS[])",
	"the logarithm to base 10 of each point"},
    {"MAX", CODE_MAX, RESULT_REDUCED, 1, {TAKES_SERIES}, "MAX(TS or TS[])",
	"the highest of the points there are"},
    {"METRICS", CODE_METRICS, RESULT_ARRAY, 0, {TAKES_TEXT},
	"METRICS([\"part of an id\"])",
	"the alarm's metrics, or those whose id has the text in it"},
    {"METRIC_COUNT", CODE_METRIC_COUNT, RESULT_S, 1, {TAKES_ARRAY},
	"METRIC_COUNT(TS[])", "how many series an array has"},
    {"MIN", CODE_MIN, RESULT_REDUCED, 1, {TAKES_SERIES}, "MIN(TS or TS[])",
	"the lowest of the points there are"},
    {"MINUTE", CODE_MINUTE, RESULT_TS, 1, {TAKES_TS}, "MINUTE(TS)",
	"the minute, 0 to 59, without a gap"},
    {"MONTH", CODE_MONTH, RESULT_TS, 1, {TAKES_TS}, "MONTH(TS)",
	"the month in UTC, 1 to 12, without a gap"},
    {"PERIOD", CODE_PERIOD, RESULT_S, 1, {TAKES_METRIC}, "PERIOD(metric)",
	"the period in seconds"},
    {"RATE", CODE_RATE, RESULT_SAME, 1, {TAKES_SERIES}, "RATE(TS or TS[])",
	"the change from the point before, per second"},
    {"REMOVE_EMPTY", CODE_REMOVE_EMPTY, RESULT_ARRAY, 1, {TAKES_ARRAY},
	"REMOVE_EMPTY(TS[])", "an array without series that have no point"},
    {"RUNNING_SUM", CODE_RUNNING_SUM, RESULT_SAME, 1, {TAKES_SERIES},
	"RUNNING_SUM(TS or TS[])", "the sum of the points up to each"},
    {"SLICE", CODE_SLICE, RESULT_ARRAY, 2, {TAKES_ARRAY, TAKES_S, TAKES_S},
	"SLICE(TS[], S[, S])",
	"the series from one, counted from 0, to before another"},
    {"SORT", CODE_SORT, RESULT_ARRAY, 3,
	{TAKES_ARRAY, TAKES_STATISTIC, TAKES_ORDER, TAKES_S},
	"SORT(TS[], AVG or MIN or MAX or SUM, ASC or DESC[, S])",
	"an array in order, or the first of it"},
    {"STDDEV", CODE_STDDEV, RESULT_REDUCED, 1, {TAKES_SERIES},
	"STDDEV(TS or TS[])",
	"the standard deviation of all; what is missing counts as 0"},
    {"SUM", CODE_SUM, RESULT_REDUCED, 1, {TAKES_SERIES}, "SUM(TS or TS[])",
	"the sum of the points there are"},
    {"TIME_SERIES", CODE_TIME_SERIES, RESULT_TS, 1, {TAKES_S}, "TIME_SERIES(S)",
	"a number in every period, without a gap"},
    {"YEAR", CODE_YEAR, RESULT_TS, 1, {TAKES_TS}, "YEAR(TS)",
	"the year in UTC, without a gap"},
    {"ANOMALY_DETECTION_BAND", CODE_REFUSED, RESULT_ARRAY, 0, {0},
	"ANOMALY_DETECTION_BAND must be an expression of its own, which "
	"ThresholdMetricId names; tocsin takes it nowhere else",
	NULL},
    {"DB_PERF_INSIGHTS", CODE_REFUSED, RESULT_ARRAY, 0, {0},
	"DB_PERF_INSIGHTS reads RDS Performance Insights, which tocsin does "
	"not",
	NULL},
    {"INSIGHT_RULE_METRIC", CODE_REFUSED, RESULT_TS, 0, {0},
	"INSIGHT_RULE_METRIC reads Contributor Insights, which tocsin does "
	"not",
	NULL},
    {"LAMBDA", CODE_REFUSED, RESULT_ARRAY, 0, {0},
	"LAMBDA calls a Lambda function, which tocsin does not", NULL},
    {"SEARCH", CODE_REFUSED, RESULT_ARRAY, 0, {0},
	"SEARCH is not supported on Metric Alarms.", NULL},
    {"SERVICE_QUOTA", CODE_REFUSED, RESULT_TS, 0, {0},
	"SERVICE_QUOTA reads Service Quotas, which tocsin does not", NULL},
};

#define FUNCTIONS (sizeof(math_functions) / sizeof(*math_functions))

const struct math_function *
math_function_find(struct span name)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (span_is(name, math_functions[i].name))
			return &math_functions[i];
	return NULL;
}

const struct math_function *
math_function_meant(struct span name)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (strlen(math_functions[i].name) == name.len &&
		    strncasecmp(math_functions[i].name, name.at, name.len) == 0)
			return &math_functions[i];
	return NULL;
}

const char *
math_function_hint(struct arena *arena, struct span name)
{
	struct span names[FUNCTIONS];

	for (size_t i = 0; i < FUNCTIONS; i++)
		names[i] = span_text(math_functions[i].name);
	return math_hint(arena, name, names, FUNCTIONS);
}

static bool
math_function_among(struct span word, const char *const *words)
{
	while (*words != NULL && !span_is(word, *words))
		words++;
	return *words != NULL;
}

bool
math_function_takes_word(enum math_taking taking, struct span word)
{
	const char *const *words = math_takes[taking].words;

	return words != NULL && math_function_among(word, words);
}

size_t
math_function_most(const struct math_function *function)
{
	size_t most = 0;

	while (most < MATH_ARGUMENTS && function->takes[most] != TAKES_NOTHING)
		most++;
	return most;
}
