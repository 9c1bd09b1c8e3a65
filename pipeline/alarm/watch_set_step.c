/* What is due at an entry, and in which order it is looked at. */
#include <stdlib.h>

#include "pipeline/alarm/watch_set.h"

#define MINUTE_MS 60000

static int64_t
step_floor(int64_t ms, int64_t step_ms)
{
	int64_t rest = ms % step_ms;

	return ms - (rest < 0 ? rest + step_ms : rest);
}

static void
step_due(struct watch_set *set, size_t at)
{
	if (set->watches[at].due)
		return;
	set->watches[at].due = true;
	set->due[set->ndue++] = at;
}

static void
step_cadence(struct watch_set *set, struct cadence *cadence, int64_t now_ms)
{
	int64_t frontier =
	    step_floor(now_ms - cadence->delay_ms, cadence->step_ms);
	int64_t horizon = step_floor(now_ms, cadence->step_ms);
	struct watch_move *move = &cadence->move;

	move->settles = frontier > move->frontier_ms;
	if (!move->settles && horizon <= move->horizon_ms)
		return;
	if (move->settles)
		move->frontier_ms = frontier;
	if (horizon > move->horizon_ms)
		move->horizon_ms = horizon;
	for (size_t i = 0; i < cadence->count; i++)
		if (!set->watches[cadence->at[i]].asleep)
			step_due(set, cadence->at[i]);
}

static int
step_compare(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* In the order of definitions: many are found faster by looking at all. */
static void
step_sort(struct watch_set *set)
{
	if (set->ndue < set->count / 16) {
		qsort(set->due, set->ndue, sizeof(*set->due), step_compare);
		return;
	}
	set->ndue = 0;
	for (size_t i = 0; i < set->count; i++)
		if (set->watches[i].due)
			set->due[set->ndue++] = i;
}

static void
step_stir(struct watch_set *set, const struct watch *watch, uint64_t seq)
{
	if (watch->memory.changed_seq != seq)
		return;
	for (size_t i = 0; i < watch->nparents; i++)
		set->watches[watch->parents[i]].stirred = true;
}

static void
step_gate(
    struct watch_set *set, size_t at, int64_t now_ms, struct outcome *outcome)
{
	size_t suppressor = set->config.definitions.links[at].suppressor;
	const struct watch *watch = &set->watches[at], *other = NULL;

	if (suppressor != DEFINITION_NONE)
		other = &set->watches[suppressor];
	if (watch->gate != NULL)
		gate_before(watch->gate, &watch->memory,
		    other == NULL ? NULL : other->alarm,
		    other == NULL ? NULL : &other->memory, set->clock_ms,
		    now_ms, outcome);
}

static void
step_silences(struct watch_set *set, const struct heard *heard,
    const struct watch_clock *clock, struct outcome *outcome)
{
	for (size_t i = 0; i < set->nsilences; i++) {
		struct watch *watch = &set->watches[set->silences[i]];

		silence_step(watch, heard, clock, outcome);
		step_stir(set, watch, outcome->seq);
	}
}

/* Children stand before the composites that name them. */
static void
step_composites(struct watch_set *set, const struct watch_clock *clock,
    struct outcome *outcome)
{
	const struct definitions *all = &set->config.definitions;

	for (size_t i = 0; i < all->ncomposites; i++) {
		size_t at = all->composites[i];
		struct watch *watch = &set->watches[at];

		step_gate(set, at, clock->now_ms, outcome);
		if (watch->stirred) {
			watch->stirred = false;
			composite_step(watch, set->watches, &all->links[at],
			    clock, outcome);
			step_stir(set, watch, outcome->seq);
		}
		if (watch->gate != NULL)
			gate_after(watch->gate, &watch->memory, clock->now_ms,
			    outcome);
	}
}

/* Whether a rule's window may have opened or closed. */
static bool
step_mutes(struct watch_set *set, int64_t now_ms)
{
	bool moved = false;

	for (size_t i = 0; i < set->config.mutes.count; i++)
		moved =
		    mute_refresh(&set->config.mutes.rules[i], now_ms) || moved;
	return moved;
}

static void
step_gates_before(
    struct watch_set *set, int64_t now_ms, struct outcome *outcome)
{
	for (size_t i = 0; i < set->ngated; i++) {
		struct watch *watch = &set->watches[set->gated[i]];

		if (watch->contributors.count > 0 &&
		    gate_gap(watch->gate, set->clock_ms, now_ms))
			contributors_unmute(watch, now_ms, outcome);
		gate_before(watch->gate, &watch->memory, NULL, NULL,
		    set->clock_ms, now_ms, outcome);
	}
}

static void
step_gates_after(struct watch_set *set, int64_t now_ms, struct outcome *outcome)
{
	for (size_t i = 0; i < set->ngated; i++) {
		struct watch *watch = &set->watches[set->gated[i]];

		if (gate_unmuted(watch->gate))
			contributors_unmute(watch, now_ms, outcome);
		gate_after(watch->gate, &watch->memory, now_ms, outcome);
	}
}

void
watch_set_step(struct watch_set *set, const struct watch_clock *clock,
    const struct heard *heard, bool whole, struct outcome *outcome)
{
	bool muting = step_mutes(set, clock->now_ms);

	if (muting)
		step_gates_before(set, clock->now_ms, outcome);
	set->ndue = 0;
	for (size_t i = 0; i < set->ncadences; i++)
		if (whole || set->cadences[i].step_ms < MINUTE_MS)
			step_cadence(set, &set->cadences[i], clock->now_ms);
	for (size_t i = 0; i < set->ntouched; i++) {
		const struct watch *watch = &set->watches[set->touched[i]];

		if (whole || watch->step_ms < MINUTE_MS)
			step_due(set, set->touched[i]);
	}
	step_sort(set);
	for (size_t i = 0; i < set->ndue; i++) {
		struct watch *watch = &set->watches[set->due[i]];

		watch->due = false;
		watch_step(
		    watch, clock, &set->cadences[watch->cadence].move, outcome);
		step_stir(set, watch, outcome->seq);
	}
	step_silences(set, heard, clock, outcome);
	for (size_t i = 0; i < set->ntouched; i++)
		set->watches[set->touched[i]].touched = false;
	set->ntouched = 0;
	for (size_t i = 0; i < set->ncadences; i++)
		set->cadences[i].move.settles = false;
	if (muting)
		step_gates_after(set, clock->now_ms, outcome);
	step_composites(set, clock, outcome);
	set->clock_ms = clock->now_ms;
}

void
watch_set_learn(struct watch_set *set, const struct watch_clock *clock,
    struct outcome *outcome)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct watch *watch = &set->watches[i];
		struct watch_move move = {0};

		if (watch->model == NULL)
			continue;
		move.frontier_ms =
		    step_floor(clock->now_ms - watch->delay_ms, watch->step_ms);
		watch_learn(watch, clock, &move, &outcome->arena);
	}
}
