/* Arrays of series, and what makes one value of many. */
#include <math.h>

#include "pipeline/alarm/math/math_apply.h"

/* Missing values count as 0 in the average, so in the deviation from it. */
static double
math_array_deviation(const double *values, size_t count, double mean)
{
	double squares = 0;

	for (size_t i = 0; i < count; i++) {
		double off = (isnan(values[i]) ? 0 : values[i]) - mean;

		squares += off * off;
	}
	return sqrt(squares / (double)count);
}

double
math_reduce(enum math_code code, const double *values, size_t count)
{
	double sum = 0, min = INFINITY, max = -INFINITY, mean;
	size_t there = 0;

	for (size_t i = 0; i < count; i++) {
		if (isnan(values[i]))
			continue;
		there++;
		sum += values[i];
		min = values[i] < min ? values[i] : min;
		max = values[i] > max ? values[i] : max;
	}
	if (code == CODE_DATAPOINT_COUNT)
		return (double)there;
	if (there == 0)
		return (double)NAN;
	mean = sum / (double)count;
	switch (code) {
	case CODE_SUM:
		return math_finite(sum);
	case CODE_MIN:
		return min;
	case CODE_MAX:
		return max;
	case CODE_AVG:
		return math_finite(mean);
	default:
		return math_finite(math_array_deviation(values, count, mean));
	}
}

/* Of an array, in each period in which any of its series has a point. */
static struct math_value
math_array_reduce(
    struct math_run *run, enum math_code code, const struct math_value *array)
{
	struct math_value value = math_value_series(run, MATH_TS, 1);
	double *out = math_value_points(run, &value.series[0]);
	double *column =
	    arena_alloc(run->arena, array->count * sizeof(*column));

	for (size_t t = 0; t < run->window->count; t++) {
		for (size_t i = 0; i < array->count; i++)
			column[i] = array->series[i].at[t];
		out[t] =
		    math_reduce(CODE_DATAPOINT_COUNT, column, array->count) > 0
		    ? math_reduce(code, column, array->count)
		    : (double)NAN;
	}
	return value;
}

struct math_value
math_apply_reduce(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	if (args[0].type == MATH_ARRAY)
		return math_array_reduce(run, node->function->code, &args[0]);
	return math_value_number(math_reduce(
	    node->function->code, args[0].series[0].at, run->window->count));
}

struct math_value
math_apply_list(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, MATH_ARRAY, node->most);

	value.count = 0;
	for (size_t i = 0; i < node->nargs; i++)
		for (size_t j = 0; j < args[i].count; j++)
			value.series[value.count++] =
			    math_value_move(&args[i].series[j]);
	return value;
}

/* Metrics in the order of the alarm's queries, never expressions. */
struct math_value
math_apply_metrics(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, MATH_ARRAY, node->most);
	struct span part = node->nargs > 0 ? args[0].text : SPAN_OF("");

	value.count = 0;
	for (size_t i = 0; i < run->set->count; i++)
		if (run->set->metric[i] &&
		    memmem(run->set->ids[i].at, run->set->ids[i].len, part.at,
			part.len) != NULL)
			value.series[value.count++].at = run->window->values[i];
	return value;
}

/* FIRST, LAST; of an empty array a series without a point. */
struct math_value
math_apply_end(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value = math_value_series(run, MATH_TS, 1);
	size_t count = args[0].count;
	double *out;

	if (count > 0) {
		value.series[0] = math_value_move(
		    &args[0].series[node->function->code == CODE_FIRST
			    ? 0
			    : count - 1]);
		return value;
	}
	out = math_value_points(run, &value.series[0]);
	for (size_t t = 0; t < run->window->count; t++)
		out[t] = (double)NAN;
	return value;
}

/* A number as a place in an array: 0 to its length. */
static size_t
math_array_place(double number, size_t count)
{
	if (!(number > 0))
		return 0;
	return number >= (double)count ? count : (size_t)number;
}

static struct math_value
math_array_part(
    struct math_run *run, struct math_value *from, size_t begin, size_t end)
{
	struct math_value value =
	    math_value_series(run, MATH_ARRAY, begin < end ? end - begin : 0);

	for (size_t i = 0; i < value.count; i++)
		value.series[i] = math_value_move(&from->series[begin + i]);
	return value;
}

struct math_value
math_apply_slice(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	size_t count = args[0].count, end = count;

	if (node->nargs > 2)
		end = math_array_place(args[2].number, count);
	return math_array_part(
	    run, &args[0], math_array_place(args[1].number, count), end);
}

/* Whether a goes before b; what has no points goes last. */
static bool
math_array_before(double a, double b, bool falling)
{
	if (isnan(a) || isnan(b))
		return !isnan(a);
	return falling ? a > b : a < b;
}

/* Series that are equal stay in their order. */
static void
math_array_sort(
    struct math_series *series, double *keys, size_t count, bool falling)
{
	for (size_t i = 1; i < count; i++) {
		struct math_series moving = series[i];
		double key = keys[i];
		size_t at = i;

		for (; at > 0 && math_array_before(key, keys[at - 1], falling);
		     at--) {
			series[at] = series[at - 1];
			keys[at] = keys[at - 1];
		}
		series[at] = moving;
		keys[at] = key;
	}
}

struct math_value
math_apply_sort(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	const struct math_function *by = math_function_find(args[1].text);
	size_t count = args[0].count;
	double *keys = arena_alloc(run->arena, count * sizeof(*keys));

	for (size_t i = 0; i < count; i++)
		keys[i] = math_reduce(
		    by->code, args[0].series[i].at, run->window->count);
	math_array_sort(
	    args[0].series, keys, count, span_is(args[2].text, "DESC"));
	return math_array_part(run, &args[0], 0,
	    node->nargs > 3 ? math_array_place(args[3].number, count) : count);
}

struct math_value
math_apply_remove_empty(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, MATH_ARRAY, args[0].count);

	(void)node;
	value.count = 0;
	for (size_t i = 0; i < args[0].count; i++)
		if (math_reduce(CODE_DATAPOINT_COUNT, args[0].series[i].at,
			run->window->count) > 0)
			value.series[value.count++] =
			    math_value_move(&args[0].series[i]);
	return value;
}

struct math_value
math_apply_metric_count(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	(void)run;
	(void)node;
	return math_value_number((double)args[0].count);
}
