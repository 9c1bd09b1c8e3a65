/*
 * The clock at the journal's door. Never goes back. The machine's clock is
 * followed forward at once; when it is set back, this one goes on at half
 * speed until the other has caught up, so that ticks still advance time.
 *
 * Threads. Any.
 */
#ifndef JOURNAL_CLOCK_H
#define JOURNAL_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#include "journal/journal.h"

struct clock {
	struct journal_clock config;
	int64_t begin_ms; /* accelerated: what it showed ... */
	int64_t since_ms; /* ... at this monotonic time */
	pthread_mutex_t lock;
	int64_t shown_ms, shown_at_ms; /* the machine's: shown last, when */
};

/* Shows `floor_ms` (the last entry's time) or later. */
void clock_init(
    struct clock *clock, const struct journal_clock *config, int64_t floor_ms);
void clock_fini(struct clock *clock);
int64_t clock_now_ms(struct clock *clock);
/* The step of the machine's clock, given both readings. */
int64_t clock_step(struct clock *clock, int64_t real_ms, int64_t monotonic_ms);

#endif
