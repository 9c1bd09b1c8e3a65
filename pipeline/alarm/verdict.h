/*
 * The rule by which CloudWatch decides an alarm from the periods it looks at.
 * Pure.
 *
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat
 * missing data" (both tables, and "premature alarm state"), and captured
 * evaluations; see docs/alarm-rules.md for how the two are brought together.
 */
#ifndef PIPELINE_ALARM_VERDICT_H
#define PIPELINE_ALARM_VERDICT_H

#include "schemas/alarm.h"

/* One period of the evaluation range. */
struct slot {
	int64_t start_ms;
	double value;	     /* the alarm's statistic */
	double count;	     /* samples behind it */
	double lower, upper; /* the band's, of anomaly alarms */
	bool real;	     /* there is a value; false: missing */
	bool bad;	     /* real, and it breaches the threshold */
	bool open;	     /* more of it may come: no datapoint yet */
	bool unknown;	     /* missing, but before tocsin was there to see */
};

/* Periods that CloudWatch fetches: N + 2, or N + one minute of them below a
 * minute (captured: Period 10, N = 3 looks at 9). */
size_t verdict_range(const struct alarm *alarm);

/* The slot's value against the threshold, or the band of that period. */
bool verdict_breaches(const struct alarm *alarm, const struct slot *slot);

/*
 * Decides. `slots` are newest first, `range` of them. The newest N real ones
 * are used:
 *
 *   too few samples      keep (percentiles with EvaluateLowSampleCount-
 *                        Percentile "ignore": samples of all N together)
 *   none of N missing    bad >= M ? ALARM : OK
 *   breaching            bad + missing >= M ? ALARM : OK
 *   notBreaching         bad >= M ? ALARM : OK
 *   no real point        missing ? INSUFFICIENT_DATA : keep
 *   bad >= M             ALARM
 *   a good one           OK
 *   ignore               keep
 *   oldest real is at least M periods old       ALARM  (premature rule)
 *   else                 INSUFFICIENT_DATA
 *
 * Unknown slots never make an alarm ring: when they would decide, keep.
 * Returns false for keep.
 */
bool verdict_decide(const struct alarm *alarm, const struct slot *slots,
    size_t range, enum alarm_state *state);

/* Whether the newest N slots breach at least M times, whatever the missing
 * ones will turn out to be: then the alarm rings at once. */
bool verdict_certain(const struct alarm *alarm, const struct slot *slots);

#endif
