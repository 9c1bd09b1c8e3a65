#include "pipeline/alarm/cron.h"

#include "pipeline/alarm/cron_day.h"

#define CRON_DAYS (41 * 366)
#define CRON_DAY_MS (24 * 3600 * 1000LL)
#define CRON_MINUTES (24 * 60)

static int
cron_month_days(int64_t year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static void
cron_day_after(struct zone_time *day)
{
	day->weekday = day->weekday % 7 + 1;
	if (++day->day <= cron_month_days(day->year, day->month))
		return;
	day->day = 1;
	if (++day->month <= 12)
		return;
	day->month = 1;
	day->year++;
}

static void
cron_day_before(struct zone_time *day)
{
	day->weekday = (day->weekday + 5) % 7 + 1;
	if (--day->day > 0)
		return;
	if (--day->month == 0) {
		day->month = 12;
		day->year--;
	}
	day->day = cron_month_days(day->year, day->month);
}

static bool
cron_has(uint64_t bits, int bit)
{
	return (bits >> bit & 1) != 0;
}

static bool
cron_day_fits(const struct cron *cron, const struct zone_time *day)
{
	int length = cron_month_days(day->year, day->month);
	int weekday = day->weekday % 7;
	bool monthly, weekly;

	if (!cron_has(cron->months, day->month))
		return false;
	monthly = cron_has(cron->days, day->day) ||
	    cron_has(cron->days_from_end, length - day->day);
	weekly = cron_has(cron->weekdays, weekday) ||
	    cron_has(cron->nth_weekdays[(day->day - 1) / 7], weekday) ||
	    (day->day + 7 > length && cron_has(cron->last_weekdays, weekday));
	if (cron->any_day || cron->any_weekday)
		return monthly && weekly;
	return monthly || weekly;
}

bool
cron_ever(const struct cron *cron)
{
	/* Saturday. */
	struct zone_time day = {
	    .year = 2000, .month = 1, .day = 1, .weekday = 6};

	for (int i = 0; i < CRON_DAYS; i++, cron_day_after(&day))
		if (cron_day_fits(cron, &day))
			return true;
	return false;
}

static int64_t
cron_instant(const struct zone *zone, const struct zone_time *day, int minute)
{
	struct zone_time local = *day;

	local.hour = minute / 60;
	local.minute = minute % 60;
	local.second = 0;
	return zone_instant(zone, &local);
}

static bool
cron_minute_fits(const struct cron *cron, int minute)
{
	return cron_has(cron->hours, minute / 60) &&
	    cron_has(cron->minutes, minute % 60);
}

/* The first minute of the day that is later than `ms`; CRON_MINUTES: none.
 * Local times of a day never run backwards. */
static int
cron_minute_after(
    const struct zone *zone, const struct zone_time *day, int64_t ms)
{
	int below = 0, above = CRON_MINUTES;

	while (below < above) {
		int middle = below + (above - below) / 2;

		if (cron_instant(zone, day, middle) > ms)
			above = middle;
		else
			below = middle + 1;
	}
	return below;
}

int64_t
cron_before(const struct cron *cron, const struct zone *zone, int64_t ms,
    int64_t floor_ms)
{
	struct zone_time day = zone_local(zone, ms);
	int64_t days = (ms - floor_ms) / CRON_DAY_MS + 3;

	/* A clock set back over midnight: tomorrow has been already. */
	cron_day_after(&day);
	for (int64_t i = 0; i < days; i++, cron_day_before(&day)) {
		int minute;

		if (!cron_day_fits(cron, &day))
			continue;
		minute = cron_minute_after(zone, &day, ms) - 1;
		while (minute >= 0 && !cron_minute_fits(cron, minute))
			minute--;
		if (minute >= 0) {
			int64_t at = cron_instant(zone, &day, minute);

			return at < floor_ms ? INT64_MIN : at;
		}
	}
	return INT64_MIN;
}

int64_t
cron_after(const struct cron *cron, const struct zone *zone, int64_t ms)
{
	struct zone_time day = zone_local(zone, ms);

	for (int i = 0; i < CRON_DAYS; i++, cron_day_after(&day)) {
		int minute;

		if (!cron_day_fits(cron, &day))
			continue;
		minute = cron_minute_after(zone, &day, ms);
		while (minute < CRON_MINUTES && !cron_minute_fits(cron, minute))
			minute++;
		if (minute < CRON_MINUTES)
			return cron_instant(zone, &day, minute);
	}
	return INT64_MAX;
}
