#include "pipeline/alarm/math/math_type.h"

#include <math.h>

#include "base/limits.h"
#include "pipeline/alarm/math/math_fault.h"
#include "pipeline/alarm/math/math_function.h"

#define VALUE (MATH_S | MATH_TS | MATH_ARRAY)
#define SERIES (MATH_TS | MATH_ARRAY)

struct typing {
	struct math_node *nodes;
	const struct math_set *set;
	struct arena *arena;
	struct math_fault *fault;
};

static const char *
math_type_shown(const struct math_node *node)
{
	switch (node->type) {
	case MATH_S:
		return "a number";
	case MATH_TS:
		return "a time series";
	case MATH_ARRAY:
		return "an array of time series";
	case MATH_STRING:
		return "a text";
	case MATH_STRINGS:
		return "an array of texts";
	}
	return "a keyword";
}

/* A keyword where a value should be. */
static bool
math_type_word(struct typing *typing, const struct math_node *node)
{
	const struct math_function *function = math_function_find(node->text);

	if (function != NULL && function->code == CODE_REFUSED)
		return math_fail(typing->arena, typing->fault, node->column,
		    "%s", function->usage);
	if (function != NULL)
		return math_fail(typing->arena, typing->fault, node->column,
		    "%s is a function: %s", function->name, function->usage);
	return math_fail(typing->arena, typing->fault, node->column,
	    "%.*s is no id (ids begin with a lower-case letter) and no "
	    "function%s",
	    SPAN_ARGS(node->text),
	    math_hint(typing->arena, node->text, typing->set->ids,
		typing->set->count));
}

static struct math_node *
math_type_argument(
    struct typing *typing, const struct math_node *node, size_t i)
{
	return &typing->nodes[node->args[i]];
}

static bool
math_type_list(struct typing *typing, struct math_node *node)
{
	unsigned all = 0;

	for (size_t i = 0; i < node->nargs; i++) {
		struct math_node *part = math_type_argument(typing, node, i);

		if (part->kind == MATH_WORD)
			return math_type_word(typing, part);
		all |= part->type;
		node->most += part->most;
		if ((all & ~(unsigned)SERIES) != 0 && all != MATH_STRING)
			return math_fail(typing->arena, typing->fault,
			    part->begin,
			    "an array is made of time series, not of %s",
			    math_type_shown(part));
	}
	node->type = all == MATH_STRING ? MATH_STRINGS : MATH_ARRAY;
	return true;
}

static bool
math_type_operand(struct typing *typing, const struct math_node *node, size_t i)
{
	struct math_node *part = math_type_argument(typing, node, i);

	if (part->kind == MATH_WORD)
		return math_type_word(typing, part);
	if ((part->type & VALUE) != 0)
		return true;
	return math_fail(typing->arena, typing->fault, part->begin,
	    "%s takes numbers and time series, not %s",
	    node->kind == MATH_NEGATE
		? "-"
		: arena_printf(typing->arena, "%.*s", SPAN_ARGS(node->text)),
	    math_type_shown(part));
}

static bool
math_type_operator(struct typing *typing, struct math_node *node)
{
	unsigned all = 0;

	for (size_t i = 0; i < node->nargs; i++) {
		struct math_node *part = math_type_argument(typing, node, i);

		if (!math_type_operand(typing, node, i))
			return false;
		if ((all & part->type & MATH_ARRAY) != 0)
			return math_fail(typing->arena, typing->fault,
			    node->column,
			    "%.*s takes an array with a number or a time "
			    "series, not with another array",
			    SPAN_ARGS(node->text));
		all |= part->type;
		if (part->most > node->most)
			node->most = part->most;
	}
	if ((all & MATH_ARRAY) != 0)
		node->type = MATH_ARRAY;
	else
		node->type = (all & MATH_TS) != 0 ? MATH_TS : MATH_S;
	return true;
}

/* Numbers that are written out can be checked now. */
static bool
math_type_whole(
    struct typing *typing, const struct math_node *node, size_t i, double least)
{
	const struct math_node *part;

	if (i >= node->nargs)
		return true;
	part = math_type_argument(typing, node, i);
	if (part->kind != MATH_NUMBER ||
	    (part->number >= least && part->number == floor(part->number)))
		return true;
	return math_fail(typing->arena, typing->fault, part->begin,
	    "argument %zu of %s must be a whole number from %.0f", i + 1,
	    node->function->name, least);
}

static bool
math_type_takes(struct typing *typing, const struct math_node *node, size_t i)
{
	const struct math_node *part = math_type_argument(typing, node, i);
	enum math_taking taking = node->function->takes[i];
	const struct math_takes *takes = &math_takes[taking];
	const char *given = math_type_shown(part);

	if (part->kind == MATH_WORD) {
		if (math_function_takes_word(taking, part->text))
			return true;
		if (takes->words == NULL)
			return math_type_word(typing, part);
		given =
		    arena_printf(typing->arena, "%.*s", SPAN_ARGS(part->text));
	} else if ((part->type & takes->types) != 0) {
		if (taking != TAKES_METRIC || part->metric)
			return true;
		given = "an expression";
	}
	return math_fail(typing->arena, typing->fault, part->begin,
	    "argument %zu of %s must be %s, not %s", i + 1,
	    node->function->name, takes->shown, given);
}

static bool
math_type_count(struct typing *typing, const struct math_node *node)
{
	const struct math_function *function = node->function;
	size_t least = function->least, most = math_function_most(function);

	if (node->nargs >= least && node->nargs <= most)
		return true;
	if (least == most)
		return math_fail(typing->arena, typing->fault, node->column,
		    "%s takes %zu argument%s, not %zu: %s", function->name,
		    least, least == 1 ? "" : "s", node->nargs, function->usage);
	return math_fail(typing->arena, typing->fault, node->column,
	    "%s takes %zu to %zu arguments, not %zu: %s", function->name, least,
	    most, node->nargs, function->usage);
}

/* As many as METRICS() can give: all of them. */
static size_t
math_type_metrics(const struct math_set *set)
{
	size_t metrics = 0;

	for (size_t i = 0; i < set->count; i++)
		metrics += set->metric[i];
	return metrics;
}

static void
math_type_result(struct typing *typing, struct math_node *node)
{
	const struct math_node *first =
	    node->nargs > 0 ? math_type_argument(typing, node, 0) : NULL;
	unsigned all = 0;

	for (size_t i = 0; i < node->nargs; i++)
		all |= math_type_argument(typing, node, i)->type;
	switch (node->function->result) {
	case RESULT_S:
		node->type = MATH_S;
		break;
	case RESULT_TS:
		node->type = MATH_TS;
		break;
	case RESULT_ARRAY:
		node->type = MATH_ARRAY;
		break;
	case RESULT_SAME:
		node->type = first->type;
		break;
	case RESULT_REDUCED:
		node->type = first->type == MATH_ARRAY ? MATH_TS : MATH_S;
		break;
	case RESULT_IF:
		node->type = (all & MATH_TS) != 0 ? MATH_TS : MATH_S;
		break;
	}
	if (node->type == MATH_TS)
		node->most = 1;
	else if (node->type == MATH_ARRAY)
		node->most = node->function->code == CODE_METRICS
		    ? math_type_metrics(typing->set)
		    : first->most;
}

static bool
math_type_call(struct typing *typing, struct math_node *node)
{
	if (!math_type_count(typing, node))
		return false;
	for (size_t i = 0; i < node->nargs; i++)
		if (!math_type_takes(typing, node, i))
			return false;
	math_type_result(typing, node);
	if (node->function->code == CODE_SLICE)
		return math_type_whole(typing, node, 1, 0) &&
		    math_type_whole(typing, node, 2, 0);
	return node->function->code != CODE_SORT ||
	    math_type_whole(typing, node, 3, 1);
}

static bool
math_type_node(struct typing *typing, struct math_node *node)
{
	const struct math *math;

	switch (node->kind) {
	case MATH_NUMBER:
		node->type = MATH_S;
		return true;
	case MATH_TEXT:
		node->type = MATH_STRING;
		return true;
	case MATH_WORD: /* whoever takes it decides */
		return true;
	case MATH_QUERY:
		math = typing->set->maths[node->query];
		node->metric = math == NULL;
		node->type = math == NULL ? MATH_TS : math->type;
		node->most = math == NULL ? 1 : math->most;
		return true;
	case MATH_LIST:
		return math_type_list(typing, node);
	case MATH_CALL:
		return math_type_call(typing, node);
	case MATH_NEGATE:
	case MATH_BINARY:
		return math_type_operator(typing, node);
	}
	return false;
}

bool
math_type(struct math_node *nodes, size_t count, const struct math_set *set,
    size_t *work, struct arena *arena, struct math_fault *fault)
{
	struct typing typing = {nodes, set, arena, fault};
	const struct math_node *whole = &nodes[count - 1];

	for (size_t i = 0; i < count; i++) {
		if (!math_type_node(&typing, &nodes[i]))
			return false;
		*work += nodes[i].most > 0 ? nodes[i].most : 1;
		if (*work > LIMIT_MATH_SERIES)
			return math_fail(arena, fault, nodes[i].column,
			    "the alarm's expressions may make %d series, all "
			    "their steps together",
			    LIMIT_MATH_SERIES);
	}
	if (whole->kind == MATH_WORD)
		return math_type_word(&typing, whole);
	if ((whole->type & VALUE) == 0)
		return math_fail(arena, fault, whole->begin,
		    "an expression gives a time series, not %s",
		    math_type_shown(whole));
	return true;
}
