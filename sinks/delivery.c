#include "sinks/delivery.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "sinks/delivery_step.h"

struct delivery {
	struct delivery_step step; /* the worker's */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool woken, stopping; /* under mutex */
	int64_t deadline_ms;  /* of stopping; monotonic */
	bool hurried;	      /* the worker's: this step began after stopping */
	struct delivery *next_shown;
};

/* Those that delivery_print() shows, in the order they were started. */
static pthread_mutex_t delivery_shown_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct delivery *delivery_shown;

static int64_t
delivery_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until the time, or until `changed` is signalled. */
static void
delivery_wait_until(struct delivery *delivery, int64_t until_ms)
{
	struct timespec ts = {.tv_sec = (time_t)(until_ms / 1000),
	    .tv_nsec = (long)(until_ms % 1000) * 1000000};

	pthread_cond_timedwait(&delivery->changed, &delivery->mutex, &ts);
}

/* Stopping ends a wait once: what is there is asked for, or tried, again. */
static void
delivery_wait(struct delivery *delivery, int64_t wait_ms, bool wakes)
{
	int64_t until_ms = delivery_now_ms() + wait_ms;

	while (delivery_now_ms() < until_ms && !(wakes && delivery->woken) &&
	    !(delivery->stopping && !delivery->hurried)) {
		if (delivery->stopping && delivery->deadline_ms < until_ms)
			until_ms = delivery->deadline_ms;
		else
			delivery_wait_until(delivery, until_ms);
	}
}

/* Between two steps, by what the first came to. False: end. */
static bool
delivery_rest(struct delivery *delivery, enum rc rc)
{
	bool on = true;

	pthread_mutex_lock(&delivery->mutex);
	if (rc == RC_AGAIN && delivery->stopping && delivery->hurried)
		on = false;
	else if (rc == RC_AGAIN)
		delivery_wait(delivery, delivery->step.idle_ms, true);
	else if (rc == RC_RETRY)
		delivery_wait(delivery, delivery->step.wait_ms, false);
	if (delivery->stopping && delivery_now_ms() >= delivery->deadline_ms)
		on = false;
	delivery->hurried = delivery->stopping;
	delivery->woken = false;
	pthread_mutex_unlock(&delivery->mutex);
	return on;
}

static void *
delivery_run(void *cookie)
{
	struct delivery *delivery = cookie;
	char name[16];

	snprintf(name, sizeof(name), "%.15s", delivery->step.name);
	pthread_setname_np(pthread_self(), name);
	while (delivery_rest(
	    delivery, delivery_step(&delivery->step, delivery_now_ms())))
		;
	delivery_save(&delivery->step, delivery_now_ms());
	return NULL;
}

static void
delivery_show(struct delivery *delivery)
{
	struct delivery **at = &delivery_shown;

	pthread_mutex_lock(&delivery_shown_mutex);
	while (*at != NULL)
		at = &(*at)->next_shown;
	*at = delivery;
	pthread_mutex_unlock(&delivery_shown_mutex);
}

static void
delivery_hide(struct delivery *delivery)
{
	struct delivery **at = &delivery_shown;

	pthread_mutex_lock(&delivery_shown_mutex);
	while (*at != delivery)
		at = &(*at)->next_shown;
	*at = delivery->next_shown;
	pthread_mutex_unlock(&delivery_shown_mutex);
}

enum rc
delivery_start(struct delivery **out, const struct delivery_source *source,
    const char *folder, struct err *err)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));
	pthread_condattr_t attr;
	enum rc rc;

	*out = NULL;
	if (delivery == NULL)
		log_die("out of memory: delivery %s", source->name);
	rc = delivery_step_init(&delivery->step, source, folder, err);
	if (rc != RC_OK) {
		delivery_step_fini(&delivery->step);
		free(delivery);
		return rc;
	}
	pthread_mutex_init(&delivery->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&delivery->changed, &attr);
	pthread_condattr_destroy(&attr);
	/* Before the thread runs: the source's calls may look for it. */
	*out = delivery;
	delivery_show(delivery);
	if (pthread_create(&delivery->thread, NULL, delivery_run, delivery) !=
	    0)
		log_die("no thread for sink %s", delivery->step.name);
	return RC_OK;
}

void
delivery_wake(struct delivery *delivery)
{
	pthread_mutex_lock(&delivery->mutex);
	delivery->woken = true;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->mutex);
}

const struct counter *
delivery_stats(const struct delivery *delivery)
{
	return delivery->step.stats;
}

void
delivery_print(struct buf *out)
{
	pthread_mutex_lock(&delivery_shown_mutex);
	for (size_t i = 0; i < DELIVERY_STATS; i++) {
		struct counter *rows = NULL;
		size_t count = 0;

		for (struct delivery *at = delivery_shown; at != NULL;
		     at = at->next_shown) {
			const struct counter *row = &at->step.stats[i];

			if (!delivery_step_has_items(&at->step))
				continue;
			rows = realloc(rows, (count + 1) * sizeof(*rows));
			if (rows == NULL)
				log_die("out of memory: metrics");
			rows[count++] = (struct counter){.name = row->name,
			    .help = row->help,
			    .labels = row->labels,
			    .gauge = row->gauge,
			    .milli = row->milli,
			    .value = counter_get(row)};
		}
		counter_print(rows, count, out);
		free(rows);
	}
	pthread_mutex_unlock(&delivery_shown_mutex);
}

uint64_t
delivery_position(const struct delivery *delivery)
{
	return atomic_load(&delivery->step.position);
}

uint64_t
delivery_durable(const struct delivery *delivery)
{
	return atomic_load(&delivery->step.saved);
}

void
delivery_each(delivery_look *look, void *cookie)
{
	pthread_mutex_lock(&delivery_shown_mutex);
	for (struct delivery *at = delivery_shown; at != NULL;
	     at = at->next_shown)
		if (delivery_step_has_items(&at->step))
			look(cookie, at->step.name,
			    counter_get(&at->step.stats[DELIVERY_SINCE]));
	pthread_mutex_unlock(&delivery_shown_mutex);
}

void
delivery_ask_stop(struct delivery *delivery, int64_t within_ms)
{
	pthread_mutex_lock(&delivery->mutex);
	delivery->deadline_ms = delivery_now_ms() + within_ms;
	delivery->stopping = true;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->mutex);
}

uint64_t
delivery_stop(struct delivery **out, int64_t within_ms)
{
	struct delivery *delivery = *out;
	uint64_t position;

	if (delivery == NULL)
		return 0;
	delivery_ask_stop(delivery, within_ms);
	pthread_join(delivery->thread, NULL);
	delivery_hide(delivery);
	position = delivery_position(delivery);
	if (delivery->step.failures > 0)
		log_warn("delivery_unfinished", "sink=%s position=%llu",
		    delivery->step.name, (unsigned long long)position);
	pthread_cond_destroy(&delivery->changed);
	pthread_mutex_destroy(&delivery->mutex);
	delivery_step_fini(&delivery->step);
	free(delivery);
	*out = NULL;
	return position;
}
