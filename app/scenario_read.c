#include "app/scenario_read.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "pipeline/decode/decode.h"

#define READ_DAYS_MAX 31
#define READ_REGIONS_MAX 64
#define READ_MINUTE_MS 60000
#define READ_DAY_MS (24 * 60 * READ_MINUTE_MS)

struct scenario_reader {
	struct scenario_plan *plan;
	struct arena *arena;
	struct faults *faults;
};

static const char *const read_keys[] = {"start", "duration", "seed", "account",
    "stream", "arrival", "series", "events", NULL};
static const char *const read_arrival_keys[] = {"delay", "jitter", NULL};
static const char *const read_series_keys[] = {"region", "namespace", "metric",
    "dimensions", "unit", "value", "daily", "noise", "spread", "min", "max",
    "samples", "every", "together", "fleet", "counts", "whole", NULL};
static const char *const read_daily_keys[] = {"amplitude", "peak", NULL};
static const char *const read_fleet_keys[] = {
    "dimension", "count", "name", NULL};
static const char *const read_event_keys[] = {
    "at", "for", "match", "set", "add", "scale", "ramp", "stop", NULL};
static const char *const read_match_keys[] = {
    "region", "namespace", "metric", "dimensions", NULL};

/* A key that must be there. */
static const struct tree *
read_need(struct scenario_reader *r, const struct tree *map, const char *key,
    const char *what)
{
	const struct tree *node = tree_get(map, key);

	if (node == NULL)
		tree_fault(map, r->faults, "%s is missing: %s", key, what);
	return node;
}

/* A text that names something; what is absent stays as it is. */
static void
read_name(struct scenario_reader *r, const struct tree *node, struct span *out)
{
	if (tree_text(node, out, r->faults) &&
	    (out->len == 0 || out->len > LIMIT_NAME))
		tree_fault(node, r->faults, "%.*s must have 1 to %d bytes",
		    SPAN_ARGS(node->key), LIMIT_NAME);
}

/* 10% or 0.1, from 0 to 1. */
static void
read_share(struct scenario_reader *r, const struct tree *node, double *out)
{
	struct span text;
	double scale = 1;

	if (node == NULL || !tree_text(node, &text, r->faults))
		return;
	if (text.len > 0 && text.at[text.len - 1] == '%') {
		text.len--;
		scale = 100;
	}
	if (!text_parse_double(text, out) || *out < 0 || *out > scale)
		tree_fault(node, r->faults,
		    "%.*s must be a share from 0%% to 100%%, not \"%.*s\"",
		    SPAN_ARGS(node->key), SPAN_ARGS(node->text));
	*out /= scale;
}

/* A number, within CloudWatch's limit, from `least` on. */
static void
read_number(struct scenario_reader *r, const struct tree *node, double least,
    double *out)
{
	if (tree_double(node, out, r->faults) &&
	    (*out < least || *out > LIMIT_VALUE))
		tree_fault(node, r->faults,
		    "%.*s must be at least %g and at most 2^360",
		    SPAN_ARGS(node->key), least);
}

static void
read_minutes(struct scenario_reader *r, const struct tree *node, int64_t *ms)
{
	if (tree_duration(node, ms, r->faults) &&
	    (*ms < READ_MINUTE_MS || *ms % READ_MINUTE_MS != 0))
		tree_fault(node, r->faults, "%.*s must be whole minutes",
		    SPAN_ARGS(node->key));
}

/* Sorted by name, as the stream has them; `more` leaves room behind them. */
static void
read_dimensions(struct scenario_reader *r, const struct tree *node, size_t more,
    struct series_key *key)
{
	struct dimension *out;

	if (node == NULL || !tree_is(node, TREE_MAP, r->faults))
		return;
	if (node->count + more > LIMIT_DIMENSIONS) {
		tree_fault(node, r->faults, "more than %d dimensions",
		    LIMIT_DIMENSIONS);
		return;
	}
	out = arena_alloc(r->arena, (node->count + 1) * sizeof(*out));
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		out[key->ndimensions].name = t->key;
		tree_text(t, &out[key->ndimensions++].value, r->faults);
	}
	dimensions_sort(out, key->ndimensions);
	key->dimensions = out;
}

static size_t
read_region(
    struct scenario_reader *r, const struct tree *node, struct span region)
{
	struct scenario_plan *plan = r->plan;

	for (size_t i = 0; i < plan->nregions; i++)
		if (span_equal(plan->regions[i], region))
			return i;
	if (plan->nregions == READ_REGIONS_MAX) {
		tree_fault(
		    node, r->faults, "more than %d Regions", READ_REGIONS_MAX);
		return 0;
	}
	plan->regions[plan->nregions] = region;
	return plan->nregions++;
}

static void
read_add(struct scenario_reader *r, const struct tree *node,
    const struct scenario_series *series)
{
	struct scenario_plan *plan = r->plan;
	struct scenario_series *added;
	struct buf head = {0};

	if (plan->nseries == LIMIT_SERIES) {
		tree_fault(
		    node, r->faults, "more than %d series", LIMIT_SERIES);
		return;
	}
	if (plan->nseries == plan->series_room) {
		size_t room = plan->series_room * 2 + 16;
		struct scenario_series *grown =
		    arena_alloc(r->arena, room * sizeof(*grown));

		if (plan->nseries > 0)
			memcpy(grown, plan->series,
			    plan->nseries * sizeof(*grown));
		plan->series = grown;
		plan->series_room = room;
	}
	added = &plan->series[plan->nseries++];
	*added = *series;
	scenario_series_head(&head, &series->key, plan->stream);
	added->head = arena_copy(r->arena, buf_span(&head));
	buf_fini(&head);
}

/* The member's name: {n} stands for its number. */
static struct span
read_member(struct arena *arena, struct span pattern, int64_t number)
{
	const char *hole = memmem(pattern.at, pattern.len, "{n}", 3);
	size_t before =
	    hole == NULL ? pattern.len : (size_t)(hole - pattern.at);

	if (hole == NULL)
		return span_text(arena_printf(
		    arena, "%.*s-%lld", SPAN_ARGS(pattern), (long long)number));
	return span_text(
	    arena_printf(arena, "%.*s%lld%.*s", (int)before, pattern.at,
		(long long)number, (int)(pattern.len - before - 3), hole + 3));
}

/* One series for each member, with a dimension more. */
static void
read_fleet(struct scenario_reader *r, const struct tree *fleet,
    const struct scenario_series *series)
{
	struct span dimension = {0}, pattern = {0};
	int64_t count = 0;

	tree_known(fleet, read_fleet_keys, r->faults);
	read_name(r,
	    read_need(r, fleet, "dimension", "the name of a dimension"),
	    &dimension);
	if (tree_int(read_need(r, fleet, "count", "how many there are"), &count,
		r->faults) &&
	    (count < 1 || count > LIMIT_SERIES))
		tree_fault(
		    fleet, r->faults, "count must be 1 to %d", LIMIT_SERIES);
	pattern = dimension;
	read_name(r, tree_get(fleet, "name"), &pattern);
	for (int64_t i = 1; i <= count && r->faults->count == 0; i++) {
		struct scenario_series member = *series;
		size_t have = series->key.ndimensions;
		struct dimension *dimensions =
		    arena_alloc(r->arena, (have + 1) * sizeof(*dimensions));

		if (have > 0)
			memcpy(dimensions, series->key.dimensions,
			    have * sizeof(*dimensions));
		dimensions[have] = (struct dimension){
		    dimension, read_member(r->arena, pattern, i)};
		if (!dimensions_sort(dimensions, have + 1))
			tree_fault(fleet, r->faults,
			    "the dimension %.*s stands twice",
			    SPAN_ARGS(dimension));
		member.key.dimensions = dimensions;
		member.key.ndimensions = have + 1;
		read_add(r, fleet, &member);
	}
}

static void
read_shape(struct scenario_reader *r, const struct tree *node,
    struct scenario_series *series)
{
	const struct tree *daily = tree_get(node, "daily");

	read_number(r, read_need(r, node, "value", "what it is on average"),
	    -LIMIT_VALUE, &series->value);
	if (daily != NULL && tree_is(daily, TREE_MAP, r->faults)) {
		tree_known(daily, read_daily_keys, r->faults);
		read_number(r, tree_get(daily, "amplitude"), -LIMIT_VALUE,
		    &series->amplitude);
		tree_duration(
		    tree_get(daily, "peak"), &series->peak_ms, r->faults);
	}
	read_share(r, tree_get(node, "noise"), &series->noise);
	read_share(r, tree_get(node, "spread"), &series->spread);
	read_number(r, tree_get(node, "min"), -LIMIT_VALUE, &series->low);
	read_number(r, tree_get(node, "max"), -LIMIT_VALUE, &series->high);
	if (series->low > series->high)
		tree_fault(node, r->faults, "min is above max");
	read_number(r, tree_get(node, "samples"), 1, &series->samples);
	read_minutes(r, tree_get(node, "every"), &series->every_ms);
	read_minutes(r, tree_get(node, "together"), &series->together_ms);
	tree_bool(tree_get(node, "counts"), &series->counts, r->faults);
	tree_bool(tree_get(node, "whole"), &series->whole, r->faults);
}

static void
read_series(struct scenario_reader *r, const struct tree *node)
{
	const struct tree *fleet = tree_get(node, "fleet");
	struct scenario_series series = {
	    .key = {.account = r->plan->account, .unit = SPAN_OF("None")},
	    .low = -LIMIT_VALUE,
	    .high = LIMIT_VALUE,
	    .samples = 1,
	    .every_ms = READ_MINUTE_MS,
	    .together_ms = READ_MINUTE_MS};
	struct series_key *key = &series.key;

	if (!tree_is(node, TREE_MAP, r->faults))
		return;
	tree_known(node, read_series_keys, r->faults);
	read_name(
	    r, read_need(r, node, "region", "such as us-east-1"), &key->region);
	read_name(r, read_need(r, node, "namespace", "such as AWS/EC2"),
	    &key->namespace);
	read_name(
	    r, read_need(r, node, "metric", "the metric's name"), &key->metric);
	read_name(r, tree_get(node, "unit"), &key->unit);
	read_dimensions(r, tree_get(node, "dimensions"), fleet != NULL, key);
	read_shape(r, node, &series);
	series.region = read_region(r, node, key->region);
	if (fleet == NULL)
		read_add(r, node, &series);
	else if (tree_is(fleet, TREE_MAP, r->faults))
		read_fleet(r, fleet, &series);
}

/* Exactly one of the changes; stop: true is one. */
static void
read_change(struct scenario_reader *r, const struct tree *node,
    struct scenario_event *event)
{
	static const struct {
		const char *key;
		enum scenario_change change;
	} rows[] = {{"set", CHANGE_SET}, {"add", CHANGE_ADD},
	    {"scale", CHANGE_SCALE}, {"ramp", CHANGE_RAMP},
	    {"stop", CHANGE_STOP}};
	size_t found = 0;
	bool stop = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct tree *value = tree_get(node, rows[i].key);

		if (value == NULL)
			continue;
		found++;
		event->change = rows[i].change;
		if (rows[i].change == CHANGE_STOP)
			tree_bool(value, &stop, r->faults);
		else
			read_number(r, value, -LIMIT_VALUE, &event->to);
	}
	if (found != 1 || !stop)
		tree_fault(node, r->faults,
		    "an event wants one of set, add, scale, ramp or "
		    "stop: true");
}

static void
read_match(struct scenario_reader *r, const struct tree *node,
    struct scenario_event *event)
{
	const struct tree *match = read_need(
	    r, node, "match", "region, namespace, metric, dimensions");
	const struct scenario_plan *plan = r->plan;
	size_t matched = 0;

	if (!tree_is(match, TREE_MAP, r->faults))
		return;
	tree_known(match, read_match_keys, r->faults);
	read_name(r, tree_get(match, "region"), &event->match.region);
	read_name(r, tree_get(match, "namespace"), &event->match.namespace);
	read_name(r, tree_get(match, "metric"), &event->match.metric);
	read_dimensions(r, tree_get(match, "dimensions"), 0, &event->match);
	for (size_t i = 0; i < plan->nseries; i++)
		matched += scenario_event_matches(event, &plan->series[i]);
	if (matched == 0 && r->faults->count == 0)
		tree_fault(match, r->faults, "no series matches");
}

static void
read_event(struct scenario_reader *r, const struct tree *node)
{
	struct scenario_plan *plan = r->plan;
	struct scenario_event event = {0};
	int64_t at_ms = 0, for_ms = plan->duration_ms;

	if (!tree_is(node, TREE_MAP, r->faults))
		return;
	tree_known(node, read_event_keys, r->faults);
	tree_duration(read_need(r, node, "at", "a duration since the start"),
	    &at_ms, r->faults);
	for_ms -= at_ms;
	tree_duration(tree_get(node, "for"), &for_ms, r->faults);
	if (at_ms >= plan->duration_ms || for_ms <= 0)
		tree_fault(node, r->faults,
		    "the event lies outside the scenario's duration");
	event.at_ms = plan->start_ms + at_ms;
	event.until_ms = event.at_ms + for_ms;
	read_change(r, node, &event);
	read_match(r, node, &event);
	plan->events[plan->nevents++] = event;
}

static void
read_times(struct scenario_reader *r, const struct tree *map)
{
	struct scenario_plan *plan = r->plan;
	const struct tree *start =
	    read_need(r, map, "start", "such as 2026-01-15T09:00:00Z");
	const struct tree *arrival = tree_get(map, "arrival");

	if (start != NULL &&
	    (start->kind != TREE_SCALAR ||
		!text_parse_time(start->text, &plan->start_ms) ||
		plan->start_ms < 0 || plan->start_ms % READ_MINUTE_MS != 0))
		tree_fault(start, r->faults,
		    "start must be a whole minute such as "
		    "2026-01-15T09:00:00Z");
	read_minutes(r, read_need(r, map, "duration", "such as 60m"),
	    &plan->duration_ms);
	if (plan->duration_ms > READ_DAYS_MAX * (int64_t)READ_DAY_MS)
		tree_fault(
		    map, r->faults, "duration is above %d days", READ_DAYS_MAX);
	if (arrival == NULL || !tree_is(arrival, TREE_MAP, r->faults))
		return;
	tree_known(arrival, read_arrival_keys, r->faults);
	tree_duration(tree_get(arrival, "delay"), &plan->delay_ms, r->faults);
	tree_duration(tree_get(arrival, "jitter"), &plan->jitter_ms, r->faults);
	if (plan->jitter_ms > plan->delay_ms)
		tree_fault(arrival, r->faults,
		    "jitter is above delay: a minute would arrive before its "
		    "end");
	if (plan->delay_ms > READ_DAY_MS)
		tree_fault(arrival, r->faults, "delay is above a day");
}

void
scenario_read(struct scenario_plan *plan, struct arena *arena,
    const struct tree *document, struct faults *faults)
{
	struct scenario_reader r = {plan, arena, faults};
	const struct tree *series, *events;

	*plan = (struct scenario_plan){.seed = 1,
	    .stream = SPAN_OF("scenario"),
	    .delay_ms = 90000,
	    .jitter_ms = 0};
	plan->regions =
	    arena_alloc(arena, READ_REGIONS_MAX * sizeof(*plan->regions));
	if (!tree_is(document, TREE_MAP, faults))
		return;
	tree_known(document, read_keys, faults);
	read_times(&r, document);
	tree_int(tree_get(document, "seed"), &plan->seed, faults);
	read_name(&r, read_need(&r, document, "account", "12 digits in quotes"),
	    &plan->account);
	read_name(&r, tree_get(document, "stream"), &plan->stream);
	series = read_need(&r, document, "series", "a list");
	if (tree_is(series, TREE_LIST, faults))
		for (const struct tree *t = series->first; t != NULL;
		     t = t->next)
			read_series(&r, t);
	events = tree_get(document, "events");
	if (events == NULL || !tree_is(events, TREE_LIST, faults))
		return;
	plan->events =
	    arena_alloc(arena, (events->count + 1) * sizeof(*plan->events));
	for (const struct tree *t = events->first; t != NULL; t = t->next)
		read_event(&r, t);
}
