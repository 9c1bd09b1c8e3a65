/* Bytes into messages, and those into memory. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/state_codec.h"
#include "schemas/state.pb-c.h"

struct state_loading {
	Tocsin__State *m;
};

static struct span
load_span(ProtobufCBinaryData bytes)
{
	return span_make(bytes.data, bytes.len);
}

static enum rc
load_bad(struct err *err, const char *what)
{
	return err_set(err, RC_REJECT, "the saved state is damaged: %s", what);
}

/* Instants and indexes with which sums do not overflow. */
static bool
load_sane(int64_t value)
{
	return value > -(1LL << 53) && value < 1LL << 53;
}

static bool
load_panes(struct panes *panes, const Tocsin__Panes *m)
{
	size_t width = 4 + panes->columns;

	if (m == NULL)
		return true;
	panes_restore(panes, m->oldest);
	if (m->columns != panes->columns || m->n_values != m->n_index * width)
		return false;
	for (size_t i = 0; i < m->n_index; i++) {
		const double *from = &m->values[i * width];
		const struct pane pane = {
		    m->index[i], from[0], from[1], from[2], from[3]};

		if (!load_sane(pane.index) || pane.index < m->oldest ||
		    panes_put(panes, &pane, from + 4, m->oldest) != PANE_NEW)
			return false;
	}
	return true;
}

static bool
load_series(struct series_table *table, const Tocsin__Series *m)
{
	struct dimension dimensions[LIMIT_DIMENSIONS];
	struct series_key key = {.account = load_span(m->account),
	    .region = load_span(m->region),
	    .namespace = load_span(m->namespace_),
	    .metric = load_span(m->metric),
	    .unit = load_span(m->unit),
	    .dimensions = dimensions,
	    .ndimensions = m->n_dimensions};
	struct series *series;
	bool is_new;

	if (m->n_dimensions > LIMIT_DIMENSIONS)
		return false;
	for (size_t i = 0; i < m->n_dimensions; i++)
		dimensions[i] =
		    (struct dimension){load_span(m->dimensions[i]->name),
			load_span(m->dimensions[i]->value)};
	series = series_intern(table, &key, &is_new);
	if (series == NULL || !is_new)
		return false;
	series->seen = m->seen;
	if (m->lacking != 0)
		series_history(series)->lacking = m->lacking;
	for (size_t i = 0; i < m->n_extended; i++)
		if (series_column(series, load_span(m->extended[i])) != i)
			return false;
	if (m->panes == NULL)
		return true;
	return load_panes(&series_history(series)->panes, m->panes);
}

static struct heard_mark *
load_heard_mark(struct heard *heard, const Tocsin__Heard *h)
{
	switch (h->kind) {
	case HEARD_FEED:
		return heard_feed(heard, load_span(h->feed));
	case HEARD_STREAM:
		return heard_stream(heard, load_span(h->account),
		    load_span(h->region), load_span(h->namespace_));
	case HEARD_PEER:
		return heard_peer(
		    heard, load_span(h->feed), load_span(h->region));
	default:
		return NULL;
	}
}

static bool
load_heard(struct heard *heard, const Tocsin__State *m)
{
	heard->clock_ms = m->heard_ms;
	heard->listening_ms = m->listening_ms;
	for (size_t i = 0; i < m->n_heard; i++) {
		const Tocsin__Heard *h = m->heard[i];
		struct heard_mark *mark = load_heard_mark(heard, h);

		if (mark == NULL || heard->count != i + 1)
			return false;
		mark->last_ms = h->last_ms;
	}
	return true;
}

enum rc
state_load(struct state_loading **loading, struct span bytes,
    struct state *state, struct err *err)
{
	struct state_loading *self = calloc(1, sizeof(*self));
	const Tocsin__State *m;

	*loading = self;
	if (self == NULL)
		log_die("out of memory: saved state");
	m = self->m =
	    tocsin__state__unpack(NULL, bytes.len, (const uint8_t *)bytes.at);
	if (m == NULL)
		return load_bad(err, "it cannot be read");
	if (m->version != STATE_VERSION)
		return err_set(err, RC_REJECT,
		    "the saved state has version %u; this program reads %d",
		    m->version, STATE_VERSION);
	if ((m->now_ms != INT64_MIN && !load_sane(m->now_ms)) ||
	    (m->start_ms != INT64_MIN && !load_sane(m->start_ms)))
		return load_bad(err, "its clock");
	state->now_ms = m->now_ms;
	state->start_ms = m->start_ms;
	state->configured = m->configured;
	state->config = load_span(m->config);
	state->panes = m->panes;
	if (!load_heard(state->heard, m))
		return load_bad(err, "what was heard");
	for (size_t i = 0; i < m->n_series; i++)
		if (!load_series(state->series, m->series[i]))
			return load_bad(err, "a series");
	return RC_OK;
}

static void
load_memory(struct memory *memory, const Tocsin__Memory *m)
{
	if (m == NULL)
		return;
	memory_set(memory, m->state <= STATE_ALARM ? m->state : 0, m->since_ms,
	    load_span(m->reason), load_span(m->data));
	memory->changed_seq = m->changed_seq;
}

static bool
load_place(struct groups *groups, size_t at, const Tocsin__Group *g)
{
	struct span values[GROUP_LABELS];

	if (g->n_group_values != groups->query->ngroup_by ||
	    g->n_group_values > GROUP_LABELS)
		return false;
	for (size_t i = 0; i < g->n_group_values; i++)
		values[i] = load_span(g->group_values[i]);
	return groups_place(groups, at, values);
}

static bool
load_group(struct groups *groups, size_t at, const Tocsin__Group *g)
{
	struct group *group;

	if (!load_place(groups, at, g))
		return false;
	group = groups->at[at];
	group_forget(group, g->oldest);
	if (!load_panes(&group->panes, g->panes))
		return false;
	group->newest = panes_newest(&group->panes);
	for (size_t d = 0; d < g->n_dirty; d++)
		group_dirty(group, g->dirty[d]);
	return true;
}

/* Groups were made again when the series were bound, all but those whose
 * series are forgotten; what they hold is what it was, to the last bit of
 * every sum. */
static bool
load_groups(struct watch *watch, const Tocsin__Watch *m)
{
	struct groups *groups = watch->groups;

	if (m->n_contributors > m->n_groups)
		return false;
	for (size_t i = 0; i < m->n_groups; i++)
		if (!load_group(groups, i, m->groups[i]))
			return false;
	if (m->n_groups != groups->count)
		return false;
	for (size_t i = 0; i < m->n_contributors; i++) {
		struct contributor *c = contributors_of(&watch->contributors,
		    groups->at[i], watch->alarm->insights, 0);

		load_memory(&c->memory, m->contributors[i]->memory);
		c->returned = m->contributors[i]->returned;
		c->muting.pending = m->contributors[i]->mute_pending;
	}
	return true;
}

static void
load_gate(struct gate *gate, const Tocsin__Gate *m)
{
	gate->suppression.by =
	    m->suppressed_by <= SUPPRESSED_ALARM ? m->suppressed_by : 0;
	gate->suppression.until_ms = m->until_ms;
	gate->suppressor_in_alarm = m->suppressor_in_alarm;
	gate->suppressor_since_ms = m->suppressor_since_ms;
	gate->muting.pending = m->mute_pending;
}

static bool
load_watch(struct watch *watch, const Tocsin__Watch *m)
{
	load_memory(&watch->memory, m->memory);
	watch->created_ms = m->created_ms;
	watch->newest_ms = m->newest_ms;
	watch->asleep = m->asleep;
	watch->warm = m->warm;
	watch->complained = m->complained;
	watch->stirred = m->stirred;
	watch->cause = m->cause;
	for (size_t i = 0; i < m->n_complained_inputs; i++) {
		if (m->complained_inputs[i] >= watch->alarm->nmetrics)
			return false;
		watch->inputs[m->complained_inputs[i]].complained = true;
	}
	if (watch->gate != NULL && m->gate != NULL)
		load_gate(watch->gate, m->gate);
	if (watch->model != NULL && m->model != NULL &&
	    !anomaly_restore(watch->model, m->model->first, m->model->values,
		m->model->n_values))
		return false;
	return watch->groups == NULL || load_groups(watch, m);
}

/* The frontier lies a delay behind the clock, give or take a step. */
static bool
load_cadence_fits(const struct cadence *cadence, const Tocsin__Cadence *m)
{
	if (m->frontier_ms == INT64_MIN)
		return m->horizon_ms == INT64_MIN;
	return m->horizon_ms >= m->frontier_ms && load_sane(m->frontier_ms) &&
	    load_sane(m->horizon_ms) &&
	    m->horizon_ms - m->frontier_ms <=
	    cadence->delay_ms + 2 * cadence->step_ms;
}

enum rc
state_load_watches(
    struct state_loading *loading, struct watch_set *set, struct err *err)
{
	const Tocsin__State *m = loading->m;

	if (m->n_watches != set->count || m->n_cadences != set->ncadences)
		return load_bad(err,
		    "its alarms are not those of its "
		    "configuration");
	set->clock_ms = m->watched_ms;
	for (size_t i = 0; i < m->n_watches; i++)
		if (!load_watch(&set->watches[i], m->watches[i]))
			return load_bad(err, "an alarm");
	for (size_t i = 0; i < m->n_cadences; i++) {
		if (!load_cadence_fits(&set->cadences[i], m->cadences[i]))
			return load_bad(err, "a frontier");
		set->cadences[i].move.frontier_ms = m->cadences[i]->frontier_ms;
		set->cadences[i].move.horizon_ms = m->cadences[i]->horizon_ms;
	}
	return RC_OK;
}

static bool
load_rollup_group(
    struct rollup *rollup, size_t at, const Tocsin__RollupGroup *m)
{
	if (m->n_told_end != m->n_told_value ||
	    (m->n_told_end > 0 && rollup->frontier == INT64_MIN))
		return false;
	for (size_t i = 0; i < m->n_told_end; i++)
		if (!load_sane(m->told_end[i]) ||
		    !rollup_told_put(
			rollup, at, m->told_end[i], m->told_value[i]))
			return false;
	for (size_t i = 0; i < m->n_changed; i++) {
		if (!load_sane(m->changed[i]))
			return false;
		rollup_changed_put(rollup, at, m->changed[i]);
	}
	return true;
}

static bool
load_rollup(struct rollup *rollup, const Tocsin__Rollup *m)
{
	if ((m->since != INT64_MIN && !load_sane(m->since)) ||
	    (m->frontier != INT64_MIN &&
		(!load_sane(m->frontier) || m->frontier % rollup->every != 0)))
		return false;
	rollup->since = m->since;
	rollup_advance(rollup, m->frontier);
	rollup->full = m->full;
	rollup->cut = m->cut;
	for (size_t i = 0; i < m->n_groups; i++)
		if (m->groups[i]->group == NULL ||
		    !load_group(&rollup->groups, i, m->groups[i]->group))
			return false;
	if (m->n_groups != rollup->groups.count)
		return false;
	rollup_placed(rollup);
	for (size_t i = 0; i < m->n_groups; i++)
		if (!load_rollup_group(rollup, i, m->groups[i]))
			return false;
	return true;
}

enum rc
state_load_rollups(
    struct state_loading *loading, struct rollup_set *set, struct err *err)
{
	const Tocsin__State *m = loading->m;

	if (m->n_rollups != set->count)
		return load_bad(
		    err, "its rollups are not those of its configuration");
	for (size_t i = 0; i < m->n_rollups; i++)
		if (!load_rollup(&set->at[i], m->rollups[i]))
			return load_bad(err, "a rollup");
	return RC_OK;
}

void
state_loading_free(struct state_loading **loading)
{
	if (*loading == NULL)
		return;
	if ((*loading)->m != NULL)
		tocsin__state__free_unpacked((*loading)->m, NULL);
	free(*loading);
	*loading = NULL;
}
