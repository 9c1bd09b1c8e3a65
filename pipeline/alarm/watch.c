#include "pipeline/alarm/watch.h"

#include <stdlib.h>

#include "base/log.h"
#include "pipeline/alarm/reason.h"
#include "pipeline/alarm/verdict.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static int64_t
watch_floor(int64_t ms, int64_t step_ms)
{
	int64_t rest = ms % step_ms;

	return ms - (rest < 0 ? rest + step_ms : rest);
}

void
watch_init(struct watch *watch, const struct alarm *alarm, int64_t delay_ms,
    int64_t pane_ms)
{
	int64_t span_ms = alarm->period_ms * alarm->evaluation_periods;
	int64_t tick_ms = pane_ms < MINUTE_MS ? pane_ms : 10000;

	*watch = (struct watch){.alarm = alarm,
	    .delay_ms = delay_ms,
	    .step_ms = alarm->period_ms < MINUTE_MS ? tick_ms
		: span_ms > DAY_MS		    ? HOUR_MS
						    : MINUTE_MS,
	    .frontier_ms = INT64_MIN,
	    .horizon_ms = INT64_MIN};
}

void
watch_fini(struct watch *watch)
{
	free(watch->series);
	watch->series = NULL;
}

int64_t
watch_reach(const struct watch *watch, int64_t pane_ms)
{
	int64_t back_ms =
	    (int64_t)verdict_range(watch->alarm) * watch->alarm->period_ms +
	    watch->delay_ms + watch->step_ms;

	return back_ms / pane_ms + 2;
}

bool
watch_matches(const struct watch *watch, const struct series_key *key)
{
	const struct alarm *a = watch->alarm;

	if ((a->region.len > 0 && !span_equal(a->region, key->region)) ||
	    (a->account.len > 0 && !span_equal(a->account, key->account)) ||
	    (a->unit.len > 0 && !span_equal(a->unit, key->unit)) ||
	    a->ndimensions != key->ndimensions)
		return false;
	for (size_t i = 0; i < a->ndimensions; i++)
		if (!span_equal(
			a->dimensions[i].name, key->dimensions[i].name) ||
		    !span_equal(
			a->dimensions[i].value, key->dimensions[i].value))
			return false;
	return true;
}

bool
watch_bind(struct watch *watch, struct series *series)
{
	if (watch->nseries > 0 &&
	    (!span_equal(watch->series[0]->key.region, series->key.region) ||
		!span_equal(
		    watch->series[0]->key.account, series->key.account)))
		return false;
	if (watch->nseries == watch->series_room) {
		watch->series_room =
		    watch->series_room == 0 ? 2 : watch->series_room * 2;
		watch->series = realloc(
		    watch->series, watch->series_room * sizeof(*watch->series));
		if (watch->series == NULL)
			log_die("out of memory: series of an alarm");
	}
	watch->series[watch->nseries++] = series;
	return true;
}

static double
watch_value(const struct alarm *alarm, const struct window *window)
{
	switch (alarm->statistic) {
	case STATISTIC_AVERAGE:
		return window->sum / window->count;
	case STATISTIC_SUM:
		return window->sum;
	case STATISTIC_MINIMUM:
		return window->min;
	case STATISTIC_MAXIMUM:
		return window->max;
	case STATISTIC_SAMPLE_COUNT:
		break;
	}
	return window->count;
}

/* The period [start, start + period); with *open, whether panes that may
 * still come (at or behind `settled`) are not there yet. */
static void
watch_slot(const struct watch *watch, const struct watch_clock *clock,
    int64_t start_ms, int64_t settled, struct slot *slot, bool *open)
{
	const struct alarm *a = watch->alarm;
	int64_t first =
	    watch_floor(start_ms + clock->pane_ms - 1, clock->pane_ms) /
	    clock->pane_ms;
	int64_t end = watch_floor(start_ms + a->period_ms + clock->pane_ms - 1,
			  clock->pane_ms) /
	    clock->pane_ms;
	int64_t pending =
	    end > settled ? end - (first > settled ? first : settled) : 0;
	struct window window = {0};

	*open = pending > 0;
	for (size_t s = 0; s < watch->nseries; s++) {
		int64_t there = 0;

		for (int64_t i = first; i < end; i++) {
			const struct pane *pane =
			    panes_get(&watch->series[s]->panes, i);

			if (pane == NULL)
				continue;
			window_add(&window, pane);
			there += i >= settled;
		}
		*open = *open && there < pending;
	}
	*slot = (struct slot){.start_ms = start_ms,
	    .unknown = start_ms + a->period_ms <= clock->start_ms};
	if (window.panes == 0 ||
	    (a->statistic == STATISTIC_AVERAGE && window.count <= 0))
		return;
	slot->real = true;
	slot->unknown = false;
	slot->value = watch_value(a, &window);
	slot->count = window.count;
	slot->bad = verdict_breaches(a, slot->value);
}

/* Whether a breach of a period cannot be undone by panes still to come. */
static bool
watch_only_grows(const struct alarm *a)
{
	bool above = a->operator== OPERATOR_GE || a->operator== OPERATOR_GT;

	switch (a->statistic) {
	case STATISTIC_MAXIMUM:
	case STATISTIC_SAMPLE_COUNT:
		return above;
	case STATISTIC_MINIMUM:
		return !above;
	default:
		return false;
	}
}

/* Newest first, the newest ending at end_ms. A period of which something may
 * still come after frontier_ms is no datapoint yet, unless nothing can undo
 * its breach. */
static void
watch_slots(const struct watch *watch, const struct watch_clock *clock,
    int64_t end_ms, int64_t frontier_ms, size_t count, struct slot *slots)
{
	const struct alarm *a = watch->alarm;
	int64_t settled = frontier_ms / clock->pane_ms;
	bool open;

	for (size_t k = 0; k < count; k++) {
		watch_slot(watch, clock,
		    end_ms - (int64_t)(k + 1) * a->period_ms, settled,
		    &slots[k], &open);
		if (open && !(slots[k].bad && watch_only_grows(a)))
			slots[k].bad = slots[k].real = false;
	}
}

static void
watch_change(struct watch *watch, const struct watch_clock *clock,
    const struct slot *slots, size_t range, bool pending,
    enum alarm_state state, struct arena *arena, struct transition *out)
{
	struct reason reason = {
	    watch->alarm, state, slots, range, clock->now_ms, pending};
	struct buf text = {0};

	out->alarm = watch->alarm;
	out->time_ms = clock->now_ms;
	out->from = watch->state;
	out->to = state;
	reason_text(&text, &reason);
	out->reason = arena_copy(arena, buf_span(&text));
	buf_clear(&text);
	reason_data(&text, &reason);
	out->data = arena_copy(arena, buf_span(&text));
	buf_fini(&text);
	watch->state = state;
}

/* Rings at once when the newest N periods up to some end between frontier and
 * clock breach M times already. True when they do, whatever the state. */
static bool
watch_early(struct watch *watch, const struct watch_clock *clock,
    int64_t frontier_ms, int64_t horizon_ms, struct arena *arena,
    struct transition *out, bool *changed)
{
	size_t n = (size_t)watch->alarm->evaluation_periods;
	struct arena_mark mark = arena_mark(arena);
	struct slot *slots = arena_alloc(arena, n * sizeof(*slots));
	int64_t end = horizon_ms;
	bool certain = false;

	for (; end > frontier_ms; end -= watch->step_ms) {
		watch_slots(watch, clock, end, frontier_ms, n, slots);
		certain = verdict_certain(watch->alarm, slots);
		if (certain)
			break;
	}
	*changed = certain && watch->state != STATE_ALARM;
	if (*changed)
		watch_change(
		    watch, clock, slots, n, true, STATE_ALARM, arena, out);
	else
		arena_rollback(arena, mark);
	return certain;
}

static bool
watch_settled(struct watch *watch, const struct watch_clock *clock,
    int64_t frontier_ms, struct arena *arena, struct transition *out)
{
	size_t range = verdict_range(watch->alarm);
	struct arena_mark mark = arena_mark(arena);
	struct slot *slots = arena_alloc(arena, range * sizeof(*slots));
	enum alarm_state state;

	watch_slots(watch, clock, frontier_ms, frontier_ms, range, slots);
	if (!verdict_decide(watch->alarm, slots, range, &state) ||
	    state == watch->state) {
		arena_rollback(arena, mark);
		return false;
	}
	watch_change(watch, clock, slots, range, false, state, arena, out);
	return true;
}

bool
watch_step(struct watch *watch, const struct watch_clock *clock, bool touched,
    struct arena *arena, struct transition *out)
{
	int64_t horizon = watch_floor(clock->now_ms, watch->step_ms);
	int64_t frontier =
	    watch_floor(clock->now_ms - watch->delay_ms, watch->step_ms);
	bool again = frontier <= watch->frontier_ms, changed;

	if (!touched && again && horizon <= watch->horizon_ms)
		return false;
	watch->horizon_ms = horizon;
	if (!again)
		watch->frontier_ms = frontier;
	*out = (struct transition){0};
	if (watch->delay_ms > 0 &&
	    watch_early(watch, clock, frontier, horizon, arena, out, &changed))
		return changed;
	if (!touched && again)
		return false;
	out->revised = again;
	return watch_settled(watch, clock, frontier, arena, out);
}
