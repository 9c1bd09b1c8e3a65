/*
 * The band of an anomaly alarm, from the series' own past. This is tocsin's
 * model: CloudWatch's is not public (docs/anomaly.md says so to users).
 *
 * The band of a period is the median of what the series had at that hour of
 * the week (UTC) over two weeks, give or take a number of robust deviations:
 *
 *   deviation  1.4826 x the median distance from the median; when that is 0,
 *              1.2533 x the mean distance; never below 0.1 % of |median|
 *   values     the same hour of the week; fewer than ANOMALY_ENOUGH of them:
 *              the same hour of any day; still fewer: all; still: no band
 *   lower end  not below 0 when no value of the two weeks is negative
 *
 * Only periods that ended before the UTC hour in which the asked one starts
 * are used, so that the band is one for all periods of that hour and the
 * period itself has no part in it. It is a function of the values held and of
 * the hour, and nothing else: later values do not change it while the hour is
 * less than a day behind the newest value.
 *
 * Values are held in a ring by cell, floor(start / period). Windows slide, so
 * several periods start in one cell; the first that is learnt stays, which is
 * the one aligned to the period when evaluation runs every minute.
 *
 * Pure. Memory: 8 bytes a value, 15 days of them (the two weeks, and a day for
 * periods that are asked late), LIMIT_ANOMALY_VALUES at most: 21,600 at 60 s,
 * 173 kB; taken when the first value is learnt.
 */
#ifndef PIPELINE_ALARM_ANOMALY_H
#define PIPELINE_ALARM_ANOMALY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANOMALY_ENOUGH 10
#define ANOMALY_HOURS 8

/* What was found for one hour; valid while the cells it is from stand. */
struct anomaly_hour {
	int64_t from, to; /* cells, `to` excluded */
	int64_t hour;
	bool known;
	bool banded;	  /* there were values enough */
	bool nonnegative; /* all of them */
	double median, deviation;
};

struct anomaly {
	int64_t period_ms;
	size_t capacity;
	double *ring;	     /* cell c at c mod capacity; holes are NAN */
	int64_t first, next; /* cells held, `next` excluded */
	struct anomaly_hour hours[ANOMALY_HOURS];
};

void anomaly_init(struct anomaly *anomaly, int64_t period_ms);
void anomaly_fini(struct anomaly *anomaly);

/* Takes the value of a period that will not change any more. Values that are
 * not finite, of a cell that has one, or older than the ring are left out. */
void anomaly_learn(struct anomaly *anomaly, int64_t start_ms, double value);

/* The band of the period that starts at start_ms; false when there are not
 * values enough, and the datapoint counts as missing. */
bool anomaly_band(struct anomaly *anomaly, int64_t start_ms, double deviations,
    double *lower, double *upper);

/* For the checkpoint: the cells held, from the first to the last; a hole is
 * NAN. Restoring what was saved gives the same bands. */
size_t anomaly_count(const struct anomaly *anomaly);
int64_t anomaly_first(const struct anomaly *anomaly);
double anomaly_value(const struct anomaly *anomaly, size_t i);
/* After anomaly_init with the same period. False, and nothing is held, when
 * these cannot have been saved: more than fit, or an infinity. */
bool anomaly_restore(
    struct anomaly *anomaly, int64_t first, const double *values, size_t count);

#endif
