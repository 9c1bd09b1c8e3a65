#include "pipeline/engine.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/ahead.h"
#include "pipeline/alarm/watch_set.h"
#include "pipeline/decode/decode.h"
#include "pipeline/state_codec.h"
#include "pipeline/window/rollup_set.h"
#include "pipeline/window/series.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)

/*
 *   entry ─▶ decode ─▶ points ─▶ series ─▶ panes ─▶ watches ─▶ transitions
 *              │                   │           │       │
 *              ▼                   ▼           │       ▼
 *           rejects          unread, refused   │ state, frontier
 *                                              └──▶ rollups ─▶ lines
 */
struct engine {
	struct engine_options options;
	struct series_table series;
	struct identities identities; /* to the series of the table */
	struct heard heard;
	bool reporting; /* the entry is what a peer says */
	struct watch_set watches;
	struct watch_set former; /* of the definitions before: the outcome of
				    a config entry points to them */
	struct rollup_set rollups, former_rollups; /* the same */
	int64_t now_ms;				   /* the last entry's clock */
	int64_t forget_ms; /* series not seen for so long; 0: none */
	int64_t start_ms;  /* the first entry's; INT64_MIN in event order */
	bool configured;
	size_t panes;
	struct buf config; /* the payload of the last config entry */
	struct ahead ahead;
};

struct engine *
engine_create(const struct engine_options *options)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		log_die("out of memory: engine");
	engine->options = *options;
	engine->now_ms = engine->start_ms = INT64_MIN;
	engine->ahead = (struct ahead){options->step_ms, INT64_MIN, 0, false};
	series_table_init(&engine->series);
	identities_init(&engine->identities);
	heard_init(&engine->heard);
	return engine;
}

void
engine_free(struct engine **engine)
{
	if (*engine == NULL)
		return;
	watch_set_fini(&(*engine)->watches);
	watch_set_fini(&(*engine)->former);
	rollup_set_fini(&(*engine)->rollups);
	rollup_set_fini(&(*engine)->former_rollups);
	identities_fini(&(*engine)->identities);
	series_table_fini(&(*engine)->series);
	heard_fini(&(*engine)->heard);
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
	    engine->now_ms, engine->options.step_ms, outcome};

	watch_set_bind(&engine->watches, &binding, series);
	rollup_set_bind(&engine->rollups, series, engine->now_ms, outcome);
}

/* In a log, what came before a rollup was defined is unknown. */
static void
engine_define_rollups(struct engine *engine)
{
	const struct engine_config *config = &engine->watches.config;
	const struct engine_options *options = &engine->options;

	rollup_set_fini(&engine->former_rollups);
	engine->former_rollups = engine->rollups;
	rollup_set_init(&engine->rollups, config->nrollups);
	for (size_t i = 0; i < config->nrollups; i++) {
		const struct rollup_definition *rollup = &config->rollups[i];
		int64_t delay_ms = options->delay_ms >= 0
		    ? options->delay_ms
		    : engine_config_rollup_delay(config, rollup);

		rollup_set_add(&engine->rollups, rollup, delay_ms,
		    options->step_ms,
		    options->event_order ? INT64_MIN : engine->now_ms);
	}
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
	engine->forget_ms = config.forget_ms;
	watch_set_init(&engine->watches, &config, engine->options.delay_ms,
	    engine->options.step_ms, engine->now_ms);
	engine_define_rollups(engine);
	rollup_set_go_on(
	    &engine->rollups, &engine->former_rollups, engine->now_ms);
	engine->ahead.groups =
	    engine->rollups.count > 0 || engine->watches.by_query.count > 0;
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
	if (rc != RC_OK)
		return rc;
	watch_set_inherit(
	    &engine->watches, &engine->former, engine->now_ms, outcome);
	rollup_set_inherit(&engine->rollups);
	return RC_OK;
}

/* A statistic that an alarm reads and the stream does not carry is told once
 * a series. */
static void
engine_lacks(
    struct series *series, const double *extended, struct outcome *outcome)
{
	for (size_t i = 0; i < series_panes(series)->columns; i++) {
		if (!isnan(extended[i]) ||
		    (series->history->lacking >> i & 1) != 0)
			continue;
		series->history->lacking |= 1u << i;
		outcome_complain(outcome,
		    arena_printf(&outcome->arena,
			"an alarm reads %.*s of %.*s %.*s, which the metric "
			"stream does not carry: add it to the stream's "
			"statistics configurations (check --explain shows how)",
			SPAN_ARGS(series->history->extended[i]),
			SPAN_ARGS(series->family->namespace),
			SPAN_ARGS(series->family->metric)));
	}
}

static enum pane_put
engine_put(struct series *series, const struct point *point,
    const struct pane *pane, int64_t oldest, struct outcome *outcome)
{
	double extended[LIMIT_STATISTICS];

	if (series->history->panes.columns > 0 &&
	    !series_extended(series, point, extended))
		engine_lacks(series, extended, outcome);
	return panes_put(&series->history->panes, pane, extended, oldest);
}

static void
engine_pane(struct engine *engine, struct series *series,
    const struct point *point, struct outcome *outcome)
{
	struct outcome_counts *counts = &outcome->counts;
	struct pane pane = {engine_pane_index(engine, point->timestamp_ms),
	    point->sum, point->count, point->min, point->max};
	int64_t oldest =
	    engine_pane_index(engine, engine->now_ms) - series->history->reach;
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
	rollup_set_touch(&engine->rollups, series, &pane, how, oldest);
}

/* Every family has its mark. */
static void
engine_hear(struct engine *engine, const struct series *series)
{
	struct family *family = series->family;

	if (family->heard == NULL)
		family->heard = heard_stream(&engine->heard, family->account,
		    family->region, family->namespace);
	family->reports = span_is(family->namespace, "Tocsin") &&
	    span_is(family->metric, "PeerHeard");
}

/* A peer says how old what it heard of a Region is. */
static void
engine_peer(
    struct engine *engine, const struct series *series, double age_seconds)
{
	struct series_name room;
	const struct series_key *key = series_key(series, &room);
	struct span peer = {0}, region = {0};
	struct heard_mark *mark;

	for (size_t i = 0; i < key->ndimensions; i++) {
		if (span_is(key->dimensions[i].name, "Peer"))
			peer = key->dimensions[i].value;
		if (span_is(key->dimensions[i].name, "Region"))
			region = key->dimensions[i].value;
	}
	mark = heard_peer(&engine->heard, peer, region);
	if (mark != NULL && age_seconds >= 0 && age_seconds < 1e9)
		mark->last_ms = engine->now_ms - (int64_t)(age_seconds * 1000);
}

static void
engine_heard_point(struct engine *engine, const struct series *series,
    const struct point *point)
{
	const struct family *family = series->family;

	if (family->heard != NULL) {
		family->heard->last_ms = engine->now_ms;
		if (!engine->options.event_order)
			lateness_add(family->heard->lateness,
			    engine->now_ms - (point->timestamp_ms + MINUTE_MS));
	}
	if (family->reports && engine->reporting)
		engine_peer(engine, series, point->sum);
}

/* The point's series, made when it is new; NULL above the limit. */
static struct series *
engine_series(
    struct engine *engine, const struct point *point, struct outcome *outcome)
{
	struct series *series = point->known;
	bool is_new;

	if (series != NULL)
		return series;
	series = series_intern(&engine->series, &point->series, &is_new);
	if (series == NULL)
		return NULL;
	if (is_new) {
		engine_hear(engine, series);
		engine_bind(engine, series, outcome);
	}
	if (point->teach != NULL)
		identities_teach(&engine->identities, point->teach, series);
	return series;
}

/* Of the clock, as a series keeps it. */
static uint32_t
engine_minute(int64_t ms)
{
	return ms < 0 ? 0 : (uint32_t)(ms / MINUTE_MS);
}

static void
engine_point(
    struct engine *engine, const struct point *point, struct outcome *outcome)
{
	struct series *series;

	outcome->counts.decoded++;
	if (point->timestamp_ms > engine->now_ms + LIMIT_FUTURE_MS) {
		outcome->counts.future++;
		return;
	}
	series = engine_series(engine, point, outcome);
	if (series == NULL) {
		outcome->counts.refused++;
		return;
	}
	series->seen = engine_minute(engine->now_ms);
	engine_heard_point(engine, series, point);
	if (!series_is_read(series))
		outcome->counts.unread++;
	else
		engine_pane(engine, series, point, outcome);
}

/* A record's points are taken while they are still in the processor's cache. */
static void
engine_batch(
    struct engine *engine, const struct entry *entry, struct outcome *outcome)
{
	struct heard_mark *feed = heard_feed(&engine->heard, entry->source);
	struct decoded decoded;

	engine->reporting = span_starts(entry->source, HEARD_PEER_PREFIX);
	if (feed != NULL)
		feed->last_ms = engine->now_ms;
	decoded_init(&decoded, &outcome->arena);
	decoded.rejects_max = LIMIT_QUARANTINE_REJECTS;
	decoded.identities = &engine->identities;
	for (size_t i = 0; i < entry->nrecords; i++) {
		decode_record(&decoded, entry->records[i], i);
		for (size_t k = 0; k < decoded.npoints; k++) {
			ahead_prefetch(&engine->ahead, &decoded, k);
			engine_point(engine, &decoded.points[k], outcome);
		}
		decoded_drain(&decoded);
	}
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

	if (engine->now_ms > engine->options.from_ms) {
		if (whole)
			rollup_set_step(
			    &engine->rollups, engine->now_ms, outcome);
		watch_set_step(
		    &engine->watches, &clock, &engine->heard, whole, outcome);
	} else {
		rollup_set_learn(&engine->rollups, engine->now_ms);
		watch_set_learn(&engine->watches, &clock, outcome);
	}
}

static bool
engine_is_gone(const void *known, void *argument)
{
	const struct series *series = known;

	(void)argument;
	return series->number == SERIES_GONE;
}

/* By the clock of the entries alone, so every replay forgets the same. */
static void
engine_forget(struct engine *engine, struct outcome *outcome)
{
	struct series_table *table = &engine->series;

	series_expire(table, engine_minute(engine->now_ms - engine->forget_ms),
	    engine_pane_index(engine, engine->now_ms));
	outcome->forgotten = table->ngone;
	if (table->ngone == 0)
		return;
	identities_forget(&engine->identities, engine_is_gone, NULL);
	watch_set_forget(&engine->watches);
	rollup_set_forget(&engine->rollups, engine->now_ms);
	series_bury(table);
}

static void
engine_clock(
    struct engine *engine, const struct entry *entry, struct outcome *outcome)
{
	int64_t before_ms = engine->now_ms;

	if (entry->arrival_ms > engine->now_ms)
		engine->now_ms = entry->arrival_ms;
	heard_clock(&engine->heard, engine->now_ms);
	rollup_set_rescue(&engine->rollups, engine->now_ms, outcome);
	if (engine->forget_ms > 0 && before_ms != INT64_MIN &&
	    before_ms / HOUR_MS != engine->now_ms / HOUR_MS)
		engine_forget(engine, outcome);
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
	engine_clock(engine, entry, outcome);
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

const struct heard *
engine_heard(const struct engine *engine)
{
	return &engine->heard;
}

void
engine_rollups(const struct engine *engine,
    void (*tell)(void *cookie, const struct rollup_line *line), void *cookie)
{
	for (size_t i = 0; i < engine->rollups.count; i++)
		rollup_newest(&engine->rollups.at[i], tell, cookie);
}

struct engine_sizes
engine_sizes(const struct engine *engine)
{
	struct engine_sizes sizes = {.series = engine->series.count,
	    .panes = engine->panes,
	    .alarms = engine->watches.count,
	    .rollups = engine->rollups.count,
	    .rollup_groups = rollup_set_groups(&engine->rollups),
	    .unheard = engine->heard.refused};

	for (size_t i = 0; i < engine->series.count; i++)
		sizes.series_read += series_is_read(engine->series.at[i]);
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
	    .heard = &engine->heard,
	    .watches = &engine->watches,
	    .rollups = &engine->rollups};
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
	if (rc == RC_OK)
		rc = state_load_rollups(loading, &engine->rollups, err);
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
		for (size_t i = 0; i < engine->series.count; i++)
			engine_hear(engine, engine->series.at[i]);
		if (state.configured)
			rc = engine_load_watches(
			    engine, loading, state.config, err);
	}
	state_loading_free(&loading);
	return rc;
}
