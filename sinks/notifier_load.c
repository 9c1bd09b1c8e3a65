/* The notifier's part of a checkpoint, and how lanes begin. */
#include "base/limits.h"
#include "base/log.h"
#include "sinks/notifier_state.h"
#include "sinks/outbox_codec.h"

/* "" when the destination has none. */
static struct span
notifier_stand_in_of(const struct notifier *notifier,
    const struct action_kind *kind, struct span destination)
{
	const struct sns_config *sns = &notifier->lanes.means.sns;

	for (size_t i = 0; kind == &action_sns && i < sns->nstand_ins; i++)
		if (span_equal(sns->stand_ins[i].topic, destination))
			return sns->stand_ins[i].stand_in;
	return (struct span){"", 0};
}

enum rc
notifier_open(struct notifier *notifier, struct lane **lane,
    const struct action_kind *kind, struct span destination, uint64_t begin,
    bool known, struct err *err)
{
	struct span other = notifier_stand_in_of(notifier, kind, destination);
	struct lanes *lanes = &notifier->lanes;
	struct lane *stand_in;
	enum rc rc = lane_open(lane, lanes, kind, destination,
	    (struct span){"", 0}, begin, known, err);

	if (rc != RC_OK || other.len == 0)
		return rc;
	stand_in = lane_find(lanes, kind, other, destination);
	if (stand_in != NULL) /* a checkpoint has brought it */
		lane_original(stand_in, *lane);
	else if (lanes->count >= LIMIT_DESTINATIONS)
		rc = err_set(err, RC_REJECT, "there are too many destinations");
	else
		rc = lane_open(&stand_in, lanes, kind, other, destination,
		    (*lane)->skip, known, err);
	if (rc != RC_OK)
		log_error("stand_in_not_opened", "topic=%.*s reason=%s",
		    SPAN_ARGS(destination), err->text);
	return RC_OK;
}

bool
notifier_stood_in(const struct lane *lane, uint64_t seq)
{
	return lane->stand_in != NULL && seq <= lane->stand_in->skip;
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

/* How long it has waited counts on, but its stand-in is told at once only
 * when the topic still does not answer. */
static void
notifier_requeue_times(
    const struct notifier *notifier, struct notification *one)
{
	int64_t after_ms = notifier->lanes.means.sns.stand_in_after_ms;
	int64_t now_ms = lane_now_ms(), wall_ms = aws_clock_ms(), waited_ms;
	if (one->queued_ms == 0)
		one->queued_ms = wall_ms;
	waited_ms = wall_ms - one->queued_ms;
	one->since_ms = now_ms - (waited_ms > 0 ? waited_ms : 0);
	one->stand_in_ms = one->since_ms + after_ms;
	if (one->stand_in_ms < now_ms + LANE_GRACE_MS)
		one->stand_in_ms = now_ms + LANE_GRACE_MS;
}

/* Into its lane, unless that has sent it since. A lane whose position is not
 * there, or of another log, begins before the first that waits for it. */
static enum rc
notifier_requeue(
    struct notifier *notifier, struct notification *one, struct err *err)
{
	struct lanes *lanes = &notifier->lanes;
	struct span destination = span_text(one->destination);
	struct span other = span_text(one->stands_in_for);
	struct lane *lane = lane_find(lanes, one->kind, destination, other);
	enum rc rc = RC_OK;

	if (lane == NULL && other.len > 0)
		rc = lane_open(&lane, lanes, one->kind, destination, other,
		    one->seq - 1, true, err);
	else if (lane == NULL)
		rc = notifier_open(notifier, &lane, one->kind, destination,
		    one->seq - 1, true, err);
	if (rc != RC_OK || one->seq <= lane->skip) {
		notification_free(&one);
		return rc;
	}
	one->stood_in |= notifier_stood_in(lane, one->seq);
	notifier_requeue_times(notifier, one);
	lane_push(lane, one);
	return RC_OK;
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
