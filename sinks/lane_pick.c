/* What is due, and when something else will be. */
#include "base/limits.h"
#include "base/table.h"
#include "sinks/delivery_step.h"
#include "sinks/lane.h"

/* Looks again after so long though nobody woke it: somebody always does. */
#define LANE_IDLE_MS 5000

/* While nothing gets through, one alone looks whether something does: each
 * time another one, since it may be that one's own fault. */
static void
lane_take(struct lane *lane, struct notification *one)
{
	if (!lane->failing || lane->nround == 0)
		lane->round[lane->nround++] = one;
	else if (one->failures < lane->round[0]->failures)
		lane->round[0] = one;
}

static void
lane_tried(struct lane *lane)
{
	int64_t now_ms = aws_clock_ms();

	for (size_t i = 0; i < lane->nround; i++) {
		struct notification *one = lane->round[i];

		if (one->tried_ms == 0)
			one->tried_ms = now_ms;
		one->uncertain = now_ms - one->tried_ms >= LIMIT_SNS_DEDUP_MS;
	}
}

/*
 * The oldest of each alarm, if its time has come; gives how long it is until
 * that of another one. A notification that waits for its next attempt holds
 * back those of its alarm behind it.
 */
static int64_t
lane_pick(struct lane *lane, int64_t now_ms)
{
	size_t most = lane->kind->batch * LIMIT_SENDING, seen = 0;
	struct table groups = {0};
	int64_t wait_ms = LANE_IDLE_MS;

	lane->nround = 0;
	for (struct notification *one = lane->head;
	     one != NULL && lane->nround < most && seen++ < LANE_WINDOW;
	     one = one->next) {
		struct span group = span_make(&one->group, sizeof(one->group));
		int64_t left_ms = one->not_before_ms - now_ms;

		if (table_get(&groups, group) != NULL)
			continue;
		table_put(&groups, group, one);
		if (left_ms <= 0)
			lane_take(lane, one);
		else if (left_ms < wait_ms)
			wait_ms = left_ms;
	}
	table_fini(&groups);
	lane_tried(lane);
	return wait_ms;
}

enum rc
lane_next(
    void *sink, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct lane *lane = sink;
	int64_t now_ms = lane_now_ms(), wait_ms;

	(void)after;
	(void)err;
	pthread_mutex_lock(&lane->lanes->mutex);
	lane->idle_ms = LANE_IDLE_MS;
	if (lane->original != NULL)
		lane->idle_ms = lane_stand_in_take(lane, now_ms);
	wait_ms = lane_pick(lane, now_ms);
	if (wait_ms < lane->idle_ms)
		lane->idle_ms = wait_ms;
	item->reach = lane_reach(lane);
	/* The entry that was sent last may not be complete yet, or not be on
	 * record. */
	if (lane->idle_ms > DELIVERY_IDLE_MS &&
	    delivery_durable(lane->delivery) < lane->settled)
		lane->idle_ms = DELIVERY_IDLE_MS;
	if (lane->head != NULL)
		item->since_ms = lane->head->time_ms;
	if (lane->nround > 0)
		item->seq = lane->round[0]->seq;
	pthread_mutex_unlock(&lane->lanes->mutex);
	return lane->nround > 0 ? RC_OK : RC_AGAIN;
}

int64_t
lane_idle_ms(void *sink)
{
	return ((const struct lane *)sink)->idle_ms;
}
