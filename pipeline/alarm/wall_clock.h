/*
 * Wall-clock evaluation windows: periods that begin at the minutes, the tops
 * of the hours, the midnights or the Mondays of a time zone.
 *
 * Source: CloudWatch User Guide, "Alarm evaluation window". A day on which
 * clocks change has 23 or 25 hours, a week one hour more or less; an hour that
 * comes twice is two hours, and where clocks change by less than an hour
 * (Lord Howe) the hour of the change is longer or shorter. A midnight that is
 * skipped is the instant of the change; of two midnights the first counts.
 * Pure.
 */
#ifndef PIPELINE_ALARM_WALL_CLOCK_H
#define PIPELINE_ALARM_WALL_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"

/* One minute, five, an hour, a day and a week: PutMetricAlarm takes no other
 * period with a WallClockWindow. */
bool wall_clock_supports(int64_t period_ms);

/*
 * The boundaries at or before end_ms, newest first: bounds[0] is the newest,
 * and completed period k is [bounds[k + 1], bounds[k]). Writes count + 1 of
 * them. The period is one that is supported.
 */
void wall_clock_periods(const struct zone *zone, int64_t period_ms,
    int64_t end_ms, size_t count, int64_t *bounds);

#endif
