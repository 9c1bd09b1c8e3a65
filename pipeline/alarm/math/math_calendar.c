#include "pipeline/alarm/math/math_calendar.h"

#define DAY_MS 86400000LL
#define DAYS_400_YEARS 146097
#define DAYS_100_YEARS 36524
#define DAYS_4_YEARS 1461
/* From 1 March 2000, where a cycle of 400 years begins with its leap day last,
 * to 1 January 1970. */
#define DAYS_TO_1970 11017

static int64_t
math_calendar_floor(int64_t a, int64_t b, int64_t *rest)
{
	int64_t quotient = a / b - (a % b < 0);

	*rest = a - quotient * b;
	return quotient;
}

/* At most `most`: the last day of a cycle belongs to its last part. */
static int64_t
math_calendar_parts(int64_t *days, int64_t length, int64_t most)
{
	int64_t parts = *days / length;

	if (parts > most)
		parts = most;
	*days -= parts * length;
	return parts;
}

struct math_calendar
math_calendar(int64_t ms)
{
	/* Of years that begin in March: a leap day is a year's last. */
	static const int months[] = {
	    31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29};
	struct math_calendar calendar;
	int64_t in_day, days, cycles, rest, month = 0;

	days = math_calendar_floor(ms, DAY_MS, &in_day);
	calendar.hour = (int)(in_day / 3600000);
	calendar.minute = (int)(in_day / 60000 % 60);
	math_calendar_floor(days + 3, 7, &rest); /* 1970 began on Thursday */
	calendar.day = (int)rest + 1;
	cycles =
	    math_calendar_floor(days - DAYS_TO_1970, DAYS_400_YEARS, &rest);
	calendar.year = 2000 + 400 * cycles;
	calendar.year += 100 * math_calendar_parts(&rest, DAYS_100_YEARS, 3);
	calendar.year += 4 * math_calendar_parts(&rest, DAYS_4_YEARS, 24);
	calendar.year += math_calendar_parts(&rest, 365, 3);
	while (rest >= months[month])
		rest -= months[month++];
	calendar.date = (int)rest + 1;
	calendar.month = (int)month + 3;
	if (calendar.month > 12) {
		calendar.month -= 12;
		calendar.year++;
	}
	return calendar;
}
