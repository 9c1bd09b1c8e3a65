#include "pipeline/alarm/anomaly.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "pipeline/alarm/median.h"
#include "testing.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define BEGAN (2900 * WEEK) /* an hour, a day and a week begin here */

static uint32_t
noise(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts, as anybody would. */
static double
sorted_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), ascending);
	return n % 2 ? values[n / 2]
		     : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}

START_TEST(median_without_sorting)
{
	static const struct {
		size_t n;
		double values[8], median;
	} rows[] = {{1, {3}, 3}, {2, {1, 2}, 1.5}, {3, {9, -4, 2}, 2},
	    {4, {-1, -1, -1, -1}, -1}, {5, {0, 0, 0, 0, 7}, 0},
	    {4, {1e300, -1e300, 1, 2}, 1.5}, {3, {-0.0, 0.0, -1e-310}, -0.0},
	    {2, {1.7e308, 1.7e308}, 1.7e308}, {3, {-5, -7, -6}, -6}};
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double values[8];

		memcpy(values, rows[i].values, sizeof(values));
		ck_assert_msg(median_of(values, rows[i].n) == rows[i].median,
		    "row %zu", i);
	}
	for (size_t round = 0; round < 300; round++) {
		size_t n = 1 + noise(&seed) % 400;
		double one[400], two[400];

		for (size_t i = 0; i < n; i++)
			one[i] = two[i] = round % 2
			    ? (int)(noise(&seed) % 50) - 25
			    : ldexp((int32_t)noise(&seed),
				  (int)(noise(&seed) % 100) - 50);
		ck_assert_double_eq(median_of(one, n), sorted_median(two, n));
	}
}
END_TEST

/* What was learnt, kept whole: the oracle. */
#define STORY 60000
struct story {
	int64_t period, cells;
	double at[STORY]; /* of cell BEGAN / period + i */
};

static bool
story_band(const struct story *s, int64_t start, double k, double *lower,
    double *upper)
{
	static double values[STORY];
	static const int64_t cycles[] = {168, 24, 1};
	int64_t hour = start / HOUR * HOUR, asked = start, n = 0;
	double median, deviation, mean = 0;
	bool nonnegative = true;

	if (s->period > HOUR)
		asked = start / s->period * s->period;
	for (size_t c = 0; c < 3 && n < 10; c++) {
		n = 0;
		for (int64_t i = 0; i < s->cells; i++) {
			int64_t at = (BEGAN / s->period + i) * s->period;

			if (isnan(s->at[i]) || at < hour - 14 * DAY ||
			    at + (s->period > 60000 ? 2 : 1) * s->period > hour)
				continue;
			nonnegative = nonnegative && s->at[i] >= 0;
			if (at / HOUR % cycles[c] == asked / HOUR % cycles[c])
				values[n++] = s->at[i];
		}
	}
	if (n < 10)
		return false;
	median = sorted_median(values, (size_t)n);
	for (int64_t i = 0; i < n; i++) {
		values[i] = fabs(values[i] - median);
		mean += values[i] / (double)n;
	}
	deviation = 1.4826 * sorted_median(values, (size_t)n);
	if (deviation == 0)
		deviation = 1.2533 * mean;
	if (deviation < fabs(median) / 1000)
		deviation = fabs(median) / 1000;
	*lower = median - k * deviation;
	*upper = median + k * deviation;
	if (nonnegative && *lower < 0)
		*lower = 0;
	return true;
}

/* Values come in their order, as the engine settles them. */
static void
story_tell(struct story *s, struct anomaly *anomaly, int64_t cell, double value)
{
	s->at[cell] = value;
	s->cells = cell + 1;
	if (!isnan(value))
		anomaly_learn(
		    anomaly, (BEGAN / s->period + cell) * s->period, value);
}

static void
agree(const struct story *s, struct anomaly *anomaly, int64_t start)
{
	double lower = 0, upper = 0, low = 0, high = 0;
	bool ours = anomaly_band(anomaly, start, 2.5, &lower, &upper);

	ck_assert_msg(ours == story_band(s, start, 2.5, &low, &high),
	    "period %lld, %lld after", (long long)s->period,
	    (long long)(start - BEGAN));
	ck_assert_msg(fabs(lower - low) <= 1e-9 * fabs(low) &&
		fabs(upper - high) <= 1e-9 * fabs(high),
	    "period %lld, %lld after: %g %g, not %g %g", (long long)s->period,
	    (long long)(start - BEGAN), lower, upper, low, high);
}

/* Save, load and go on in between: the same. */
static void
reload(struct anomaly *anomaly)
{
	size_t n = anomaly_count(anomaly);
	double *values = calloc(n + 1, sizeof(*values));
	int64_t first = anomaly_first(anomaly);
	int64_t period = anomaly->period_ms;

	for (size_t i = 0; i < n; i++)
		values[i] = anomaly_value(anomaly, i);
	anomaly_fini(anomaly);
	anomaly_init(anomaly, period);
	ck_assert(anomaly_restore(anomaly, first, values, n));
	ck_assert_uint_eq(anomaly_count(anomaly), n);
	free(values);
}

START_TEST(agrees_with_the_oracle)
{
	static const struct {
		int64_t period;
		int64_t days;
		unsigned holes; /* of 100 */
		bool negative;
	} rows[] = {{MINUTE, 40, 10, false}, {5 * MINUTE, 60, 30, true},
	    {7 * MINUTE, 40, 0, false}, {15 * MINUTE, 40, 60, false},
	    {HOUR, 60, 20, false}, {2 * HOUR, 60, 5, true},
	    {DAY, 60, 5, false}};
	static struct story story;

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		int64_t period = rows[r].period;
		int64_t cells = rows[r].days * DAY / period;
		struct anomaly anomaly;
		uint32_t seed = 99 + (uint32_t)r;

		anomaly_init(&anomaly, period);
		story = (struct story){.period = period};
		for (int64_t c = 0; c < cells; c++) {
			int64_t start = (BEGAN / period + c) * period;
			double value = 50 + (double)(start / HOUR % 24) +
			    noise(&seed) % 1000 / 100.0;

			if (noise(&seed) % 100 < rows[r].holes)
				value = NAN;
			else if (rows[r].negative && noise(&seed) % 97 == 0)
				value = -value;
			else if (noise(&seed) % 50 == 0)
				value = 0;
			if (c > cells / 2 && c < cells / 2 + 2 * DAY / period)
				value = NAN; /* an outage */
			story_tell(&story, &anomaly, c, value);
			if (noise(&seed) % 211 == 0)
				agree(&story, &anomaly, start + period);
			if (noise(&seed) % 211 == 0 && c > DAY / period)
				agree(&story, &anomaly,
				    start - noise(&seed) % (20 * HOUR));
			if (noise(&seed) % 4001 == 0)
				reload(&anomaly);
		}
		anomaly_fini(&anomaly);
	}
}
END_TEST

/* `hours` hours of minutes: in the minute m of the hour h, f(h, m). */
static void
learn_hours(struct anomaly *anomaly, int64_t began, int64_t hours,
    double (*f)(int64_t hour, int64_t minute))
{
	for (int64_t h = 0; h < hours; h++)
		for (int64_t m = 0; m < 60; m++)
			anomaly_learn(
			    anomaly, began + h * HOUR + m * MINUTE, f(h, m));
}

static double
constant(int64_t hour, int64_t minute)
{
	(void)hour, (void)minute;
	return 7;
}

static double
zero(int64_t hour, int64_t minute)
{
	(void)hour, (void)minute;
	return 0;
}

/* Most alike, so that the median distance is 0. */
static double
mostly(int64_t hour, int64_t minute)
{
	(void)hour;
	return minute % 10 == 0 ? 20 : 10;
}

static double
week_hour(int64_t hour, int64_t minute)
{
	return 1000 + 10 * (double)(hour % 168) + (double)(minute % 3) - 1;
}

static double
around_zero(int64_t hour, int64_t minute)
{
	(void)hour;
	return (double)(minute % 5) - 2;
}

static double
small(int64_t hour, int64_t minute)
{
	(void)hour;
	return (double)(minute % 5);
}

START_TEST(bands)
{
	static const struct {
		const char *name;
		double (*f)(int64_t hour, int64_t minute);
		int64_t hours, asked; /* hours after the beginning */
		double lower, upper;  /* of two deviations */
	} rows[] = {
	    /* nothing moves: 0.1 % */
	    {"constant", constant, 48, 48, 7 - 2 * 0.007, 7 + 2 * 0.007},
	    {"zero", zero, 48, 48, 0, 0},
	    /* one of ten is 10 away, on average 1 */
	    {"mostly", mostly, 337, 336, 10 - 2 * 1.2533, 10 + 2 * 1.2533},
	    /* the hour of the week: 0 is asked again a week later */
	    {"week", week_hour, 336, 336, 1000 - 2 * 1.4826, 1000 + 2 * 1.4826},
	    {"week + 5", week_hour, 341, 341, 1050 - 2 * 1.4826,
		1050 + 2 * 1.4826},
	    /* never below zero, unless the series was */
	    {"around zero", around_zero, 337, 336, -2 * 1.4826, 2 * 1.4826},
	    {"small", small, 337, 336, 0, 2 + 2 * 1.4826},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct anomaly anomaly;
		double lower, upper;

		anomaly_init(&anomaly, MINUTE);
		learn_hours(&anomaly, BEGAN, rows[i].hours, rows[i].f);
		ck_assert_msg(
		    anomaly_band(&anomaly, BEGAN + rows[i].asked * HOUR, 2,
			&lower, &upper),
		    "%s", rows[i].name);
		ck_assert_msg(fabs(lower - rows[i].lower) < 1e-9 &&
			fabs(upper - rows[i].upper) < 1e-9,
		    "%s: %.12g %.12g", rows[i].name, lower, upper);
		anomaly_fini(&anomaly);
	}
}
END_TEST

START_TEST(too_few_values_are_no_band)
{
	struct anomaly anomaly;
	double lower, upper;

	anomaly_init(&anomaly, MINUTE);
	ck_assert(!anomaly_band(&anomaly, BEGAN, 2, &lower, &upper));
	/* 20 values of an hour are enough for the next, not for their own */
	for (int64_t m = 0; m < 20; m++)
		anomaly_learn(&anomaly, BEGAN + m * MINUTE, (double)m);
	ck_assert(
	    !anomaly_band(&anomaly, BEGAN + 59 * MINUTE, 2, &lower, &upper));
	ck_assert(anomaly_band(&anomaly, BEGAN + HOUR, 2, &lower, &upper));
	ck_assert_double_eq_tol(upper, 9.5 + 2 * 1.4826 * 5, 1e-9);
	/* ten, of which one is not finite */
	anomaly_fini(&anomaly);
	anomaly_init(&anomaly, MINUTE);
	for (int64_t m = 0; m < 9; m++)
		anomaly_learn(&anomaly, BEGAN + m * MINUTE, 1);
	anomaly_learn(&anomaly, BEGAN + 9 * MINUTE, INFINITY);
	anomaly_learn(&anomaly, BEGAN + 10 * MINUTE, NAN);
	ck_assert(!anomaly_band(&anomaly, BEGAN + HOUR, 2, &lower, &upper));
	anomaly_learn(&anomaly, BEGAN + 11 * MINUTE, 1);
	ck_assert(anomaly_band(&anomaly, BEGAN + HOUR, 2, &lower, &upper));
	/* two weeks later they are forgotten */
	ck_assert(!anomaly_band(
	    &anomaly, BEGAN + 14 * DAY + HOUR, 2, &lower, &upper));
	/* a band that no number can hold is none */
	anomaly_fini(&anomaly);
	anomaly_init(&anomaly, MINUTE);
	for (int64_t m = 0; m < 30; m++)
		anomaly_learn(
		    &anomaly, BEGAN + m * MINUTE, m % 2 ? 1e308 : -1e308);
	ck_assert(!anomaly_band(&anomaly, BEGAN + HOUR, 50, &lower, &upper));
	anomaly_fini(&anomaly);
}
END_TEST

START_TEST(band_holds_for_its_hour_and_day)
{
	struct anomaly anomaly;
	double lower, upper, low, high;

	anomaly_init(&anomaly, MINUTE);
	learn_hours(&anomaly, BEGAN, 340, week_hour);
	ck_assert(
	    anomaly_band(&anomaly, BEGAN + 340 * HOUR, 3, &lower, &upper));
	for (int64_t m = 0; m < 24 * 60; m++) {
		anomaly_learn(&anomaly, BEGAN + 340 * HOUR + m * MINUTE, 99999);
		if (m == 700)
			reload(&anomaly);
		ck_assert(anomaly_band(&anomaly,
		    BEGAN + 340 * HOUR + m % 60 * MINUTE + m, 3, &low, &high));
		ck_assert(low == lower && high == upper);
	}
	/* and then it has learnt */
	ck_assert(anomaly_band(&anomaly, BEGAN + 508 * HOUR, 3, &low, &high));
	ck_assert(high > upper + 1);
	anomaly_fini(&anomaly);
}
END_TEST

/* A late value before the hour counts, whoever asked before. */
START_TEST(late_values_count)
{
	struct anomaly one, two;
	double lower, upper, low, high;

	anomaly_init(&one, MINUTE);
	anomaly_init(&two, MINUTE);
	for (int64_t m = 0; m < 50; m += m == 0 ? 30 : 1) {
		anomaly_learn(&one, BEGAN + m * MINUTE, (double)m);
		anomaly_learn(&two, BEGAN + m * MINUTE, (double)m);
	}
	ck_assert(anomaly_band(&one, BEGAN + HOUR, 1, &lower, &upper));
	for (int64_t m = 0; m < 30; m += 4) {
		anomaly_learn(&one, BEGAN + m * MINUTE, (double)m);
		anomaly_learn(&two, BEGAN + m * MINUTE, (double)m);
	}
	ck_assert(anomaly_band(&one, BEGAN + HOUR, 1, &lower, &upper));
	ck_assert(anomaly_band(&two, BEGAN + HOUR, 1, &low, &high));
	ck_assert(lower == low && upper == high);
	anomaly_fini(&one);
	anomaly_fini(&two);
}
END_TEST

static double
two_weeks(int64_t hour, int64_t minute)
{
	return (double)(hour < 168 ? minute : 100 + minute);
}

/* What was found for an hour is not kept beyond the values it is from: a
 * restart would not find it again. */
START_TEST(nothing_outlives_the_ring)
{
	struct anomaly anomaly;
	double lower, upper, low, high;
	int64_t asked = BEGAN + 336 * HOUR;

	anomaly_init(&anomaly, MINUTE);
	learn_hours(&anomaly, BEGAN, 360, two_weeks);
	ck_assert(anomaly_band(&anomaly, asked, 3, &lower, &upper));
	ck_assert(lower < 0.001);
	learn_hours(&anomaly, BEGAN + 360 * HOUR, 1, constant);
	ck_assert(anomaly_band(&anomaly, asked, 3, &lower, &upper));
	ck_assert(lower > 1);
	reload(&anomaly);
	ck_assert(anomaly_band(&anomaly, asked, 3, &low, &high));
	ck_assert(low == lower && high == upper);
	anomaly_fini(&anomaly);
}
END_TEST

START_TEST(first_of_a_cell_stays)
{
	struct anomaly anomaly;

	anomaly_init(&anomaly, 5 * MINUTE);
	/* the window slides by a minute */
	for (int64_t m = 0; m < 60; m++)
		anomaly_learn(&anomaly, BEGAN + m * MINUTE, (double)m);
	ck_assert_uint_eq(anomaly_count(&anomaly), 12);
	ck_assert_int_eq(anomaly_first(&anomaly), BEGAN / (5 * MINUTE));
	for (size_t i = 0; i < 12; i++)
		ck_assert_double_eq(anomaly_value(&anomaly, i), 5 * (double)i);
	anomaly_fini(&anomaly);
}
END_TEST

START_TEST(ring)
{
	struct anomaly anomaly;
	double lower, upper, few[3] = {1, NAN, 3};
	static double many[LIMIT_ANOMALY_VALUES + 1];

	anomaly_init(&anomaly, MINUTE);
	ck_assert_uint_eq(anomaly.capacity, LIMIT_ANOMALY_VALUES);
	/* the newest 15 days */
	learn_hours(&anomaly, -3 * DAY, 24 * 20, week_hour);
	ck_assert_uint_eq(anomaly_count(&anomaly), 15 * 1440);
	ck_assert_int_eq(anomaly_first(&anomaly), 2 * 1440);
	for (size_t i = 0; i < 15 * 1440; i++)
		ck_assert_double_eq(anomaly_value(&anomaly, i),
		    week_hour(5 * 24 + (int64_t)i / 60, (int64_t)i % 60));
	/* older than that: left out */
	anomaly_learn(&anomaly, 2 * DAY - MINUTE, 5);
	ck_assert_uint_eq(anomaly_count(&anomaly), 15 * 1440);
	/* a long silence, then a start from nothing */
	anomaly_learn(&anomaly, 300 * DAY, 5);
	ck_assert_uint_eq(anomaly_count(&anomaly), 1);
	ck_assert(!anomaly_band(&anomaly, 301 * DAY, 2, &lower, &upper));
	/* backwards: a hole in between */
	anomaly_learn(&anomaly, 300 * DAY - 2 * MINUTE, 4);
	ck_assert_uint_eq(anomaly_count(&anomaly), 3);
	ck_assert_double_eq(anomaly_value(&anomaly, 0), 4);
	ck_assert(isnan(anomaly_value(&anomaly, 1)));
	/* a clock gone mad is not data */
	anomaly_learn(&anomaly, INT64_MAX, 5);
	anomaly_learn(&anomaly, INT64_MIN, 5);
	ck_assert_uint_eq(anomaly_count(&anomaly), 3);
	ck_assert(
	    !anomaly_restore(&anomaly, 0, many, LIMIT_ANOMALY_VALUES + 1));
	ck_assert_uint_eq(anomaly_count(&anomaly), 0);
	ck_assert(!anomaly_restore(&anomaly, INT64_MAX, few, 3));
	ck_assert(anomaly_restore(&anomaly, -5, few, 3));
	ck_assert_double_eq(anomaly_value(&anomaly, 2), 3);
	few[1] = -INFINITY;
	ck_assert(!anomaly_restore(&anomaly, -5, few, 3));
	ck_assert_uint_eq(anomaly_count(&anomaly), 0);
	anomaly_fini(&anomaly);
}
END_TEST

/* Two weeks of minutes, all of them looked at: far less than this bound, which
 * is wide for a busy machine under a sanitizer. */
START_TEST(cost)
{
	struct anomaly anomaly;
	double lower, upper;
	clock_t began;

	anomaly_init(&anomaly, MINUTE);
	/* never in the hours that are asked: every value is gathered */
	for (int64_t c = 0; c < 14 * 1440; c++)
		if (c / 60 % 24 != 0)
			anomaly_learn(&anomaly, BEGAN + c * MINUTE,
			    1e-3 * (double)(c * 7919 % 100003));
	began = clock();
	for (int64_t i = 0; i < 10; i++) {
		anomaly.hours[0].known = false;
		ck_assert(anomaly_band(
		    &anomaly, BEGAN + 14 * DAY, 2, &lower, &upper));
	}
	ck_assert_int_lt(clock() - began, 10 * CLOCKS_PER_SEC / 20);
	anomaly_fini(&anomaly);
}
END_TEST

TEST_MAIN("anomaly", median_without_sorting, agrees_with_the_oracle, bands,
    too_few_values_are_no_band, band_holds_for_its_hour_and_day,
    late_values_count, nothing_outlives_the_ring, first_of_a_cell_stays, ring,
    cost)
