/* The tree of a composite alarm's rule: rule_parse.c makes it, rule.c reads
 * it; nobody else looks inside. */
#ifndef PIPELINE_ALARM_RULE_NODE_H
#define PIPELINE_ALARM_RULE_NODE_H

#include "pipeline/alarm/rule.h"

enum rule_kind { RULE_CONSTANT, RULE_STATES, RULE_AND, RULE_OR };

struct rule_node {
	enum rule_kind kind;
	bool negated; /* NOT before it */
	bool truth;   /* RULE_CONSTANT */

	/* RULE_STATES: at least `least` of the alarms are in the state, or,
	 * with other_states, in any other. ALARM(x) is one of one. */
	enum alarm_state state;
	bool other_states;
	size_t least;
	const size_t *alarms; /* indices of the rule's children */
	size_t nalarms;

	/* RULE_AND, RULE_OR: the parts, two or more. */
	struct rule_node *first;
	struct rule_node *next; /* of the parent's parts */
};

#endif
