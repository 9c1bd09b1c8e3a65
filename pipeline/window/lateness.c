#include "pipeline/window/lateness.h"

#include <math.h>

#define SECOND_MS 1000LL
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

/* Where each kind of step begins, in steps and in time. */
static const struct scale {
	size_t first;
	int64_t from_ms, step_ms;
} scales[] = {{0, 0, 5 * SECOND_MS}, {120, 10 * MINUTE_MS, MINUTE_MS},
    {230, 2 * HOUR_MS, HOUR_MS}, {LATENESS_STEPS - 1, 24 * HOUR_MS, 0}};

static const struct scale *
lateness_scale(size_t step)
{
	size_t i = sizeof(scales) / sizeof(*scales) - 1;

	while (scales[i].first > step)
		i--;
	return &scales[i];
}

static size_t
lateness_step(int64_t late_ms)
{
	size_t i = sizeof(scales) / sizeof(*scales) - 1;

	/* Most are; and a division by a constant is none. */
	if (late_ms < 10 * MINUTE_MS)
		return (size_t)(late_ms / (5 * SECOND_MS));
	while (scales[i].from_ms > late_ms)
		i--;
	if (scales[i].step_ms == 0)
		return scales[i].first;
	return scales[i].first +
	    (size_t)((late_ms - scales[i].from_ms) / scales[i].step_ms);
}

void
lateness_add(struct lateness *lateness, int64_t late_ms)
{
	if (late_ms < 0)
		late_ms = 0;
	lateness->steps[lateness_step(late_ms)]++;
	lateness->count++;
	if (late_ms > lateness->max_ms)
		lateness->max_ms = late_ms;
}

void
lateness_merge(struct lateness *into, const struct lateness *from)
{
	for (size_t i = 0; i < LATENESS_STEPS; i++)
		into->steps[i] += from->steps[i];
	into->count += from->count;
	if (from->max_ms > into->max_ms)
		into->max_ms = from->max_ms;
}

void
lateness_fade(struct lateness *lateness)
{
	size_t last = 0;

	lateness->count = 0;
	for (size_t i = 0; i < LATENESS_STEPS; i++) {
		lateness->steps[i] /= 2;
		lateness->count += lateness->steps[i];
		if (lateness->steps[i] > 0)
			last = i;
	}
	if (last < LATENESS_STEPS - 1) {
		const struct scale *scale = lateness_scale(last);
		int64_t end_ms = scale->from_ms +
		    (int64_t)(last - scale->first + 1) * scale->step_ms;

		if (end_ms < lateness->max_ms)
			lateness->max_ms = end_ms;
	}
}

/* The end of the step, but not more than there ever was. */
static int64_t
lateness_end(const struct lateness *lateness, size_t step)
{
	const struct scale *scale = lateness_scale(step);
	int64_t end_ms = scale->from_ms +
	    (int64_t)(step - scale->first + 1) * scale->step_ms;

	if (scale->step_ms == 0 || end_ms > lateness->max_ms)
		return lateness->max_ms;
	return end_ms;
}

int64_t
lateness_quantile(const struct lateness *lateness, double share)
{
	uint64_t rank = (uint64_t)ceil(share * (double)lateness->count);
	uint64_t seen = 0;

	for (size_t i = 0; i < LATENESS_STEPS; i++) {
		seen += lateness->steps[i];
		if (seen > 0 && seen >= rank)
			return lateness_end(lateness, i);
	}
	return 0;
}

int64_t
lateness_delay(const struct lateness *lateness)
{
	const int64_t half_ms = MINUTE_MS / 2;
	int64_t late_ms = lateness_quantile(lateness, 0.999);
	int64_t delay_ms = (late_ms + half_ms - 1) / half_ms * half_ms;

	return delay_ms < half_ms ? half_ms : delay_ms;
}
