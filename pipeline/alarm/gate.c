#include "pipeline/alarm/gate.h"

/* Now, at this entry. */
static bool
gate_muted(const struct gate *gate)
{
	for (size_t i = 0; i < gate->nmutes; i++)
		if (gate->mutes[i]->open)
			return true;
	return false;
}

bool
gate_gap(const struct gate *gate, int64_t since_ms, int64_t now_ms)
{
	return gate->nmutes > 0 && since_ms != INT64_MIN &&
	    since_ms < now_ms - 1 &&
	    mutes_gap(gate->mutes, gate->nmutes, since_ms, now_ms - 1);
}

bool
gate_unmuted(const struct gate *gate)
{
	return !gate_muted(gate);
}

static bool
gate_suppressed(struct gate *gate, struct transition *t)
{
	if (gate->alarm->suppressor.len == 0 ||
	    suppression_changed(&gate->suppression, gate->alarm,
		gate->suppressor_in_alarm, t->time_ms))
		return false;
	t->suppressed_by = gate->suppression.by;
	if (t->suppressed_by == SUPPRESSED_ALARM) {
		t->suppressor_arn = gate->suppressor_arn;
		t->suppressor_time_ms = gate->suppressor_since_ms;
	}
	return true;
}

void
gate_change(struct gate *gate, struct transition *t)
{
	bool acts;

	if (gate == NULL)
		return;
	acts = !gate_suppressed(gate, t);
	t->muted = !muting_acts(&gate->muting, acts, gate_muted(gate)) && acts;
}

void
gate_change_contributor(
    const struct gate *gate, struct muting *muting, struct transition *t)
{
	if (gate != NULL)
		t->muted = !muting_acts(muting, true, gate_muted(gate));
}

void
gate_release(const struct alarm *alarm, const struct memory *memory,
    const struct contributor_name *contributor, bool after_mute, int64_t now_ms,
    struct outcome *outcome)
{
	struct arena *arena = &outcome->arena;
	struct transition t = {.alarm = alarm,
	    .time_ms = now_ms,
	    .from = memory->state,
	    .to = memory->state,
	    .reason = arena_copy(arena, memory->reason),
	    .data = arena_copy(arena, memory->data),
	    .from_time_ms = memory->since_ms,
	    .contributor = contributor,
	    .released = true,
	    .after_mute = after_mute};

	t.from_reason = t.reason;
	t.from_data = t.data;
	if (alarm->actions_enabled)
		outcome_transition(outcome, &t);
}

/* A suppression ended; a mute rule may still hold the actions back. */
static void
gate_unsuppress(struct gate *gate, const struct memory *memory, int64_t now_ms,
    struct outcome *outcome)
{
	if (muting_acts(&gate->muting, true, gate_muted(gate)))
		gate_release(gate->alarm, memory, NULL, false, now_ms, outcome);
}

static void
gate_unmute(struct gate *gate, const struct memory *memory, int64_t now_ms,
    struct outcome *outcome)
{
	if (muting_ended(&gate->muting) &&
	    (gate->alarm->suppressor.len == 0 ||
		suppression_unmuted(&gate->suppression, gate->alarm,
		    gate->suppressor_in_alarm)))
		gate_release(gate->alarm, memory, NULL, true, now_ms, outcome);
}

void
gate_before(struct gate *gate, const struct memory *memory,
    const struct alarm *suppressor, const struct memory *suppressor_memory,
    int64_t since_ms, int64_t now_ms, struct outcome *outcome)
{
	bool in_alarm = suppressor_memory != NULL &&
	    suppressor_memory->state == STATE_ALARM;

	if (suppression_due(&gate->suppression, now_ms - 1))
		gate_unsuppress(gate, memory, now_ms, outcome);
	if (gate->muting.pending && gate_gap(gate, since_ms, now_ms))
		gate_unmute(gate, memory, now_ms, outcome);
	if (suppressor == NULL)
		return;
	gate->suppressor_arn = suppressor->arn;
	if (in_alarm == gate->suppressor_in_alarm)
		return;
	gate->suppressor_in_alarm = in_alarm;
	gate->suppressor_since_ms = suppressor_memory->since_ms;
	if (suppression_suppressor(
		&gate->suppression, gate->alarm, in_alarm, now_ms))
		gate_unsuppress(gate, memory, now_ms, outcome);
}

void
gate_after(struct gate *gate, const struct memory *memory, int64_t now_ms,
    struct outcome *outcome)
{
	if (suppression_due(&gate->suppression, now_ms))
		gate_unsuppress(gate, memory, now_ms, outcome);
	if (gate_unmuted(gate))
		gate_unmute(gate, memory, now_ms, outcome);
}

void
gate_inherit(struct gate *to, const struct gate *from,
    const struct alarm *alarm, const struct memory *memory, bool in_alarm,
    int64_t now_ms, struct outcome *outcome)
{
	struct gate none = {.alarm = alarm};
	struct gate *gate = to != NULL ? to : &none;

	gate->suppression = from->suppression;
	gate->muting = from->muting;
	gate->suppressor_in_alarm = from->suppressor_in_alarm;
	gate->suppressor_since_ms = from->suppressor_since_ms;
	if (!span_equal(gate->suppressor_arn, from->suppressor_arn)) {
		gate->suppressor_in_alarm = in_alarm;
		if (suppression_replaced(&gate->suppression, in_alarm))
			gate_unsuppress(gate, memory, now_ms, outcome);
	}
	if (gate_unmuted(gate))
		gate_unmute(gate, memory, now_ms, outcome);
}
