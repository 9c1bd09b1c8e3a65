#include "ingest/feed_spare.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

#define FEED_SPARES 4
#define FEED_SPARES_QUIET_MS 5000
#define FEED_SPARE_BYTES ((size_t)(8 * MIB))

void
feed_spares_init(struct feed_spares *spares)
{
	*spares = (struct feed_spares){0};
	pthread_mutex_init(&spares->lock, NULL);
}

static void
feed_spare_free(struct feed_spare *spare)
{
	buf_fini(&spare->body);
	arena_fini(&spare->arena);
	free(spare);
}

static void
feed_spares_free(struct feed_spare *first)
{
	while (first != NULL) {
		struct feed_spare *next = first->next;

		feed_spare_free(first);
		first = next;
	}
}

void
feed_spares_fini(struct feed_spares *spares)
{
	feed_spares_free(spares->first);
	pthread_mutex_destroy(&spares->lock);
}

struct feed_spare *
feed_spares_take(struct feed_spares *spares)
{
	struct feed_spare *spare;

	pthread_mutex_lock(&spares->lock);
	spare = spares->first;
	if (spare != NULL) {
		spares->first = spare->next;
		spares->count--;
	}
	spares->used = true;
	pthread_mutex_unlock(&spares->lock);
	if (spare != NULL)
		return spare;
	spare = calloc(1, sizeof(*spare));
	if (spare == NULL)
		log_die("out of memory: request");
	arena_init(&spare->arena);
	return spare;
}

void
feed_spares_give(struct feed_spares *spares, struct feed_spare **spare)
{
	struct feed_spare *old = *spare;

	*spare = NULL;
	if (old == NULL)
		return;
	buf_clear(&old->body);
	arena_reset(&old->arena);
	pthread_mutex_lock(&spares->lock);
	if (spares->count < FEED_SPARES && old->body.room <= FEED_SPARE_BYTES) {
		old->next = spares->first;
		spares->first = old;
		spares->count++;
		old = NULL;
	}
	pthread_mutex_unlock(&spares->lock);
	if (old != NULL)
		feed_spare_free(old);
}

void
feed_spares_trim(struct feed_spares *spares, int64_t now_ms)
{
	struct feed_spare *idle = NULL;

	pthread_mutex_lock(&spares->lock);
	if (spares->used) {
		spares->quiet_ms = now_ms;
	} else if (now_ms - spares->quiet_ms >= FEED_SPARES_QUIET_MS) {
		idle = spares->first;
		spares->first = NULL;
		spares->count = 0;
	}
	spares->used = false;
	pthread_mutex_unlock(&spares->lock);
	feed_spares_free(idle);
}
