/* Rules of composite alarms: a tree that evaluates, or a fault. */
#include <stdint.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/alarm/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The answer is the same whoever is asked for it. */
static void
rule_fuzz_evaluate(const struct rule *rule, size_t seed)
{
	enum alarm_state states[LIMIT_RULE_CHILDREN];
	bool speak[LIMIT_RULE_CHILDREN];

	invariant(rule->nchildren <= LIMIT_RULE_CHILDREN);
	for (size_t i = 0; i < rule->nchildren; i++)
		states[i] = (enum alarm_state)((seed + i * i) % 3);
	invariant(
	    rule_holds(rule, states) == rule_speakers(rule, states, speak));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rule_fault fault = {0};
	const struct rule *rule;
	struct arena arena;

	arena_init(&arena);
	rule = rule_parse(&arena, span_make(bytes, len), &fault);
	if (rule == NULL) {
		invariant(fault.text != NULL && fault.column > 0);
		invariant(fault.column <= len + 1);
	} else {
		for (size_t seed = 0; seed < 3; seed++)
			rule_fuzz_evaluate(rule, seed);
	}
	arena_fini(&arena);
	return 0;
}
