#include "pipeline/engine_config.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/table.h"
#include "base/tree.h"
#include "pipeline/window/insights.h"
#include "pipeline/window/rollup_read.h"

/* A metric stream delivers within about three minutes (AWS). */
#define DEFAULT_DELAY_MS (3 * 60 * 1000LL)
#define DELAY_MOST_MS (24 * 3600 * 1000LL)

static void
engine_config_delays(
    struct engine_config *config, const struct tree *map, struct faults *faults)
{
	if (!tree_is(map, TREE_MAP, faults))
		return;
	config->delays = arena_alloc(
	    &config->arena, (map->count + 1) * sizeof(*config->delays));
	for (const struct tree *t = map->first; t != NULL; t = t->next) {
		int64_t ms;

		if (!tree_int(t, &ms, faults))
			continue;
		if (ms < 0 || ms > DELAY_MOST_MS) {
			tree_fault(t, faults, "a delay must be 0 to %lld",
			    DELAY_MOST_MS);
			continue;
		}
		if (span_is(t->key, "default"))
			config->default_delay_ms = ms;
		else
			config->delays[config->ndelays++] =
			    (struct namespace_delay){
				arena_copy(&config->arena, t->key), ms};
	}
}

/* After how much silence each feed is told of. */
static void
engine_config_feeds(struct arena *arena, struct definition_scope *scope,
    const struct tree *map, struct faults *faults)
{
	struct feed_silence *feeds;

	if (!tree_is(map, TREE_MAP, faults))
		return;
	feeds = arena_alloc(arena, (map->count + 1) * sizeof(*feeds));
	scope->feeds = feeds;
	for (const struct tree *t = map->first; t != NULL; t = t->next) {
		struct feed_silence *feed = &feeds[scope->nfeeds];

		feed->name = t->key;
		if (tree_int(t, &feed->silence_ms, faults))
			scope->nfeeds++;
	}
}

/* What describe-alarms tells of an alarm's state is no part of what it is. */
static const char *const engine_config_states[] = {"StateValue", "StateReason",
    "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp",
    "EvaluationState", "ActionsSuppressedBy", "ActionsSuppressedReason",
    "AlarmConfigurationUpdatedTimestamp", NULL};

static uint64_t
engine_config_hash(const struct tree *node, struct buf *text)
{
	buf_clear(text);
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		size_t i = 0;

		while (engine_config_states[i] != NULL &&
		    !span_is(t->key, engine_config_states[i]))
			i++;
		if (engine_config_states[i] != NULL)
			continue;
		buf_json(text, t->key);
		tree_print(t, text);
	}
	return hash_stable(buf_span(text));
}

/* A config entry being read; each alarm is a tree of its own, so that their
 * number has no bound but LIMIT_ALARMS. */
struct engine_config_reading {
	struct engine_config *config;
	struct definition_scope scope;
	struct arena *trees;
	struct faults *faults; /* of the entry */
	struct faults alarms;  /* of single alarms and mute rules */
};

static struct tree *
engine_config_value(
    struct engine_config_reading *r, struct json *json, struct faults *faults)
{
	const char *begin;

	json_kind(json);
	begin = json->at;
	if (!json_skip(json))
		return NULL;
	return tree_parse(r->trees,
	    span_make(begin, (size_t)(json->at - begin)), "config", false,
	    faults);
}

static void
engine_config_list(
    struct engine_config_reading *r, struct json *json, bool mutes)
{
	if (!json_enter(json, '['))
		return;
	while (json_element(json)) {
		const struct tree *node =
		    engine_config_value(r, json, &r->alarms);

		if (node == NULL)
			continue;
		if (mutes)
			mutes_read(&r->config->mutes, &r->config->arena, node,
			    &r->alarms);
		else
			definition_read_one(&r->config->definitions,
			    &r->config->arena, node, &r->scope, &r->alarms);
	}
}

static bool
engine_config_rollup_named(const struct engine_config *config, struct span name)
{
	for (size_t i = 0; i < config->nrollups; i++)
		if (span_equal(config->rollups[i].name, name))
			return true;
	return false;
}

static void
engine_config_rollup(
    struct engine_config_reading *r, const struct tree *node, size_t *room)
{
	struct engine_config *config = r->config;
	struct rollup_definition definition;

	if (!rollup_read(&definition, &config->arena, node, &r->alarms))
		return;
	definition.account = arena_copy(&config->arena, r->scope.account);
	if (config->nrollups >= LIMIT_ROLLUPS ||
	    engine_config_rollup_named(config, definition.name)) {
		tree_fault(node, &r->alarms,
		    "rollup \"%.*s\": there is one of this name, or are %d",
		    SPAN_ARGS(definition.name), LIMIT_ROLLUPS);
		return;
	}
	if (config->nrollups == *room) {
		struct rollup_definition *more = arena_alloc(
		    &config->arena, (*room * 2 + 8) * sizeof(*more));

		if (*room > 0)
			memcpy(more, config->rollups, *room * sizeof(*more));
		config->rollups = more;
		*room = *room * 2 + 8;
	}
	config->rollups[config->nrollups++] = definition;
}

static void
engine_config_rollups(struct engine_config_reading *r, struct json *json)
{
	size_t room = 0;

	if (!json_enter(json, '['))
		return;
	while (json_element(json)) {
		const struct tree *node =
		    engine_config_value(r, json, &r->alarms);

		if (node != NULL)
			engine_config_rollup(r, node, &room);
	}
}

/* Alarms and rollups are read last: they need account and Region. */
static void
engine_config_members(struct engine_config_reading *r, struct json *json)
{
	struct json alarms = {0}, rollups = {0};
	struct json_text key;

	if (!json_enter(json, '{'))
		return;
	while (json_member(json, &key)) {
		if (span_is(key.raw, "account"))
			tree_text(engine_config_value(r, json, r->faults),
			    &r->scope.account, r->faults);
		else if (span_is(key.raw, "region"))
			tree_text(engine_config_value(r, json, r->faults),
			    &r->scope.region, r->faults);
		else if (span_is(key.raw, "delay"))
			engine_config_delays(r->config,
			    engine_config_value(r, json, r->faults), r->faults);
		else if (span_is(key.raw, "series"))
			tree_int(
			    tree_get(engine_config_value(r, json, r->faults),
				"forget"),
			    &r->config->forget_ms, r->faults);
		else if (span_is(key.raw, "feeds"))
			engine_config_feeds(r->trees, &r->scope,
			    engine_config_value(r, json, r->faults), r->faults);
		else if (span_is(key.raw, "mutes"))
			engine_config_list(r, json, true);
		else {
			if (span_is(key.raw, "alarms"))
				alarms = *json;
			else if (span_is(key.raw, "rollups"))
				rollups = *json;
			json_skip(json);
		}
	}
	if (json->fault == NULL && alarms.at != NULL)
		engine_config_list(r, &alarms, false);
	if (json->fault == NULL && rollups.at != NULL)
		engine_config_rollups(r, &rollups);
}

static void
engine_config_hashes(struct engine_config *config)
{
	const struct definitions *all = &config->definitions;
	struct buf text = {0};

	config->hashes = arena_alloc(
	    &config->arena, (all->count + 1) * sizeof(*config->hashes));
	for (size_t i = 0; i < all->count; i++)
		config->hashes[i] = engine_config_hash(all->nodes[i], &text);
	buf_fini(&text);
}

/* Faults of alarms are for people; they reject nothing. */
static void
engine_config_complain(const struct faults *faults, struct outcome *outcome)
{
	for (const struct fault *f = faults->first; f != NULL; f = f->next)
		outcome_complain(outcome,
		    arena_printf(&outcome->arena, "config entry, column %u: %s",
			f->column, f->text));
}

static void
engine_config_fill(struct engine_config_reading *r, struct span payload,
    struct outcome *outcome)
{
	struct json json;

	r->config->default_delay_ms = DEFAULT_DELAY_MS;
	faults_init(&r->alarms);
	json_init(&json, payload);
	engine_config_members(r, &json);
	if (json.fault == NULL && !json_done(&json))
		json_fail(&json, "something stands behind the object");
	if (json.fault != NULL)
		fault_add(r->faults, "config", 1,
		    (unsigned)(json.at - json.begin) + 1, "%s", json.fault);
	definitions_link(
	    &r->config->definitions, &r->config->arena, &r->alarms);
	engine_config_complain(&r->alarms, outcome);
	engine_config_hashes(r->config);
	faults_fini(&r->alarms);
}

enum rc
engine_config_read(struct engine_config *config, struct span payload,
    struct outcome *outcome, struct err *err)
{
	struct faults faults;
	struct arena trees; /* many times the alarms themselves */
	struct engine_config_reading reading = {.config = config,
	    .scope = {.account = SPAN_OF(""), .region = SPAN_OF("")},
	    .trees = &trees,
	    .faults = &faults};
	enum rc rc = RC_OK;

	*config = (struct engine_config){0};
	arena_init(&config->arena);
	arena_init(&trees);
	faults_init(&faults);
	engine_config_fill(&reading, payload, outcome);
	if (faults.count > 0) {
		rc = err_set(err, RC_REJECT, "config entry, column %u: %s",
		    faults.first->column, faults.first->text);
		engine_config_fini(config);
	}
	faults_fini(&faults);
	arena_fini(&trees);
	return rc;
}

void
engine_config_fini(struct engine_config *config)
{
	arena_fini(&config->arena);
	*config = (struct engine_config){0};
}

static int64_t
namespace_delay(const struct namespace_delay *rows, size_t count,
    struct span namespace, int64_t default_ms)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(rows[i].namespace, namespace))
			return rows[i].delay_ms;
	return default_ms;
}

int64_t
alarm_delay(const struct alarm *alarm, const struct namespace_delay *rows,
    size_t count, int64_t default_ms)
{
	int64_t longest = -1;

	if (alarm->delay_ms >= 0)
		return alarm->delay_ms;
	if (alarm->kind == ALARM_INSIGHTS)
		return namespace_delay(
		    rows, count, alarm->insights->namespace, default_ms);
	for (size_t i = 0; i < alarm->nmetrics; i++) {
		int64_t delay_ms = namespace_delay(
		    rows, count, alarm->metrics[i].namespace, default_ms);

		longest = delay_ms > longest ? delay_ms : longest;
	}
	return longest < 0 ? default_ms : longest;
}

int64_t
engine_config_delay(
    const struct engine_config *config, const struct alarm *alarm)
{
	return alarm_delay(
	    alarm, config->delays, config->ndelays, config->default_delay_ms);
}

int64_t
engine_config_rollup_delay(
    const struct engine_config *config, const struct rollup_definition *rollup)
{
	if (rollup->delay_ms >= 0)
		return rollup->delay_ms;
	return namespace_delay(config->delays, config->ndelays,
	    rollup->query->namespace, config->default_delay_ms);
}
