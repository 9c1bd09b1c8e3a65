#include "pipeline/window/group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

/* Room for one more of an array that doubles. */
static void *
group_room(void *old, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return old;
	*room = *room == 0 ? 8 : *room * 2;
	old = realloc(old, *room * size);
	if (old == NULL)
		log_die("out of memory: %zu of a group", *room);
	return old;
}

/* The columns of a group's pane: what its doubles cannot hold of the sums. */
enum { REST_SUM, REST_COUNT, RESTS };

/* After panes_set(): the ring may have moved, and the hot pane with it. */
static void
group_heat(struct group *group, struct pane *slot)
{
	group->hot = slot;
	group->hot_rests = (double *)panes_extended(&group->panes, slot);
}

/* The one place that writes a pane whole. */
static void
group_put(struct group *group, const struct pane *pane, const double *rests)
{
	struct pane *slot;

	if (pane->index >= group->oldest + LIMIT_PANES)
		return;
	slot = panes_set(&group->panes, pane->index, group->oldest);
	*slot = *pane;
	group_heat(group, slot);
	memcpy(group->hot_rests, rests, RESTS * sizeof(*rests));
}

/* Adds without loss (Knuth's TwoSum): what rounds off goes to the rest. */
static void
sum_add(double *sum, double *rest, double value)
{
	double total = *sum + value, part = total - *sum;
	double low = *rest + ((*sum - (total - part)) + (value - part));

	*sum = total + low;
	*rest = low - (*sum - total);
}

static void
pane_merge(struct pane *into, double *rests, const struct pane *pane)
{
	sum_add(&into->sum, &rests[REST_SUM], pane->sum);
	sum_add(&into->count, &rests[REST_COUNT], pane->count);
	if (pane->min < into->min)
		into->min = pane->min;
	if (pane->max > into->max)
		into->max = pane->max;
}

static void
group_merge(struct group *group, const struct pane *pane)
{
	static const double none[RESTS];
	struct panes *panes = &group->panes;

	/* Most points are of the minute that the last one was of. The ring
	 * forgets at the same points whether or not there is a hot pane: a
	 * restart, which has none, must save the same. */
	if (group->hot == NULL || group->hot->index != pane->index ||
	    panes->oldest < group->oldest) {
		if (panes_get(panes, pane->index) == NULL) {
			group_put(group, pane, none);
			return;
		}
		group_heat(group, panes_set(panes, pane->index, group->oldest));
	}
	pane_merge(group->hot, group->hot_rests, pane);
}

static void
groups_dirty(struct groups *groups, struct group *group)
{
	if (group->is_dirty)
		return;
	group->is_dirty = true;
	group->next_dirty = groups->dirty;
	groups->dirty = group;
}

void
group_dirty(struct group *group, int64_t index)
{
	groups_dirty(group->groups, group);
	indexes_put(&group->dirty, index, group->oldest);
}

void
group_pane(struct group *group, enum pane_put how, const struct pane *pane,
    int64_t oldest)
{
	if (oldest > group->oldest)
		group->oldest = oldest;
	if (pane->index < group->oldest)
		return;
	if (pane->index > group->newest)
		group->newest = pane->index;
	if (how == PANE_NEW)
		group_merge(group, pane);
	else if (how == PANE_REPLACED)
		group_dirty(group, pane->index);
}

void
group_forget(struct group *group, int64_t oldest)
{
	panes_fini(&group->panes);
	for (int i = 0; i < RESTS; i++)
		panes_column(&group->panes);
	group->hot = NULL;
	group->oldest = oldest;
	group->dirty.count = 0;
	group->newest = INT64_MIN;
}

static void
group_remake(struct group *group, int64_t index)
{
	struct pane whole = {.index = index};
	double rests[RESTS] = {0};
	bool any = false;

	for (size_t i = 0; i < group->nmembers; i++) {
		const struct pane *pane =
		    panes_get(series_panes(group->members[i]), index);

		if (pane == NULL)
			continue;
		if (!any) {
			whole.min = pane->min;
			whole.max = pane->max;
		}
		pane_merge(&whole, rests, pane);
		any = true;
	}
	if (any)
		group_put(group, &whole, rests);
}

void
group_settle(struct group *group)
{
	indexes_sort(&group->dirty, group->oldest);
	for (size_t i = 0; i < group->dirty.count; i++)
		group_remake(group, group->dirty.at[i]);
	group->dirty.count = 0;
}

void
groups_settle(struct groups *groups)
{
	while (groups->dirty != NULL) {
		struct group *group = groups->dirty;

		groups->dirty = group->next_dirty;
		group->is_dirty = false;
		group_settle(group);
	}
}

/* Labels and values, each with its length before it: what names a group. */
static struct span
group_canonical(struct groups *groups, const struct span *values)
{
	const struct insights *query = groups->query;
	struct buf *out = &groups->scratch;

	buf_clear(out);
	for (size_t i = 0; i < query->ngroup_by; i++) {
		struct span name = query->group_by[i].name;

		buf_u32(out, (unsigned)name.len);
		buf_span_put(out, name);
		buf_u32(out, (unsigned)values[i].len);
		buf_span_put(out, values[i]);
	}
	return buf_span(out);
}

static struct group *
groups_make(
    struct groups *groups, const struct span *values, struct span canonical)
{
	const struct insights *query = groups->query;
	struct group *group = arena_alloc(&groups->arena, sizeof(*group));
	struct span *copies = arena_alloc(
	    &groups->arena, (query->ngroup_by + 1) * sizeof(*copies));

	for (size_t i = 0; i < query->ngroup_by; i++)
		copies[i] = arena_copy(&groups->arena, values[i]);
	group->values = copies;
	group->nvalues = query->ngroup_by;
	group->panes.slab = &groups->slab;
	for (int i = 0; i < RESTS; i++)
		panes_column(&group->panes);
	group->groups = groups;
	group->index = groups->count;
	group->oldest = INT64_MIN + 1; /* no free slot is as young */
	group->newest = INT64_MIN;
	snprintf(group->id, sizeof(group->id), "%016" PRIx64,
	    hash_stable(canonical));
	table_put(
	    &groups->by_values, arena_copy(&groups->arena, canonical), group);
	groups->at = group_room(
	    groups->at, groups->count, &groups->room, sizeof(*groups->at));
	groups->at[groups->count++] = group;
	return group;
}

/* The group of these values, made when it is new; NULL above the limit. */
static struct group *
groups_get(struct groups *groups, const struct span *values)
{
	struct span canonical = group_canonical(groups, values);
	struct group *group = table_get(&groups->by_values, canonical);

	if (group != NULL || groups->count >= LIMIT_CONTRIBUTORS)
		return group;
	return groups_make(groups, values, canonical);
}

bool
groups_place(struct groups *groups, size_t at, const struct span *values)
{
	struct group *group = groups_get(groups, values), *there;

	if (group == NULL || group->index < at)
		return false;
	there = groups->at[at];
	there->index = group->index;
	groups->at[there->index] = there;
	group->index = at;
	groups->at[at] = group;
	return true;
}

void
groups_init(struct groups *groups, const struct insights *query)
{
	*groups = (struct groups){.query = query};
	arena_init(&groups->arena);
	if (query->ngroup_by == 0)
		groups_get(groups, NULL);
}

void
groups_fini(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		panes_fini(&groups->at[i]->panes);
		free(groups->at[i]->members);
		indexes_fini(&groups->at[i]->dirty);
	}
	free(groups->at);
	free(groups->sorted);
	table_fini(&groups->by_values);
	slab_fini(&groups->slab);
	buf_fini(&groups->scratch);
	arena_fini(&groups->arena);
	*groups = (struct groups){0};
}

static void
group_join(struct group *group, struct series *series)
{
	const struct panes *panes = series_panes(series);
	int64_t newest = panes_newest(panes);

	if (newest > group->newest)
		group->newest = newest;
	group->members = group_room(group->members, group->nmembers,
	    &group->members_room, sizeof(*group->members));
	group->members[group->nmembers++] = series;
	for (size_t i = 0; i < panes->room; i++)
		if (panes->ring[i].index >= group->oldest)
			group_merge(group, &panes->ring[i]);
}

struct group *
groups_bind(struct groups *groups, struct series *series, int64_t oldest)
{
	const struct insights *query = groups->query;
	struct span values[GROUP_LABELS];
	struct series_name room;
	const struct series_key *key = series_key(series, &room);
	struct group *group;

	invariant(query->ngroup_by <= GROUP_LABELS);
	for (size_t i = 0; i < query->ngroup_by; i++)
		values[i] = insights_group_value(query, i, key);
	group = groups_get(groups, values);
	if (group == NULL)
		return NULL;
	if (oldest > group->oldest)
		group->oldest = oldest;
	group_join(group, series);
	return group;
}

void
groups_forget(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		struct group *group = groups->at[i];
		size_t kept = 0;

		for (size_t k = 0; k < group->nmembers; k++)
			if (group->members[k]->number != SERIES_GONE)
				group->members[kept++] = group->members[k];
		group->nmembers = kept;
	}
}

void
groups_drop(struct groups *groups, struct group *group)
{
	invariant(group->nmembers == 0 && !group->is_dirty);
	table_remove(
	    &groups->by_values, group_canonical(groups, group->values));
	panes_fini(&group->panes);
	free(group->members);
	indexes_fini(&group->dirty);
	groups->nsorted = 0;
}

/* Other stands behind every value, label by label. */
static int
group_compare(const void *a, const void *b)
{
	const struct group *left = *(struct group *const *)a;
	const struct group *right = *(struct group *const *)b;

	for (size_t i = 0; i < left->nvalues; i++) {
		bool left_other = span_is(left->values[i], INSIGHTS_OTHER);
		bool right_other = span_is(right->values[i], INSIGHTS_OTHER);
		int order = left_other != right_other
		    ? left_other - right_other
		    : span_compare(left->values[i], right->values[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

struct group *const *
groups_sorted(struct groups *groups)
{
	size_t size = groups->count * sizeof(*groups->sorted);

	if (groups->nsorted == groups->count)
		return groups->sorted;
	groups->sorted = realloc(groups->sorted, size);
	if (groups->sorted == NULL)
		log_die("out of memory: %zu groups", groups->count);
	memcpy(groups->sorted, groups->at, size);
	qsort(groups->sorted, groups->count, sizeof(*groups->sorted),
	    group_compare);
	groups->nsorted = groups->count;
	return groups->sorted;
}
