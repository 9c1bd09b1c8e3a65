#include "pipeline/alarm/math/math_function.h"

static enum math_reach
reach_fill(const struct math *math, const struct math_node *node)
{
	const struct math_node *filler = &math->nodes[node->args[1]];

	if (filler->kind != MATH_WORD)
		return MATH_REACH_POINT;
	return span_is(filler->text, "REPEAT") ? MATH_REACH_BACK
					       : MATH_REACH_WHOLE;
}

static enum math_reach
reach_call(const struct math *math, const struct math_node *node)
{
	switch (node->function->code) {
	case CODE_DIFF:
	case CODE_DIFF_TIME:
	case CODE_RATE:
	case CODE_RUNNING_SUM:
		return MATH_REACH_BACK;
	case CODE_FILL:
		return reach_fill(math, node);
	case CODE_AVG:
	case CODE_MAX:
	case CODE_MIN:
	case CODE_STDDEV:
	case CODE_SUM:
	case CODE_DATAPOINT_COUNT: /* of a series: one number of all of it */
		return math->nodes[node->args[0]].type == MATH_TS
		    ? MATH_REACH_WHOLE
		    : MATH_REACH_POINT;
	case CODE_SORT:
	case CODE_REMOVE_EMPTY:
		return MATH_REACH_WHOLE;
	default:
		return MATH_REACH_POINT;
	}
}

static enum math_reach
reach_nodes(const struct math *math)
{
	enum math_reach most = MATH_REACH_POINT;

	for (size_t i = 0; i < math->count; i++) {
		enum math_reach reach = math->nodes[i].kind == MATH_CALL
		    ? reach_call(math, &math->nodes[i])
		    : MATH_REACH_POINT;

		most = reach > most ? reach : most;
	}
	return most;
}

enum math_reach
math_reach(const struct math *math)
{
	enum math_reach most = reach_nodes(math);

	for (size_t i = 0; i < math->nneeds; i++) {
		enum math_reach reach =
		    reach_nodes(math->set->maths[math->needs[i]]);

		most = reach > most ? reach : most;
	}
	return most;
}
