/* The calendar in UTC, without the C library's time. Of math/ alone. */
#ifndef PIPELINE_ALARM_MATH_MATH_CALENDAR_H
#define PIPELINE_ALARM_MATH_MATH_CALENDAR_H

#include <stdint.h>

struct math_calendar {
	int64_t year;
	int month, date; /* from 1 */
	int day;	 /* 1 Monday … 7 Sunday */
	int hour, minute;
};

/* Milliseconds since 1970, of any sign. */
struct math_calendar math_calendar(int64_t ms);

#endif
