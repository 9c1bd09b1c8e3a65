/*
 * Memory that requests need and leave behind: the body as it came and the
 * records in it. A few are kept for the next requests, so that pages are not
 * asked of the kernel for each; all are given back once nobody comes.
 *
 * Threads. Any. Limits. FEED_SPARES of them, of FEED_SPARE_BYTES each.
 */
#ifndef INGEST_FEED_SPARE_H
#define INGEST_FEED_SPARE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct feed_spare {
	struct feed_spare *next;
	struct buf body;
	struct arena arena;
};

struct feed_spares {
	pthread_mutex_t lock;
	struct feed_spare *first;
	size_t count;
	bool used;	  /* since feed_spares_trim() looked last */
	int64_t quiet_ms; /* it has not been used since */
};

void feed_spares_init(struct feed_spares *spares);
void feed_spares_fini(struct feed_spares *spares);
/* An empty one, from the store or new. */
struct feed_spare *feed_spares_take(struct feed_spares *spares);
/* Back to the store, or freed when it is full; NULL is fine. */
void feed_spares_give(struct feed_spares *spares, struct feed_spare **spare);
/* Called now and then, with a monotonic time: frees the store when none was
 * taken for FEED_SPARES_QUIET_MS. */
void feed_spares_trim(struct feed_spares *spares, int64_t now_ms);

#endif
