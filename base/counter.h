/*
 * Counters and gauges, defined once with their prose. A module lists its rows
 * in an array indexed by an enum; the same rows make /metrics and the docs.
 *
 *   enum { FEED_REQUESTS, FEED_POINTS, FEED_STATS };
 *   struct counter feed_stats[FEED_STATS] = {
 *           [FEED_REQUESTS] = {.name = "tocsin_feed_requests_total",
 *               .help = "Firehose requests that were answered."}};
 *   counter_add(&feed_stats[FEED_REQUESTS], 1);
 *
 * Threads. Any; each row is one relaxed atomic.
 */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct counter {
	const char *name; /* with _total on counters, base unit before that */
	const char *help;
	const char *labels; /* code="200", or NULL; rows of one name follow
			       one another */
	bool gauge;
	bool milli; /* the value is in thousandths of the unit */
	_Atomic int64_t value;
};

static inline void
counter_add(struct counter *counter, int64_t n)
{
	atomic_fetch_add_explicit(&counter->value, n, memory_order_relaxed);
}

static inline void
counter_set(struct counter *counter, int64_t value)
{
	atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static inline int64_t
counter_get(const struct counter *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

/* The rows in OpenMetrics text, without the final "# EOF". */
void counter_print(const struct counter *rows, size_t nrows, struct buf *out);

#endif
