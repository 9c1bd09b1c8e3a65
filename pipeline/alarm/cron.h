/*
 * The cron expressions of alarm mute rules: five fields, told apart by spaces,
 *
 *   minute 0-59 · hour 0-23 · day of the month 1-31 · month 1-12 or JAN-DEC ·
 *   day of the week 0-7 (0 and 7 are Sunday) or SUN-SAT
 *
 * each a list (,) of values, ranges (-), * and steps (/). Of days of the month
 * also ? (any), L (the last) and L-3 (three before it); of days of the week ?,
 * FRIL or 5L (the last Friday of the month) and SUN#4 (the fourth Sunday).
 *
 * Source: User Guide, "Alarm Mute Rules" (the fields and their characters).
 * What that leaves open is crontab(5): when neither day field has a * or ?,
 * one of the two suffices; else both must fit. Names in any case.
 *
 * Pure; the zone is read when it is opened and never later.
 */
#ifndef PIPELINE_ALARM_CRON_H
#define PIPELINE_ALARM_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/zone.h"

struct cron {
	uint64_t minutes; /* one bit each, as are all that follow */
	uint32_t hours, days, months;
	uint32_t days_from_end; /* bit 0: the last day of the month */
	uint8_t weekdays;	/* bit 0: Sunday */
	uint8_t last_weekdays;
	uint8_t nth_weekdays[5];   /* the first, second, … of the month */
	bool any_day, any_weekday; /* the field has a * or is ? */
};

struct cron_fault {
	size_t at; /* byte of the text */
	char text[160];
};

/* False: `fault` says what is wrong. Fields that no day fits are a fault. */
bool cron_parse(struct cron *cron, struct span text, struct cron_fault *fault);

/*
 * The last time at or before `ms`, and not before `floor_ms`; INT64_MIN when
 * there is none. The first time after `ms`; INT64_MAX when there is none for
 * 41 years. In local times of the zone: one that a change of the clock skips
 * is the moment of the change, one that comes twice is the first.
 */
int64_t cron_before(const struct cron *cron, const struct zone *zone,
    int64_t ms, int64_t floor_ms);
int64_t
cron_after(const struct cron *cron, const struct zone *zone, int64_t ms);

#endif
