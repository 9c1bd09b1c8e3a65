#include "pipeline/window/rollup_set.h"

#include "base/limits.h"

void
rollup_set_init(struct rollup_set *set, size_t count)
{
	*set = (struct rollup_set){0};
	arena_init(&set->arena);
	arena_init(&set->work);
	set->at = arena_alloc(&set->arena, (count + 1) * sizeof(*set->at));
}

void
rollup_set_add(struct rollup_set *set,
    const struct rollup_definition *definition, int64_t delay_ms,
    int64_t pane_ms, int64_t since_ms)
{
	struct rollup *rollup = &set->at[set->count++], *last;
	struct span name = series_metric_name(&set->scratch,
	    definition->query->namespace, definition->query->metric, NULL, 0);

	rollup_init(rollup, definition, delay_ms, pane_ms, since_ms);
	last = table_get(&set->by_metric, name);
	if (last == NULL) {
		table_put(
		    &set->by_metric, arena_copy(&set->arena, name), rollup);
		return;
	}
	while (last->next_same != NULL)
		last = last->next_same;
	last->next_same = rollup;
}

void
rollup_set_fini(struct rollup_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		rollup_fini(&set->at[i]);
	table_fini(&set->by_metric);
	arena_fini(&set->arena);
	arena_fini(&set->work);
	buf_fini(&set->scratch);
	*set = (struct rollup_set){0};
}

static bool
rollup_goes_on(
    const struct rollup_definition *a, const struct rollup_definition *b)
{
	return span_equal(a->text, b->text) &&
	    span_equal(a->account, b->account) &&
	    span_equal(a->unit, b->unit) && a->window_ms == b->window_ms &&
	    a->every_ms == b->every_ms;
}

void
rollup_set_go_on(
    struct rollup_set *set, struct rollup_set *before, int64_t now_ms)
{
	struct table by_name = {0};

	for (size_t i = 0; i < before->count; i++)
		table_put(
		    &by_name, before->at[i].definition->name, &before->at[i]);
	for (size_t i = 0; i < set->count; i++) {
		struct rollup *rollup = &set->at[i];
		const struct rollup *was =
		    table_get(&by_name, rollup->definition->name);

		if (was == NULL ||
		    !rollup_goes_on(rollup->definition, was->definition))
			continue;
		rollup_go_on(rollup, was, now_ms);
		rollup->was = was;
	}
	table_fini(&by_name);
}

void
rollup_set_inherit(struct rollup_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->at[i].was != NULL)
			rollup_inherit(&set->at[i], set->at[i].was);
		set->at[i].was = NULL;
	}
}

static void
rollup_set_full(struct rollup *rollup, struct outcome *outcome)
{
	outcome->counts.ungrouped++;
	if (rollup->full)
		return;
	rollup->full = true;
	outcome_complain(outcome,
	    arena_printf(&outcome->arena,
		"rollup \"%.*s\" has more than %d groups; further ones are "
		"left out: narrow its WHERE or its GROUP BY",
		SPAN_ARGS(rollup->definition->name), LIMIT_CONTRIBUTORS));
}

void
rollup_set_bind(struct rollup_set *set, struct series *series, int64_t now_ms,
    struct outcome *outcome)
{
	struct series_name room;
	const struct series_key *key;
	struct rollup *rollup;

	if (set->count == 0)
		return;
	key = series_key(series, &room);
	rollup = table_get(&set->by_metric,
	    series_metric_name(
		&set->scratch, key->namespace, key->metric, NULL, 0));
	for (; rollup != NULL; rollup = rollup->next_same) {
		struct reader reader = {(size_t)(rollup - set->at), NULL};

		if ((rollup->definition->unit.len > 0 &&
			!span_equal(rollup->definition->unit, key->unit)) ||
		    !insights_matches(rollup->definition->query, key,
			rollup->definition->account))
			continue;
		reader.group = rollup_bind(rollup, series, now_ms);
		if (reader.group == NULL)
			rollup_set_full(rollup, outcome);
		else
			series_rolled_by(series, &reader, rollup_reach(rollup));
	}
}

void
rollup_set_forget(struct rollup_set *set, int64_t now_ms)
{
	for (size_t i = 0; i < set->count; i++)
		rollup_forget(&set->at[i], now_ms);
}

void
rollup_set_touch(struct rollup_set *set, const struct series *series,
    const struct pane *pane, enum pane_put how, int64_t oldest)
{
	const struct history *history = series->history;

	for (size_t i = history->nreaders - history->nrollups;
	     i < history->nreaders; i++) {
		const struct reader *reader = &history->readers[i];

		rollup_touch(
		    &set->at[reader->reads], reader->group, how, pane, oldest);
	}
}

void
rollup_set_rescue(
    struct rollup_set *set, int64_t now_ms, struct outcome *outcome)
{
	for (size_t i = 0; i < set->count; i++)
		rollup_rescue(&set->at[i], now_ms, &set->work, outcome);
	arena_reset(&set->work);
}

void
rollup_set_step(struct rollup_set *set, int64_t now_ms, struct outcome *outcome)
{
	for (size_t i = 0; i < set->count; i++)
		rollup_step(&set->at[i], now_ms, &set->work, outcome);
	arena_reset(&set->work);
}

void
rollup_set_learn(struct rollup_set *set, int64_t now_ms)
{
	for (size_t i = 0; i < set->count; i++)
		rollup_learn(&set->at[i], now_ms);
}

size_t
rollup_set_groups(const struct rollup_set *set)
{
	size_t groups = 0;

	for (size_t i = 0; i < set->count; i++)
		groups += set->at[i].groups.count;
	return groups;
}
