#include "sinks/notifier.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "sinks/message_trigger.h"
#include "sinks/notifier_lane.h"
#include "sinks/outbox_codec.h"
#include "sinks/sns_publish.h"

const struct option sns_options[] = {
    {"endpoint", OPTION_TEXT, offsetof(struct sns_config, endpoint), NULL, 0, 0,
	"address of SNS instead of the Region's own, for all Regions"},
    {0}};

struct counter notifier_stats[NOTIFIER_STATS] = {
    [NOTIFIER_SUPPRESSED] = {.name = "tocsin_notifier_suppressed_total",
	.help = "Actions not run because the alarm's actions are disabled, "
		"muted or suppressed."},
    [NOTIFIER_UNSUPPORTED] = {.name = "tocsin_notifier_unsupported_total",
	.help = "Actions not run because they are no SNS topic."},
    [NOTIFIER_WAITING] = {.name = "tocsin_notifier_waiting",
	.help = "Notifications that wait to be published.",
	.gauge = true},
    [NOTIFIER_BYTES] = {.name = "tocsin_notifier_waiting_bytes",
	.help = "Bytes of the notifications that wait to be published.",
	.gauge = true}};

struct notifier {
	struct lanes lanes;
	struct delivery *delivery; /* the position "sns" */
	uint64_t begin;		   /* of lanes without a position */
	struct table unsupported;  /* ARNs that were logged */
};

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
notifier_start(struct notifier **out, struct aws_client *aws,
    const struct sns_config *config, const char *folder, struct err *err)
{
	struct notifier *notifier = calloc(1, sizeof(*notifier));
	struct delivery_source source = {.name = "sns",
	    .begin = config->begin,
	    .beyond = config->beyond,
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
	notifier->lanes.aws = aws;
	notifier->lanes.beyond = config->beyond;
	notifier->lanes.endpoint =
	    strndup(config->endpoint.at == NULL ? "" : config->endpoint.at,
		config->endpoint.len);
	notifier->lanes.folder = strdup(folder);
	if (notifier->lanes.endpoint == NULL || notifier->lanes.folder == NULL)
		log_die("out of memory: notifier");
	*out = notifier;
	rc = delivery_start(&notifier->delivery, &source, folder, err);
	if (rc != RC_OK)
		notifier_stop(out, 0);
	else
		notifier->begin = delivery_position(notifier->delivery);
	return rc;
}

static void
notifier_unsupported(
    struct notifier *notifier, const struct alarm *alarm, struct span arn)
{
	char *copy;

	counter_add(&notifier_stats[NOTIFIER_UNSUPPORTED], 1);
	if (table_get(&notifier->unsupported, arn) != NULL ||
	    notifier->unsupported.count >= LIMIT_ALARMS)
		return;
	copy = strndup(arn.at, arn.len);
	if (copy == NULL)
		log_die("out of memory: notifier");
	table_put(&notifier->unsupported, span_make(copy, arn.len), copy);
	log_warn("action_unsupported",
	    "alarm=\"%.*s\" action=%s reason=only SNS topics are notified",
	    SPAN_ARGS(alarm->name), copy);
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
		    "%zu notifications (%zu MiB) wait for SNS, which is the "
		    "most that is held",
		    lanes->waiting, (size_t)(lanes->waiting_bytes / MIB));
	pthread_mutex_unlock(&lanes->mutex);
	return stuck;
}

/*
 * The lane of the Region; NULL when there is nothing to send. Its first
 * position must be on the disk before the log goes on: else the position
 * "sns" could pass this entry while no lane remembers it.
 */
static struct lane *
notifier_lane(struct notifier *notifier, struct span region, uint64_t seq)
{
	struct lanes *lanes = &notifier->lanes;
	struct lane *lane = lane_find(lanes, region);
	uint64_t begin = notifier->begin > lanes->advanced ? notifier->begin
							   : lanes->advanced;
	bool said = false, on = true;
	struct err err;

	while (lane == NULL && on) {
		if (lane_open(&lane, lanes, region, begin, false, &err) ==
		    RC_OK)
			break;
		if (!said)
			log_error("topic_region_not_opened",
			    "region=%.*s reason=%s", SPAN_ARGS(region),
			    err.text);
		said = true;
		pthread_mutex_lock(&lanes->mutex);
		on = notifier_wait(notifier);
		pthread_mutex_unlock(&lanes->mutex);
	}
	return lane == NULL || seq <= lane->skip ? NULL : lane;
}

static void
notifier_queue(struct notifier *notifier, struct lane *lane,
    const struct transition *transition, struct span topic)
{
	struct notification *one;

	if (!notifier_room(notifier))
		return;
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		log_die("out of memory: notification");
	one->seq = transition->seq;
	one->time_ms = transition->time_ms;
	one->topic = strndup(topic.at, topic.len);
	one->id = strdup(transition->id);
	if (one->topic == NULL || one->id == NULL)
		log_die("out of memory: notification");
	sns_publish_print(&one->request, transition, topic);
	lane_push(lane, one);
}

void
notifier_push(struct notifier *notifier, const struct transition *transition)
{
	const struct alarm *alarm = transition->alarm;
	const struct arns *actions = &alarm->actions[transition->to];
	/* Counted and told when it first came by. */
	bool old = transition->seq <= notifier->begin;

	if (transition->from == transition->to && !transition->released)
		return;
	if (transition->contributor == NULL && alarm->grouped &&
	    !transition->alone && !transition->released)
		return;
	if (!alarm->actions_enabled || transition->muted ||
	    transition->suppressed_by != SUPPRESSED_NOT) {
		if (!old)
			counter_add(&notifier_stats[NOTIFIER_SUPPRESSED],
			    (int64_t)actions->count);
		return;
	}
	for (size_t i = 0; i < actions->count; i++) {
		struct span region;
		struct lane *lane;

		if (!sns_topic_region(actions->at[i], &region) ||
		    (lane_find(&notifier->lanes, region) == NULL &&
			notifier->lanes.count >= LIMIT_TOPIC_REGIONS)) {
			if (!old)
				notifier_unsupported(
				    notifier, alarm, actions->at[i]);
			continue;
		}
		lane = notifier_lane(notifier, region, transition->seq);
		if (lane != NULL)
			notifier_queue(
			    notifier, lane, transition, actions->at[i]);
	}
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
notifier_hold(struct notifier *notifier)
{
	pthread_mutex_lock(&notifier->lanes.mutex);
}

void
notifier_release(struct notifier *notifier)
{
	pthread_mutex_unlock(&notifier->lanes.mutex);
}

void
notifier_save(const struct notifier *notifier, struct buf *out)
{
	outbox_save(&notifier->lanes, out);
}

enum rc
notifier_check(struct span bytes, struct err *err)
{
	struct notification *first, *next;
	uint64_t seq;
	enum rc rc = outbox_load(bytes, &first, &seq, err);

	for (; first != NULL; first = next) {
		next = first->next;
		notification_free(&first);
	}
	return rc;
}

/* Into its lane, unless that has sent it since. A lane whose position is not
 * there, or of another log, begins before the first that waits for it. */
static enum rc
notifier_requeue(
    struct notifier *notifier, struct notification *one, struct err *err)
{
	struct lane *lane;
	struct span region;
	enum rc rc = RC_OK;

	sns_topic_region(span_text(one->topic), &region);
	lane = lane_find(&notifier->lanes, region);
	if (lane == NULL)
		rc = lane_open(
		    &lane, &notifier->lanes, region, one->seq - 1, true, err);
	if (rc == RC_OK && one->seq > lane->skip)
		lane_push(lane, one);
	else
		notification_free(&one);
	return rc;
}

enum rc
notifier_load(struct notifier *notifier, struct span bytes, struct err *err)
{
	struct notification *first, *next;
	uint64_t seq;
	enum rc rc = outbox_load(bytes, &first, &seq, err);

	for (; first != NULL; first = next) {
		next = first->next;
		first->next = NULL;
		if (rc == RC_OK)
			rc = notifier_requeue(notifier, first, err);
		else
			notification_free(&first);
	}
	/* Last: a lane with nothing queued believes that all up to here is
	 * delivered. */
	if (rc == RC_OK)
		notifier_advance(notifier, seq);
	return rc;
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
		lane_close(&lane, 0);
	}
	for (size_t i = 0; i < notifier->unsupported.room; i++)
		free(notifier->unsupported.slots[i].value);
	table_fini(&notifier->unsupported);
	pthread_cond_destroy(&notifier->lanes.changed);
	pthread_mutex_destroy(&notifier->lanes.mutex);
	free(notifier->lanes.endpoint);
	free(notifier->lanes.folder);
	free(notifier);
	*out = NULL;
}
