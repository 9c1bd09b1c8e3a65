#include "sinks/notifier_lane.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "sinks/notifier.h"

#define LANE_TIMEOUT_MS 15000

void
notification_free(struct notification **notification)
{
	if (*notification == NULL)
		return;
	buf_fini(&(*notification)->request);
	free((*notification)->topic);
	free((*notification)->id);
	free(*notification);
	*notification = NULL;
}

struct lane *
lane_find(struct lanes *lanes, struct span region)
{
	struct lane *lane = lanes->first;

	while (lane != NULL && !span_is(region, lane->region))
		lane = lane->next;
	return lane;
}

enum rc
lane_open(struct lane **out, struct lanes *lanes, struct span region,
    uint64_t begin, bool known, struct err *err)
{
	struct lane *lane = calloc(1, sizeof(*lane));
	struct delivery_source source = {
	    .begin = begin,
	    .beyond = lanes->beyond,
	    .begin_beyond = known,
	    .next = lane_next,
	    .send = lane_send,
	    .dead = lane_dead,
	    .sink = lane,
	};
	enum rc rc;

	if (lane == NULL)
		log_die("out of memory: lane of a topic Region");
	lane->lanes = lanes;
	lane->tail = &lane->head;
	snprintf(lane->region, sizeof(lane->region), "%.*s", SPAN_ARGS(region));
	snprintf(lane->name, sizeof(lane->name), "sns-%s", lane->region);
	source.name = lane->name;
	rc =
	    delivery_position_read(lanes->folder, lane->name, &lane->skip, err);
	if (rc == RC_AGAIN) {
		lane->skip = begin;
		rc = RC_OK;
	} else if (lanes->beyond > 0 && lane->skip >= lanes->beyond) {
		/* Of another log. */
		lane->skip = known ? begin : lanes->beyond - 1;
	}
	if (rc == RC_OK)
		rc = delivery_start(
		    &lane->delivery, &source, lanes->folder, err);
	if (rc != RC_OK) {
		free(lane);
		return rc;
	}
	pthread_mutex_lock(&lanes->mutex);
	lane->next = lanes->first;
	lanes->first = lane;
	lanes->count++;
	pthread_mutex_unlock(&lanes->mutex);
	*out = lane;
	return RC_OK;
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

	lanes->waiting += (size_t)sign;
	lanes->waiting_bytes += (size_t)sign * of->request.room;
	counter_set(&notifier_stats[NOTIFIER_WAITING], (int64_t)lanes->waiting);
	counter_set(
	    &notifier_stats[NOTIFIER_BYTES], (int64_t)lanes->waiting_bytes);
}

void
lane_push(struct lane *lane, struct notification *notification)
{
	pthread_mutex_lock(&lane->lanes->mutex);
	*lane->tail = notification;
	lane->tail = &notification->next;
	lane_count(lane, 1, notification);
	pthread_mutex_unlock(&lane->lanes->mutex);
	if (lane->delivery != NULL)
		delivery_wake(lane->delivery);
}

/* Under the mutex. */
static void
lane_drop_head(struct lane *lane)
{
	struct notification *head = lane->head;

	lane->head = head->next;
	if (lane->head == NULL)
		lane->tail = &lane->head;
	lane->held = false;
	lane_count(lane, -1, head);
	notification_free(&head);
	pthread_cond_signal(&lane->lanes->changed);
}

/* An entry is complete when a later one follows here, or when the notifier
 * has been told so. */
static uint64_t
lane_reach(const struct lane *lane)
{
	const struct notification *head = lane->head;
	bool complete = head->next != NULL ? head->next->seq > head->seq
					   : head->seq <= lane->lanes->advanced;

	return complete ? head->seq : head->seq - 1;
}

enum rc
lane_next(
    void *sink, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct lane *lane = sink;
	enum rc rc = RC_AGAIN;

	(void)after;
	(void)err;
	pthread_mutex_lock(&lane->lanes->mutex);
	if (lane->held)
		lane_drop_head(lane);
	if (lane->head == NULL) {
		item->reach = lane->lanes->advanced;
	} else {
		lane->held = true;
		item->seq = lane->head->seq;
		item->since_ms = lane->head->time_ms;
		item->reach = lane_reach(lane);
		rc = RC_OK;
	}
	pthread_mutex_unlock(&lane->lanes->mutex);
	return rc;
}

/* The head stays where it is while it is held; pushes only touch the tail. */
enum rc
lane_send(void *sink, struct err *err)
{
	struct lane *lane = sink;
	const struct notification *held = lane->head;
	const struct http_header header = {"Content-Type",
	    SPAN_OF("application/x-www-form-urlencoded; charset=utf-8")};
	const struct aws_call call = {
	    .service = "sns",
	    .region = span_text(lane->region),
	    .endpoint = span_text(lane->lanes->endpoint),
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = &header,
	    .nheaders = 1,
	    .body = buf_span(&held->request),
	    .timeout_ms = LANE_TIMEOUT_MS,
	};
	struct http_answer answer = {0};
	enum rc rc;

	rc = aws_send(lane->lanes->aws, &call, "Publish", &answer, err);
	/* Only SNS itself may refuse a message: not a proxy before it. */
	if (rc == RC_REJECT && aws_error_code(buf_span(&answer.body)).len == 0)
		rc = RC_RETRY;
	if (rc == RC_OK)
		log_info("notification_published",
		    "id=%s topic=%s request_id=%s", held->id, held->topic,
		    answer.request_id);
	http_answer_fini(&answer);
	return rc;
}

void
lane_dead(void *sink, struct buf *out)
{
	struct lane *lane = sink;
	const struct notification *held = lane->head;

	buf_text(out, "{\"id\":");
	buf_json_text(out, held->id);
	buf_text(out, ",\"topic\":");
	buf_json_text(out, held->topic);
	buf_text(out, ",\"region\":");
	buf_json_text(out, lane->region);
	buf_text(out, ",\"request\":");
	buf_json(out, buf_span(&held->request));
	buf_byte(out, '}');
}

void
lane_end(struct lane *lane, int64_t within_ms)
{
	if (lane->delivery == NULL)
		return;
	lane->ended_at = delivery_stop(&lane->delivery, within_ms);
}

void
lane_close(struct lane **out, int64_t within_ms)
{
	struct lane *lane = *out;

	lane_end(lane, within_ms);
	pthread_mutex_lock(&lane->lanes->mutex);
	while (lane->head != NULL)
		lane_drop_head(lane);
	pthread_mutex_unlock(&lane->lanes->mutex);
	free(lane);
	*out = NULL;
}
