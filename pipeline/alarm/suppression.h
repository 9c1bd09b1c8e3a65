/*
 * The memory of a composite alarm's actions suppressor. Pure.
 *
 *                       ┌──────────── the composite changes ───────────┐
 *                       │ suppressor not in ALARM      suppressor in   │
 *                       ▼                                     ALARM    ▼
 *   ┌─────┐ wait ends ┌──────┐ suppressor enters ALARM              ┌───────┐
 *   │ NOT │◀══════════│ WAIT │─────────────────────────────────────▶│ ALARM │
 *   └─────┘           └──────┘                                      └───────┘
 *      ▲              ┌───────────┐ enters ALARM again ──────────────▶ │
 *      ╚══════════════│ EXTENSION │◀── suppressor leaves ALARM ────────┘
 *        extension    └───────────┘
 *        ends                        ═══▶ the actions of the composite's
 *                                         present state run
 *
 * A change of the composite starts over from whatever there was. A period of
 * zero has ended when it begins. Once actions have run, only the composite's
 * next change asks the suppressor again.
 *
 * Source: "Alarm suppression" (its examples 1 to 6), PutCompositeAlarm, and
 * captures: a period ends on the millisecond; an alarm that is child and
 * suppressor at once suppresses; replacing the suppressor by one that is not
 * in ALARM releases at once.
 *
 * Order. At each clock, for each composite: first what ended earlier,
 * suppression_due(s, now_ms - 1); then the changes, those of suppressors
 * before those of composites; then suppression_due(s, now_ms). So a change in
 * the very millisecond in which a period ends counts first (a suppressor that
 * enters ALARM 60 s after the composite is in time for a wait of 60 s), and a
 * clock that jumps over the end does not undo it.
 */
#ifndef PIPELINE_ALARM_SUPPRESSION_H
#define PIPELINE_ALARM_SUPPRESSION_H

#include "schemas/alarm.h"

/* Zeroed: nothing is suppressed. Both are the checkpoint's. */
struct suppression {
	enum suppressed_by by;
	int64_t until_ms; /* end of SUPPRESSED_WAIT and _EXTENSION; else 0 */
};

/* The composite changed state: whether its actions run now; when not, `by`
 * says who holds them. Without a suppressor they always do. */
bool suppression_changed(struct suppression *suppression,
    const struct alarm *composite, bool suppressor_in_alarm, int64_t now_ms);

/* The suppressor entered (true) or left ALARM: whether the actions of the
 * composite's state run now, which only an extension of zero brings about. */
bool suppression_suppressor(struct suppression *suppression,
    const struct alarm *composite, bool in_alarm, int64_t now_ms);

/* A period ended at now_ms or before: the actions of the composite's state
 * run. True once. */
bool suppression_due(struct suppression *suppression, int64_t now_ms);
/* When suppression_due() will be true; INT64_MAX: not by time alone. */
int64_t suppression_next(const struct suppression *suppression);

/* The composite has another suppressor now (or none: false): whether the
 * actions that were held back run. Not for a mere change of the periods, or
 * of the suppressor's name into its ARN: then what runs goes on. */
bool
suppression_replaced(struct suppression *suppression, bool suppressor_in_alarm);

/* A mute window ended behind which actions waited that no suppression held:
 * whether they run, or a suppressor that is in ALARM by now takes them over
 * ("the action suppression configuration determines …"). */
bool suppression_unmuted(struct suppression *suppression,
    const struct alarm *composite, bool suppressor_in_alarm);

#endif
