#include "rollup_oracle_naive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
floor_to(int value, int unit)
{
	int rest = value % unit;

	return value - (rest < 0 ? rest + unit : rest);
}

/* Windows end at multiples of `every` since 1970, which the start is not. */
static int
end_floor(int pane, int every)
{
	int64_t minute = WORLD_START / WORLD_MINUTE - WORLD_BEFORE;
	int shift = (int)(minute % every);

	return floor_to(pane + shift, every) - shift;
}

static int
pane_at(int64_t ms)
{
	return (int)((ms - WORLD_START + 1000 * WORLD_MINUTE) / WORLD_MINUTE) -
	    1000 + WORLD_BEFORE;
}

/*
 * Which series, which group.
 */

static bool
reads(const struct world_rollup *r, const struct world_series *s)
{
	const char *value;

	if (strcmp(r->metric, s->metric) != 0)
		return false;
	if (r->schema >= 0 &&
	    (((r->schema & 1) != 0) != (s->labels[WORLD_HOST] != NULL) ||
		((r->schema & 2) != 0) != (s->labels[WORLD_TEAM] != NULL)))
		return false;
	if (r->where < 0)
		return true;
	value = s->labels[r->where];
	return (value != NULL && strcmp(value, r->value) == 0) == r->equal;
}

static int
compare_groups(const void *a, const void *b)
{
	const struct naive_group *x = a, *y = b;

	return strcmp(x->sorts, y->sorts);
}

static void
group_series(struct naive_rollup *rollup, const struct world *world, int at)
{
	char name[NAIVE_NAME] = "", sorts[NAIVE_NAME] = "";
	struct naive_group *group = rollup->groups;

	for (int i = 0; i < rollup->is.nby; i++) {
		const char *value = world->series[at].labels[rollup->is.by[i]];

		value = value == NULL ? "Other" : value;
		snprintf(name + strlen(name), NAIVE_NAME - strlen(name), "%s,",
		    value);
		/* Other stands behind all. */
		snprintf(sorts + strlen(sorts), NAIVE_NAME - strlen(sorts),
		    "%s\x01", strcmp(value, "Other") == 0 ? "~" : value);
	}
	while (group < rollup->groups + rollup->ngroups &&
	    strcmp(group->name, name) != 0)
		group++;
	if (group == rollup->groups + rollup->ngroups) {
		rollup->ngroups++;
		strcpy(group->name, name);
		strcpy(group->sorts, sorts);
	}
	group->members[group->nmembers++] = at;
}

static void
begin_rollup(struct naive_rollup *rollup, const struct world_rollup *is,
    const struct world *world)
{
	*rollup = (struct naive_rollup){.is = *is};
	rollup->since = pane_at(world->now_ms + WORLD_MINUTE - 1);
	rollup->frontier = end_floor(rollup->since, is->every);
	for (int i = 0; i < world->nseries; i++)
		if (reads(is, &world->series[i]))
			group_series(rollup, world, i);
	qsort(rollup->groups, (size_t)rollup->ngroups, sizeof(*rollup->groups),
	    compare_groups);
}

/*
 * Values.
 */

static double
window_value(const struct naive *naive, const struct world_rollup *r,
    const struct naive_group *group, int end)
{
	double sum = 0, count = 0, min = INFINITY, max = -INFINITY;

	for (int m = 0; m < group->nmembers; m++)
		for (int i = end - r->window; i < end; i++) {
			const struct naive_pane *pane =
			    &naive->panes[group->members[m]][i];

			if (!pane->there)
				continue;
			sum += pane->sum;
			count += pane->count;
			min = fmin(min, pane->min);
			max = fmax(max, pane->max);
		}
	if (count == 0)
		return NAN;
	switch (r->function) {
	case WORLD_AVG:
		return sum / count;
	case WORLD_COUNT:
		return count;
	case WORLD_MAX:
		return max;
	case WORLD_MIN:
		return min;
	default:
		return sum;
	}
}

/* Of one number: its average, greatest, … are itself, its count is one. */
static double
rank_of(const struct world_rollup *r, double value)
{
	double rank = r->order_by == WORLD_COUNT ? 1 : value;

	return !r->ordered ? 0 : r->descending ? -rank : rank;
}

static bool
window_lists(const struct world_rollup *r, const double *values, int n, int at)
{
	int before = 0;

	if (isnan(values[at]))
		return false;
	for (int i = 0; i < n && r->limit > 0; i++) {
		double mine = rank_of(r, values[at]);
		double its = rank_of(r, values[i]);

		before += !isnan(values[i]) &&
		    (its < mine || (its == mine && i < at));
	}
	return r->limit == 0 || before < r->limit;
}

static bool
window_changed(const struct naive *naive, const struct world_rollup *r,
    const struct naive_group *group, int end)
{
	for (int m = 0; m < group->nmembers; m++)
		for (int i = end - r->window; i < end; i++)
			if (naive->panes[group->members[m]][i].changed)
				return true;
	return false;
}

/*
 * Lines.
 */

enum stage { EARLY, FINAL, REVISED };

static void
tell_window(struct naive *naive, struct naive_rollup *rollup, int end,
    enum stage stage, struct buf *out)
{
	const struct world_rollup *r = &rollup->is;
	double values[NAIVE_GROUPS];
	bool changed = stage == FINAL;

	if (end - r->window < rollup->since)
		return;
	for (int i = 0; i < rollup->ngroups; i++)
		changed = changed ||
		    window_changed(naive, r, &rollup->groups[i], end);
	for (int i = 0; i < rollup->ngroups; i++)
		values[i] = window_value(naive, r, &rollup->groups[i], end);
	for (int i = 0; i < rollup->ngroups && changed; i++) {
		struct naive_group *g = &rollup->groups[i];

		if (!window_lists(r, values, rollup->ngroups, i) ||
		    (stage != FINAL && g->told[end] &&
			g->value[end] == values[i]))
			continue;
		if (stage != FINAL && r->limit == 0 &&
		    !window_changed(naive, r, g, end))
			continue;
		g->told[end] = true;
		g->value[end] = values[i];
		naive->finals += stage == FINAL;
		naive->revised += stage == REVISED;
		naive->early += stage == EARLY;
		buf_printf(out, "r%d %s %d+%d %.17g %s\n", r->name, g->name,
		    end - r->window, r->window, values[i],
		    stage == FINAL	 ? "final"
			: stage == EARLY ? "early"
					 : "revised");
	}
}

static void
tell_windows(struct naive *naive, struct naive_rollup *rollup, int behind,
    int to, enum stage stage, struct buf *out)
{
	int every = rollup->is.every;

	if (behind < 0)
		behind = 0;
	for (int end = end_floor(behind, every) + every; end <= to;
	     end += every)
		tell_window(naive, rollup, end, stage, out);
}

/* Windows that begin before what is kept for the rollup, from the clock on. */
static void
tell_lost(struct naive *naive, struct naive_rollup *rollup, int64_t now_ms,
    struct buf *out)
{
	const struct world_rollup *r = &rollup->is;
	int kept =
	    pane_at(now_ms) - (r->delay + r->window + r->every + r->revise + 1);
	int lost = end_floor(kept + r->window - 1, r->every);

	if (lost <= rollup->frontier)
		return;
	tell_windows(naive, rollup, rollup->frontier, lost, FINAL, out);
	rollup->frontier = lost;
}

static void
tell(struct naive *naive, struct naive_rollup *rollup, int64_t now_ms,
    struct buf *out)
{
	const struct world_rollup *r = &rollup->is;
	int frontier =
	    end_floor(pane_at(now_ms - r->delay * WORLD_MINUTE), r->every);
	int before = rollup->frontier;

	if (frontier < before)
		frontier = before;
	tell_windows(naive, rollup, frontier - r->revise, before, REVISED, out);
	tell_windows(naive, rollup, before, frontier, FINAL, out);
	rollup->frontier = frontier;
	if (r->early)
		tell_windows(naive, rollup, frontier,
		    end_floor(pane_at(now_ms - 1), r->every) + r->every, EARLY,
		    out);
}

void
naive_config(struct naive *naive, const struct world *world, struct buf *out)
{
	struct naive_rollup *old = malloc(sizeof(naive->rollups));
	int nold = naive->nrollups;

	for (int i = 0; i < nold; i++)
		tell_lost(naive, &naive->rollups[i], world->now_ms, out);
	memcpy(old, naive->rollups, sizeof(naive->rollups));
	naive->world = world;
	naive->nrollups = world->nrollups;
	for (int i = 0; i < world->nrollups; i++) {
		const struct world_rollup *is = &world->rollups[i];
		int k = 0;

		while (k < nold && old[k].is.name != is->name)
			k++;
		if (k == nold) {
			begin_rollup(&naive->rollups[i], is, world);
			continue;
		}
		naive->rollups[i] = old[k];
		naive->rollups[i].is = *is;
	}
	free(old);
}

static void
put(struct naive *naive, const struct world_point *point)
{
	struct naive_pane *pane = &naive->panes[point->series][point->pane];
	const struct naive_pane now = {.there = true,
	    .changed = true,
	    .sum = point->sum,
	    .count = point->count,
	    .min = point->min,
	    .max = point->max};

	if (pane->there && pane->count > point->count)
		return;
	if (!pane->there || pane->sum != now.sum || pane->count != now.count ||
	    pane->min != now.min || pane->max != now.max)
		*pane = now;
}

void
naive_apply(
    struct naive *naive, const struct world_entry *entry, struct buf *out)
{
	for (int s = 0; s < WORLD_SERIES; s++)
		for (int i = 0; i < WORLD_PANES; i++)
			naive->panes[s][i].changed = false;
	for (int i = 0; i < naive->nrollups; i++)
		tell_lost(naive, &naive->rollups[i], entry->now_ms, out);
	for (int i = 0; i < entry->npoints; i++)
		put(naive, &entry->points[i]);
	for (int i = 0; i < naive->nrollups; i++) {
		int before = naive->rollups[i].frontier;

		tell(naive, &naive->rollups[i], entry->now_ms, out);
		naive->minutes += (size_t)(naive->rollups[i].frontier - before);
	}
}
