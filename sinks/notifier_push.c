/* From a transition to the queues. */
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "sinks/notifier_state.h"

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

	if (!notifier_room(notifier))
		return;
	one = notification_make(lane->kind, span_text(lane->destination),
	    span_text(transition->id), (struct span){"", 0});
	one->seq = transition->seq;
	one->time_ms = transition->time_ms;
	one->group = action_group(transition->alarm);
	one->received_ns = transition->received_ns;
	one->queued_ms = aws_clock_ms();
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
