/*
 * The gate before an alarm's actions: a composite's suppressor, and mute rules.
 * The alarm's state changes as ever; the gate says whether its actions run,
 * and when those that were held back do.
 *
 * Source: "Alarm suppression", "Alarm mute rules"; suppression.h, mute.h.
 */
#ifndef PIPELINE_ALARM_GATE_H
#define PIPELINE_ALARM_GATE_H

#include "pipeline/alarm/memory.h"
#include "pipeline/alarm/mute.h"
#include "pipeline/alarm/suppression.h"

struct gate {
	const struct alarm *alarm;
	const struct mute *const *mutes; /* that name the alarm */
	size_t nmutes;
	struct suppression suppression;
	bool suppressor_in_alarm; /* as the gate knows it */
	struct span suppressor_arn;
	int64_t suppressor_since_ms;
	struct muting muting;
};

/* The alarm changes: marks the transition with what holds its actions back. A
 * NULL gate holds back nothing. */
void gate_change(struct gate *gate, struct transition *t);
/* The same for a contributor, which only mute rules hold back. */
void gate_change_contributor(
    const struct gate *gate, struct muting *muting, struct transition *t);

/*
 * Before the alarm of `memory` is looked at: what ended since the last entry,
 * whose clock is `since_ms`, then the suppressor's own change (NULL: none).
 * After it: what ends now.
 */
void gate_before(struct gate *gate, const struct memory *memory,
    const struct alarm *suppressor, const struct memory *suppressor_memory,
    int64_t since_ms, int64_t now_ms, struct outcome *outcome);
void gate_after(struct gate *gate, const struct memory *memory, int64_t now_ms,
    struct outcome *outcome);
/* Whether no mute rule's window is open now, or was at some time between the
 * last entry and just before now. The rules are refreshed. */
bool gate_unmuted(const struct gate *gate);
bool gate_gap(const struct gate *gate, int64_t since_ms, int64_t now_ms);
/* The actions of the state run now, behind a mute rule's window. */
void gate_release(const struct alarm *alarm, const struct memory *memory,
    const struct contributor_name *contributor, bool after_mute, int64_t now_ms,
    struct outcome *outcome);

/*
 * The definition changed: `to` takes over what `from` held back; what nothing
 * holds back any more runs now. `to` may be NULL: no gate is left.
 * `in_alarm`: the new suppressor is.
 */
void gate_inherit(struct gate *to, const struct gate *from,
    const struct alarm *alarm, const struct memory *memory, bool in_alarm,
    int64_t now_ms, struct outcome *outcome);

#endif
