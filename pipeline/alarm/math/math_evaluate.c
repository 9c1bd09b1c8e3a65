/*
 * From the first part of an expression to the last. Each query is computed
 * once, those that it rests on before it.
 */
#include <math.h>

#include "base/log.h"
#include "pipeline/alarm/math/math_apply.h"

static math_apply *const math_evaluate_calls[] = {
    [CODE_ABS] = math_apply_each,
    [CODE_CEIL] = math_apply_each,
    [CODE_FLOOR] = math_apply_each,
    [CODE_LOG] = math_apply_each,
    [CODE_LOG10] = math_apply_each,
    [CODE_DIFF] = math_apply_change,
    [CODE_DIFF_TIME] = math_apply_change,
    [CODE_RATE] = math_apply_change,
    [CODE_RUNNING_SUM] = math_apply_running,
    [CODE_FILL] = math_apply_fill,
    [CODE_AVG] = math_apply_reduce,
    [CODE_MAX] = math_apply_reduce,
    [CODE_MIN] = math_apply_reduce,
    [CODE_STDDEV] = math_apply_reduce,
    [CODE_SUM] = math_apply_reduce,
    [CODE_DATAPOINT_COUNT] = math_apply_reduce,
    [CODE_IF] = math_apply_if,
    [CODE_METRICS] = math_apply_metrics,
    [CODE_FIRST] = math_apply_end,
    [CODE_LAST] = math_apply_end,
    [CODE_SLICE] = math_apply_slice,
    [CODE_SORT] = math_apply_sort,
    [CODE_REMOVE_EMPTY] = math_apply_remove_empty,
    [CODE_METRIC_COUNT] = math_apply_metric_count,
    [CODE_TIME_SERIES] = math_apply_time_series,
    [CODE_MINUTE] = math_apply_clock,
    [CODE_HOUR] = math_apply_clock,
    [CODE_DAY] = math_apply_clock,
    [CODE_DATE] = math_apply_clock,
    [CODE_MONTH] = math_apply_clock,
    [CODE_YEAR] = math_apply_clock,
    [CODE_EPOCH] = math_apply_clock,
    [CODE_PERIOD] = math_apply_period,
};

/* Borrowed: a metric's values belong to the caller, a query's to the run. */
static struct math_value
math_evaluate_query(struct math_run *run, const struct math_node *node)
{
	const struct math_value *result = &run->results[node->query];
	struct math_value value;

	if (node->type == MATH_S)
		return *result;
	if (node->metric) {
		invariant(run->window->values[node->query] != NULL);
		value = math_value_series(run, MATH_TS, 1);
		value.series[0].at = run->window->values[node->query];
		return value;
	}
	value = math_value_series(run, node->type, result->count);
	for (size_t i = 0; i < value.count; i++)
		value.series[i].at = result->series[i].at;
	return value;
}

static struct math_value
math_evaluate_node(
    struct math_run *run, const struct math_node *node, struct math_value *args)
{
	switch (node->kind) {
	case MATH_NUMBER:
		return math_value_number(node->number);
	case MATH_TEXT:
	case MATH_WORD:
		return (struct math_value){
		    .type = node->type, .text = node->text};
	case MATH_QUERY:
		return math_evaluate_query(run, node);
	case MATH_LIST:
		return math_apply_list(run, node, args);
	case MATH_NEGATE:
		return math_apply_negate(run, node, args);
	case MATH_BINARY:
		return math_apply_binary(run, node, args);
	case MATH_CALL:
		break;
	}
	return math_evaluate_calls[node->function->code](run, node, args);
}

static struct math_value
math_evaluate_tree(struct math_run *run, const struct math *math)
{
	struct math_value *values =
	    arena_alloc(run->arena, math->count * sizeof(*values));
	struct math_value *args =
	    arena_alloc(run->arena, math->count * sizeof(*args));

	for (size_t i = 0; i < math->count; i++) {
		const struct math_node *node = &math->nodes[i];

		for (size_t j = 0; j < node->nargs; j++)
			args[j] = values[node->args[j]];
		values[i] = math_evaluate_node(run, node, args);
		for (size_t j = 0; j < node->nargs; j++)
			math_value_done(run, &args[j]);
	}
	return values[math->count - 1];
}

void
math_evaluate(const struct math *math, const struct math_window *window,
    struct arena *arena, double *out)
{
	struct math_run run = {
	    .window = window, .set = math->set, .arena = arena};
	struct math_value value;

	invariant(math_is_series(math));
	for (size_t i = 0; i < math->nneeds; i++)
		run.results[math->needs[i]] =
		    math_evaluate_tree(&run, math->set->maths[math->needs[i]]);
	value = math_evaluate_tree(&run, math);
	for (size_t t = 0; t < window->count; t++)
		out[t] =
		    value.type == MATH_S ? value.number : value.series[0].at[t];
}
