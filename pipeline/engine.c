#include "pipeline/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/alarm/watch_set.h"
#include "pipeline/decode/decode.h"
#include "pipeline/state_codec.h"
#include "pipeline/window/series.h"

#define MINUTE_MS 60000

/*
 *   entry ─▶ decode ─▶ points ─▶ series ─▶ panes ─▶ watches ─▶ transitions
 *              │                   │                   │
 *              ▼                   ▼                   ▼
 *           rejects          unread, refused     state, frontier
 */
struct engine {
	struct engine_options options;
	struct series_table series;
	struct watch_set watches;
	struct watch_set former; /* of the definitions before: the outcome of
				    a config entry points to them */
	int64_t now_ms;		 /* the last entry's clock */
	int64_t start_ms; /* the first entry's; INT64_MIN in event order */
	bool configured;
	size_t panes;
	struct buf config; /* the payload of the last config entry */
};

struct engine *
engine_create(const struct engine_options *options)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		log_die("out of memory: engine");
	engine->options = *options;
	engine->now_ms = engine->start_ms = INT64_MIN;
	series_table_init(&engine->series);
	return engine;
}

void
engine_free(struct engine **engine)
{
	if (*engine == NULL)
		return;
	watch_set_fini(&(*engine)->watches);
	watch_set_fini(&(*engine)->former);
	series_table_fini(&(*engine)->series);
	buf_fini(&(*engine)->config);
	free(*engine);
	*engine = NULL;
}

static int64_t
engine_pane_index(const struct engine *engine, int64_t ms)
{
	int64_t step = engine->options.step_ms, rest = ms % step;

	return (ms - (rest < 0 ? rest + step : rest)) / step;
}

static void
engine_bind(
    struct engine *engine, struct series *series, struct outcome *outcome)
{
	const struct binding binding = {
	    &engine->series, engine->now_ms, engine->options.step_ms, outcome};

	watch_set_bind(&engine->watches, &binding, series);
}

/* New definitions: every series finds its readers anew. What the panes hold
 * stays, as CloudWatch uses data from before an alarm was made. */
static enum rc
engine_define(struct engine *engine, struct span payload,
    struct outcome *outcome, struct err *err)
{
	struct engine_config config;
	enum rc rc = engine_config_read(&config, payload, outcome, err);

	if (rc != RC_OK)
		return rc;
	engine->configured = true;
	buf_clear(&engine->config);
	buf_span_put(&engine->config, payload);
	watch_set_fini(&engine->former);
	engine->former = engine->watches;
	watch_set_init(&engine->watches, &config, engine->options.delay_ms,
	    engine->options.step_ms, engine->now_ms);
	for (size_t i = 0; i < engine->series.count; i++) {
		series_read_by_none(engine->series.at[i]);
		engine_bind(engine, engine->series.at[i], outcome);
	}
	return RC_OK;
}

static enum rc
engine_configure(struct engine *engine, struct span payload,
    struct outcome *outcome, struct err *err)
{
	enum rc rc;

	if (engine->options.pinned && engine->configured)
		return RC_OK;
	rc = engine_define(engine, payload, outcome, err);
	if (rc == RC_OK)
		watch_set_inherit(
		    &engine->watches, &engine->former, engine->now_ms, outcome);
	return rc;
}

/* A statistic that an alarm reads and the stream does not carry is told once
 * a series. */
static void
engine_lacks(
    struct series *series, const double *extended, struct outcome *outcome)
{
	for (size_t i = 0; i < series->panes.columns; i++) {
		if (!isnan(extended[i]) || (series->lacking >> i & 1) != 0)
			continue;
		series->lacking |= 1u << i;
		outcome_complain(outcome,
		    arena_printf(&outcome->arena,
			"an alarm reads %.*s of %.*s %.*s, which the metric "
			"stream does not carry: add it to the stream's "
			"statistics configurations (check --explain shows how)",
			SPAN_ARGS(series->extended[i]),
			SPAN_ARGS(series->key.namespace),
			SPAN_ARGS(series->key.metric)));
	}
}

static enum pane_put
engine_put(struct series *series, const struct point *point,
    const struct pane *pane, int64_t oldest, struct outcome *outcome)
{
	double extended[LIMIT_STATISTICS];

	if (series->panes.columns > 0 &&
	    !series_extended(series, point, extended))
		engine_lacks(series, extended, outcome);
	return panes_put(&series->panes, pane, extended, oldest);
}

static void
engine_pane(struct engine *engine, struct series *series,
    const struct point *point, struct outcome *outcome)
{
	struct outcome_counts *counts = &outcome->counts;
	struct pane pane = {engine_pane_index(engine, point->timestamp_ms),
	    point->sum, point->count, point->min, point->max};
	int64_t oldest =
	    engine_pane_index(engine, engine->now_ms) - series->reach;
	enum pane_put how = engine_put(series, point, &pane, oldest, outcome);

	switch (how) {
	case PANE_NEW:
		counts->kept++;
		engine->panes++;
		break;
	case PANE_REPLACED:
		counts->replaced++;
		break;
	case PANE_SAME:
		counts->replaced++;
		return;
	case PANE_KEPT_OLD:
		counts->kept_old++;
		return;
	case PANE_LATE:
		counts->late++;
		return;
	case PANE_FAR:
		counts->future++;
		return;
	}
	watch_set_touch(&engine->watches, series, &pane, how, oldest,
	    engine->options.step_ms);
}

static void
engine_point(
    struct engine *engine, const struct point *point, struct outcome *outcome)
{
	struct series *series;
	bool is_new;

	outcome->counts.decoded++;
	if (point->timestamp_ms > engine->now_ms + LIMIT_FUTURE_MS) {
		outcome->counts.future++;
		return;
	}
	series = series_intern(&engine->series, &point->series, &is_new);
	if (series == NULL) {
		outcome->counts.refused++;
		return;
	}
	if (is_new)
		engine_bind(engine, series, outcome);
	if (series->nreaders == 0)
		outcome->counts.unread++;
	else
		engine_pane(engine, series, point, outcome);
}

static void
engine_batch(
    struct engine *engine, const struct entry *entry, struct outcome *outcome)
{
	struct decoded decoded;

	decoded_init(&decoded, &outcome->arena);
	decoded.rejects_max = LIMIT_QUARANTINE_REJECTS;
	for (size_t i = 0; i < entry->nrecords; i++)
		decode_record(&decoded, entry->records[i], i);
	for (size_t i = 0; i < decoded.npoints; i++)
		engine_point(engine, &decoded.points[i], outcome);
	outcome->rejects = decoded.rejects;
	outcome->nrejects = decoded.nrejects;
	outcome->nrejects_over = decoded.rejects_over;
}

static void
engine_evaluate(struct engine *engine, struct outcome *outcome)
{
	const struct watch_clock clock = {
	    engine->now_ms, engine->options.step_ms, engine->start_ms};
	bool whole =
	    !engine->options.event_order || engine->now_ms % MINUTE_MS == 0;

	if (engine->now_ms > engine->options.from_ms)
		watch_set_step(&engine->watches, &clock, whole, outcome);
	else
		watch_set_learn(&engine->watches, &clock, outcome);
}

static void
engine_clock(struct engine *engine, const struct entry *entry)
{
	if (entry->arrival_ms > engine->now_ms)
		engine->now_ms = entry->arrival_ms;
	if (engine->start_ms == INT64_MIN && !engine->options.event_order &&
	    entry->kind != ENTRY_CONFIG)
		engine->start_ms = entry->arrival_ms;
}

enum rc
engine_apply(struct engine *engine, const struct entry *entry,
    struct outcome *outcome, struct err *err)
{
	enum rc rc = RC_OK;

	outcome->seq = entry->seq;
	engine_clock(engine, entry);
	switch (entry->kind) {
	case ENTRY_BATCH:
		engine_batch(engine, entry, outcome);
		break;
	case ENTRY_POINTS:
		for (size_t i = 0; i < entry->npoints; i++)
			engine_point(engine, &entry->points[i], outcome);
		break;
	case ENTRY_CONFIG:
		rc = engine_configure(engine, entry->config, outcome, err);
		return rc;
	case ENTRY_TICK:
		break;
	}
	engine_evaluate(engine, outcome);
	return rc;
}

struct engine_sizes
engine_sizes(const struct engine *engine)
{
	struct engine_sizes sizes = {.series = engine->series.count,
	    .panes = engine->panes,
	    .alarms = engine->watches.count};

	for (size_t i = 0; i < engine->series.count; i++)
		sizes.series_read += engine->series.at[i]->nreaders > 0;
	for (size_t i = 0; i < engine->watches.count; i++)
		sizes.in_alarm +=
		    engine->watches.watches[i].memory.state == STATE_ALARM;
	return sizes;
}

static struct state
engine_state(struct engine *engine)
{
	return (struct state){.now_ms = engine->now_ms,
	    .start_ms = engine->start_ms,
	    .configured = engine->configured,
	    .config = buf_span(&engine->config),
	    .panes = engine->panes,
	    .series = &engine->series,
	    .watches = &engine->watches};
}

void
engine_save(struct engine *engine, struct buf *out)
{
	const struct state state = engine_state(engine);

	state_save(&state, out);
}

static enum rc
engine_load_watches(struct engine *engine, struct state_loading *loading,
    struct span config, struct err *err)
{
	struct outcome outcome;
	enum rc rc;

	outcome_init(&outcome);
	rc = engine_define(engine, config, &outcome, err);
	if (rc == RC_OK)
		rc = state_load_watches(loading, &engine->watches, err);
	outcome_fini(&outcome);
	return rc;
}

enum rc
engine_load(struct engine *engine, struct span bytes, struct err *err)
{
	struct state state = engine_state(engine);
	struct state_loading *loading;
	enum rc rc = state_load(&loading, bytes, &state, err);

	if (rc == RC_OK) {
		engine->now_ms = state.now_ms;
		engine->start_ms = state.start_ms;
		engine->panes = state.panes;
		if (state.configured)
			rc = engine_load_watches(
			    engine, loading, state.config, err);
	}
	state_loading_free(&loading);
	return rc;
}
