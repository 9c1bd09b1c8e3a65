#include "sinks/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "sinks/notifier.h"

int64_t
lane_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct lane *
lane_find(const struct lanes *lanes, const struct action_kind *kind,
    struct span destination, struct span stands_in_for)
{
	struct lane *lane = lanes->first;

	while (lane != NULL &&
	    (lane->kind != kind || !span_is(destination, lane->destination) ||
		!span_equal(stands_in_for, span_text(lane->stands_in_for))))
		lane = lane->next;
	return lane;
}

static char *
lane_text(struct span text)
{
	char *copy = strndup(text.at == NULL ? "" : text.at, text.len);

	if (copy == NULL)
		log_die("out of memory: lane");
	return copy;
}

static void
lane_free(struct lane *lane)
{
	free(lane->destination);
	free(lane->stands_in_for);
	free(lane->dead_path);
	free(lane->round);
	free(lane);
}

static struct lane *
lane_make(struct lanes *lanes, const struct action_kind *kind,
    struct span destination, struct span stands_in_for)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	if (lane == NULL)
		log_die("out of memory: lane");
	lane->lanes = lanes;
	lane->kind = kind;
	lane->tail = &lane->head;
	lane->destination = lane_text(destination);
	lane->stands_in_for = lane_text(stands_in_for);
	lane->round =
	    calloc(kind->batch * LIMIT_SENDING, sizeof(struct notification *));
	if (lane->round == NULL)
		log_die("out of memory: lane");
	lane->random = hash_stable(destination) ^ (uint64_t)time(NULL);
	return lane;
}

/* The destination's label; a stand-in also says for whom. */
static bool
lane_label(struct lane *lane)
{
	char label[ACTION_LABEL];

	if (!lane->kind->label(span_text(lane->destination), label))
		return false;
	if (lane->stands_in_for[0] == '\0')
		snprintf(lane->name, sizeof(lane->name), "%s", label);
	else
		snprintf(lane->name, sizeof(lane->name), "%s-for-%08x", label,
		    (unsigned)hash_stable(span_text(lane->stands_in_for)));
	if (asprintf(&lane->dead_path, "%s/%s.dead", lane->lanes->folder,
		lane->name) < 0)
		log_die("out of memory: lane");
	return true;
}

/* Where it begins without a position of its own: that of the label which an
 * earlier version gave its destination, if there is one of this log. */
static enum rc
lane_former(const struct lane *lane, uint64_t *begin, struct err *err)
{
	const struct lanes *lanes = lane->lanes;
	char label[ACTION_LABEL];
	uint64_t position;
	enum rc rc;

	if (lane->kind->former == NULL || lane->stands_in_for[0] != '\0' ||
	    !lane->kind->former(span_text(lane->destination), label))
		return RC_OK;
	rc = delivery_position_read(lanes->folder, label, &position, err);
	if (rc == RC_OK && (lanes->beyond == 0 || position < lanes->beyond))
		*begin = position;
	return rc == RC_AGAIN ? RC_OK : rc;
}

static enum rc
lane_skip(struct lane *lane, uint64_t *begin, bool known, struct err *err)
{
	const struct lanes *lanes = lane->lanes;
	enum rc rc =
	    delivery_position_read(lanes->folder, lane->name, &lane->skip, err);

	if (rc == RC_AGAIN) {
		rc = lane_former(lane, begin, err);
		lane->skip = *begin;
	} else if (lanes->beyond > 0 && lane->skip >= lanes->beyond) {
		/* Of another log. */
		lane->skip = known ? *begin : lanes->beyond - 1;
	}
	return rc;
}

static void
lane_show(struct lane *lane)
{
	struct lanes *lanes = lane->lanes;

	pthread_mutex_lock(&lanes->mutex);
	if (lane->original != NULL)
		lane->original->stand_in = lane;
	lane->next = lanes->first;
	lanes->first = lane;
	lanes->count++;
	pthread_mutex_unlock(&lanes->mutex);
}

enum rc
lane_open(struct lane **out, struct lanes *lanes,
    const struct action_kind *kind, struct span destination,
    struct span stands_in_for, uint64_t begin, bool known, struct err *err)
{
	struct lane *lane = lane_make(lanes, kind, destination, stands_in_for);
	struct delivery_source source = {.beyond = lanes->beyond,
	    .begin_beyond = known,
	    .next = lane_next,
	    .idle_ms = lane_idle_ms,
	    .round = lane_round,
	    .sink = lane};
	enum rc rc;

	if (!lane_label(lane))
		rc = err_set(err, RC_REJECT, "%s is no destination of %s",
		    lane->destination, kind->name);
	else
		rc = lane_skip(lane, &begin, known, err);
	if (rc == RC_OK) {
		if (stands_in_for.len > 0)
			lane->original = lane_find(
			    lanes, kind, stands_in_for, (struct span){"", 0});
		source.name = lane->name;
		source.begin = begin;
		rc = delivery_start(
		    &lane->delivery, &source, lanes->folder, err);
	}
	if (rc != RC_OK) {
		lane_free(lane);
		return rc;
	}
	lane_show(lane);
	*out = lane;
	return RC_OK;
}

void
lane_original(struct lane *stand_in, struct lane *original)
{
	pthread_mutex_lock(&original->lanes->mutex);
	stand_in->original = original;
	original->stand_in = stand_in;
	pthread_mutex_unlock(&original->lanes->mutex);
}

uint64_t
lane_position(const struct lane *lane)
{
	return lane->delivery == NULL ? lane->ended_at
				      : delivery_position(lane->delivery);
}

static void
lane_count(struct lane *lane, int sign, const struct notification *of)
{
	struct lanes *lanes = lane->lanes;

	lane->waiting += (size_t)sign;
	lanes->waiting += (size_t)sign;
	lanes->waiting_bytes += (size_t)sign * of->request.room;
	counter_set(&notifier_stats[NOTIFIER_WAITING], (int64_t)lanes->waiting);
	counter_set(
	    &notifier_stats[NOTIFIER_BYTES], (int64_t)lanes->waiting_bytes);
}

void
lane_append(struct lane *lane, struct notification *notification)
{
	*lane->tail = notification;
	lane->tail = &notification->next;
	if (notification->seq > lane->pushed)
		lane->pushed = notification->seq;
	lane_count(lane, 1, notification);
}

void
lane_push(struct lane *lane, struct notification *notification)
{
	pthread_mutex_lock(&lane->lanes->mutex);
	lane_append(lane, notification);
	pthread_mutex_unlock(&lane->lanes->mutex);
	if (lane->delivery != NULL)
		delivery_wake(lane->delivery);
}

void
lane_sweep(struct lane *lane)
{
	struct notification **at = &lane->head;
	size_t seen = 0;

	/* Nothing behind the window was in a round. */
	while (*at != NULL && seen++ < LANE_WINDOW) {
		struct notification *one = *at;

		if (!one->settled) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		if (lane->tail == &one->next)
			lane->tail = at;
		lane_count(lane, -1, one);
		notification_free(&one);
	}
	pthread_cond_signal(&lane->lanes->changed);
}

/* An entry is complete when a later one was pushed, or when the notifier has
 * been told so. */
static uint64_t
lane_pushed(const struct lane *lane)
{
	uint64_t advanced = lane->lanes->advanced;

	return lane->pushed > advanced + 1 ? lane->pushed - 1 : advanced;
}

/* What an original has not decided yet holds its stand-in's position too. */
uint64_t
lane_reach(const struct lane *lane)
{
	const struct lane *source =
	    lane->original != NULL ? lane->original : lane;
	const struct notification *one =
	    lane->original != NULL ? lane->original->head : NULL;
	uint64_t reach = lane_pushed(source);

	while (one != NULL && one->stood_in)
		one = one->next;
	if (one != NULL)
		reach = one->seq - 1;
	if (lane->head != NULL && lane->head->seq - 1 < reach)
		reach = lane->head->seq - 1;
	return reach;
}

void
lane_end(struct lane *lane, int64_t within_ms)
{
	if (lane->delivery == NULL)
		return;
	lane->ended_at = delivery_stop(&lane->delivery, within_ms);
}

void
lane_close(struct lane **out)
{
	struct lane *lane = *out;

	lane_end(lane, 0);
	pthread_mutex_lock(&lane->lanes->mutex);
	while (lane->head != NULL) {
		struct notification *head = lane->head;

		lane->head = head->next;
		lane_count(lane, -1, head);
		notification_free(&head);
	}
	pthread_mutex_unlock(&lane->lanes->mutex);
	lane_free(lane);
	*out = NULL;
}
