#include "sinks/notifier.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "sinks/notifier_state.h"

struct counter notifier_stats[NOTIFIER_STATS] = {
    [NOTIFIER_SUPPRESSED] = {.name = "tocsin_notifier_suppressed_total",
	.help = "Actions not run because the alarm's actions are disabled, "
		"muted or suppressed."},
    [NOTIFIER_UNSUPPORTED] = {.name = "tocsin_notifier_unsupported_total",
	.help = "Actions not run: of a kind that is not run here, or of more "
		"destinations than may be."},
    [NOTIFIER_STOOD_IN] = {.name = "tocsin_notifier_stood_in_total",
	.help = "Notifications that the stand-in of their topic was given "
		"too."},
    [NOTIFIER_WAITING] = {.name = "tocsin_notifier_waiting",
	.help = "Notifications that wait to be published.",
	.gauge = true},
    [NOTIFIER_BYTES] = {.name = "tocsin_notifier_waiting_bytes",
	.help = "Bytes of the notifications that wait to be published.",
	.gauge = true}};

/* The position "sns" has no items: it follows notifier_advance(). */
static enum rc
notifier_next(
    void *sink, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct notifier *notifier = sink;

	(void)after;
	(void)err;
	pthread_mutex_lock(&notifier->lanes.mutex);
	item->reach = notifier->lanes.advanced;
	pthread_mutex_unlock(&notifier->lanes.mutex);
	return RC_AGAIN;
}

enum rc
notifier_start(struct notifier **out, const struct notifier_options *options,
    const char *folder, struct err *err)
{
	struct notifier *notifier = calloc(1, sizeof(*notifier));
	struct delivery_source source = {.name = "sns",
	    .begin = options->begin,
	    .beyond = options->beyond,
	    .next = notifier_next,
	    .sink = notifier};
	pthread_condattr_t attr;
	enum rc rc;

	if (notifier == NULL)
		log_die("out of memory: notifier");
	pthread_mutex_init(&notifier->lanes.mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&notifier->lanes.changed, &attr);
	pthread_condattr_destroy(&attr);
	notifier->lanes.means = options->means;
	notifier->lanes.beyond = options->beyond;
	notifier->lanes.folder = strdup(folder);
	if (notifier->lanes.folder == NULL)
		log_die("out of memory: notifier");
	*out = notifier;
	rc = delivery_start(&notifier->delivery, &source, folder, err);
	if (rc != RC_OK)
		notifier_stop(out, 0);
	else
		notifier->begin = delivery_position(notifier->delivery);
	return rc;
}

/* The one that holds up most. */
static const struct lane *
notifier_fullest(const struct lanes *lanes)
{
	const struct lane *most = lanes->first;

	for (const struct lane *lane = most; lane != NULL; lane = lane->next)
		if (lane->waiting > most->waiting)
			most = lane;
	return most;
}

bool
notifier_stuck(struct notifier *notifier, struct buf *why)
{
	struct lanes *lanes = &notifier->lanes;
	const struct lane *most;
	bool stuck;

	pthread_mutex_lock(&lanes->mutex);
	stuck = lanes->stuck;
	most = notifier_fullest(lanes);
	if (stuck)
		buf_printf(why,
		    "%zu notifications (%zu MiB) wait to be sent, which is "
		    "the most that is held",
		    lanes->waiting, (size_t)(lanes->waiting_bytes / MIB));
	if (stuck && most != NULL)
		buf_printf(
		    why, "; %zu of them for %s", most->waiting, most->name);
	pthread_mutex_unlock(&lanes->mutex);
	return stuck;
}

void
notifier_advance(struct notifier *notifier, uint64_t seq)
{
	pthread_mutex_lock(&notifier->lanes.mutex);
	if (!notifier->lanes.abandoned && seq > notifier->lanes.advanced)
		notifier->lanes.advanced = seq;
	pthread_mutex_unlock(&notifier->lanes.mutex);
}

void
notifier_abandon(struct notifier *notifier)
{
	pthread_mutex_lock(&notifier->lanes.mutex);
	notifier->lanes.abandoned = true;
	pthread_cond_broadcast(&notifier->lanes.changed);
	pthread_mutex_unlock(&notifier->lanes.mutex);
}

const struct delivery *
notifier_delivery(const struct notifier *notifier)
{
	return notifier->delivery;
}

uint64_t
notifier_position(struct notifier *notifier)
{
	uint64_t position = delivery_position(notifier->delivery);

	pthread_mutex_lock(&notifier->lanes.mutex);
	for (struct lane *at = notifier->lanes.first; at != NULL;
	     at = at->next) {
		uint64_t lane = lane_position(at);

		position = lane < position ? lane : position;
	}
	pthread_mutex_unlock(&notifier->lanes.mutex);
	return position;
}

static int64_t
notifier_left_ms(const struct timespec *begin, int64_t within_ms)
{
	struct timespec now;
	int64_t left_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left_ms = within_ms - (now.tv_sec - begin->tv_sec) * 1000 -
	    (now.tv_nsec - begin->tv_nsec) / 1000000;
	return left_ms > 0 ? left_ms : 0;
}

void
notifier_drain(struct notifier *notifier, int64_t within_ms)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (struct lane *lane = notifier->lanes.first; lane != NULL;
	     lane = lane->next)
		if (lane->delivery != NULL)
			delivery_ask_stop(lane->delivery, within_ms);
	for (struct lane *lane = notifier->lanes.first; lane != NULL;
	     lane = lane->next)
		lane_end(lane, notifier_left_ms(&begin, within_ms));
	delivery_stop(&notifier->delivery, notifier_left_ms(&begin, within_ms));
}

void
notifier_stop(struct notifier **out, int64_t within_ms)
{
	struct notifier *notifier = *out;

	if (notifier == NULL)
		return;
	notifier_drain(notifier, within_ms);
	while (notifier->lanes.first != NULL) {
		struct lane *lane = notifier->lanes.first;

		notifier->lanes.first = lane->next;
		lane_close(&lane);
	}
	for (size_t i = 0; i < notifier->unsupported.room; i++)
		free(notifier->unsupported.slots[i].value);
	table_fini(&notifier->unsupported);
	pthread_cond_destroy(&notifier->lanes.changed);
	pthread_mutex_destroy(&notifier->lanes.mutex);
	free(notifier->lanes.folder);
	free(notifier);
	*out = NULL;
}
