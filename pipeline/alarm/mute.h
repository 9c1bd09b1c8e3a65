/*
 * Mute rules: windows of time in which alarms change state as ever, but run no
 * actions. Pure, but that reading a rule opens its zone.
 *
 * Source: User Guide, "Alarm Mute Rules" and "How alarm mute rules work";
 * PutAlarmMuteRule, AWS::CloudWatch::AlarmMuteRule.
 *
 * A rule is read in the form that PutAlarmMuteRule takes, GetAlarmMuteRule
 * prints and a template's Properties have:
 *
 *   {"Name": "sundays", "Rule": {"Schedule": {
 *      "Expression": "cron(0 2 * * SUN)", "Duration": "PT4H",
 *      "Timezone": "Europe/London"}},
 *    "MuteTargets": {"AlarmNames": ["lag"]},
 *    "StartDate": "2026-04-15T08:00", "ExpireDate": "2026-12-31T23:59:59Z"}
 *
 * The schedule says when windows open (cron(…), see cron.h, or once
 * at(yyyy-MM-ddThh:mm)), the duration how much time passes until they close,
 * whatever the clocks on the wall do meanwhile. Dates without an offset are of
 * the schedule's zone, which is UTC when none is given. A window is cut where
 * it lies before StartDate or behind ExpireDate.
 *
 * Ownership. Rules live in the arena they were read into; zones in theirs.
 * Limits. LIMIT_MUTES, LIMIT_MUTE_ALARMS; 1 minute to 15 days.
 */
#ifndef PIPELINE_ALARM_MUTE_H
#define PIPELINE_ALARM_MUTE_H

#include "base/tree.h"
#include "base/zone.h"
#include "pipeline/alarm/cron.h"

struct mute {
	struct span name, description; /* "" when not given */
	const struct span *alarms;     /* names */
	size_t nalarms;
	struct span expression, duration, timezone; /* as given */
	bool once; /* at(…): one window, which opens at_ms */
	int64_t at_ms;
	struct cron cron;
	const struct zone *zone;
	int64_t duration_ms;
	int64_t start_ms, expire_ms; /* INT64_MIN, INT64_MAX: not given */
	/* By mute_refresh(): whether a window is open, and until when that
	 * stands. */
	bool open;
	int64_t until_ms; /* INT64_MIN: not asked yet */
};

struct mutes {
	struct mute *rules;
	size_t count;
};

/* Reads one rule; false after a fault, each of which names its place. */
bool mute_read(struct mute *mute, struct arena *arena, const struct tree *node,
    struct faults *faults);
/* Appends the good rules of a document: one rule, a list that has some among
 * alarms, or those of {"AlarmMuteRules": […]} beside MetricAlarms. */
void mutes_read(struct mutes *out, struct arena *arena,
    const struct tree *document, struct faults *faults);

bool mute_targets(const struct mute *mute, struct span alarm);
/* Whether a window is open at this instant: it is when it opens, and is not
 * any more when it closes. */
bool mute_open(const struct mute *mute, int64_t ms);
/* When that is to be asked next: nothing changes between ms and then, and
 * then it may (it need not where windows touch for very long). INT64_MAX:
 * never. */
int64_t mute_next(const struct mute *mute, int64_t ms);

/* Brings `open` up to the clock, which only goes forward; true when it had to
 * be asked. */
bool mute_refresh(struct mute *mute, int64_t now_ms);

/* The same of several rules that mute one alarm: muted while one is open. */
bool mutes_open(const struct mute *const *mutes, size_t count, int64_t ms);
int64_t mutes_next(const struct mute *const *mutes, size_t count, int64_t ms);
/* Whether at some instant after from_ms, to_ms included, none was open. */
bool mutes_gap(const struct mute *const *mutes, size_t count, int64_t from_ms,
    int64_t to_ms);

/*
 * What an alarm (or a contributor: those are muted with their alarm) remembers
 * of a window: that the actions of its present state have not run because of
 * it. When no window is open any more they run, with
 * ActionExecutedAfterMuteWindow. Source: "the mute window has ended and the
 * alarm remains in the same state in which it was originally muted"; an alarm
 * that came back to OK runs no ALARM actions. Its OK actions run: they were
 * muted too, and "the behaviours apply to actions of all alarm states".
 *
 * At each clock: when mutes_gap(…, clock before, now_ms - 1), muting_ended()
 * first; then the changes, muting_acts(); then, when none is open at now_ms,
 * muting_ended(). That a rule is deleted, or changed so that it does not mute
 * now, ends a window as well.
 */
struct muting {
	bool pending; /* the checkpoint's */
};

/* The alarm changed state, or its suppression released actions: `acts` says
 * whether actions would run but for mute rules (false also: a suppressor holds
 * them, they are its business then). Whether they run now. */
bool muting_acts(struct muting *muting, bool acts, bool open);
/* No window is open: whether actions that waited run now. True once. For a
 * composite ask suppression_unmuted() then. */
bool muting_ended(struct muting *muting);

#endif
