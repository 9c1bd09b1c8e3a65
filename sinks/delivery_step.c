#include "sinks/delivery_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/table.h"
#include "base/text.h"
#include "sinks/dead_letter.h"

static const struct counter delivery_rows[DELIVERY_STATS] = {
    [DELIVERY_SENT] = {.name = "tocsin_delivery_sent_total",
	.help = "Items that a sink delivered."},
    [DELIVERY_RETRIES] = {.name = "tocsin_delivery_retries_total",
	.help = "Attempts of a sink that failed and are made again."},
    [DELIVERY_DEAD] = {.name = "tocsin_delivery_dead_total",
	.help = "Items that can never be delivered; they are in the sink's "
		"dead-letter file."},
    [DELIVERY_POSITION] = {.name = "tocsin_delivery_position",
	.help = "Log position up to which a sink has delivered.",
	.gauge = true},
    [DELIVERY_FAILING] = {.name = "tocsin_delivery_failing",
	.help = "1 while the last attempt of a sink has failed.",
	.gauge = true},
    [DELIVERY_SINCE] = {.name = "tocsin_delivery_waiting_since_seconds",
	.help = "Arrival time, on the journal's clock, of what a sink tries "
		"to deliver; 0: nothing waits.",
	.gauge = true,
	.milli = true},
    [DELIVERY_BREAKER] = {.name = "tocsin_delivery_breaker",
	.help = "0: closed, attempts go on. 2: open after failures in a row. "
		"1: one attempt looks whether the sink is back.",
	.gauge = true}};

static bool
delivery_name_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < DELIVERY_NAME && name[0] != '.' &&
	    strspn(name,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789._-") == len;
}

enum rc
delivery_step_init(struct delivery_step *step,
    const struct delivery_source *source, const char *folder, struct err *err)
{
	uint64_t position;
	enum rc rc;

	*step = (struct delivery_step){.source = *source};
	if (!delivery_name_good(source->name))
		return err_set(err, RC_FATAL,
		    "sink %s: a name may hold letters, digits, '.', '_' and "
		    "'-', 100 at most, and does not begin with '.'",
		    source->name);
	snprintf(step->name, sizeof(step->name), "%s", source->name);
	step->source.name = step->name;
	snprintf(step->labels, sizeof(step->labels), "sink=\"%s\"", step->name);
	memcpy(step->stats, delivery_rows, sizeof(delivery_rows));
	for (size_t i = 0; i < DELIVERY_STATS; i++)
		step->stats[i].labels = step->labels;
	step->position_path = delivery_path(folder, step->name, "position");
	step->dead_path = delivery_path(folder, step->name, "dead");
	step->random = hash_stable(span_text(step->name)) ^
	    (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;

	rc = file_make_folder(folder, err);
	if (rc != RC_OK)
		return rc;
	rc = delivery_position_read(folder, step->name, &position, err);
	if (rc != RC_OK && rc != RC_AGAIN)
		return rc;
	if (rc == RC_OK && source->beyond > 0 && position >= source->beyond) {
		uint64_t from =
		    source->begin_beyond ? source->begin : source->beyond - 1;

		log_error("position_of_another_log",
		    "sink=%s position=%llu last=%llu going on from %llu",
		    step->name, (unsigned long long)position,
		    (unsigned long long)source->beyond - 1,
		    (unsigned long long)from);
		position = from;
		rc = RC_AGAIN;
	} else if (rc == RC_AGAIN) {
		position = source->begin;
	}
	/* What is not there yet is written before it counts. */
	step->saved = rc == RC_AGAIN ? 0 : position;
	atomic_store(&step->position, position);
	counter_set(&step->stats[DELIVERY_POSITION], (int64_t)position);
	return rc == RC_AGAIN ? delivery_position_write(step, err) : RC_OK;
}

bool
delivery_step_has_items(const struct delivery_step *step)
{
	return step->source.send != NULL || step->source.round != NULL;
}

void
delivery_step_fini(struct delivery_step *step)
{
	free(step->position_path);
	free(step->dead_path);
	*step = (struct delivery_step){0};
}

int64_t
delivery_backoff_ms(unsigned failures, uint64_t random)
{
	unsigned doubled = failures == 0 ? 0 : failures - 1;
	uint64_t bound_ms = DELIVERY_BACKOFF_MOST_MS;

	if (doubled < 16 &&
	    (uint64_t)DELIVERY_BACKOFF_FIRST_MS << doubled < bound_ms)
		bound_ms = (uint64_t)DELIVERY_BACKOFF_FIRST_MS << doubled;
	return (int64_t)(random % (bound_ms + 1));
}

static uint64_t
delivery_random(struct delivery_step *step)
{
	step->random = step->random * 6364136223846793005u + 1;
	return step->random >> 33;
}

static void
delivery_break(struct delivery_step *step, const struct err *err)
{
	if (step->failures < DELIVERY_BREAKS)
		return;
	counter_set(&step->stats[DELIVERY_BREAKER], BREAKER_OPEN);
	if (step->failures == DELIVERY_BREAKS)
		log_warn("breaker_open", "sink=%s failures=%u reason=%s",
		    step->name, step->failures, err->text);
}

/* An attempt while it is open. */
static void
delivery_probe(struct delivery_step *step)
{
	if (step->failures >= DELIVERY_BREAKS)
		counter_set(&step->stats[DELIVERY_BREAKER], BREAKER_HALF_OPEN);
}

/* An outage is told when it begins and when it ends, not every time. */
static enum rc
delivery_failed(struct delivery_step *step, enum rc rc, const struct err *err)
{
	enum log_level level = rc == RC_FATAL ? LOG_ERROR
	    : step->failures == 0	      ? LOG_WARN
					      : LOG_DEBUG;

	step->failures++;
	step->wait_ms = rc == RC_FATAL
	    ? DELIVERY_BACKOFF_MOST_MS
	    : delivery_backoff_ms(step->failures, delivery_random(step));
	counter_add(&step->stats[DELIVERY_RETRIES], 1);
	counter_set(&step->stats[DELIVERY_FAILING], 1);
	log_write(level, "delivery_failed",
	    "sink=%s position=%llu failures=%u wait_ms=%lld reason=%s",
	    step->name, (unsigned long long)atomic_load(&step->position),
	    step->failures, (long long)step->wait_ms, err->text);
	delivery_break(step, err);
	return RC_RETRY;
}

static void
delivery_worked(struct delivery_step *step)
{
	if (step->failures == 0)
		return;
	log_info("delivery_recovered", "sink=%s failures=%u", step->name,
	    step->failures);
	if (step->failures >= DELIVERY_BREAKS)
		log_info("breaker_closed", "sink=%s", step->name);
	step->failures = 0;
	counter_set(&step->stats[DELIVERY_FAILING], 0);
	counter_set(&step->stats[DELIVERY_BREAKER], BREAKER_CLOSED);
}

static void
delivery_reach(struct delivery_step *step, uint64_t reach)
{
	if (reach <= atomic_load(&step->position))
		return;
	atomic_store(&step->position, reach);
	counter_set(&step->stats[DELIVERY_POSITION], (int64_t)reach);
}

static enum rc
delivery_step_bury(struct delivery_step *step, struct err *err)
{
	struct buf line = {0};
	enum rc rc;

	dead_letter_begin(&line, step->name, step->item.seq, step->reason.text);
	if (step->has_item)
		step->source.dead(step->source.sink, &line);
	else
		buf_text(&line, "null");
	dead_letter_end(&line);
	rc = dead_letter_append(step->dead_path, buf_span(&line), err);
	buf_fini(&line);
	return rc;
}

static void
delivery_settle(struct delivery_step *step, size_t count)
{
	delivery_worked(step);
	counter_add(&step->stats[count], 1);
	counter_set(&step->stats[DELIVERY_SINCE], 0);
	delivery_reach(step, step->item.reach);
	step->state = DELIVERY_NONE;
	step->sent = true;
}

static void
delivery_reject(
    struct delivery_step *step, bool has_item, const struct err *err)
{
	log_error("delivery_dead", "sink=%s position=%llu reason=%s",
	    step->name, (unsigned long long)step->item.seq, err->text);
	step->state = DELIVERY_TO_BURY;
	step->has_item = has_item;
	step->reason = *err;
}

/* RC_OK: something is HELD or is to be buried. */
static enum rc
delivery_fetch(struct delivery_step *step, struct err *err)
{
	uint64_t after = atomic_load(&step->position);
	bool rounds = step->source.round != NULL;
	enum rc rc;

	step->item = (struct delivery_item){after, after, 0};
	rc = step->source.next(step->source.sink, after, &step->item, err);
	step->idle_ms = step->source.idle_ms == NULL
	    ? DELIVERY_IDLE_MS
	    : step->source.idle_ms(step->source.sink);
	if (rc == RC_OK || rounds)
		counter_set(&step->stats[DELIVERY_SINCE], step->item.since_ms);
	if (rc == RC_OK)
		step->state = DELIVERY_HELD;
	if (rc == RC_REJECT)
		delivery_reject(step, false, err);
	if (rc == RC_AGAIN) {
		if (!rounds)
			delivery_worked(step);
		delivery_reach(step, step->item.reach);
	}
	return rc == RC_REJECT ? RC_OK : rc;
}

static enum rc
delivery_step_round(struct delivery_step *step, struct err *err)
{
	struct delivery_round round = {0};
	enum rc rc = step->source.round(step->source.sink, &round, err);

	if (rc == RC_OK)
		delivery_worked(step);
	counter_add(&step->stats[DELIVERY_SENT], (int64_t)round.sent);
	counter_add(&step->stats[DELIVERY_DEAD], (int64_t)round.dead);
	/* One of them is counted with the failure itself. */
	if (round.failed > 0)
		counter_add(&step->stats[DELIVERY_RETRIES],
		    (int64_t)round.failed - (rc != RC_OK));
	if (round.settled > step->settled)
		step->settled = round.settled;
	delivery_reach(step, round.reach);
	step->state = DELIVERY_NONE;
	return rc;
}

static enum rc
delivery_step_send(struct delivery_step *step, struct err *err)
{
	enum rc rc;

	delivery_probe(step);
	if (step->source.round != NULL)
		return delivery_step_round(step, err);
	rc = step->source.send(step->source.sink, err);
	if (rc == RC_OK)
		delivery_settle(step, DELIVERY_SENT);
	else if (rc == RC_REJECT)
		delivery_reject(step, true, err);
	else /* a send has no "nothing to give" */
		rc = rc == RC_FATAL ? RC_FATAL : RC_RETRY;
	return rc;
}

enum rc
delivery_step(struct delivery_step *step, int64_t now_ms)
{
	struct err err = {""};
	enum rc rc = RC_OK;

	if (step->state == DELIVERY_NONE)
		rc = delivery_fetch(step, &err);
	if (rc == RC_OK && step->state == DELIVERY_HELD)
		rc = delivery_step_send(step, &err);
	if (step->state == DELIVERY_TO_BURY) {
		rc = delivery_step_bury(step, &err);
		if (rc == RC_OK)
			delivery_settle(step, DELIVERY_DEAD);
	}
	delivery_save_due(step, now_ms);
	if (rc == RC_OK || rc == RC_AGAIN)
		return rc;
	return delivery_failed(step, rc, &err);
}
