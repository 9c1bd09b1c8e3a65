#include "base/zone.h"

#include <glib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define ZONE_NAME 50 /* WallClockWindow's Timezone, at most */
#define ZONE_DAY (24 * 3600)
#define ZONE_OFFSET_MINUTES (18 * 60)

struct zone {
	struct zone *next;
	GTimeZone *rules;
	size_t len;
	char name[ZONE_NAME];
};

static pthread_mutex_t zone_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zone_first;

static bool
zone_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
zone_is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* One or two digits. */
static bool
zone_number(struct span *text, int *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < text->len && n < 2 && zone_is_digit(text->at[n]); n++)
		*value = *value * 10 + (text->at[n] - '0');
	*text = span_make(text->at + n, text->len - n);
	return n > 0;
}

/* +H, +HH, +HH:MM, +HHMM, as java.time.ZoneId takes them. */
static bool
zone_offset_minutes(struct span text, int *minutes)
{
	int hour, minute = 0, sign = text.len > 0 && text.at[0] == '-' ? -1 : 1;

	if (text.len == 0 || (text.at[0] != '+' && text.at[0] != '-'))
		return false;
	text = span_make(text.at + 1, text.len - 1);
	if (!zone_number(&text, &hour))
		return false;
	if (text.len > 0) {
		size_t colon = text.at[0] == ':';

		text = span_make(text.at + colon, text.len - colon);
		if (text.len != 2 || !zone_number(&text, &minute) ||
		    text.len != 0)
			return false;
	}
	*minutes = sign * (hour * 60 + minute);
	return minute < 60 && hour * 60 + minute <= ZONE_OFFSET_MINUTES;
}

/* Whether the name is of an offset's form, be it a good one or not. */
static bool
zone_fixed(struct span name, GTimeZone **rules)
{
	static const char *const prefixes[] = {"UTC", "GMT", "UT"};
	struct span rest = name;
	int minutes = 0;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (span_starts(name, prefixes[i]) && len <= name.len) {
			rest = span_make(name.at + len, name.len - len);
			break;
		}
	}
	*rules = NULL;
	if (span_is(name, "Z") || rest.len == 0) {
		*rules = g_time_zone_new_offset(0);
		return true;
	}
	if (rest.at[0] != '+' && rest.at[0] != '-')
		return false;
	if (zone_offset_minutes(rest, &minutes) && minutes % 5 == 0)
		*rules = g_time_zone_new_offset(minutes * 60);
	return true;
}

/*
 * GLib opens any path below the zone database and takes POSIX strings
 * (FOO5BAR) too; a zone has to be a name of the IANA database, which alone
 * begin with a capital, and of which these without a slash have digits.
 */
static bool
zone_named(struct span name)
{
	static const char *const digits[] = {
	    "GMT0", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"};
	bool digit = false, slash = false;

	if (name.len == 0 || name.at[0] < 'A' || name.at[0] > 'Z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!zone_is_letter(c) && !zone_is_digit(c) &&
		    memchr("/_+-", c, 4) == NULL)
			return false;
		digit = digit || zone_is_digit(c);
		slash = slash || c == '/';
	}
	if (!digit || slash)
		return true;
	for (size_t i = 0; i < sizeof(digits) / sizeof(*digits); i++)
		if (span_is(name, digits[i]))
			return true;
	return false;
}

static GTimeZone *
zone_rules(struct span name)
{
	char text[ZONE_NAME + 1];
	GTimeZone *rules;

	if (zone_fixed(name, &rules))
		return rules;
	if (!zone_named(name))
		return NULL;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	return g_time_zone_new_identifier(text);
}

static const struct zone *
zone_find(struct span name)
{
	struct zone *zone = zone_first;

	for (; zone != NULL; zone = zone->next)
		if (span_equal(span_make(zone->name, zone->len), name))
			return zone;
	return NULL;
}

static const struct zone *
zone_add(struct span name)
{
	GTimeZone *rules = zone_rules(name);
	struct zone *zone;

	if (rules == NULL)
		return NULL;
	zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		log_die("out of memory: a time zone");
	zone->rules = rules;
	zone->len = name.len;
	memcpy(zone->name, name.at, name.len);
	zone->next = zone_first;
	zone_first = zone;
	return zone;
}

const struct zone *
zone_open(struct span name)
{
	const struct zone *zone;

	if (name.len == 0 || name.len > ZONE_NAME)
		return NULL;
	pthread_mutex_lock(&zone_lock);
	zone = zone_find(name);
	if (zone == NULL)
		zone = zone_add(name);
	pthread_mutex_unlock(&zone_lock);
	return zone;
}

/* Seconds east of UTC at an instant. */
static int64_t
zone_offset(const struct zone *zone, int64_t second)
{
	gint interval = g_time_zone_find_interval(
	    zone->rules, G_TIME_TYPE_UNIVERSAL, second);

	return g_time_zone_get_offset(zone->rules, interval);
}

static int64_t
zone_second(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0);
}

struct zone_time
zone_local(const struct zone *zone, int64_t ms)
{
	int64_t second = zone_second(ms);
	time_t local = (time_t)(second + zone_offset(zone, second));
	struct tm tm = {0};

	gmtime_r(&local, &tm);
	return (struct zone_time){.year = (int64_t)tm.tm_year + 1900,
	    .month = tm.tm_mon + 1,
	    .day = tm.tm_mday,
	    .weekday = tm.tm_wday == 0 ? 7 : tm.tm_wday,
	    .hour = tm.tm_hour,
	    .minute = tm.tm_min,
	    .second = tm.tm_sec};
}

/* The first instant after `before` with another offset than it has; `after`
 * has another one. */
static int64_t
zone_change(const struct zone *zone, int64_t before, int64_t after)
{
	int64_t offset = zone_offset(zone, before);

	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (zone_offset(zone, middle) == offset)
			before = middle;
		else
			after = middle;
	}
	return after;
}

int64_t
zone_instant(const struct zone *zone, const struct zone_time *local)
{
	struct tm tm = {.tm_year = (int)(local->year - 1900),
	    .tm_mon = local->month - 1,
	    .tm_mday = local->day,
	    .tm_hour = local->hour,
	    .tm_min = local->minute,
	    .tm_sec = local->second};
	int64_t second = timegm(&tm);
	int64_t before = zone_offset(zone, second - ZONE_DAY);
	int64_t after = zone_offset(zone, second + ZONE_DAY);

	/* Of a time that comes twice, the offset before the change is that
	 * of the first. */
	if (zone_offset(zone, second - before) == before)
		return (second - before) * 1000;
	if (zone_offset(zone, second - after) == after)
		return (second - after) * 1000;
	return zone_change(zone, second - after, second - before) * 1000;
}
