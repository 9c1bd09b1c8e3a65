#include "pipeline/alarm/watch.h"

#include <stdlib.h>

#include "base/log.h"
#include "pipeline/alarm/reason.h"
#include "pipeline/alarm/verdict.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static void *
watch_alloc(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (memory == NULL)
		log_die("out of memory: alarms");
	return memory;
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
	    .newest_ms = INT64_MIN,
	    .warm = alarm->warm_up_ms == 0};
	if (alarm->nmetrics > 0)
		watch->inputs =
		    watch_alloc(alarm->nmetrics, sizeof(*watch->inputs));
	for (size_t i = 0; i < alarm->nmetrics; i++)
		watch->inputs[i].metric = &alarm->metrics[i];
	if (alarm->kind == ALARM_INSIGHTS) {
		watch->groups = watch_alloc(1, sizeof(*watch->groups));
		groups_init(watch->groups, alarm->insights);
	}
	if (alarm->kind == ALARM_ANOMALY) {
		watch->model = watch_alloc(1, sizeof(*watch->model));
		anomaly_init(watch->model, alarm->period_ms);
	}
}

void
watch_fini(struct watch *watch)
{
	for (size_t i = 0; watch->inputs != NULL && i < watch->alarm->nmetrics;
	     i++)
		input_fini(&watch->inputs[i]);
	if (watch->groups != NULL)
		groups_fini(watch->groups);
	if (watch->model != NULL)
		anomaly_fini(watch->model);
	contributors_fini(&watch->contributors);
	memory_fini(&watch->memory);
	free(watch->inputs);
	free(watch->groups);
	free(watch->model);
}

bool
watch_has_contributors(const struct watch *watch)
{
	return watch->alarm->kind == ALARM_INSIGHTS &&
	    watch->alarm->insights->ngroup_by > 0;
}

int64_t
watch_range_ms(const struct watch *watch)
{
	int64_t range = (int64_t)verdict_range(watch->alarm);
	/* Days are an hour longer once a year, and windows may end early. */
	int64_t slack = watch->alarm->wall_clock == NULL
	    ? 0
	    : watch->alarm->period_ms + 2 * HOUR_MS;

	return range * watch->alarm->period_ms + slack;
}

int64_t
watch_reach(const struct watch *watch, int64_t pane_ms)
{
	return (watch_range_ms(watch) + watch->delay_ms + watch->step_ms) /
	    pane_ms +
	    2;
}

/* Rings at once when the newest N periods up to some end between frontier and
 * clock breach M times already. An expression sees the whole range, as it will
 * when the window is settled. */
static bool
watch_early(const struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena,
    struct decision *decision)
{
	size_t n = (size_t)watch->alarm->evaluation_periods;
	size_t range = verdict_range(watch->alarm);
	struct slot *slots = arena_alloc(arena, range * sizeof(*slots));
	int64_t *bounds = arena_alloc(arena, (range + 1) * sizeof(*bounds));
	struct arena_mark mark;

	for (int64_t end = move->horizon_ms; end > move->frontier_ms;
	     end = bounds[0] - watch->step_ms) {
		evidence_bounds(watch->alarm, end, range, bounds);
		if (bounds[0] <= move->frontier_ms)
			return false;
		mark = arena_mark(arena);
		evidence_slots(
		    evidence, bounds, range, move->frontier_ms, arena, slots);
		arena_rollback(arena, mark);
		if (!verdict_certain(watch->alarm, slots))
			continue;
		*decision =
		    (struct decision){STATE_ALARM, slots, n, true, false};
		return true;
	}
	return false;
}

static bool
watch_judge(const struct alarm *alarm, const struct slot *slots, size_t range,
    struct decision *decision)
{
	*decision =
	    (struct decision){.slots = slots, .range = range, .empty = true};
	for (size_t i = 0; i < range; i++)
		decision->empty = decision->empty && !slots[i].real;
	return verdict_decide(alarm, slots, range, &decision->state);
}

static bool
watch_settled(const struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena,
    struct decision *decision)
{
	size_t range = verdict_range(watch->alarm);
	struct slot *slots = arena_alloc(arena, range * sizeof(*slots));
	int64_t *bounds = arena_alloc(arena, (range + 1) * sizeof(*bounds));

	evidence_bounds(watch->alarm, move->frontier_ms, range, bounds);
	evidence_slots(
	    evidence, bounds, range, move->frontier_ms, arena, slots);
	return watch_judge(watch->alarm, slots, range, decision);
}

/* Where windows slide by whole periods, the windows between frontier and clock
 * and the settled one are parts of one run of slots, made once. Expressions
 * are not: what a window's value is may depend on where it begins. */
static bool
watch_in_step(const struct watch *watch)
{
	const struct alarm *a = watch->alarm;
	size_t judged = a->kind == ALARM_ANOMALY ? a->banded : a->returned;

	return a->period_ms == watch->step_ms && a->wall_clock == NULL &&
	    (a->nqueries == 0 || a->kind == ALARM_INSIGHTS ||
		a->queries[judged].metric != NULL);
}

static bool
watch_decide_at_once(const struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena,
    struct decision *decision)
{
	const struct alarm *a = watch->alarm;
	size_t n = (size_t)a->evaluation_periods, range = verdict_range(a);
	size_t ahead =
	    (size_t)((move->horizon_ms - move->frontier_ms) / watch->step_ms);
	size_t count = ahead + range;
	struct slot *slots = arena_alloc(arena, count * sizeof(*slots));
	int64_t *bounds = arena_alloc(arena, (count + 1) * sizeof(*bounds));

	evidence_bounds(a, move->horizon_ms, count, bounds);
	evidence_slots(
	    evidence, bounds, count, move->frontier_ms, arena, slots);
	for (size_t i = 0; i < ahead; i++)
		if (verdict_certain(a, slots + i)) {
			*decision = (struct decision){
			    STATE_ALARM, slots + i, n, true, false};
			return true;
		}
	if (!watch->touched && !move->settles)
		return false;
	return watch_judge(a, slots + ahead, range, decision);
}

bool
watch_decide(const struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena,
    struct decision *decision)
{
	*decision = (struct decision){0};
	if (watch_in_step(watch))
		return watch_decide_at_once(
		    watch, evidence, move, arena, decision);
	if (watch->delay_ms > 0 &&
	    watch_early(watch, evidence, move, arena, decision))
		return true;
	if (!watch->touched && !move->settles)
		return false;
	return watch_settled(watch, evidence, move, arena, decision);
}

static void
watch_change(struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, const struct decision *decision,
    struct outcome *outcome)
{
	struct reason reason = {.alarm = watch->alarm,
	    .state = decision->state,
	    .slots = decision->slots,
	    .range = decision->range,
	    .query_ms = clock->now_ms,
	    .pending = decision->pending};
	struct transition t = {.alarm = watch->alarm,
	    .time_ms = clock->now_ms,
	    .revised = !decision->pending && !move->settles};
	struct buf text = {0};

	reason_text(&text, &reason);
	t.reason = arena_copy(&outcome->arena, buf_span(&text));
	buf_clear(&text);
	reason_data(&text, &reason);
	t.data = arena_copy(&outcome->arena, buf_span(&text));
	buf_fini(&text);
	gate_change(watch->gate, &t);
	memory_enter(&watch->memory, &t, decision->state, outcome);
}

void
watch_learn(const struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct arena *arena)
{
	struct evidence evidence = {.alarm = watch->alarm,
	    .inputs = watch->inputs,
	    .model = watch->model,
	    .clock = clock};
	size_t range = verdict_range(watch->alarm);
	struct arena_mark mark = arena_mark(arena);
	int64_t *bounds = arena_alloc(arena, (range + 1) * sizeof(*bounds));

	evidence_bounds(watch->alarm, move->frontier_ms, range, bounds);
	evidence_learn(&evidence, bounds, range, move->frontier_ms, arena);
	arena_rollback(arena, mark);
}

/* Source: User Guide, "Alarm warm-up": not evaluated until the period is over
 * or, unless told to wait, a full window is there: a datapoint in the newest
 * period and one at least N periods old. */
static bool
watch_warms_up(struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena)
{
	const struct alarm *a = watch->alarm;
	size_t n = (size_t)a->evaluation_periods;
	struct decision found;
	bool full = false;

	if (watch->warm)
		return false;
	if (evidence->clock->now_ms - watch->created_ms >= a->warm_up_ms) {
		watch->warm = true;
	} else if (!a->warm_up_waits && move->settles) {
		watch_settled(watch, evidence, move, arena, &found);
		for (size_t i = n - 1; i < found.range; i++)
			full = full || found.slots[i].real;
		watch->warm = full && found.slots[0].real;
	}
	return !watch->warm;
}

/* Nothing is left in the range and nothing lies ahead: the verdict stays as it
 * is until a point comes. Expressions may speak without data. */
static bool
watch_may_sleep(const struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move)
{
	int64_t from_ms = move->frontier_ms - watch_range_ms(watch);

	return move->settles && watch->alarm->kind == ALARM_METRIC &&
	    watch->warm && from_ms >= clock->start_ms &&
	    watch->newest_ms < from_ms - clock->pane_ms;
}

void
watch_step(struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct outcome *outcome)
{
	struct evidence evidence = {.alarm = watch->alarm,
	    .inputs = watch->inputs,
	    .model = watch->model,
	    .clock = clock};
	struct arena_mark mark = arena_mark(&outcome->arena);
	struct decision decision;
	bool warms_up;

	if (watch->groups != NULL)
		groups_settle(watch->groups);
	if (watch->groups != NULL && !watch_has_contributors(watch))
		evidence.group = watch->groups->at[0];
	if (watch->model != NULL && move->settles)
		watch_learn(watch, clock, move, &outcome->arena);
	warms_up = watch_warms_up(watch, &evidence, move, &outcome->arena);
	if (!warms_up && watch_has_contributors(watch)) {
		contributors_step(watch, clock, move, outcome);
		return;
	}
	if (!warms_up &&
	    watch_decide(watch, &evidence, move, &outcome->arena, &decision) &&
	    decision.state != watch->memory.state)
		watch_change(watch, clock, move, &decision, outcome);
	else
		arena_rollback(&outcome->arena, mark);
	watch->asleep = watch_may_sleep(watch, clock, move);
}
