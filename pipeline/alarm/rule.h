/*
 * The rule of a composite alarm: read into a tree, evaluated over the states
 * of the alarms it names. Pure.
 *
 *   rule  := and { "OR" and }          and := not { "AND" not }
 *   not   := { "NOT" } part
 *   part  := "TRUE" | "FALSE" | "(" rule ")" | state "(" name ")"
 *          | "AT_LEAST" "(" least "," [ "NOT" ] state ","
 *                       "(" name { "," name } ")" ")"
 *   state := "ALARM" | "OK" | "INSUFFICIENT_DATA"
 *   least := a number | a number "%"
 *   name  := an alarm's name or ARN; in "…" when it has spaces, commas,
 *            parentheses or quotes (\" is a quote, \\ a backslash)
 *
 * Source: PutCompositeAlarm (AlarmRule), "Combining alarms", and captured
 * errors: keywords and functions are upper case and nothing else; AND binds
 * tighter than OR; AT_LEAST takes a number or a percentage of the alarms
 * listed (rounded up), where an alarm listed twice counts twice.
 *
 * Ownership. A rule lives in the arena it was parsed into.
 * Limits. AWS's: 10,240 characters, 100 different alarms, 500 elements. Ours:
 * parentheses nest LIMIT_RULE_DEPTH deep.
 */
#ifndef PIPELINE_ALARM_RULE_H
#define PIPELINE_ALARM_RULE_H

#include "base/arena.h"
#include "schemas/alarm.h"

struct rule_node;

struct rule {
	const struct span *children; /* names or ARNs, each once, as first
					met; NUL behind them */
	size_t nchildren;
	const struct rule_node *root;
};

struct rule_fault {
	unsigned column; /* in the rule, in characters from 1 */
	const char *text;
};

/* NULL: `fault` says what is wrong, its text in the arena: CloudWatch's own
 * words where they are known, then what would be right. */
const struct rule *
rule_parse(struct arena *arena, struct span text, struct rule_fault *fault);
/* `states` by index of children. */
bool rule_holds(const struct rule *rule, const enum alarm_state *states);

/*
 * The same, and which children speak for the answer: those without whose
 * states it would be harder to come by (of a true OR the true sides, of a
 * false AT_LEAST the alarms that do not match). `speak` by index of children,
 * overwritten. Captured: triggeringAlarms of a composite that was created or
 * updated names these, the newest change first; of one that changed because a
 * child did, only the child.
 */
bool rule_speakers(
    const struct rule *rule, const enum alarm_state *states, bool *speak);

#endif
