#include "journal/clock.h"

#include <time.h>

static int64_t
clock_read(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void
clock_init(
    struct clock *clock, const struct journal_clock *config, int64_t floor_ms)
{
	int64_t monotonic_ms = clock_read(CLOCK_MONOTONIC);

	*clock = (struct clock){.config = *config,
	    .begin_ms =
		config->start_ms > floor_ms ? config->start_ms : floor_ms,
	    .since_ms = monotonic_ms,
	    .shown_ms = floor_ms,
	    .shown_at_ms = monotonic_ms};
	pthread_mutex_init(&clock->lock, NULL);
}

void
clock_fini(struct clock *clock)
{
	pthread_mutex_destroy(&clock->lock);
}

int64_t
clock_step(struct clock *clock, int64_t real_ms, int64_t monotonic_ms)
{
	int64_t half = (monotonic_ms - clock->shown_at_ms) / 2;

	if (real_ms >= clock->shown_ms) {
		clock->shown_ms = real_ms;
		clock->shown_at_ms = monotonic_ms;
	} else if (half > 0) {
		/* What halving leaves over is kept for the next reading. */
		clock->shown_ms += half;
		clock->shown_at_ms += 2 * half;
	}
	return clock->shown_ms;
}

int64_t
clock_now_ms(struct clock *clock)
{
	int64_t now_ms;

	if (clock->config.start_ms >= 0)
		return clock->begin_ms +
		    (clock_read(CLOCK_MONOTONIC) - clock->since_ms) *
		    clock->config.speed;
	pthread_mutex_lock(&clock->lock);
	now_ms = clock_step(
	    clock, clock_read(CLOCK_REALTIME), clock_read(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&clock->lock);
	return now_ms;
}
