#include "pipeline/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "pipeline/alarm/watch_set.h"
#include "pipeline/decode/decode.h"
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
	int64_t now_ms;	  /* the last entry's clock */
	int64_t start_ms; /* the first entry's; INT64_MIN in event order */
	bool configured;
	size_t panes;
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
	series_table_fini(&(*engine)->series);
	free(*engine);
	*engine = NULL;
}

static void
engine_complain(struct outcome *outcome, const char *complaint)
{
	const char **all;

	if (complaint == NULL)
		return;
	all = arena_alloc(
	    &outcome->arena, (outcome->ncomplaints + 1) * sizeof(*all));
	for (size_t i = 0; i < outcome->ncomplaints; i++)
		all[i] = outcome->complaints[i];
	all[outcome->ncomplaints++] = complaint;
	outcome->complaints = all;
}

/* New definitions: every series finds its readers anew. What the panes hold
 * stays, as CloudWatch uses data from before an alarm was made. */
static enum rc
engine_configure(struct engine *engine, struct span payload,
    struct outcome *outcome, struct err *err)
{
	struct engine_config config;
	struct watch_set before = engine->watches;
	enum rc rc;

	if (engine->options.pinned && engine->configured)
		return RC_OK;
	rc = engine_config_read(&config, payload, err);
	if (rc != RC_OK)
		return rc;
	engine->configured = true;
	watch_set_init(&engine->watches, &config, engine->options.delay_ms,
	    engine->options.step_ms);
	watch_set_inherit(&engine->watches, &before);
	watch_set_fini(&before);
	for (size_t i = 0; i < engine->series.count; i++) {
		series_read_by_none(engine->series.at[i]);
		engine_complain(outcome,
		    watch_set_bind(&engine->watches, engine->series.at[i],
			engine->options.step_ms, &outcome->arena));
	}
	return RC_OK;
}

static int64_t
engine_pane_index(const struct engine *engine, int64_t ms)
{
	int64_t step = engine->options.step_ms, rest = ms % step;

	return (ms - (rest < 0 ? rest + step : rest)) / step;
}

static void
engine_pane(struct engine *engine, struct series *series,
    const struct point *point, struct outcome_counts *counts)
{
	struct pane pane = {engine_pane_index(engine, point->timestamp_ms),
	    point->sum, point->count, point->min, point->max};
	int64_t oldest =
	    engine_pane_index(engine, engine->now_ms) - series->reach;

	switch (panes_put(&series->panes, &pane, oldest)) {
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
	watch_set_touch(&engine->watches, series);
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
		engine_complain(outcome,
		    watch_set_bind(&engine->watches, series,
			engine->options.step_ms, &outcome->arena));
	if (series->nreaders == 0)
		outcome->counts.unread++;
	else
		engine_pane(engine, series, point, &outcome->counts);
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

/* A function of log position and alarm alone, so that doing it twice is
 * doing it once. */
static void
engine_transition_id(
    char out[TRANSITION_ID_SIZE], uint64_t seq, const struct alarm *alarm)
{
	snprintf(out, TRANSITION_ID_SIZE, "%016llx-%016llx",
	    (unsigned long long)seq,
	    (unsigned long long)hash_stable(alarm->arn));
}

static void
engine_transition(struct outcome *outcome, struct transition *t, uint64_t seq)
{
	size_t n = outcome->ntransitions;
	struct transition *all = outcome->transitions;

	if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, 8, … */
		all = arena_alloc(
		    &outcome->arena, (n == 0 ? 1 : 2 * n) * sizeof(*all));
		if (n > 0)
			memcpy(all, outcome->transitions, n * sizeof(*all));
		outcome->transitions = all;
	}
	t->seq = seq;
	engine_transition_id(t->id, seq, t->alarm);
	all[outcome->ntransitions++] = *t;
}

static void
engine_evaluate(
    struct engine *engine, const struct entry *entry, struct outcome *outcome)
{
	struct watch_set *set = &engine->watches;
	struct watch_clock clock = {
	    engine->now_ms, engine->options.step_ms, engine->start_ms};
	bool whole = engine->now_ms % MINUTE_MS == 0;

	for (size_t i = 0; i < set->count; i++) {
		struct watch *watch = &set->watches[i];
		struct transition t;

		if (engine->options.event_order && !whole &&
		    watch->alarm->period_ms >= MINUTE_MS)
			continue;
		if (watch_step(
			watch, &clock, watch->touched, &outcome->arena, &t))
			engine_transition(outcome, &t, entry->seq);
	}
	for (size_t i = 0; i < set->ntouched; i++)
		set->watches[set->touched[i]].touched = false;
	set->ntouched = 0;
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
	if (engine->now_ms > engine->options.from_ms)
		engine_evaluate(engine, entry, outcome);
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
		    engine->watches.watches[i].state == STATE_ALARM;
	return sizes;
}
