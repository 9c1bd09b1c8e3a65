/* What alarms keep when their definitions are replaced. */
#include "pipeline/alarm/watch_set.h"

/* The contributors of the same query, by their ids; those in ALARM that the
 * new query does not know are OK from now on. */
static void
inherit_contributors(struct watch *watch, const struct watch *was,
    int64_t now_ms, struct outcome *outcome)
{
	struct table by_id = {0};

	for (size_t i = 0; i < watch->groups->count; i++)
		contributors_of(&watch->contributors, watch->groups->at[i],
		    watch->alarm->insights, now_ms);
	for (size_t i = 0; i < watch->contributors.count; i++)
		table_put(&by_id, span_text(watch->contributors.at[i].name.id),
		    &watch->contributors.at[i]);
	for (size_t i = 0; i < was->contributors.count; i++) {
		const struct contributor *old = &was->contributors.at[i];
		struct contributor *c =
		    table_get(&by_id, span_text(old->name.id));

		if (c != NULL) {
			memory_copy(&c->memory, &old->memory);
			c->returned = old->returned;
			c->muting = old->muting;
		} else if (old->memory.state == STATE_ALARM) {
			contributor_gone(watch, old, now_ms, outcome);
		}
	}
	table_fini(&by_id);
}

static bool
inherit_same_reads(const struct reads *a, const struct reads *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!span_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

static bool
inherit_same_metric(const struct alarm_metric *a, const struct alarm_metric *b)
{
	if (!span_equal(a->namespace, b->namespace) ||
	    !span_equal(a->metric, b->metric) ||
	    !span_equal(a->unit, b->unit) || !span_equal(a->stat, b->stat) ||
	    a->ndimensions != b->ndimensions)
		return false;
	for (size_t i = 0; i < a->ndimensions; i++)
		if (!span_equal(a->dimensions[i].name, b->dimensions[i].name) ||
		    !span_equal(a->dimensions[i].value, b->dimensions[i].value))
			return false;
	return inherit_same_reads(&a->accounts, &b->accounts) &&
	    inherit_same_reads(&a->regions, &b->regions);
}

/* Whether two anomaly alarms learn from the same values: two weeks of them
 * are not thrown away because a threshold or a description changed. */
static bool
inherit_same_series(const struct alarm *a, const struct alarm *b)
{
	if (a->period_ms != b->period_ms || a->nqueries != b->nqueries ||
	    a->banded != b->banded || a->nmetrics != b->nmetrics)
		return false;
	for (size_t i = 0; i < a->nmetrics; i++)
		if (!inherit_same_metric(&a->metrics[i], &b->metrics[i]))
			return false;
	for (size_t i = 0; i < a->nqueries; i++) {
		const struct alarm_query *x = &a->queries[i];
		const struct alarm_query *y = &b->queries[i];

		if (!span_equal(x->id, y->id) ||
		    (x->metric == NULL) != (y->metric == NULL) ||
		    (x->math != NULL &&
			!span_equal(x->expression, y->expression)))
			return false;
	}
	return true;
}

static void
inherit_one(struct watch *watch, struct watch *was, bool same, int64_t now_ms,
    struct outcome *outcome)
{
	memory_copy(&watch->memory, &was->memory);
	watch->created_ms = was->created_ms;
	watch->warm = watch->warm || was->warm;
	if (watch->alarm->kind == ALARM_COMPOSITE) {
		/* Its children may be others now, whatever it says. */
		watch->cause = same ? was->cause : COMPOSITE_UPDATED;
		watch->stirred = true;
	}
	if (watch->model != NULL && was->model != NULL &&
	    inherit_same_series(watch->alarm, was->alarm)) {
		struct anomaly empty = *watch->model;

		*watch->model = *was->model; /* which takes it over */
		*was->model = empty;
	}
	if (watch_has_contributors(watch) && watch_has_contributors(was))
		inherit_contributors(watch, was, now_ms, outcome);
}

/* After all memories: the suppressor's may be another alarm's. */
static void
inherit_gate(struct watch_set *set, size_t at, const struct watch *was,
    int64_t now_ms, struct outcome *outcome)
{
	struct watch *watch = &set->watches[at];
	size_t suppressor = set->config.definitions.links[at].suppressor;
	bool in_alarm = suppressor != DEFINITION_NONE &&
	    set->watches[suppressor].memory.state == STATE_ALARM;

	if (was->gate == NULL)
		return;
	gate_inherit(watch->gate, was->gate, watch->alarm, &watch->memory,
	    in_alarm, now_ms, outcome);
	if (watch->gate == NULL || gate_unmuted(watch->gate))
		contributors_unmute(watch, now_ms, outcome);
}

static void
inherit_tell(struct outcome *outcome, const struct watch *watch,
    const struct watch *was, int64_t now_ms)
{
	const struct memory *memory =
	    watch == NULL ? &was->memory : &watch->memory;
	struct alarm_change change = {.before = was == NULL ? NULL : was->alarm,
	    .after = watch == NULL ? NULL : watch->alarm,
	    .time_ms = now_ms,
	    .state = memory->state,
	    .reason = arena_copy(&outcome->arena, memory->reason),
	    .data = arena_copy(&outcome->arena, memory->data),
	    .state_time_ms = memory->since_ms};

	outcome_change(outcome, &change);
}

void
watch_set_inherit(struct watch_set *set, struct watch_set *before,
    int64_t now_ms, struct outcome *outcome)
{
	struct table old = {0};

	set->clock_ms = before->clock_ms;
	for (size_t i = 0; i < set->config.mutes.count; i++)
		mute_refresh(&set->config.mutes.rules[i], now_ms);
	for (size_t i = 0; i < before->count; i++)
		table_put(
		    &old, before->watches[i].alarm->arn, &before->watches[i]);
	for (size_t i = 0; i < set->count; i++) {
		struct watch *watch = &set->watches[i];
		struct watch *was = table_get(&old, watch->alarm->arn);
		bool same = was != NULL &&
		    set->config.hashes[i] ==
			before->config.hashes[was - before->watches];

		if (was != NULL)
			inherit_one(watch, was, same, now_ms, outcome);
		if (!same)
			inherit_tell(outcome, watch, was, now_ms);
	}
	for (size_t i = 0; i < set->count; i++) {
		const struct watch *was =
		    table_remove(&old, set->watches[i].alarm->arn);

		if (was != NULL)
			inherit_gate(set, i, was, now_ms, outcome);
	}
	for (size_t i = 0; i < before->count; i++)
		if (table_get(&old, before->watches[i].alarm->arn) != NULL)
			inherit_tell(
			    outcome, NULL, &before->watches[i], now_ms);
	table_fini(&old);
}
