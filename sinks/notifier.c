#include "sinks/notifier.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "sinks/notifier_state.h"
#include "sinks/sns_publish.h"

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

/* Said once for each of them. */
static void
notifier_unsupported(struct notifier *notifier, const struct alarm *alarm,
    struct span action, const char *reason)
{
	char *copy;

	counter_add(&notifier_stats[NOTIFIER_UNSUPPORTED], 1);
	if (table_get(&notifier->unsupported, action) != NULL ||
	    notifier->unsupported.count >= LIMIT_ALARMS)
		return;
	copy = strndup(action.at, action.len);
	if (copy == NULL)
		log_die("out of memory: notifier");
	table_put(&notifier->unsupported, span_make(copy, action.len), copy);
	log_warn("action_unsupported", "alarm=\"%.*s\" action=%s reason=%s",
	    SPAN_ARGS(alarm->name), copy, reason);
}

/* A second, or until a lane has room. False: abandoned. Under the mutex. */
static bool
notifier_wait(struct notifier *notifier)
{
	struct timespec ts;

	if (notifier->lanes.abandoned)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec++;
	pthread_cond_timedwait(
	    &notifier->lanes.changed, &notifier->lanes.mutex, &ts);
	return !notifier->lanes.abandoned;
}

/* Under the mutex. */
static bool
notifier_full(const struct lanes *lanes)
{
	return lanes->waiting >= LIMIT_NOTIFICATIONS ||
	    lanes->waiting_bytes >= LIMIT_NOTIFICATION_BYTES;
}

static bool
notifier_room(struct notifier *notifier)
{
	struct lanes *lanes = &notifier->lanes;
	bool on;

	pthread_mutex_lock(&lanes->mutex);
	on = !lanes->abandoned;
	while (on && notifier_full(lanes)) {
		if (!lanes->stuck)
			log_error("notifications_full",
			    "waiting=%zu bytes=%zu no alarm is evaluated until "
			    "some are published; what arrives is kept",
			    lanes->waiting, lanes->waiting_bytes);
		lanes->stuck = true;
		on = notifier_wait(notifier);
	}
	lanes->stuck = false;
	pthread_mutex_unlock(&lanes->mutex);
	return on;
}

bool
notifier_stuck(struct notifier *notifier, struct buf *why)
{
	struct lanes *lanes = &notifier->lanes;
	bool stuck;

	pthread_mutex_lock(&lanes->mutex);
	stuck = lanes->stuck;
	if (stuck)
		buf_printf(why,
		    "%zu notifications (%zu MiB) wait to be sent, which is "
		    "the most that is held",
		    lanes->waiting, (size_t)(lanes->waiting_bytes / MIB));
	pthread_mutex_unlock(&lanes->mutex);
	return stuck;
}

/*
 * The lane of the destination; NULL when there is nothing to send. Its first
 * position must be on the disk before the log goes on: else the position
 * "sns" could pass this entry while no lane remembers it.
 */
static struct lane *
notifier_lane(struct notifier *notifier, const struct action_kind *kind,
    struct span destination, uint64_t seq)
{
	struct lanes *lanes = &notifier->lanes;
	struct lane *lane =
	    lane_find(lanes, kind, destination, (struct span){"", 0});
	uint64_t begin = notifier->begin > lanes->advanced ? notifier->begin
							   : lanes->advanced;
	bool said = false, on = true;
	struct err err;

	while (lane == NULL && on) {
		if (notifier_open(notifier, &lane, kind, destination, begin,
			false, &err) == RC_OK)
			break;
		if (!said)
			log_error("destination_not_opened",
			    "destination=%.*s reason=%s",
			    SPAN_ARGS(destination), err.text);
		said = true;
		pthread_mutex_lock(&lanes->mutex);
		on = notifier_wait(notifier);
		pthread_mutex_unlock(&lanes->mutex);
	}
	return lane == NULL || seq <= lane->skip ? NULL : lane;
}

/* Its stand-in has it anyway: as an action of the same transition. */
static bool
notifier_told_anyway(const struct lane *lane, const struct arns *actions)
{
	for (size_t i = 0; lane->stand_in != NULL && i < actions->count; i++)
		if (span_is(actions->at[i], lane->stand_in->destination))
			return true;
	return false;
}

static void
notifier_queue(struct notifier *notifier, struct lane *lane,
    const struct transition *transition, const struct arns *actions)
{
	struct notification *one;
	struct timespec now;

	if (!notifier_room(notifier))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	one = notification_make(lane->kind, span_text(lane->destination),
	    span_text(transition->id), (struct span){"", 0});
	one->seq = transition->seq;
	one->time_ms = transition->time_ms;
	one->group = action_group(transition->alarm);
	one->received_ns = transition->received_ns;
	one->queued_ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
	one->since_ms = lane_now_ms();
	one->stand_in_ms =
	    one->since_ms + notifier->lanes.means.sns.stand_in_after_ms;
	one->stood_in = notifier_stood_in(lane, one->seq) ||
	    notifier_told_anyway(lane, actions);
	lane->kind->encode(&notifier->lanes.means, span_text(lane->destination),
	    transition, &one->request);
	one->weight = action_weight(lane->kind, buf_span(&one->request));
	lane_push(lane, one);
}

static void
notifier_send(struct notifier *notifier, const struct action_kind *kind,
    struct span destination, const struct transition *transition,
    const struct arns *actions)
{
	const struct lanes *lanes = &notifier->lanes;
	struct lane *lane;

	if (lanes->count >= LIMIT_DESTINATIONS &&
	    lane_find(lanes, kind, destination, (struct span){"", 0}) == NULL) {
		if (transition->seq > notifier->begin)
			notifier_unsupported(notifier, transition->alarm,
			    destination, "there are too many destinations");
		return;
	}
	lane = notifier_lane(notifier, kind, destination, transition->seq);
	if (lane != NULL)
		notifier_queue(notifier, lane, transition, actions);
}

static void
notifier_run_actions(
    struct notifier *notifier, const struct transition *transition)
{
	const struct alarm *alarm = transition->alarm;
	const struct arns *actions = &alarm->actions[transition->to];
	/* Counted and told when it first came by. */
	bool old = transition->seq <= notifier->begin;

	if (!alarm->actions_enabled || transition->muted ||
	    transition->suppressed_by != SUPPRESSED_NOT) {
		if (!old)
			counter_add(&notifier_stats[NOTIFIER_SUPPRESSED],
			    (int64_t)actions->count);
		return;
	}
	for (size_t i = 0; i < actions->count; i++) {
		const struct action_kind *kind =
		    action_kind_of(&notifier->lanes.means, actions->at[i]);

		if (kind != NULL)
			notifier_send(notifier, kind, actions->at[i],
			    transition, actions);
		else if (!old)
			notifier_unsupported(notifier, alarm, actions->at[i],
			    "only SNS topics, Lambda functions and configured "
			    "webhooks are run");
	}
}

void
notifier_push(struct notifier *notifier, const struct transition *transition)
{
	const struct action_means *means = &notifier->lanes.means;
	const struct alarm *alarm = transition->alarm;
	bool parent = transition->contributor == NULL && alarm->grouped &&
	    !transition->alone && !transition->released;

	if (means->events.bus.len > 0 && transition->from != transition->to)
		notifier_send(notifier, &action_events, means->events.bus,
		    transition, &(struct arns){0});
	if ((transition->from != transition->to || transition->released) &&
	    !parent)
		notifier_run_actions(notifier, transition);
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
