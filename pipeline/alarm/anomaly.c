#include "pipeline/alarm/anomaly.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/alarm/median.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)
#define TRAINING_MS (14 * 24 * HOUR_MS)
#define HELD_MS (15 * 24 * HOUR_MS)
#define HOURS_OF_DAY 24
#define HOURS_OF_WEEK (7 * HOURS_OF_DAY)
/* Further from 1970 than this, 278 years, is a broken clock and not data. */
#define START_MAX (1LL << 43)

/* Of a normal distribution, these times its median distance from the median
 * and its mean distance are the standard deviation. */
#define MEDIAN_TO_DEVIATION 1.4826
#define MEAN_TO_DEVIATION 1.2533
#define DEVIATION_FLOOR 0.001

static int64_t
anomaly_floor(int64_t value, int64_t unit)
{
	return value / unit - (value % unit < 0);
}

static int64_t
anomaly_modulo(int64_t value, int64_t unit)
{
	return value - anomaly_floor(value, unit) * unit;
}

void
anomaly_init(struct anomaly *anomaly, int64_t period_ms)
{
	int64_t cells = (HELD_MS + period_ms - 1) / period_ms;

	invariant(period_ms > 0);
	if (cells > LIMIT_ANOMALY_VALUES)
		cells = LIMIT_ANOMALY_VALUES;
	*anomaly =
	    (struct anomaly){.period_ms = period_ms, .capacity = (size_t)cells};
}

void
anomaly_fini(struct anomaly *anomaly)
{
	free(anomaly->ring);
	anomaly->ring = NULL;
	anomaly->first = anomaly->next = 0;
}

static double *
anomaly_cell(const struct anomaly *anomaly, int64_t cell)
{
	return &anomaly->ring[anomaly_modulo(cell, (int64_t)anomaly->capacity)];
}

static double *
anomaly_doubles(size_t count)
{
	double *values = malloc(count * sizeof(*values));

	if (values == NULL)
		log_die("out of memory: values of an anomaly band");
	return values;
}

static void
anomaly_fill(struct anomaly *anomaly, int64_t from, int64_t to)
{
	for (int64_t cell = from; cell < to; cell++)
		*anomaly_cell(anomaly, cell) = NAN;
}

/* Makes room for the cell; false when it is older than what is held. */
static bool
anomaly_reach(struct anomaly *anomaly, int64_t cell)
{
	int64_t capacity = (int64_t)anomaly->capacity;

	if (anomaly->first == anomaly->next ||
	    cell - anomaly->next >= capacity) {
		anomaly->first = cell;
		anomaly->next = cell + 1;
		*anomaly_cell(anomaly, cell) = NAN;
	} else if (cell >= anomaly->next) {
		anomaly_fill(anomaly, anomaly->next, cell + 1);
		anomaly->next = cell + 1;
		if (anomaly->next - anomaly->first > capacity)
			anomaly->first = anomaly->next - capacity;
	} else if (anomaly->next - cell > capacity) {
		return false;
	} else if (cell < anomaly->first) {
		anomaly_fill(anomaly, cell, anomaly->first);
		anomaly->first = cell;
	}
	return true;
}

void
anomaly_learn(struct anomaly *anomaly, int64_t start_ms, double value)
{
	int64_t cell = anomaly_floor(start_ms, anomaly->period_ms);

	if (!isfinite(value) || start_ms > START_MAX || start_ms < -START_MAX)
		return;
	if (anomaly->ring == NULL)
		anomaly->ring = anomaly_doubles(anomaly->capacity);
	if (!anomaly_reach(anomaly, cell) ||
	    !isnan(*anomaly_cell(anomaly, cell)))
		return;
	*anomaly_cell(anomaly, cell) = value;
	for (size_t i = 0; i < ANOMALY_HOURS; i++)
		if (cell < anomaly->hours[i].to)
			anomaly->hours[i].known = false;
}

/* The hours since 1970 whose values are asked for: a cell longer than an hour
 * stands for the hour it starts in. */
static int64_t
anomaly_hour_of(const struct anomaly *anomaly, int64_t ms)
{
	int64_t period = anomaly->period_ms;

	if (period > HOUR_MS)
		ms = anomaly_floor(ms, period) * period;
	return anomaly_floor(ms, HOUR_MS);
}

/* The first cell that starts in the hour or after it. */
static int64_t
anomaly_cell_of(const struct anomaly *anomaly, int64_t hour)
{
	return anomaly_floor(hour * HOUR_MS - 1, anomaly->period_ms) + 1;
}

/* The values of cells whose hour is `hour` modulo `cycle`, in their order. */
static size_t
anomaly_gather(const struct anomaly *anomaly, const struct anomaly_hour *found,
    int64_t hour, int64_t cycle, double *values)
{
	int64_t oldest =
	    anomaly_floor(found->from * anomaly->period_ms, HOUR_MS);
	size_t count = 0;

	hour = oldest + anomaly_modulo(hour - oldest, cycle);
	for (;; hour += cycle) {
		int64_t cell = anomaly_cell_of(anomaly, hour);
		int64_t end = anomaly_cell_of(anomaly, hour + 1);

		if (cell >= found->to)
			return count;
		cell = cell < found->from ? found->from : cell;
		for (; cell < end && cell < found->to; cell++) {
			double value = *anomaly_cell(anomaly, cell);

			if (!isnan(value))
				values[count++] = value;
		}
	}
}

static bool
anomaly_nonnegative(
    const struct anomaly *anomaly, const struct anomaly_hour *found)
{
	for (int64_t cell = found->from; cell < found->to; cell++)
		if (*anomaly_cell(anomaly, cell) < 0)
			return false;
	return true;
}

/* Leaves the distances in `values`. */
static double
anomaly_deviation(double *values, size_t count, double median)
{
	double mean = 0, deviation;

	for (size_t i = 0; i < count; i++) {
		values[i] = fabs(values[i] - median);
		mean += values[i] / (double)count;
	}
	deviation = MEDIAN_TO_DEVIATION * median_of(values, count);
	if (deviation == 0)
		deviation = MEAN_TO_DEVIATION * mean;
	return fmax(deviation, DEVIATION_FLOOR * fabs(median));
}

static void
anomaly_find(
    const struct anomaly *anomaly, struct anomaly_hour *found, int64_t hour)
{
	static const int64_t cycles[] = {HOURS_OF_WEEK, HOURS_OF_DAY, 1};
	size_t room = (size_t)(found->to - found->from), count = 0;
	double *values = anomaly_doubles(room);

	for (size_t i = 0; i < 3 && count < ANOMALY_ENOUGH; i++)
		count = anomaly_gather(anomaly, found, hour, cycles[i], values);
	found->banded = count >= ANOMALY_ENOUGH;
	if (found->banded) {
		found->nonnegative = anomaly_nonnegative(anomaly, found);
		found->median = median_of(values, count);
		found->deviation =
		    anomaly_deviation(values, count, found->median);
	}
	free(values);
}

/* The cells to learn from: every period that may have started in one of them
 * ended before the hour. Windows slide by a minute: longer periods may start
 * anywhere in their cell. */
static void
anomaly_training(const struct anomaly *anomaly, int64_t start_ms,
    struct anomaly_hour *wanted)
{
	int64_t hour_ms = anomaly_floor(start_ms, HOUR_MS) * HOUR_MS;
	int64_t period = anomaly->period_ms;

	wanted->from = anomaly_floor(hour_ms - TRAINING_MS - 1, period) + 1;
	wanted->to = anomaly_floor(hour_ms, period) - (period > MINUTE_MS);
	if (wanted->from < anomaly->first)
		wanted->from = anomaly->first;
	if (wanted->to > anomaly->next)
		wanted->to = anomaly->next;
}

static const struct anomaly_hour *
anomaly_look_up(struct anomaly *anomaly, int64_t start_ms)
{
	int64_t hour = anomaly_hour_of(anomaly, start_ms);
	struct anomaly_hour *kept =
	    &anomaly->hours[anomaly_modulo(hour, ANOMALY_HOURS)];
	struct anomaly_hour wanted = {.hour = hour, .known = true};

	anomaly_training(anomaly, start_ms, &wanted);
	if (wanted.to - wanted.from < ANOMALY_ENOUGH)
		return NULL;
	if (kept->known && kept->hour == hour && kept->from == wanted.from &&
	    kept->to == wanted.to)
		return kept;
	anomaly_find(anomaly, &wanted, hour);
	*kept = wanted;
	return kept;
}

bool
anomaly_band(struct anomaly *anomaly, int64_t start_ms, double deviations,
    double *lower, double *upper)
{
	const struct anomaly_hour *found = anomaly_look_up(anomaly, start_ms);
	double width;

	if (found == NULL || !found->banded)
		return false;
	width = deviations * found->deviation;
	*lower = found->median - width;
	*upper = found->median + width;
	if (found->nonnegative && *lower < 0)
		*lower = 0;
	return isfinite(*lower) && isfinite(*upper);
}

size_t
anomaly_count(const struct anomaly *anomaly)
{
	return (size_t)(anomaly->next - anomaly->first);
}

int64_t
anomaly_first(const struct anomaly *anomaly)
{
	return anomaly->first;
}

double
anomaly_value(const struct anomaly *anomaly, size_t i)
{
	invariant(i < anomaly_count(anomaly));
	return *anomaly_cell(anomaly, anomaly->first + (int64_t)i);
}

bool
anomaly_restore(
    struct anomaly *anomaly, int64_t first, const double *values, size_t count)
{
	int64_t period_ms = anomaly->period_ms;

	anomaly_fini(anomaly);
	anomaly_init(anomaly, period_ms);
	if (count > anomaly->capacity || first > START_MAX / period_ms ||
	    first < -START_MAX / period_ms)
		return false;
	for (size_t i = 0; i < count; i++)
		if (isinf(values[i]))
			return false;
	if (count == 0)
		return true;
	anomaly->ring = anomaly_doubles(anomaly->capacity);
	anomaly->first = first;
	anomaly->next = first + (int64_t)count;
	for (size_t i = 0; i < count; i++)
		*anomaly_cell(anomaly, first + (int64_t)i) = values[i];
	return true;
}
