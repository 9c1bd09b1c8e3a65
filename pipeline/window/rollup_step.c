/* What a rollup tells at an entry. */
#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "pipeline/window/rollup.h"

/* Groups between asking for one and reading it. */
#define ROUND_AHEAD 16

enum stage { STAGE_EARLY, STAGE_FINAL, STAGE_REVISED };

/* One window of all groups that are looked at. */
struct window_round {
	struct rollup *rollup;
	struct outcome *outcome;
	struct arena *work;
	struct group *const *groups; /* by their values */
	size_t ngroups;
	int64_t end;
	enum stage stage;
};

/* NAN: the group has nothing in the window. */
static double
round_value(const struct window_round *round, const struct group *group)
{
	const struct rollup *rollup = round->rollup;
	struct window window = {0};

	if (group->newest < round->end - rollup->window)
		return NAN;
	for (int64_t i = round->end - rollup->window; i < round->end; i++) {
		const struct pane *pane = panes_get(&group->panes, i);

		if (pane != NULL)
			window_add(&window, pane);
	}
	if (window.panes == 0)
		return NAN;
	switch (rollup->definition->query->statistic) {
	case STATISTIC_AVERAGE:
		return window.count > 0 ? window.sum / window.count : NAN;
	case STATISTIC_SUM:
		return window.sum;
	case STATISTIC_MINIMUM:
		return window.min;
	case STATISTIC_MAXIMUM:
		return window.max;
	default:
		return window.count;
	}
}

static void
round_cut(const struct window_round *round)
{
	struct outcome *outcome = round->outcome;

	if (round->rollup->cut)
		return;
	round->rollup->cut = true;
	outcome_complain(outcome,
	    arena_printf(&outcome->arena,
		"rollup \"%.*s\": one entry gives more than %d lines of all "
		"rollups; those behind them are left out: narrow its WHERE",
		SPAN_ARGS(round->rollup->definition->name),
		LIMIT_ROLLUP_LINES));
}

static void
round_tell(
    const struct window_round *round, const struct group *group, double value)
{
	struct rollup *rollup = round->rollup;
	struct rollup_told *told =
	    rollup_told(rollup, group->index, round->end);
	struct rollup_line line = rollup_line(rollup, group->index, round->end);

	line.value = value;
	line.final = round->stage != STAGE_EARLY;
	line.revised = round->stage == STAGE_REVISED;
	if (round->stage != STAGE_FINAL && told->end == round->end &&
	    told->value == value)
		return;
	if (!outcome_rollup(round->outcome, &line)) {
		round_cut(round);
		return;
	}
	*told = (struct rollup_told){round->end, value};
}

struct rollup_rank {
	double value; /* the smallest comes first */
	size_t at;
};

static int
rank_compare(const void *a, const void *b)
{
	const struct rollup_rank *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Makes values NAN that are not among the first by ORDER BY; without it those
 * are the first by their labels. */
static void
round_limit(const struct window_round *round, double *values)
{
	const struct insights *query = round->rollup->definition->query;
	struct rollup_rank *ranks =
	    arena_alloc(round->work, (round->ngroups + 1) * sizeof(*ranks));
	size_t count = 0;

	for (size_t i = 0; i < round->ngroups; i++) {
		struct rollup_rank rank = {0, i};

		if (isnan(values[i]))
			continue;
		if (query->ordered)
			rank.value = insights_rank(query, &values[i], 1);
		if (query->descending)
			rank.value = -rank.value;
		ranks[count++] = rank;
	}
	qsort(ranks, count, sizeof(*ranks), rank_compare);
	for (size_t i = (size_t)query->limit; i < count; i++)
		values[ranks[i].at] = NAN;
}

/* Whether one of the panes that changed is of the window. */
static bool
round_changed(const struct window_round *round, const struct group *group)
{
	const struct indexes *changed =
	    &round->rollup->at[group->index].changed;
	size_t low = 0, high = changed->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (changed->at[middle] < round->end - round->rollup->window)
			low = middle + 1;
		else
			high = middle;
	}
	return low < changed->count && changed->at[low] < round->end;
}

/* A change may move others into the LIMIT or out of it. */
static void
round_ranked(const struct window_round *round)
{
	double *values =
	    arena_alloc(round->work, (round->ngroups + 1) * sizeof(*values));
	bool changed = round->stage == STAGE_FINAL;

	for (size_t i = 0; i < round->ngroups && !changed; i++)
		changed = round_changed(round, round->groups[i]);
	if (!changed)
		return;
	for (size_t i = 0; i < round->ngroups; i++)
		values[i] = round_value(round, round->groups[i]);
	round_limit(round, values);
	for (size_t i = 0; i < round->ngroups; i++)
		if (!isnan(values[i]))
			round_tell(round, round->groups[i], values[i]);
}

/* Groups are all over the memory: those to come are asked for in time, then
 * what only they can tell. */
static void
round_prefetch(const struct window_round *round, size_t next)
{
	const struct rollup *rollup = round->rollup;
	const struct group *group;

	if (next + ROUND_AHEAD < round->ngroups) {
		group = round->groups[next + ROUND_AHEAD];
		__builtin_prefetch(group);
		__builtin_prefetch((const char *)group + 64);
	}
	if (next + ROUND_AHEAD / 2 < round->ngroups) {
		group = round->groups[next + ROUND_AHEAD / 2];
		panes_prefetch(&group->panes, round->end - 1);
		__builtin_prefetch(&rollup->at[group->index]);
	}
	if (next + ROUND_AHEAD / 4 < round->ngroups) {
		group = round->groups[next + ROUND_AHEAD / 4];
		if (rollup->at[group->index].told != NULL)
			__builtin_prefetch(rollup_told(
			    round->rollup, group->index, round->end));
	}
}

static void
round_window(const struct window_round *round)
{
	struct arena_mark mark = arena_mark(round->work);

	if (round->rollup->definition->query->limit > 0) {
		round_ranked(round);
		arena_rollback(round->work, mark);
		return;
	}
	for (size_t i = 0; i < round->ngroups; i++) {
		const struct group *group = round->groups[i];
		double value;

		round_prefetch(round, i);
		if (round->stage != STAGE_FINAL && !round_changed(round, group))
			continue;
		value = round_value(round, group);
		if (!isnan(value))
			round_tell(round, group, value);
	}
}

/* The first window that ends behind an index. */
static int64_t
rollup_end_behind(const struct rollup *rollup, int64_t index)
{
	return rollup_floor(index, rollup->every) + rollup->every;
}

/* The windows that end behind `from` and no later than `to`. */
static void
round_windows(struct window_round *round, int64_t from, int64_t to)
{
	const struct rollup *rollup = round->rollup;

	for (round->end = rollup_end_behind(rollup, from); round->end <= to;
	     round->end += rollup->every)
		if (round->end - rollup->window >= rollup->since)
			round_window(round);
}

static int64_t
rollup_last(const struct rollup *rollup)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < rollup->groups.count; i++)
		if (rollup->groups.at[i]->newest > newest)
			newest = rollup->groups.at[i]->newest;
	return newest;
}

/* Final are those up to `frontier` now; behind the newest pane all are empty,
 * however far a clock jumped. */
static void
rollup_settle(struct window_round *round, int64_t frontier)
{
	struct rollup *rollup = round->rollup;
	int64_t newest = rollup_last(rollup), last = frontier;

	if (newest == INT64_MIN)
		last = rollup->frontier;
	else if (last > newest + rollup->window)
		last = newest + rollup->window;
	round->groups = groups_sorted(&rollup->groups);
	round->ngroups = rollup->groups.count;
	round->stage = STAGE_FINAL;
	round_windows(round, rollup->frontier, last);
	rollup_advance(rollup, frontier);
}

static int64_t
rollup_frontier(const struct rollup *rollup, int64_t now_ms)
{
	return rollup_floor(
	    rollup_index(rollup, now_ms - rollup->delay_ms), rollup->every);
}

/* Where the frontier is when there was none: before all that is held. */
static void
rollup_begin(struct rollup *rollup, int64_t now_ms)
{
	if (rollup->frontier == INT64_MIN)
		rollup_advance(rollup,
		    rollup_floor(
			rollup_index(rollup, now_ms) - rollup_reach(rollup),
			rollup->every));
}

void
rollup_rescue(struct rollup *rollup, int64_t now_ms, struct arena *work,
    struct outcome *outcome)
{
	struct window_round round = {
	    .rollup = rollup, .outcome = outcome, .work = work};
	int64_t lost = rollup_floor(rollup_index(rollup, now_ms) -
		rollup_reach(rollup) + rollup->window - 1,
	    rollup->every);

	if (rollup->frontier == INT64_MIN || lost <= rollup->frontier)
		return;
	groups_settle(&rollup->groups);
	rollup_settle(&round, lost);
}

/*
 * Changes.
 */

/* The groups to look at, by their values: those with changes, or all when the
 * query has a LIMIT. Gives the changes' range. */
static void
rollup_list(struct window_round *round, int64_t *first, int64_t *last)
{
	struct rollup *rollup = round->rollup;
	struct group *const *sorted = groups_sorted(&rollup->groups);
	bool limit = rollup->definition->query->limit > 0;
	struct group **list = arena_alloc(
	    round->work, (rollup->groups.count + 1) * sizeof(struct group *));

	round->groups = list;
	round->ngroups = 0;
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < rollup->groups.count; i++) {
		struct indexes *changed = &rollup->at[sorted[i]->index].changed;

		if (changed->count > 0) {
			indexes_sort(changed, INT64_MIN);
			if (changed->at[0] < *first)
				*first = changed->at[0];
			if (changed->at[changed->count - 1] > *last)
				*last = changed->at[changed->count - 1];
		}
		if (limit || changed->count > 0)
			list[round->ngroups++] = sorted[i];
	}
}

static void
rollup_unchange(struct rollup *rollup)
{
	for (size_t i = 0; i < rollup->count && rollup->nchanged > 0; i++)
		rollup->at[i].changed.count = 0;
	rollup->nchanged = 0;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
rollup_step(struct rollup *rollup, int64_t now_ms, struct arena *work,
    struct outcome *outcome)
{
	struct window_round round = {
	    .rollup = rollup, .outcome = outcome, .work = work};
	int64_t frontier = rollup_frontier(rollup, now_ms);
	bool changed = rollup->nchanged > 0;
	int64_t first, last, before;

	if (!changed && frontier <= rollup->frontier)
		return;
	groups_settle(&rollup->groups);
	rollup_begin(rollup, now_ms);
	before = rollup->frontier;
	if (changed) {
		rollup_list(&round, &first, &last);
		round.stage = STAGE_REVISED;
		round_windows(&round,
		    most(first, most(frontier, before) - rollup->revise),
		    least(last + rollup->window, before));
	}
	if (frontier > before)
		rollup_settle(&round, frontier);
	if (changed && rollup->definition->early) {
		rollup_list(&round, &first, &last);
		round.stage = STAGE_EARLY;
		round_windows(&round, most(first, rollup->frontier),
		    least(last + rollup->window,
			rollup_end_behind(
			    rollup, rollup_index(rollup, now_ms - 1))));
	}
	rollup_unchange(rollup);
}

void
rollup_learn(struct rollup *rollup, int64_t now_ms)
{
	int64_t frontier = rollup_frontier(rollup, now_ms);

	if (frontier > rollup->frontier)
		rollup_advance(rollup, frontier);
	rollup_unchange(rollup);
}
