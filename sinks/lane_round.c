/* A round: what is due, sent in as few requests as may be, several at once. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/dead_letter.h"
#include "sinks/delivery_step.h"
#include "sinks/lane.h"
#include "sinks/latency.h"

/* Requests of a round, for the threads that send them. */
struct lane_work {
	struct lane *lane;
	struct attempt *attempts; /* as lane->round */
	size_t first[LIMIT_SENDING * 10 + 1];
	size_t nrequests;
	atomic_size_t next;
};

/* As many in a request as it may hold. */
static void
lane_divide(const struct lane *lane, struct lane_work *work)
{
	size_t count = 0, weight = 0;

	for (size_t i = 0; i < lane->nround; i++) {
		size_t one = lane->round[i]->weight;

		if (i == 0 || count == lane->kind->batch ||
		    weight + one > lane->kind->batch_weight) {
			work->first[work->nrequests++] = i;
			count = weight = 0;
		}
		count++;
		weight += one;
	}
	work->first[work->nrequests] = lane->nround;
}

static void *
lane_work_run(void *cookie)
{
	struct lane_work *work = cookie;
	struct lane *lane = work->lane;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->nrequests) {
		size_t first = work->first[i];

		for (size_t k = first; k < work->first[i + 1]; k++)
			latency_sent(lane->round[k]);
		lane->kind->send(&lane->lanes->means,
		    (const struct notification *const *)&lane->round[first],
		    work->first[i + 1] - first, &work->attempts[first]);
	}
	return NULL;
}

/* Threads that may help, of those that all lanes share. */
static size_t
lane_helpers(struct lanes *lanes, size_t wanted)
{
	size_t got;

	pthread_mutex_lock(&lanes->mutex);
	got = LIMIT_SENDERS - lanes->senders;
	got = wanted < got ? wanted : got;
	lanes->senders += got;
	pthread_mutex_unlock(&lanes->mutex);
	return got;
}

static void
lane_helped(struct lanes *lanes, size_t helpers)
{
	pthread_mutex_lock(&lanes->mutex);
	lanes->senders -= helpers;
	pthread_mutex_unlock(&lanes->mutex);
}

/* Its own thread is the first sender; one that does not start is not missed. */
static void
lane_work_all(struct lane *lane, struct lane_work *work)
{
	pthread_t threads[LIMIT_SENDING];
	size_t wanted =
	    work->nrequests < LIMIT_SENDING ? work->nrequests : LIMIT_SENDING;
	size_t got = wanted < 2 ? 0 : lane_helpers(lane->lanes, wanted - 1);
	size_t started = 0;

	while (started < got &&
	    pthread_create(&threads[started], NULL, lane_work_run, work) == 0)
		started++;
	lane_work_run(work);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (got > 0)
		lane_helped(lane->lanes, got);
}

static enum rc
lane_bury(const struct lane *lane, const struct notification *one,
    const char *reason, struct err *err)
{
	struct buf line = {0};
	enum rc rc;

	dead_letter_begin(&line, lane->name, one->seq, reason);
	buf_text(&line, "{\"id\":");
	buf_json_text(&line, one->id);
	buf_text(&line, ",\"kind\":");
	buf_json_text(&line, one->kind->name);
	buf_text(&line, ",\"to\":");
	buf_json_text(&line, one->destination);
	buf_text(&line, ",\"request\":");
	buf_json(&line, buf_span(&one->request));
	buf_byte(&line, '}');
	dead_letter_end(&line);
	rc = dead_letter_append(lane->dead_path, buf_span(&line), err);
	buf_fini(&line);
	if (rc == RC_OK)
		log_error("delivery_dead",
		    "sink=%s position=%llu id=%s reason=%s", lane->name,
		    (unsigned long long)one->seq, one->id, reason);
	return rc;
}

/* Waited for longer than it may: the attempt's reason says that too. */
static bool
lane_given_up(
    const struct lane *lane, const struct notification *one, struct err *reason)
{
	int64_t most_ms = lane->kind->give_up_ms(
	    &lane->lanes->means, span_text(lane->destination));
	char most[TEXT_TIME_SIZE];

	if (most_ms <= 0 || lane_now_ms() - one->since_ms < most_ms)
		return false;
	text_duration(most, most_ms);
	err_prefix(reason, "not delivered within %s", most);
	return true;
}

static void
lane_settled(struct lane *lane, const struct notification *one,
    struct delivery_round *round)
{
	if (one->seq > round->settled)
		round->settled = one->seq;
	if (one->seq > lane->settled)
		lane->settled = one->seq;
}

static void
lane_sent(struct lane *lane, const struct notification *one,
    const struct attempt *attempt, struct delivery_round *round)
{
	bool other = one->stands_in_for != NULL;

	round->sent++;
	lane_settled(lane, one, round);
	log_info("notification_published", "id=%s to=%s request_id=%s%s%s",
	    one->id, one->destination, attempt->request_id,
	    other ? " stands_in_for=" : "", other ? one->stands_in_for : "");
}

/* The attempt's verdict becomes what holds: RC_OK settled, RC_RETRY not. One
 * without its letter stays. */
static void
lane_verdict(struct lane *lane, const struct notification *one,
    struct attempt *attempt, struct delivery_round *round, struct err *err)
{
	if (attempt->rc == RC_OK) {
		lane_sent(lane, one, attempt, round);
		return;
	}
	if ((attempt->rc == RC_REJECT ||
		lane_given_up(lane, one, &attempt->err)) &&
	    lane_bury(lane, one, attempt->err.text, err) == RC_OK) {
		attempt->rc = RC_OK;
		round->dead++;
		lane_settled(lane, one, round);
		return;
	}
	attempt->rc = RC_RETRY;
	round->failed++;
	*err = attempt->err;
}

/* While nothing gets through, the time of those that are not even tried runs
 * out too: they make a round of their own. */
static void
lane_pick_overdue(struct lane *lane)
{
	struct err err = {""};

	lane->nround = 0;
	pthread_mutex_lock(&lane->lanes->mutex);
	for (struct notification *one = lane->head;
	     one != NULL && lane->nround < lane->kind->batch * LIMIT_SENDING &&
	     lane_given_up(lane, one, &err);
	     one = one->next)
		lane->round[lane->nround++] = one;
	pthread_mutex_unlock(&lane->lanes->mutex);
}

/* A back-off of its own while others of its destination arrive; else that of
 * the destination is enough. */
static void
lane_wait(struct lane *lane, struct notification *one)
{
	one->failures++;
	if (lane->failing)
		return;
	lane->random = lane->random * 6364136223846793005u + 1;
	one->not_before_ms = lane_now_ms() +
	    delivery_backoff_ms(one->failures, lane->random >> 33);
}

static void
lane_finish(struct lane *lane, const struct attempt *attempts,
    struct delivery_round *round)
{
	pthread_mutex_lock(&lane->lanes->mutex);
	for (size_t i = 0; i < lane->nround; i++) {
		lane->round[i]->settled = attempts[i].rc == RC_OK;
		if (!lane->round[i]->settled)
			lane_wait(lane, lane->round[i]);
	}
	lane_sweep(lane);
	round->reach = lane_reach(lane);
	pthread_mutex_unlock(&lane->lanes->mutex);
}

static void
lane_round_overdue(
    struct lane *lane, struct delivery_round *round, const struct err *reason)
{
	struct attempt *attempts;
	struct err err = {""};

	lane_pick_overdue(lane);
	if (lane->nround == 0)
		return;
	attempts = calloc(lane->nround, sizeof(*attempts));
	if (attempts == NULL)
		log_die("out of memory: round");
	for (size_t i = 0; i < lane->nround; i++) {
		attempts[i] = (struct attempt){.rc = RC_RETRY, .err = *reason};
		lane_verdict(lane, lane->round[i], &attempts[i], round, &err);
	}
	lane_finish(lane, attempts, round);
	free(attempts);
}

enum rc
lane_round(void *sink, struct delivery_round *round, struct err *err)
{
	struct lane *lane = sink;
	struct lane_work work = {.lane = lane};

	work.attempts = calloc(lane->nround, sizeof(*work.attempts));
	if (work.attempts == NULL)
		log_die("out of memory: round");
	lane_divide(lane, &work);
	lane_work_all(lane, &work);
	for (size_t i = 0; i < lane->nround; i++)
		lane_verdict(
		    lane, lane->round[i], &work.attempts[i], round, err);
	/* The destination itself is in trouble when nothing got through. */
	lane->failing = round->failed > 0 && round->sent == 0;
	lane_finish(lane, work.attempts, round);
	free(work.attempts);
	if (!lane->failing)
		return RC_OK;
	lane_round_overdue(lane, round, err);
	return RC_RETRY;
}
