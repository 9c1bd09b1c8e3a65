#include "pipeline/alarm/wall_clock.h"

#include "testing.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

static const struct zone *
opened(const char *name)
{
	const struct zone *zone = zone_open(span_text(name));

	ck_assert_msg(zone != NULL, "%s", name);
	return zone;
}

START_TEST(supports_five_periods)
{
	static const struct {
		int64_t ms;
		bool good;
	} rows[] = {{MINUTE, true}, {5 * MINUTE, true}, {HOUR, true},
	    {DAY, true}, {WEEK, true}, {10000, false}, {2 * MINUTE, false},
	    {15 * MINUTE, false}, {2 * HOUR, false}, {2 * DAY, false},
	    {0, false}, {-MINUTE, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(wall_clock_supports(rows[i].ms) == rows[i].good,
		    "%lld", (long long)rows[i].ms);
}
END_TEST

/* Expected bounds are those of Python's zoneinfo. */
START_TEST(completed_periods)
{
	static const struct {
		const char *zone;
		int64_t period, end;
		int64_t bounds[4]; /* 0: no more are asked */
	} rows[] = {
	    /* a bound itself, one before, one after */
	    {"UTC", DAY, 1761436800000,
		{1761436800000, 1761350400000, 1761264000000}},
	    {"UTC", DAY, 1761436799999, {1761350400000, 1761264000000}},
	    {"UTC", DAY, 1761436800001, {1761436800000, 1761350400000}},
	    {"UTC", HOUR, 1761438000000, {1761436800000, 1761433200000}},
	    {"UTC", 5 * MINUTE, 1761437099999, {1761436800000, 1761436500000}},
	    {"UTC", MINUTE, 1761437099999, {1761437040000, 1761436980000}},
	    {"UTC", MINUTE, -1, {-60000, -120000}},
	    {"UTC", WEEK, 0, {-259200000, -864000000}},
	    {"+05:30", HOUR, 1748761496000, {1748759400000, 1748755800000}},
	    /* Berlin: a day of 25 hours, then one of 23 */
	    {"Europe/Berlin", DAY, 1761606000000,
		{1761606000000, 1761519600000, 1761429600000, 1761343200000}},
	    {"Europe/Berlin", DAY, 1743372000000,
		{1743372000000, 1743289200000, 1743202800000}},
	    {"Europe/Berlin", WEEK, 1761606000000,
		{1761519600000, 1760911200000, 1760306400000}},
	    {"Europe/Berlin", WEEK, 1743372000000,
		{1743372000000, 1742770800000}},
	    /* a week over the year's end: Thursday 2026-01-01 */
	    {"Europe/Berlin", WEEK, 1767222000000, {1766962800000}},
	    /* two o'clock comes twice; then it is skipped */
	    {"Europe/Berlin", HOUR, 1761447600000,
		{1761447600000, 1761444000000, 1761440400000, 1761436800000}},
	    {"Europe/Berlin", HOUR, 1743300000000,
		{1743300000000, 1743296400000, 1743292800000}},
	    /* half and quarter hours */
	    {"Asia/Kolkata", HOUR, 1748761496000,
		{1748759400000, 1748755800000, 1748752200000}},
	    {"Asia/Kathmandu", HOUR, 1748758500000,
		{1748758500000, 1748754900000}},
	    /* a change of half an hour: hours of 90 and of 30 minutes */
	    {"Australia/Lord_Howe", HOUR, 1743870600000,
		{1743870600000, 1743867000000, 1743861600000, 1743858000000}},
	    {"Australia/Lord_Howe", HOUR, 1743866100000, {1743861600000}},
	    {"Australia/Lord_Howe", HOUR, 1759597200000,
		{1759597200000, 1759593600000, 1759591800000, 1759588200000}},
	    {"Australia/Lord_Howe", 5 * MINUTE, 1743865500000,
		{1743865500000, 1743865200000, 1743864900000, 1743864600000}},
	    /* midnight twice; midnight skipped */
	    {"America/Havana", DAY, 1730782800000,
		{1730782800000, 1730696400000, 1730606400000, 1730520000000}},
	    {"America/Havana", DAY, 1730611800000, {1730606400000}},
	    {"America/Havana", DAY, 1710129600000,
		{1710129600000, 1710046800000, 1709960400000}},
	    /* a day that Samoa never had */
	    {"Pacific/Apia", DAY, 1325325600000,
		{1325325600000, 1325239200000, 1325152800000}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t bounds[4];

		wall_clock_periods(opened(rows[i].zone), rows[i].period,
		    rows[i].end, 3, bounds);
		for (size_t k = 0; k < 4 && rows[i].bounds[k] != 0; k++)
			ck_assert_msg(bounds[k] == rows[i].bounds[k],
			    "row %zu (%s), bound %zu: %lld", i, rows[i].zone, k,
			    (long long)bounds[k]);
	}
}
END_TEST

/* Every bound has the local time it should have (or is the instant of a
 * change), and nothing lies between a bound and the next. */
START_TEST(bounds_are_local_boundaries)
{
	static const char *const zones[] = {"UTC", "Europe/Berlin",
	    "America/Havana", "America/Santiago", "Africa/Cairo",
	    "Africa/Casablanca", "Asia/Beirut", "Asia/Kolkata", "Asia/Tehran",
	    "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia"};
	static const int64_t periods[] = {5 * MINUTE, HOUR, DAY, WEEK};

	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		for (size_t p = 0; p < 4; p++) {
			const struct zone *zone = opened(zones[i]);
			/* 2011-12-01 and on, over at least six months */
			int64_t at =
			    1322697600000 + (p < 2 ? 4400 * HOUR : 800 * DAY);
			int64_t bounds[4401];
			size_t count = p == 3 ? 100 : p == 2 ? 800 : 4400;
			size_t odd = 0;

			wall_clock_periods(zone, periods[p], at, count, bounds);
			for (size_t k = 0; k < count; k++) {
				struct zone_time t =
				    zone_local(zone, bounds[k]);
				int64_t len = bounds[k] - bounds[k + 1];
				bool whole = t.second == 0 &&
				    (p > 0 ? t.minute == 0
					   : t.minute % 5 == 0) &&
				    (p < 2 || t.hour == 0) &&
				    (p < 3 || t.weekday == 1);

				odd += !whole || len != periods[p];
				ck_assert_int_gt(len, 0);
				ck_assert_int_le(len, periods[p] + 2 * HOUR);
			}
			ck_assert_msg(
			    odd <= 8, "%s, period %zu: %zu", zones[i], p, odd);
		}
}
END_TEST

TEST_MAIN("wall_clock", supports_five_periods, completed_periods,
    bounds_are_local_boundaries)
