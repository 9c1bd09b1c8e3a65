#include "pipeline/alarm/watch_set.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

static void *
watch_set_array(struct watch_set *set, size_t count, size_t size)
{
	return arena_alloc(&set->config.arena, (count + 1) * size);
}

static void
watch_set_want(struct watch_set *set, struct table *table, struct span key,
    size_t watch, size_t input)
{
	struct wants *wants = table_get(table, key);
	struct want *want = watch_set_array(set, 1, sizeof(*want));

	*want = (struct want){watch, input, NULL};
	if (wants == NULL) {
		wants = watch_set_array(set, 1, sizeof(*wants));
		table_put(table, arena_copy(&set->config.arena, key), wants);
	}
	if (wants->last == NULL)
		wants->first = want;
	else
		wants->last->next = want;
	wants->last = want;
}

static void
watch_set_index(struct watch_set *set, size_t at)
{
	const struct alarm *a = set->watches[at].alarm;

	if (a->kind == ALARM_SILENCE) {
		set->silences[set->nsilences++] = at;
		return;
	}
	for (size_t i = 0; i < a->nmetrics; i++)
		watch_set_want(set, &set->by_metric,
		    series_metric_name(&set->scratch, a->metrics[i].namespace,
			a->metrics[i].metric, a->metrics[i].dimensions,
			a->metrics[i].ndimensions),
		    at, i);
	if (a->kind == ALARM_INSIGHTS)
		watch_set_want(set, &set->by_query,
		    series_metric_name(&set->scratch, a->insights->namespace,
			a->insights->metric, NULL, 0),
		    at, 0);
}

/*
 * Cadences.
 */

/* Whether it is evaluated by the periods of its data. */
static bool
watch_set_paced(const struct alarm *alarm)
{
	return alarm->kind != ALARM_COMPOSITE && alarm->kind != ALARM_SILENCE;
}

static struct span
cadence_key(struct buf *out, const struct watch *watch)
{
	buf_clear(out);
	buf_u64(out, (uint64_t)watch->step_ms);
	buf_u64(out, (uint64_t)watch->delay_ms);
	return buf_span(out);
}

/* The index of the watch's cadence, made when it is new; `seen` has them from
 * 1, since NULL is none. */
static size_t
watch_set_cadence(
    struct watch_set *set, struct table *seen, const struct watch *watch)
{
	struct span key = cadence_key(&set->scratch, watch);
	uintptr_t number = (uintptr_t)table_get(seen, key);

	if (number != 0)
		return number - 1;
	set->cadences[set->ncadences] =
	    (struct cadence){.step_ms = watch->step_ms,
		.delay_ms = watch->delay_ms,
		.move = {.frontier_ms = INT64_MIN, .horizon_ms = INT64_MIN}};
	number = ++set->ncadences;
	table_put(seen, arena_copy(&set->config.arena, key), (void *)number);
	return number - 1;
}

static void
watch_set_cadences(struct watch_set *set)
{
	struct table seen = {0};

	set->cadences =
	    watch_set_array(set, set->count, sizeof(*set->cadences));
	for (size_t i = 0; i < set->count; i++) {
		struct watch *watch = &set->watches[i];

		if (!watch_set_paced(watch->alarm))
			continue;
		watch->cadence = watch_set_cadence(set, &seen, watch);
		set->cadences[watch->cadence].count++;
	}
	table_fini(&seen);
	for (size_t i = 0; i < set->ncadences; i++) {
		struct cadence *c = &set->cadences[i];

		c->at = watch_set_array(set, c->count, sizeof(*c->at));
		c->count = 0;
	}
	for (size_t i = 0; i < set->count; i++) {
		struct cadence *c = &set->cadences[set->watches[i].cadence];

		if (watch_set_paced(set->watches[i].alarm))
			c->at[c->count++] = i;
	}
}

/*
 * Composites.
 */

static void
watch_set_parents(struct watch_set *set)
{
	const struct definitions *all = &set->config.definitions;
	size_t *counts = watch_set_array(set, set->count, sizeof(*counts));

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < all->ncomposites; i++) {
			size_t at = all->composites[i];

			for (size_t c = 0; c < all->alarms[at].rule->nchildren;
			     c++) {
				struct watch *child =
				    &set->watches[all->links[at].children[c]];

				if (pass == 0)
					counts[child - set->watches]++;
				else
					((size_t *)child
						->parents)[child->nparents++] =
					    at;
			}
		}
		for (size_t i = 0; pass == 0 && i < set->count; i++)
			if (counts[i] > 0)
				set->watches[i].parents = watch_set_array(
				    set, counts[i], sizeof(size_t));
	}
}

/*
 * Gates.
 */

/* The mute rules that name one alarm. */
struct muted {
	const struct mute **at;
	size_t count, room;
};

/* NULL: counts, else adds the rule. */
static void
watch_set_muted_by(struct watch_set *set, struct table *by_name,
    struct span name, const struct mute *rule)
{
	struct muted *muted = table_get(by_name, name);

	if (muted == NULL) {
		muted = watch_set_array(set, 1, sizeof(*muted));
		table_put(by_name, name, muted);
	}
	if (rule == NULL) {
		muted->room++;
		return;
	}
	if (muted->at == NULL)
		muted->at =
		    watch_set_array(set, muted->room, sizeof(*muted->at));
	if (muted->count == 0 || muted->at[muted->count - 1] != rule)
		muted->at[muted->count++] = rule;
}

/* Name → struct muted, of all rules; counted first. */
static void
watch_set_muted(struct watch_set *set, struct table *by_name)
{
	const struct mutes *mutes = &set->config.mutes;

	for (int pass = 0; pass < 2; pass++)
		for (size_t m = 0; m < mutes->count; m++)
			for (size_t i = 0; i < mutes->rules[m].nalarms; i++)
				watch_set_muted_by(set, by_name,
				    mutes->rules[m].alarms[i],
				    pass == 0 ? NULL : &mutes->rules[m]);
}

static void
watch_set_gates(struct watch_set *set)
{
	const struct definition_links *links = set->config.definitions.links;
	struct table by_name = {0};

	watch_set_muted(set, &by_name);
	set->gated = watch_set_array(set, set->count, sizeof(*set->gated));
	for (size_t i = 0; i < set->count; i++) {
		struct watch *watch = &set->watches[i];
		const struct alarm *a = watch->alarm;
		const struct muted *muted = table_get(&by_name, a->name);

		if (muted == NULL && a->suppressor.len == 0)
			continue;
		watch->gate = watch_set_array(set, 1, sizeof(*watch->gate));
		watch->gate->alarm = a;
		if (muted != NULL) {
			watch->gate->mutes = muted->at;
			watch->gate->nmutes = muted->count;
		}
		if (a->kind != ALARM_COMPOSITE)
			set->gated[set->ngated++] = i;
		else if (links[i].suppressor != DEFINITION_NONE)
			watch->gate->suppressor_arn =
			    set->watches[links[i].suppressor].alarm->arn;
	}
	table_fini(&by_name);
}

void
watch_set_init(struct watch_set *set, struct engine_config *config,
    int64_t delay_ms, int64_t pane_ms, int64_t now_ms)
{
	*set = (struct watch_set){.config = *config,
	    .count = config->definitions.count,
	    .clock_ms = INT64_MIN};
	*config = (struct engine_config){0};
	set->watches = watch_set_array(set, set->count, sizeof(*set->watches));
	set->touched = watch_set_array(set, set->count, sizeof(*set->touched));
	set->due = watch_set_array(set, set->count, sizeof(*set->due));
	set->silences =
	    watch_set_array(set, set->count, sizeof(*set->silences));
	for (size_t i = 0; i < set->count; i++) {
		const struct alarm *alarm = &set->config.definitions.alarms[i];
		struct watch *watch = &set->watches[i];

		watch_init(watch, alarm,
		    delay_ms >= 0 ? delay_ms
				  : engine_config_delay(&set->config, alarm),
		    pane_ms);
		watch->created_ms = watch->memory.since_ms = now_ms;
		watch->memory.changed_seq = UINT64_MAX;
		watch->cause = COMPOSITE_CREATED;
		watch->stirred = true;
		watch_set_index(set, i);
	}
	watch_set_cadences(set);
	watch_set_parents(set);
	watch_set_gates(set);
}

void
watch_set_fini(struct watch_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		watch_fini(&set->watches[i]);
	table_fini(&set->by_metric);
	table_fini(&set->by_query);
	buf_fini(&set->scratch);
	engine_config_fini(&set->config);
	*set = (struct watch_set){0};
}

/*
 * Binding.
 */

static bool
reads_match(const struct reads *reads, struct span name)
{
	for (size_t i = 0; i < reads->count; i++)
		if (span_equal(reads->at[i], name))
			return true;
	return reads->count == 0;
}

static void
watch_set_complain(const struct watch *watch, struct input *input,
    const struct series *other, struct outcome *outcome)
{
	const struct family *first = input->sources[0].series->family;

	if (input->complained)
		return;
	input->complained = true;
	outcome_complain(outcome,
	    arena_printf(&outcome->arena,
		"alarm \"%.*s\" matches series of %.*s in %.*s and of %.*s in "
		"%.*s; only the first is read: say which it means with "
		"\"Tocsin\": {\"Region\": \"%.*s\", \"Account\": \"%.*s\"}, or "
		"in the metric itself",
		SPAN_ARGS(watch->alarm->name), SPAN_ARGS(first->account),
		SPAN_ARGS(first->region), SPAN_ARGS(other->family->account),
		SPAN_ARGS(other->family->region), SPAN_ARGS(first->region),
		SPAN_ARGS(first->account)));
}

/* A reader that came to a series with panes has to look at them. */
static void
watch_set_reads(struct watch *watch, const struct binding *binding,
    struct series *series, size_t at, struct group *group)
{
	const struct reader reader = {at, group};
	int64_t newest = panes_newest(series_panes(series));

	series_read_by(series, &reader, watch_reach(watch, binding->pane_ms));
	if (newest != INT64_MIN && newest * binding->pane_ms > watch->newest_ms)
		watch->newest_ms = newest * binding->pane_ms;
	watch->asleep = false;
}

static void
watch_set_bind_input(struct watch_set *set, const struct binding *binding,
    const struct want *want, struct series *series)
{
	struct watch *watch = &set->watches[want->watch];
	struct input *input = &watch->inputs[want->input];
	const struct alarm_metric *metric = input->metric;
	const struct family *family = series->family;
	size_t column = 0;

	if (!reads_match(&metric->regions, family->region) ||
	    !reads_match(&metric->accounts, family->account) ||
	    (metric->unit.len > 0 && !span_equal(metric->unit, family->unit)))
		return;
	if (metric->statistic == STATISTIC_EXTENDED)
		column = series_column(series, metric->stat);
	if (column == SIZE_MAX)
		outcome_complain(binding->outcome,
		    arena_printf(&binding->outcome->arena,
			"alarm \"%.*s\": more than %d extended statistics of "
			"one series are read; %.*s has no data",
			SPAN_ARGS(watch->alarm->name), LIMIT_STATISTICS,
			SPAN_ARGS(metric->stat)));
	if (input_bind(input, series, column))
		watch_set_reads(watch, binding, series, want->watch, NULL);
	else
		watch_set_complain(watch, input, series, binding->outcome);
}

static void
watch_set_bind_query(struct watch_set *set, const struct binding *binding,
    const struct want *want, struct series *series,
    const struct series_key *key)
{
	struct watch *watch = &set->watches[want->watch];
	const struct alarm *a = watch->alarm;
	struct outcome *outcome = binding->outcome;
	struct group *group;

	if (!reads_match(&a->regions, key->region) ||
	    !reads_match(&a->accounts, key->account) ||
	    !insights_matches(a->insights, key, a->account))
		return;
	group = groups_bind(watch->groups, series,
	    binding->now_ms / binding->pane_ms -
		watch_reach(watch, binding->pane_ms));
	if (group != NULL) {
		watch_set_reads(watch, binding, series, want->watch, group);
		return;
	}
	outcome->counts.ungrouped++;
	if (!watch->complained) {
		watch->complained = true;
		outcome_complain(outcome,
		    arena_printf(&outcome->arena,
			"alarm \"%.*s\" has more than %d contributors; "
			"further ones are not judged: narrow its WHERE",
			SPAN_ARGS(a->name), LIMIT_CONTRIBUTORS));
	}
}

void
watch_set_bind(
    struct watch_set *set, const struct binding *binding, struct series *series)
{
	struct series_name room;
	const struct series_key *key = series_key(series, &room);
	const struct wants *wants = table_get(&set->by_metric,
	    series_metric_name(&set->scratch, key->namespace, key->metric,
		key->dimensions, key->ndimensions));

	for (const struct want *w = wants == NULL ? NULL : wants->first;
	     w != NULL; w = w->next)
		watch_set_bind_input(set, binding, w, series);
	wants = table_get(&set->by_query,
	    series_metric_name(
		&set->scratch, key->namespace, key->metric, NULL, 0));
	for (const struct want *w = wants == NULL ? NULL : wants->first;
	     w != NULL; w = w->next)
		watch_set_bind_query(set, binding, w, series, key);
}

void
watch_set_touch(struct watch_set *set, const struct series *series,
    const struct pane *pane, enum pane_put how, int64_t oldest, int64_t pane_ms)
{
	const struct history *history = series->history;

	for (size_t i = 0; i < history->nreaders - history->nrollups; i++) {
		const struct reader *reader = &history->readers[i];
		struct watch *watch = &set->watches[reader->reads];

		if (reader->group != NULL)
			group_pane(reader->group, how, pane, oldest);
		if (pane->index * pane_ms > watch->newest_ms)
			watch->newest_ms = pane->index * pane_ms;
		watch->asleep = false;
		if (watch->touched)
			continue;
		watch->touched = true;
		set->touched[set->ntouched++] = reader->reads;
	}
}

void
watch_set_forget(struct watch_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct watch *watch = &set->watches[i];

		for (size_t k = 0; k < watch->alarm->nmetrics; k++)
			input_forget(&watch->inputs[k]);
		if (watch->groups != NULL)
			groups_forget(watch->groups);
	}
}
