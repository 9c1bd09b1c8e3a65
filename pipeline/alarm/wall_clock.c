#include "pipeline/alarm/wall_clock.h"

#include "base/log.h"

#define SECOND_MS 1000LL
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)

bool
wall_clock_supports(int64_t period_ms)
{
	return period_ms == MINUTE_MS || period_ms == 5 * MINUTE_MS ||
	    period_ms == HOUR_MS || period_ms == DAY_MS || period_ms == WEEK_MS;
}

static int64_t
wall_clock_day(const struct zone *zone, struct zone_time local, int64_t days)
{
	local.day -= (int)days;
	local.hour = local.minute = local.second = 0;
	return zone_instant(zone, &local);
}

/* The newest local time of so many minutes, at or before the instant. */
static int64_t
wall_clock_hour(const struct zone *zone, struct zone_time local,
    int64_t period_ms, int64_t ms)
{
	int minutes = (int)(period_ms / MINUTE_MS);
	int past = local.minute % minutes;
	int64_t milli = ms % SECOND_MS + (ms % SECOND_MS < 0) * SECOND_MS;
	int64_t bound =
	    ms - milli - local.second * SECOND_MS - past * MINUTE_MS;
	struct zone_time there = zone_local(zone, bound);

	local.minute -= past;
	local.second = 0;
	if (there.hour == local.hour && there.minute == local.minute &&
	    there.second == 0)
		return bound;
	/* The clock changed in between: by less than an hour, so that the
	 * local time it began at came once, or was skipped. */
	return zone_instant(zone, &local);
}

static int64_t
wall_clock_bound(const struct zone *zone, int64_t period_ms, int64_t ms)
{
	struct zone_time local = zone_local(zone, ms);

	if (period_ms == WEEK_MS)
		return wall_clock_day(zone, local, local.weekday - 1);
	if (period_ms == DAY_MS)
		return wall_clock_day(zone, local, 0);
	return wall_clock_hour(zone, local, period_ms, ms);
}

void
wall_clock_periods(const struct zone *zone, int64_t period_ms, int64_t end_ms,
    size_t count, int64_t *bounds)
{
	int64_t at = end_ms;

	invariant(wall_clock_supports(period_ms));
	for (size_t k = 0; k <= count; k++) {
		bounds[k] = wall_clock_bound(zone, period_ms, at);
		invariant(bounds[k] <= at);
		at = bounds[k] - 1;
	}
}
