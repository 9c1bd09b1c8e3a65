/*
 * What the operators and functions do. Of math/ alone.
 *
 * Each takes the values of its arguments, in their order, and gives its own;
 * types are told already. Series that go through untouched are moved out of
 * the arguments; the caller gives the rest back.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_APPLY_H
#define PIPELINE_ALARM_MATH_MATH_APPLY_H

#include "pipeline/alarm/math/math_function.h"
#include "pipeline/alarm/math/math_value.h"

typedef struct math_value math_apply(struct math_run *run,
    const struct math_node *node, struct math_value *args);

math_apply math_apply_negate, math_apply_binary;
/* ABS CEIL FLOOR LOG LOG10 */
math_apply math_apply_each;
math_apply math_apply_if;
/* DIFF DIFF_TIME RATE, RUNNING_SUM, FILL */
math_apply math_apply_change, math_apply_running, math_apply_fill;
/* MINUTE … EPOCH */
math_apply math_apply_clock, math_apply_time_series, math_apply_period;
math_apply math_apply_reduce;
math_apply math_apply_list, math_apply_metrics, math_apply_end;
math_apply math_apply_slice, math_apply_sort;
math_apply math_apply_remove_empty, math_apply_metric_count;

/* AVG, MAX … of `count` values, the first one first; NAN when there are none
 * (DATAPOINT_COUNT: 0). */
double math_reduce(enum math_code code, const double *values, size_t count);

#endif
