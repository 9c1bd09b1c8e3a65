/* Composite alarms: the rule over the states that are, and the suppressor, from
 * "Alarm suppression" and the order that docs and captures give. */
#include "oracle_naive.h"

enum { HELD_NOT, HELD_WAIT, HELD_EXTENSION, HELD_ALARM };

static bool
rule_is_true(
    const struct naive *naive, const struct oracle_alarm *alarm, int node)
{
	const struct oracle_node *n = &alarm->nodes[node];
	int count = 0;

	switch (n->part) {
	case PART_STATE:
		return naive->alarms[n->at].state == n->state;
	case PART_NOT:
		return !rule_is_true(naive, alarm, n->a);
	case PART_AND:
		return rule_is_true(naive, alarm, n->a) &&
		    rule_is_true(naive, alarm, n->b);
	case PART_OR:
		return rule_is_true(naive, alarm, n->a) ||
		    rule_is_true(naive, alarm, n->b);
	case PART_AT_LEAST:
		for (size_t i = 0; i < n->nmany; i++)
			count += naive->alarms[n->many[i]].state == n->state;
		return count >= (int)n->number;
	default:
		return n->part == PART_TRUE;
	}
}

static void
release(struct naive *naive, int index, int64_t now_ms)
{
	struct naive_alarm *memory = &naive->alarms[index];

	memory->held = HELD_NOT;
	naive_note(naive,
	    &(struct oracle_note){.time_ms = now_ms,
		.alarm = index,
		.from = memory->state,
		.to = memory->state,
		.released = true});
}

/* A wait or an extension that ended. */
static void
expire(struct naive *naive, int index, int64_t until_ms, int64_t now_ms)
{
	struct naive_alarm *memory = &naive->alarms[index];

	if ((memory->held == HELD_WAIT || memory->held == HELD_EXTENSION) &&
	    memory->until_ms <= until_ms)
		release(naive, index, now_ms);
}

static void
suppressor_step(struct naive *naive, int index, int64_t now_ms)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	bool rings = naive->alarms[alarm->suppressor].state == RINGS;

	if (rings && !memory->suppressor_rang && memory->held != HELD_NOT)
		memory->held = HELD_ALARM;
	if (!rings && memory->suppressor_rang && memory->held == HELD_ALARM) {
		memory->held = HELD_EXTENSION;
		memory->until_ms = now_ms + alarm->extension_ms;
		if (alarm->extension_ms == 0)
			release(naive, index, now_ms);
	}
	memory->suppressor_rang = rings;
}

void
naive_composite_step(struct naive *naive, int index, int64_t now_ms)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct oracle_note note = {
	    .time_ms = now_ms, .alarm = index, .from = memory->state};

	expire(naive, index, now_ms - 1, now_ms);
	if (alarm->suppressor >= 0)
		suppressor_step(naive, index, now_ms);
	note.to = rule_is_true(naive, alarm, alarm->nnodes - 1) ? RINGS : FINE;
	if (note.to != memory->state) {
		memory->state = note.to;
		memory->held = HELD_NOT;
		if (alarm->suppressor >= 0 && memory->suppressor_rang)
			memory->held = HELD_ALARM;
		else if (alarm->suppressor >= 0 && alarm->wait_ms > 0)
			memory->held = HELD_WAIT;
		memory->until_ms = now_ms + alarm->wait_ms;
		note.suppressed_by = memory->held;
		naive_note(naive, &note);
	}
	expire(naive, index, now_ms, now_ms);
}
