#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void
text_broken_down(int64_t ms, struct tm *tm, int *milli)
{
	time_t seconds = (time_t)(ms / 1000);

	*milli = (int)(ms % 1000);
	if (*milli < 0) {
		*milli += 1000;
		seconds--;
	}
	gmtime_r(&seconds, tm);
}

/* Digits and what stands behind them; where that ends. */
static char *
text_time_part(char *at, int value, int digits, char behind)
{
	for (int i = digits; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	at[digits] = behind;
	return at + digits + 1;
}

/* Every change of an alarm tells several times: no printf. */
static void
text_time_with(char out[TEXT_TIME_SIZE], int64_t ms, const char *zone)
{
	struct tm tm;
	int milli;

	text_broken_down(ms, &tm, &milli);
	if (tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
		snprintf(out, TEXT_TIME_SIZE,
		    "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		    milli, zone);
		return;
	}
	out = text_time_part(out, tm.tm_year + 1900, 4, '-');
	out = text_time_part(out, tm.tm_mon + 1, 2, '-');
	out = text_time_part(out, tm.tm_mday, 2, 'T');
	out = text_time_part(out, tm.tm_hour, 2, ':');
	out = text_time_part(out, tm.tm_min, 2, ':');
	out = text_time_part(out, tm.tm_sec, 2, '.');
	out = text_time_part(out, milli, 3, *zone);
	memcpy(out, zone + 1, strlen(zone));
}

void
text_time(char out[TEXT_TIME_SIZE], int64_t ms)
{
	text_time_with(out, ms, "Z");
}

void
text_time_aws(char out[TEXT_TIME_SIZE], int64_t ms)
{
	text_time_with(out, ms, "+0000");
}

void
text_time_long(char out[TEXT_TIME_SIZE], int64_t ms)
{
	static const char *const days[] = {"Sunday", "Monday", "Tuesday",
	    "Wednesday", "Thursday", "Friday", "Saturday"};
	static const char *const months[] = {"January", "February", "March",
	    "April", "May", "June", "July", "August", "September", "October",
	    "November", "December"};
	struct tm tm;
	int milli;

	text_broken_down(ms, &tm, &milli);
	snprintf(out, TEXT_TIME_SIZE, "%s %02d %s, %d %02d:%02d:%02d UTC",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Exactly `digits` decimal digits at *at, which moves past them. */
static bool
text_digits(const char **at, const char *end, int digits, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++, (*at)++) {
		if (*at == end || **at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool
text_mark(const char **at, const char *end, const char *marks)
{
	if (*at == end || strchr(marks, **at) == NULL || **at == '\0')
		return false;
	(*at)++;
	return true;
}

static bool
text_zone(const char **at, const char *end, int *minutes)
{
	int hour, minute, sign;

	*minutes = 0;
	if (text_mark(at, end, "Zz"))
		return true;
	if (*at == end || (**at != '+' && **at != '-'))
		return false;
	sign = *(*at)++ == '-' ? -1 : 1;
	if (!text_digits(at, end, 2, &hour))
		return false;
	text_mark(at, end, ":");
	if (!text_digits(at, end, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

bool
text_parse_time(struct span text, int64_t *ms)
{
	const char *at = text.at, *end = text.at + text.len;
	int year, zone, milli = 0, scale = 100;
	struct tm tm = {0};

	if (!text_digits(&at, end, 4, &year) || !text_mark(&at, end, "-") ||
	    !text_digits(&at, end, 2, &tm.tm_mon) ||
	    !text_mark(&at, end, "-") ||
	    !text_digits(&at, end, 2, &tm.tm_mday) ||
	    !text_mark(&at, end, "Tt ") ||
	    !text_digits(&at, end, 2, &tm.tm_hour) ||
	    !text_mark(&at, end, ":") ||
	    !text_digits(&at, end, 2, &tm.tm_min) ||
	    !text_mark(&at, end, ":") || !text_digits(&at, end, 2, &tm.tm_sec))
		return false;
	if (text_mark(&at, end, "."))
		for (; at < end && *at >= '0' && *at <= '9'; at++, scale /= 10)
			milli += (*at - '0') * scale;
	if (!text_zone(&at, end, &zone) || at != end)
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon--;
	*ms = ((int64_t)timegm(&tm) - zone * 60LL) * 1000 + milli;
	return true;
}

struct text_unit {
	const char *name;
	int64_t factor;
};

static const struct text_unit text_durations[] = {{"ms", 1}, {"s", 1000},
    {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
static const struct text_unit text_sizes[] = {{"KiB", 1LL << 10},
    {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}, {"B", 1}};

/* One "<number><unit>" at *at; the longest unit name that fits wins. */
static bool
text_quantity(const char **at, const char *end, const struct text_unit *units,
    size_t nunits, int64_t *value)
{
	const struct text_unit *unit = NULL;
	int64_t number = 0;
	const char *digits = *at;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, **at - '0', &number))
			return false;
	if (*at == digits)
		return false;
	for (size_t i = 0; i < nunits; i++)
		if (span_starts(
			span_make(*at, (size_t)(end - *at)), units[i].name) &&
		    (unit == NULL ||
			strlen(units[i].name) > strlen(unit->name)))
			unit = &units[i];
	if (unit == NULL)
		return false;
	*at += strlen(unit->name);
	if (__builtin_mul_overflow(number, unit->factor, &number))
		return false;
	return !__builtin_add_overflow(*value, number, value);
}

bool
text_parse_duration(struct span text, int64_t *ms)
{
	const char *at = text.at, *end = text.at + text.len;

	*ms = 0;
	if (span_is(text, "0"))
		return true;
	if (text.len == 0)
		return false;
	while (at < end)
		if (!text_quantity(&at, end, text_durations,
			sizeof(text_durations) / sizeof(*text_durations), ms))
			return false;
	return true;
}

bool
text_parse_size(struct span text, int64_t *bytes)
{
	const char *at = text.at, *end = text.at + text.len;

	if (text_parse_int(text, bytes))
		return *bytes >= 0;
	*bytes = 0;
	return text_quantity(&at, end, text_sizes,
		   sizeof(text_sizes) / sizeof(*text_sizes), bytes) &&
	    at == end;
}

/* The largest unit that divides the value. */
static void
text_unit_print(char out[TEXT_TIME_SIZE], int64_t value,
    const struct text_unit *units, size_t nunits, const char *zero)
{
	const struct text_unit *best = NULL;

	for (size_t i = 0; i < nunits; i++)
		if (value % units[i].factor == 0 &&
		    (best == NULL || units[i].factor > best->factor))
			best = &units[i];
	if (value == 0 || best == NULL)
		snprintf(out, TEXT_TIME_SIZE, "%s", zero);
	else
		snprintf(out, TEXT_TIME_SIZE, "%lld%s",
		    (long long)(value / best->factor), best->name);
}

void
text_duration(char out[TEXT_TIME_SIZE], int64_t ms)
{
	text_unit_print(out, ms, text_durations,
	    sizeof(text_durations) / sizeof(*text_durations) - 1, "0");
}

void
text_size(char out[TEXT_TIME_SIZE], int64_t bytes)
{
	text_unit_print(out, bytes, text_sizes,
	    sizeof(text_sizes) / sizeof(*text_sizes), "0");
}

bool
text_parse_int(struct span text, int64_t *value)
{
	char copy[32], *end;

	if (text.len == 0 || text.len >= sizeof(copy) ||
	    (text.at[0] != '-' && (text.at[0] < '0' || text.at[0] > '9')))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	errno = 0;
	*value = strtoll(copy, &end, 10);
	return errno == 0 && *end == '\0' && end != copy;
}
