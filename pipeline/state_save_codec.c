/* Memory into messages, and those into bytes. */
#include <stdlib.h>

#include "pipeline/state_codec.h"
#include "schemas/state.pb-c.h"

#define NEW(arena, type, init)                                                 \
	({                                                                     \
		type *made = arena_alloc(arena, sizeof(*made));                \
		*made = (type)init;                                            \
		made;                                                          \
	})

static ProtobufCBinaryData
save_bytes(struct span text)
{
	return (ProtobufCBinaryData){text.len, (uint8_t *)(uintptr_t)text.at};
}

static int
save_compare(const void *a, const void *b)
{
	const struct pane *x = *(const struct pane *const *)a;
	const struct pane *y = *(const struct pane *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

static const struct pane **
save_panes_sorted(struct arena *arena, const struct panes *panes, size_t *count)
{
	const struct pane **all =
	    arena_alloc(arena, (panes->room + 1) * sizeof(*all));

	*count = 0;
	for (size_t i = 0; i < panes->room; i++)
		if (panes->ring[i].index != INT64_MIN &&
		    panes->ring[i].index >= panes->oldest)
			all[(*count)++] = &panes->ring[i];
	qsort(all, *count, sizeof(*all), save_compare);
	return all;
}

static Tocsin__Panes *
save_panes(struct arena *arena, const struct panes *panes)
{
	Tocsin__Panes *m = NEW(arena, Tocsin__Panes, TOCSIN__PANES__INIT);
	size_t count, width = 4 + panes->columns;
	const struct pane **all = save_panes_sorted(arena, panes, &count);

	m->columns = (uint32_t)panes->columns;
	m->oldest = panes->oldest;
	m->n_index = count;
	m->n_values = count * width;
	m->index = arena_alloc(arena, (count + 1) * sizeof(*m->index));
	m->values = arena_alloc(arena, (m->n_values + 1) * sizeof(*m->values));
	for (size_t i = 0; i < count; i++) {
		const double *extended = panes_extended(panes, all[i]);
		double *to = &m->values[i * width];

		m->index[i] = all[i]->index;
		to[0] = all[i]->sum;
		to[1] = all[i]->count;
		to[2] = all[i]->min;
		to[3] = all[i]->max;
		for (size_t c = 0; c < panes->columns; c++)
			to[4 + c] = extended[c];
	}
	return m;
}

static Tocsin__Series *
save_series(struct arena *arena, const struct series *series)
{
	Tocsin__Series *m = NEW(arena, Tocsin__Series, TOCSIN__SERIES__INIT);
	const struct history *history = series->history;
	struct series_name room;
	const struct series_key *key = series_key(series, &room);

	m->account = save_bytes(key->account);
	m->region = save_bytes(key->region);
	m->namespace_ = save_bytes(key->namespace);
	m->metric = save_bytes(key->metric);
	m->unit = save_bytes(key->unit);
	m->n_dimensions = key->ndimensions;
	m->dimensions =
	    arena_alloc(arena, (key->ndimensions + 1) * sizeof(*m->dimensions));
	for (size_t i = 0; i < key->ndimensions; i++) {
		Tocsin__Dimension *d =
		    NEW(arena, Tocsin__Dimension, TOCSIN__DIMENSION__INIT);

		d->name = save_bytes(key->dimensions[i].name);
		d->value = save_bytes(key->dimensions[i].value);
		m->dimensions[i] = d;
	}
	m->seen = series->seen;
	if (history == NULL)
		return m;
	m->lacking = history->lacking;
	m->n_extended = history->panes.columns;
	m->extended =
	    arena_alloc(arena, (m->n_extended + 1) * sizeof(*m->extended));
	for (size_t i = 0; i < m->n_extended; i++)
		m->extended[i] = save_bytes(history->extended[i]);
	if (history->panes.room > 0)
		m->panes = save_panes(arena, &history->panes);
	return m;
}

static Tocsin__Memory *
save_memory(struct arena *arena, const struct memory *memory)
{
	Tocsin__Memory *m = NEW(arena, Tocsin__Memory, TOCSIN__MEMORY__INIT);

	m->state = memory->state;
	m->since_ms = memory->since_ms;
	m->changed_seq = memory->changed_seq;
	m->reason = save_bytes(memory->reason);
	m->data = save_bytes(memory->data);
	return m;
}

/* Sorted: a loaded list may stand in another order than the one saved. */
static struct indexes
save_indexes(struct arena *arena, const struct indexes *indexes, int64_t oldest)
{
	struct indexes copy = *indexes;

	copy.at = arena_alloc(arena, (copy.count + 1) * sizeof(*copy.at));
	if (copy.count > 0)
		memcpy(copy.at, indexes->at, copy.count * sizeof(*copy.at));
	indexes_sort(&copy, oldest);
	return copy;
}

static Tocsin__Group *
save_group(struct arena *arena, const struct group *group)
{
	Tocsin__Group *g = NEW(arena, Tocsin__Group, TOCSIN__GROUP__INIT);
	struct indexes dirty =
	    save_indexes(arena, &group->dirty, group->oldest);

	if (group->panes.room > 0)
		g->panes = save_panes(arena, &group->panes);
	g->n_group_values = group->nvalues;
	g->group_values =
	    arena_alloc(arena, (group->nvalues + 1) * sizeof(*g->group_values));
	for (size_t k = 0; k < group->nvalues; k++)
		g->group_values[k] = save_bytes(group->values[k]);
	g->n_dirty = dirty.count;
	g->dirty = dirty.at;
	g->oldest = group->oldest;
	return g;
}

static void
save_groups(struct arena *arena, const struct watch *watch, Tocsin__Watch *m)
{
	m->n_groups = watch->groups->count;
	m->groups = arena_alloc(arena, (m->n_groups + 1) * sizeof(*m->groups));
	for (size_t i = 0; i < m->n_groups; i++)
		m->groups[i] = save_group(arena, watch->groups->at[i]);
	m->n_contributors = watch->contributors.count;
	m->contributors = arena_alloc(
	    arena, (m->n_contributors + 1) * sizeof(*m->contributors));
	for (size_t i = 0; i < m->n_contributors; i++) {
		const struct contributor *c = &watch->contributors.at[i];
		Tocsin__Contributor *to =
		    NEW(arena, Tocsin__Contributor, TOCSIN__CONTRIBUTOR__INIT);

		to->memory = save_memory(arena, &c->memory);
		to->returned = c->returned;
		to->mute_pending = c->muting.pending;
		m->contributors[i] = to;
	}
}

static Tocsin__Model *
save_model(struct arena *arena, const struct anomaly *model)
{
	Tocsin__Model *m = NEW(arena, Tocsin__Model, TOCSIN__MODEL__INIT);

	m->first = anomaly_first(model);
	m->n_values = anomaly_count(model);
	m->values = arena_alloc(arena, (m->n_values + 1) * sizeof(*m->values));
	for (size_t i = 0; i < m->n_values; i++)
		m->values[i] = anomaly_value(model, i);
	return m;
}

static void
save_inputs(struct arena *arena, const struct watch *watch, Tocsin__Watch *m)
{
	size_t n = watch->alarm->nmetrics;

	m->complained_inputs =
	    arena_alloc(arena, (n + 1) * sizeof(*m->complained_inputs));
	for (size_t i = 0; i < n; i++)
		if (watch->inputs[i].complained)
			m->complained_inputs[m->n_complained_inputs++] =
			    (uint32_t)i;
}

static Tocsin__Watch *
save_watch(struct arena *arena, const struct watch *watch)
{
	Tocsin__Watch *m = NEW(arena, Tocsin__Watch, TOCSIN__WATCH__INIT);

	m->memory = save_memory(arena, &watch->memory);
	m->created_ms = watch->created_ms;
	m->newest_ms = watch->newest_ms;
	m->asleep = watch->asleep;
	m->warm = watch->warm;
	m->complained = watch->complained;
	m->stirred = watch->stirred;
	m->cause = watch->cause;
	save_inputs(arena, watch, m);
	if (watch->groups != NULL)
		save_groups(arena, watch, m);
	if (watch->model != NULL)
		m->model = save_model(arena, watch->model);
	if (watch->gate != NULL) {
		m->gate = NEW(arena, Tocsin__Gate, TOCSIN__GATE__INIT);
		m->gate->suppressed_by = watch->gate->suppression.by;
		m->gate->until_ms = watch->gate->suppression.until_ms;
		m->gate->suppressor_in_alarm = watch->gate->suppressor_in_alarm;
		m->gate->suppressor_since_ms = watch->gate->suppressor_since_ms;
		m->gate->mute_pending = watch->gate->muting.pending;
	}
	return m;
}

static int
told_compare(const void *a, const void *b)
{
	const struct rollup_told *x = a, *y = b;

	return (x->end > y->end) - (x->end < y->end);
}

/* What is never asked again is not saved: a loaded one saves the same. */
static Tocsin__RollupGroup *
save_rollup_group(struct arena *arena, const struct rollup *rollup, size_t at)
{
	const struct rollup_group *group = &rollup->at[at];
	Tocsin__RollupGroup *m =
	    NEW(arena, Tocsin__RollupGroup, TOCSIN__ROLLUP_GROUP__INIT);
	size_t room = group->told == NULL ? 0 : rollup->told_room;
	struct rollup_told *told =
	    arena_alloc(arena, (room + 1) * sizeof(*told));
	struct indexes changed =
	    save_indexes(arena, &group->changed, INT64_MIN);

	m->group = save_group(arena, rollup->groups.at[at]);
	m->told_end = arena_alloc(arena, (room + 1) * sizeof(*m->told_end));
	m->told_value = arena_alloc(arena, (room + 1) * sizeof(*m->told_value));
	if (room > 0)
		memcpy(told, group->told, room * sizeof(*told));
	qsort(told, room, sizeof(*told), told_compare);
	for (size_t i = 0; i < room; i++) {
		if (told[i].end == INT64_MIN ||
		    told[i].end <= rollup->frontier - rollup->revise)
			continue;
		m->told_end[m->n_told_end++] = told[i].end;
		m->told_value[m->n_told_value++] = told[i].value;
	}
	m->n_changed = changed.count;
	m->changed = changed.at;
	return m;
}

static Tocsin__Rollup *
save_rollup(struct arena *arena, const struct rollup *rollup)
{
	Tocsin__Rollup *m = NEW(arena, Tocsin__Rollup, TOCSIN__ROLLUP__INIT);

	m->since = rollup->since;
	m->frontier = rollup->frontier;
	m->full = rollup->full;
	m->cut = rollup->cut;
	m->n_groups = rollup->groups.count;
	m->groups = arena_alloc(arena, (m->n_groups + 1) * sizeof(*m->groups));
	for (size_t i = 0; i < m->n_groups; i++)
		m->groups[i] = save_rollup_group(arena, rollup, i);
	return m;
}

static void
save_rollups(struct arena *arena, const struct state *state, Tocsin__State *m)
{
	const struct rollup_set *set = state->rollups;

	m->n_rollups = set->count;
	m->rollups =
	    arena_alloc(arena, (m->n_rollups + 1) * sizeof(*m->rollups));
	for (size_t i = 0; i < m->n_rollups; i++)
		m->rollups[i] = save_rollup(arena, &set->at[i]);
}

static void
save_heard(struct arena *arena, const struct heard *heard, Tocsin__State *m)
{
	m->heard_ms = heard->clock_ms;
	m->listening_ms = heard->listening_ms;
	m->n_heard = heard->count;
	m->heard = arena_alloc(arena, (m->n_heard + 1) * sizeof(*m->heard));
	for (size_t i = 0; i < m->n_heard; i++) {
		const struct heard_mark *mark = heard->at[i];
		Tocsin__Heard *h =
		    NEW(arena, Tocsin__Heard, TOCSIN__HEARD__INIT);

		h->kind = mark->kind;
		h->feed = save_bytes(mark->feed);
		h->account = save_bytes(mark->account);
		h->region = save_bytes(mark->region);
		h->namespace_ = save_bytes(mark->namespace);
		h->last_ms = mark->last_ms;
		m->heard[i] = h;
	}
}

static void
save_lists(struct arena *arena, const struct state *state, Tocsin__State *m)
{
	const struct watch_set *set = state->watches;

	m->watched_ms = set->clock_ms;

	m->n_series = state->series->count;
	m->series = arena_alloc(arena, (m->n_series + 1) * sizeof(*m->series));
	for (size_t i = 0; i < m->n_series; i++)
		m->series[i] = save_series(arena, state->series->at[i]);
	m->n_watches = set->count;
	m->watches =
	    arena_alloc(arena, (m->n_watches + 1) * sizeof(*m->watches));
	for (size_t i = 0; i < m->n_watches; i++)
		m->watches[i] = save_watch(arena, &set->watches[i]);
	m->n_cadences = set->ncadences;
	m->cadences =
	    arena_alloc(arena, (m->n_cadences + 1) * sizeof(*m->cadences));
	for (size_t i = 0; i < m->n_cadences; i++) {
		Tocsin__Cadence *c =
		    NEW(arena, Tocsin__Cadence, TOCSIN__CADENCE__INIT);

		c->frontier_ms = set->cadences[i].move.frontier_ms;
		c->horizon_ms = set->cadences[i].move.horizon_ms;
		m->cadences[i] = c;
	}
}

void
state_save(const struct state *state, struct buf *out)
{
	Tocsin__State m = TOCSIN__STATE__INIT;
	struct arena arena;
	char *to;

	arena_init(&arena);
	m.version = STATE_VERSION;
	m.now_ms = state->now_ms;
	m.start_ms = state->start_ms;
	m.configured = state->configured;
	m.config = save_bytes(state->config);
	m.panes = state->panes;
	save_heard(&arena, state->heard, &m);
	save_lists(&arena, state, &m);
	save_rollups(&arena, state, &m);
	to = buf_reserve(out, tocsin__state__get_packed_size(&m));
	if (to != NULL)
		out->len += tocsin__state__pack(&m, (uint8_t *)to);
	arena_fini(&arena);
}
