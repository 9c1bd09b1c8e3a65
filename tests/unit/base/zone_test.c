#include "base/zone.h"

#include <time.h>

#include "testing.h"

static const struct zone *
opened(const char *name)
{
	const struct zone *zone = zone_open(span_text(name));

	ck_assert_msg(zone != NULL, "%s", name);
	return zone;
}

static int64_t
instant(const char *zone, int year, int month, int day, int hour, int minute)
{
	struct zone_time local = {.year = year,
	    .month = month,
	    .day = day,
	    .hour = hour,
	    .minute = minute};

	return zone_instant(opened(zone), &local);
}

START_TEST(names)
{
	static const struct {
		const char *name;
		bool good;
		int minutes; /* east of UTC on 2026-01-01 */
	} rows[] = {{"UTC", true, 0}, {"Z", true, 0}, {"GMT", true, 0},
	    {"UT", true, 0}, {"+05:30", true, 330}, {"-08:00", true, -480},
	    {"+01:05", true, 65}, {"+0530", true, 330}, {"+5", true, 300},
	    {"+00:00", true, 0}, {"-00:00", true, 0}, {"+18:00", true, 1080},
	    {"UTC+05:30", true, 330}, {"GMT-08:00", true, -480},
	    {"UT-3", true, -180}, {"GMT-0", true, 0}, {"GMT0", true, 0},
	    {"America/New_York", true, -300}, {"Asia/Kolkata", true, 330},
	    {"Europe/Berlin", true, 60}, {"Etc/GMT+5", true, -300},
	    {"America/Argentina/Buenos_Aires", true, -180},
	    {"America/Port-au-Prince", true, -300}, {"EST5EDT", true, -300},
	    {"Asia/Kathmandu", true, 345}, {"Australia/Lord_Howe", true, 660},
	    /* no multiple of five minutes, or too far */
	    {"+01:03", false, 0}, {"UTC+01:01", false, 0}, {"+18:05", false, 0},
	    {"+19:00", false, 0}, {"+05:60", false, 0}, {"+05:3", false, 0},
	    {"+05:30:00", false, 0}, {"+", false, 0}, {"+:30", false, 0},
	    {"UTC+", false, 0}, {"UTC+x", false, 0}, {"UTCZ", false, 0},
	    {"05:30", false, 0}, {"", false, 0}, {"Z ", false, 0},
	    /* nothing but names of the database */
	    {"Mars/Olympus_Mons", false, 0}, {"Europe", false, 0},
	    {"europe/berlin", false, 0}, {"Europe/berlin", false, 0},
	    {"FOO5BAR", false, 0}, {"AAA-3", false, 0}, {"UTC5", false, 0},
	    {"<+05>-5", false, 0}, {"EST5EDT,M3.2.0,M11.1.0", false, 0},
	    {"../../../etc/passwd", false, 0}, {"/etc/localtime", false, 0},
	    {":Europe/Berlin", false, 0}, {"Europe/../UTC", false, 0},
	    {"leapseconds", false, 0}, {"localtime", false, 0},
	    {"right/UTC", false, 0}, {"zone.tab", false, 0},
	    {"Europe/Berlin ", false, 0}, {"Europe//Berlin/", false, 0},
	    {"A123456789012345678901234567890123456789012345678901", false, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct zone *zone = zone_open(span_text(rows[i].name));
		struct zone_time at;

		ck_assert_msg(
		    (zone != NULL) == rows[i].good, "%s", rows[i].name);
		if (zone == NULL)
			continue;
		ck_assert(zone == zone_open(span_text(rows[i].name)));
		/* 2026-01-02T00:00:00Z, a Friday */
		at = zone_local(zone, 1767312000000);
		ck_assert_msg((at.day - 2) * 1440 + at.hour * 60 + at.minute ==
			rows[i].minutes,
		    "%s", rows[i].name);
		ck_assert_int_eq(at.weekday, 5 + (at.day - 2));
	}
	ck_assert(zone_open(span_make("UTC\0", 4)) == NULL);
}
END_TEST

/* The C library reads the same database by itself. */
START_TEST(agrees_with_the_c_library)
{
	/* 2038, where the table of a zone ends; behind it GLib 2.74 takes
	 * Dublin's rule, whose winter is the exception, the wrong way. */
	const time_t dublin_ends = 2145916800;
	const time_t end = 2840140800; /* 2060 */
	static const char *const zones[] = {"UTC", "Europe/Berlin",
	    "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
	    "America/Havana", "America/Santiago", "Africa/Cairo",
	    "Africa/Casablanca", "Asia/Beirut", "Asia/Kolkata", "Asia/Tehran",
	    "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia",
	    "Pacific/Chatham", "America/Nuuk"};

	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		const struct zone *zone = opened(zones[i]);

		setenv("TZ", zones[i], 1);
		tzset();
		/* from 1990, every 26 h 56 min 40 s */
		for (time_t t = 631152000; t < (i == 2 ? dublin_ends : end);
		     t += 97000) {
			struct zone_time ours = zone_local(zone, t * 1000LL);
			int64_t back = zone_instant(zone, &ours);
			struct tm tm;

			localtime_r(&t, &tm);
			ck_assert_msg(ours.year == tm.tm_year + 1900 &&
				ours.month == tm.tm_mon + 1 &&
				ours.day == tm.tm_mday &&
				ours.weekday % 7 == tm.tm_wday &&
				ours.hour == tm.tm_hour &&
				ours.minute == tm.tm_min &&
				ours.second == tm.tm_sec,
			    "%s at %lld", zones[i], (long long)t);
			/* of a time that comes twice, the first */
			ck_assert_msg(back == t * 1000LL ||
				(back < t * 1000LL &&
				    back >= (t - 7200) * 1000LL),
			    "%s at %lld", zones[i], (long long)t);
		}
	}
	unsetenv("TZ");
	tzset();
}
END_TEST

/* Expected values are those of Python's zoneinfo. */
START_TEST(local_times_become_instants)
{
	static const struct {
		const char *zone;
		int year, month, day, hour, minute;
		int64_t ms;
	} rows[] = {
	    {"Asia/Kolkata", 2026, 1, 1, 0, 0, 1767205800000},
	    {"Europe/Berlin", 2026, 10, 25, 0, 0, 1792879200000},
	    {"Europe/Berlin", 2026, 10, 26, 0, 0, 1792969200000},
	    /* fields carry over */
	    {"Europe/Berlin", 2026, 10, 25, 24, 0, 1792969200000},
	    {"Europe/Berlin", 2026, 9, 56, 0, 0, 1792969200000},
	    {"Europe/Berlin", 2025, 22, 26, 0, 0, 1792969200000},
	    {"Europe/Berlin", 2026, 11, -5, 0, 0, 1792969200000},
	    /* skipped: the instant of the change */
	    {"Europe/Berlin", 2026, 3, 29, 2, 0, 1774746000000},
	    {"Europe/Berlin", 2026, 3, 29, 2, 59, 1774746000000},
	    {"Europe/Berlin", 2026, 3, 29, 3, 0, 1774746000000},
	    {"America/Havana", 2024, 3, 10, 0, 0, 1710046800000},
	    {"Australia/Lord_Howe", 2026, 10, 4, 2, 15, 1791041400000},
	    /* a whole day skipped */
	    {"Pacific/Apia", 2011, 12, 30, 12, 0, 1325239200000},
	    {"Pacific/Apia", 2011, 12, 31, 0, 0, 1325239200000},
	    /* twice: the first */
	    {"Europe/Berlin", 2026, 10, 25, 2, 30, 1792888200000},
	    {"Europe/Dublin", 2026, 10, 25, 1, 30, 1792888200000},
	    {"America/Havana", 2024, 11, 3, 0, 30, 1730608200000},
	    {"Australia/Lord_Howe", 2026, 4, 5, 1, 45, 1775313900000},
	    /* behind the end of the tables: the rule goes on */
	    {"America/New_York", 2050, 7, 1, 12, 0, 2540304000000},
	    {"-08:00", 2026, 1, 1, 0, 0, 1767254400000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(instant(rows[i].zone, rows[i].year, rows[i].month,
				  rows[i].day, rows[i].hour,
				  rows[i].minute) == rows[i].ms,
		    "row %zu: %s", i, rows[i].zone);
}
END_TEST

START_TEST(before_1970)
{
	struct zone_time at = zone_local(opened("UTC"), -1);

	ck_assert_int_eq(at.year, 1969);
	ck_assert_int_eq(at.hour, 23);
	ck_assert_int_eq(at.second, 59);
	ck_assert_int_eq(at.weekday, 3);
}
END_TEST

TEST_MAIN("zone", names, agrees_with_the_c_library, local_times_become_instants,
    before_1970)
