/*
 * Time zones: local time of an IANA zone (Europe/Berlin) or a fixed offset
 * (UTC, +05:30), daylight saving included.
 *
 * The zone database of the system is read when a zone is opened and never
 * afterwards, so that evaluation reads no file.
 * Threads. Any, once opened.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct zone;

struct zone_time {
	int64_t year;
	int month, day; /* from 1 */
	int weekday;	/* 1 Monday … 7 Sunday */
	int hour, minute, second;
};

/*
 * Opens a zone of the IANA database, or a fixed offset: Z, UTC, GMT, +05:30,
 * -08:00, UTC+05:30, GMT-8. NULL when there is no such zone, or when a fixed
 * offset is no multiple of five minutes or above 18 hours (CloudWatch User
 * Guide, "Alarm evaluation window"; java.time.ZoneId). Zones are kept for the
 * process's life: the same name gives the same zone.
 */
const struct zone *zone_open(struct span name);
struct zone_time zone_local(const struct zone *zone, int64_t ms);
/* The instant of a local time; fields out of range carry over (day 32, hour
 * 24). A time that a change of the clock skips is the instant of the change;
 * one that comes twice is the first. */
int64_t zone_instant(const struct zone *zone, const struct zone_time *local);

#endif
