#include "app/ticker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

#define TICK_MS 10000
#define TICK_SLEEP_LEAST_MS 20

struct counter ticker_stats[TICKER_STATS] = {
    [TICKER_TICKS] = {.name = "tocsin_ticks_total",
	.help = "Ticks that the journal took."},
    [TICKER_FAILED] = {.name = "tocsin_ticks_failed_total",
	.help = "Ticks that the journal refused."}};

struct ticker {
	struct journal *journal;
	int64_t speed;
	void (*before)(void *cookie);
	void *cookie;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	bool failing; /* said already */
};

int64_t
ticker_sleep_ms(int64_t now_ms, int64_t speed)
{
	int64_t sleep_ms = (TICK_MS - now_ms % TICK_MS + speed - 1) / speed;

	return sleep_ms < TICK_SLEEP_LEAST_MS ? TICK_SLEEP_LEAST_MS : sleep_ms;
}

static void
ticker_tick(struct ticker *ticker)
{
	const struct entry entry = {.kind = ENTRY_TICK};
	uint64_t seq;
	struct err err;

	if (journal_append_wait(ticker->journal, &entry, &seq, &err) == RC_OK) {
		counter_add(&ticker_stats[TICKER_TICKS], 1);
		ticker->failing = false;
		return;
	}
	counter_add(&ticker_stats[TICKER_FAILED], 1);
	if (!ticker->failing)
		log_error("tick_refused", "%s", err.text);
	ticker->failing = true;
}

/* False when it is time to stop. */
static bool
ticker_wait(struct ticker *ticker)
{
	int64_t sleep_ms =
	    ticker_sleep_ms(journal_now_ms(ticker->journal), ticker->speed);
	struct timespec until;
	bool go;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += sleep_ms / 1000;
	until.tv_nsec += sleep_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&ticker->lock);
	while (!ticker->stop && rc == 0)
		rc = pthread_cond_timedwait(
		    &ticker->wake, &ticker->lock, &until);
	go = !ticker->stop;
	pthread_mutex_unlock(&ticker->lock);
	return go;
}

static void *
ticker_main(void *cookie)
{
	struct ticker *ticker = cookie;

	while (ticker_wait(ticker)) {
		if (ticker->before != NULL)
			ticker->before(ticker->cookie);
		ticker_tick(ticker);
	}
	return NULL;
}

struct ticker *
ticker_start(struct journal *journal, int64_t speed,
    void (*before)(void *cookie), void *cookie)
{
	struct ticker *ticker = calloc(1, sizeof(*ticker));
	pthread_condattr_t attributes;

	if (ticker == NULL)
		log_die("out of memory: ticker");
	ticker->journal = journal;
	ticker->speed = speed;
	ticker->before = before;
	ticker->cookie = cookie;
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&ticker->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&ticker->thread, NULL, ticker_main, ticker) != 0)
		log_die("cannot start a thread: ticker");
	return ticker;
}

void
ticker_stop(struct ticker **ticker)
{
	struct ticker *old = *ticker;

	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->stop = true;
	pthread_cond_signal(&old->wake);
	pthread_mutex_unlock(&old->lock);
	pthread_join(old->thread, NULL);
	pthread_cond_destroy(&old->wake);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*ticker = NULL;
}
