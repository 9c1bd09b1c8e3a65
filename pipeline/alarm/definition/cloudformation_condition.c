/* Conditions, each decided once; and Fn::If. */
#include "pipeline/alarm/definition/cloudformation_value.h"

/* What is kept of a condition's name, besides the decisions. */
static const char cloudformation_deciding[] = "deciding";
static const char cloudformation_decisions[][8] = {[DECISION_FALSE] = "false",
    [DECISION_TRUE] = "true",
    [DECISION_FAILED] = "failed"};

static enum cloudformation_decision cloudformation_decide(
    struct cloudformation *c, const struct tree *node, size_t depth);

/* Fn::And stops at the first false, Fn::Or at the first true. */
static enum cloudformation_decision
cloudformation_all(struct cloudformation *c, const struct tree *argument,
    enum cloudformation_decision stop, size_t depth)
{
	enum cloudformation_decision decision;

	if (!cloudformation_arguments(
		c, argument, 1, 100, "a list of conditions"))
		return DECISION_FAILED;
	for (const struct tree *t = argument->first; t != NULL; t = t->next) {
		decision = cloudformation_decide(c, t, depth + 1);
		if (decision == stop || decision == DECISION_FAILED)
			return decision;
	}
	return stop == DECISION_TRUE ? DECISION_FALSE : DECISION_TRUE;
}

static enum cloudformation_decision
cloudformation_not(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	enum cloudformation_decision decision;

	if (!cloudformation_arguments(c, argument, 1, 1, "[condition]"))
		return DECISION_FAILED;
	decision = cloudformation_decide(c, argument->first, depth + 1);
	return decision == DECISION_FAILED ? decision
	    : decision == DECISION_TRUE	   ? DECISION_FALSE
					   : DECISION_TRUE;
}

static enum cloudformation_decision
cloudformation_equals(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	struct span left, right;

	if (!cloudformation_arguments(c, argument, 2, 2, "[value, value]") ||
	    !cloudformation_text(c, argument->first, depth + 1, &left) ||
	    !cloudformation_text(c, argument->first->next, depth + 1, &right))
		return DECISION_FAILED;
	return span_equal(left, right) ? DECISION_TRUE : DECISION_FALSE;
}

static enum cloudformation_decision
cloudformation_decide(
    struct cloudformation *c, const struct tree *node, size_t depth)
{
	const struct tree *argument = node->first;

	if (!cloudformation_charge(c, node, sizeof(struct tree)))
		return DECISION_FAILED;
	if (depth > LIMIT_JSON_DEPTH) {
		cloudformation_fault(c, node, "conditions nest deeper than %d",
		    LIMIT_JSON_DEPTH);
		return DECISION_FAILED;
	}
	if (node->kind == TREE_MAP && node->count == 1) {
		if (span_is(argument->key, "Fn::Equals"))
			return cloudformation_equals(c, argument, depth);
		if (span_is(argument->key, "Fn::Not"))
			return cloudformation_not(c, argument, depth);
		if (span_is(argument->key, "Fn::And"))
			return cloudformation_all(
			    c, argument, DECISION_FALSE, depth);
		if (span_is(argument->key, "Fn::Or"))
			return cloudformation_all(
			    c, argument, DECISION_TRUE, depth);
		if (span_is(argument->key, "Condition") &&
		    argument->kind == TREE_SCALAR)
			return cloudformation_named(
			    c, argument->text, argument, depth);
	}
	cloudformation_fault(c, node,
	    "a condition must be Fn::Equals, Fn::And, Fn::Or, Fn::Not or "
	    "{\"Condition\": name}");
	return DECISION_FAILED;
}

enum cloudformation_decision
cloudformation_named(struct cloudformation *c, struct span name,
    const struct tree *place, size_t depth)
{
	const struct tree *node = table_get(&c->conditions, name);
	const char *kept = table_get(&c->decided, name);
	enum cloudformation_decision decision;

	if (node == NULL) {
		cloudformation_fault(c, place,
		    "condition \"%.*s\" is not in this template",
		    SPAN_ARGS(name));
		return DECISION_FAILED;
	}
	if (kept == cloudformation_decisions[DECISION_TRUE])
		return DECISION_TRUE;
	if (kept == cloudformation_decisions[DECISION_FALSE])
		return DECISION_FALSE;
	if (kept != NULL) {
		cloudformation_fault(c, place,
		    kept == cloudformation_deciding
			? "condition \"%.*s\" refers to itself"
			: "condition \"%.*s\" cannot be decided (above)",
		    SPAN_ARGS(name));
		return DECISION_FAILED;
	}
	table_put(&c->decided, node->key, (void *)cloudformation_deciding);
	decision = cloudformation_decide(c, node, depth + 1);
	table_put(
	    &c->decided, node->key, (void *)cloudformation_decisions[decision]);
	return decision;
}

const struct tree *
cloudformation_if(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *name = argument->first;

	if (!cloudformation_arguments(
		c, argument, 3, 3, "[condition, value if true, value if not]"))
		return NULL;
	if (name->kind != TREE_SCALAR)
		return cloudformation_fault(
		    c, name, "Fn::If must name a condition");
	switch (cloudformation_named(c, name->text, name, depth + 1)) {
	case DECISION_TRUE:
		return cloudformation_value(c, name->next, depth + 1);
	case DECISION_FALSE:
		return cloudformation_value(c, name->next->next, depth + 1);
	default:
		return NULL;
	}
}
