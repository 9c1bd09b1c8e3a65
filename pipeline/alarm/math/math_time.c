/* What looks along the time of a series. */
#include <math.h>

#include "pipeline/alarm/math/math_apply.h"
#include "pipeline/alarm/math/math_calendar.h"

/* The points that are there, each against the one before it. */
static void
math_time_change(const struct math_run *run, enum math_code code,
    const double *in, double *out)
{
	double period_s = (double)run->window->period_ms / 1000;
	size_t before = run->window->count;

	for (size_t t = 0; t < run->window->count; t++) {
		out[t] = (double)NAN;
		if (isnan(in[t]))
			continue;
		if (before < t) {
			double seconds = (double)(t - before) * period_s;
			double change = in[t] - in[before];

			if (code == CODE_DIFF)
				out[t] = math_finite(change);
			else if (code == CODE_DIFF_TIME)
				out[t] = seconds;
			else
				out[t] = math_finite(change / seconds);
		}
		before = t;
	}
}

struct math_value
math_apply_change(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, node->type, args[0].count);

	for (size_t i = 0; i < value.count; i++)
		math_time_change(run, node->function->code,
		    args[0].series[i].at,
		    math_value_points(run, &value.series[i]));
	return value;
}

struct math_value
math_apply_running(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, node->type, args[0].count);

	for (size_t i = 0; i < value.count; i++) {
		double *out = math_value_points(run, &value.series[i]);
		double sum = 0;

		for (size_t t = 0; t < run->window->count; t++) {
			double x = args[0].series[i].at[t];

			if (!isnan(x))
				sum += x;
			out[t] = isnan(x) ? x : math_finite(sum);
		}
	}
	return value;
}

static void
math_time_fill(
    size_t count, const double *in, const struct math_value *with, double *out)
{
	for (size_t t = 0; t < count; t++) {
		double filler =
		    with->type == MATH_S ? with->number : with->series[0].at[t];

		out[t] = isnan(in[t]) ? filler : in[t];
	}
}

static void
math_time_repeat(size_t count, const double *in, double *out)
{
	double last = (double)NAN;

	for (size_t t = 0; t < count; t++) {
		if (!isnan(in[t]))
			last = in[t];
		out[t] = last;
	}
}

/* Gaps between two points; what lies outside them stays missing. */
static void
math_time_linear(size_t count, const double *in, double *out)
{
	size_t left = count;

	for (size_t t = 0; t < count; t++) {
		out[t] = in[t];
		if (isnan(in[t]))
			continue;
		for (size_t gap = left + 1; left < t && gap < t; gap++)
			out[gap] = math_finite(in[left] +
			    (in[t] - in[left]) * (double)(gap - left) /
				(double)(t - left));
		left = t;
	}
}

/* A keyword has no type. */
struct math_value
math_apply_fill(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value =
	    math_value_series(run, node->type, args[0].count);

	for (size_t i = 0; i < value.count; i++) {
		const double *in = args[0].series[i].at;
		double *out = math_value_points(run, &value.series[i]);

		if (args[1].type != 0)
			math_time_fill(run->window->count, in, &args[1], out);
		else if (span_is(args[1].text, "REPEAT"))
			math_time_repeat(run->window->count, in, out);
		else
			math_time_linear(run->window->count, in, out);
	}
	return value;
}

static double
math_time_clock(enum math_code code, int64_t ms)
{
	struct math_calendar calendar = math_calendar(ms);

	switch (code) {
	case CODE_MINUTE:
		return calendar.minute;
	case CODE_HOUR:
		return calendar.hour;
	case CODE_DAY:
		return calendar.day;
	case CODE_DATE:
		return calendar.date;
	case CODE_MONTH:
		return calendar.month;
	case CODE_YEAR:
		return (double)calendar.year;
	default:
		return floor((double)ms / 1000);
	}
}

/* Whether the series has points or not. */
struct math_value
math_apply_clock(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value = math_value_series(run, MATH_TS, 1);
	double *out = math_value_points(run, &value.series[0]);

	(void)args;
	for (size_t t = 0; t < run->window->count; t++)
		out[t] = math_time_clock(node->function->code,
		    run->window->start_ms +
			(int64_t)t * run->window->period_ms);
	return value;
}

struct math_value
math_apply_time_series(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	struct math_value value = math_value_series(run, MATH_TS, 1);
	double *out = math_value_points(run, &value.series[0]);

	(void)node;
	for (size_t t = 0; t < run->window->count; t++)
		out[t] = args[0].number;
	return value;
}

struct math_value
math_apply_period(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	(void)node;
	(void)args;
	return math_value_number((double)run->window->period_ms / 1000);
}
