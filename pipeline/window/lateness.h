/*
 * How late points come: the time from the end of a point's minute to its
 * arrival, counted in steps that grow with it.
 *
 *   0 … 10 min   steps of 5 s
 *   … 2 h        steps of 1 min
 *   … 1 d        steps of 1 h;  behind that one step for all
 *
 * Pure. A quantile is the end of its step: never less than was observed.
 */
#ifndef PIPELINE_WINDOW_LATENESS_H
#define PIPELINE_WINDOW_LATENESS_H

#include <stddef.h>
#include <stdint.h>

#define LATENESS_STEPS (120 + 110 + 22 + 1)

struct lateness {
	uint64_t steps[LATENESS_STEPS];
	uint64_t count;
	int64_t max_ms;
};

/* A point that is here before its minute is over is not late: 0. */
void lateness_add(struct lateness *lateness, int64_t late_ms);
void lateness_merge(struct lateness *into, const struct lateness *from);
/* Halves all counts; the maximum is forgotten with the last of its step. */
void lateness_fade(struct lateness *lateness);
/* Within which time that share (0 to 1) of the points came; 0 without any. */
int64_t lateness_quantile(const struct lateness *lateness, double share);
/* The `delay:` that 999 of 1,000 points made: whole half minutes, at least
 * one. */
int64_t lateness_delay(const struct lateness *lateness);

#endif
