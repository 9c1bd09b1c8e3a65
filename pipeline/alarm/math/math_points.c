/* Operators, and what treats each point by itself. */
#include <math.h>

#include "pipeline/alarm/math/math_apply.h"

static double
math_points_combine(enum math_operator sign, double x, double y)
{
	switch (sign) {
	case MATH_ADD:
		return math_finite(x + y);
	case MATH_SUBTRACT:
		return math_finite(x - y);
	case MATH_MULTIPLY:
		return math_finite(x * y);
	case MATH_DIVIDE: /* by zero: dropped */
		return math_finite(x / y);
	case MATH_POWER:
		return math_finite(pow(x, y));
	case MATH_EQ:
		return x == y;
	case MATH_NE:
		return x != y;
	case MATH_LE:
		return x <= y;
	case MATH_GE:
		return x >= y;
	case MATH_LT:
		return x < y;
	case MATH_GT:
		return x > y;
	case MATH_AND:
		return x != 0 && y != 0;
	case MATH_OR:
		return x != 0 || y != 0;
	}
	return (double)NAN;
}

/* Between two series a missing point counts as 0 when the other is there. */
static double
math_points_both(enum math_operator sign, double x, double y)
{
	if (isnan(x) && isnan(y))
		return (double)NAN;
	return math_points_combine(sign, isnan(x) ? 0 : x, isnan(y) ? 0 : y);
}

/* A series meets each of an array. */
static const double *
math_points_of(const struct math_value *value, size_t i)
{
	if (value->type == MATH_S)
		return NULL;
	return value->series[value->type == MATH_ARRAY ? i : 0].at;
}

static void
math_points_pair(const struct math_run *run, enum math_operator sign,
    const struct math_value *args, size_t i, double *out)
{
	const double *x = math_points_of(&args[0], i);
	const double *y = math_points_of(&args[1], i);

	for (size_t t = 0; t < run->window->count; t++) {
		double a = x != NULL ? x[t] : args[0].number;
		double b = y != NULL ? y[t] : args[1].number;

		if (x != NULL && y != NULL)
			out[t] = math_points_both(sign, a, b);
		else if (isnan(a) || isnan(b))
			out[t] = (double)NAN;
		else
			out[t] = math_points_combine(sign, a, b);
	}
}

struct math_value
math_apply_binary(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	const struct math_value *array =
	    args[0].type == MATH_ARRAY ? &args[0] : &args[1];
	struct math_value value;

	if (node->type == MATH_S) {
		if (isnan(args[0].number) || isnan(args[1].number))
			return math_value_number((double)NAN);
		return math_value_number(math_points_combine(
		    node->sign, args[0].number, args[1].number));
	}
	value = math_value_series(
	    run, node->type, node->type == MATH_ARRAY ? array->count : 1);
	for (size_t i = 0; i < value.count; i++)
		math_points_pair(run, node->sign, args, i,
		    math_value_points(run, &value.series[i]));
	return value;
}

struct math_value
math_apply_negate(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value;

	if (node->type == MATH_S)
		return math_value_number(-args[0].number);
	value = math_value_series(run, node->type, args[0].count);
	for (size_t i = 0; i < value.count; i++) {
		double *out = math_value_points(run, &value.series[i]);

		for (size_t t = 0; t < run->window->count; t++)
			out[t] = -args[0].series[i].at[t];
	}
	return value;
}

static double
math_points_function(enum math_code code, double x)
{
	switch (code) {
	case CODE_ABS:
		return fabs(x);
	case CODE_CEIL:
		return ceil(x);
	case CODE_FLOOR:
		return floor(x);
	case CODE_LOG:
		return math_finite(log(x));
	default:
		return math_finite(log10(x));
	}
}

struct math_value
math_apply_each(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, node->type, args[0].count);

	for (size_t i = 0; i < value.count; i++) {
		double *out = math_value_points(run, &value.series[i]);

		for (size_t t = 0; t < run->window->count; t++) {
			double x = args[0].series[i].at[t];

			out[t] = isnan(x)
			    ? x
			    : math_points_function(node->function->code, x);
		}
	}
	return value;
}

/* Of a branch that the condition chose. Missing is 0, but for the third behind
 * a second that is a number: the guide's table for IF(TS, S, TS). */
static double
math_points_branch(const struct math_node *node, const struct math_value *args,
    size_t branch, size_t t)
{
	double point;

	if (branch >= node->nargs)
		return (double)NAN;
	if (args[branch].type == MATH_S)
		return args[branch].number;
	point = args[branch].series[0].at[t];
	if (isnan(point) && (branch == 1 || args[1].type == MATH_TS))
		return 0;
	return point;
}

/* One condition for all periods: a branch as it is. */
static struct math_value
math_points_choose(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	double condition = args[0].number, fill = (double)NAN, *out;
	size_t branch = condition == 0 ? 2 : 1;
	bool chosen = !isnan(condition) && branch < node->nargs;
	struct math_value value;

	if (node->type == MATH_S)
		return math_value_number(chosen ? args[branch].number : fill);
	value = math_value_series(run, MATH_TS, 1);
	if (chosen && args[branch].type == MATH_TS) {
		value.series[0] = math_value_move(&args[branch].series[0]);
		return value;
	}
	if (chosen)
		fill = args[branch].number;
	out = math_value_points(run, &value.series[0]);
	for (size_t t = 0; t < run->window->count; t++)
		out[t] = fill;
	return value;
}

struct math_value
math_apply_if(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value;
	double *out;

	if (args[0].type == MATH_S)
		return math_points_choose(run, node, args);
	value = math_value_series(run, MATH_TS, 1);
	out = math_value_points(run, &value.series[0]);
	for (size_t t = 0; t < run->window->count; t++) {
		double condition = args[0].series[0].at[t];

		out[t] = isnan(condition)
		    ? condition
		    : math_points_branch(node, args, condition == 0 ? 2 : 1, t);
	}
	return value;
}
