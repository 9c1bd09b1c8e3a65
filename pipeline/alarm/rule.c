#include "pipeline/alarm/rule.h"

#include "pipeline/alarm/rule_node.h"

static bool
rule_matches(const struct rule_node *node, enum alarm_state state)
{
	return (state == node->state) != node->other_states;
}

/* How many of the alarms listed match; a function has one. */
static bool
rule_leaf(const struct rule_node *node, const enum alarm_state *states)
{
	size_t matched = 0;

	for (size_t i = 0; i < node->nalarms; i++)
		matched += rule_matches(node, states[node->alarms[i]]);
	return matched >= node->least;
}

/* Nodes nest no deeper than parentheses may. */
static bool
rule_true(const struct rule_node *node, const enum alarm_state *states)
{
	bool truth = false;

	switch (node->kind) {
	case RULE_CONSTANT:
		truth = node->truth;
		break;
	case RULE_STATES:
		truth = rule_leaf(node, states);
		break;
	case RULE_AND:
	case RULE_OR:
		truth = node->kind == RULE_AND;
		for (const struct rule_node *n = node->first; n != NULL;
		     n = n->next)
			if (rule_true(n, states) != truth) {
				truth = !truth;
				break;
			}
		break;
	}
	return truth != node->negated;
}

/* Marks the alarms below `node` that speak for its being what it is. */
static void
rule_mark(
    const struct rule_node *node, const enum alarm_state *states, bool *speak)
{
	/* What the node is, before its own NOT. */
	bool truth = rule_true(node, states) != node->negated;

	if (node->kind == RULE_STATES) {
		for (size_t i = 0; i < node->nalarms; i++) {
			size_t alarm = node->alarms[i];

			if (rule_matches(node, states[alarm]) == truth)
				speak[alarm] = true;
		}
		return;
	}
	for (const struct rule_node *n = node->first; n != NULL; n = n->next)
		if (rule_true(n, states) == truth)
			rule_mark(n, states, speak);
}

bool
rule_holds(const struct rule *rule, const enum alarm_state *states)
{
	return rule_true(rule->root, states);
}

bool
rule_speakers(
    const struct rule *rule, const enum alarm_state *states, bool *speak)
{
	for (size_t i = 0; i < rule->nchildren; i++)
		speak[i] = false;
	rule_mark(rule->root, states, speak);
	return rule_true(rule->root, states);
}
