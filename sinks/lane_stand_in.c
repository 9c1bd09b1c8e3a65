/* What a stand-in is given. */
#include "base/limits.h"
#include "base/log.h"
#include "sinks/lane.h"
#include "sinks/notifier.h"
#include "sinks/sns_publish.h"

/* As long as nothing is overdue. */
#define LANE_LOOK_MS 1000

static struct notification *
lane_stand_in_make(const struct lane *lane, const struct notification *original)
{
	struct notification *one =
	    notification_make(lane->kind, span_text(lane->destination),
		span_text(original->id), span_text(original->destination));

	one->seq = original->seq;
	one->group = original->group;
	one->time_ms = original->time_ms;
	one->queued_ms = original->queued_ms;
	one->since_ms = original->since_ms;
	one->stand_in_ms = INT64_MAX;
	sns_publish_stand_in(
	    &one->request, original, span_text(lane->destination));
	one->weight = action_weight(lane->kind, buf_span(&one->request));
	return one;
}

int64_t
lane_stand_in_take(struct lane *lane, int64_t now_ms)
{
	struct lanes *lanes = lane->lanes;
	int64_t wait_ms = LANE_LOOK_MS;
	size_t taken = 0;

	if (lane->original == NULL)
		return wait_ms;
	for (struct notification *one = lane->original->head; one != NULL;
	     one = one->next) {
		if (one->stood_in || one->settled)
			continue;
		if (one->stand_in_ms > now_ms ||
		    lanes->waiting >= LIMIT_NOTIFICATIONS) {
			int64_t left_ms = one->stand_in_ms - now_ms;

			if (left_ms > 0 && left_ms < wait_ms)
				wait_ms = left_ms;
			break;
		}
		one->stood_in = true;
		lane_append(lane, lane_stand_in_make(lane, one));
		taken++;
	}
	if (taken > 0) {
		counter_add(&notifier_stats[NOTIFIER_STOOD_IN], (int64_t)taken);
		log_warn("stand_in", "topic=%s stand_in=%s notifications=%zu",
		    lane->original->destination, lane->destination, taken);
	}
	return wait_ms;
}
