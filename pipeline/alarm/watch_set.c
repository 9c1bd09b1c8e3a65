#include "pipeline/alarm/watch_set.h"

#include <stdlib.h>

#include "base/log.h"

static struct span
watch_set_metric(
    struct watch_set *set, struct span namespace, struct span metric)
{
	buf_clear(&set->scratch);
	buf_span_put(&set->scratch, namespace);
	buf_byte(&set->scratch, '\0');
	buf_span_put(&set->scratch, metric);
	return buf_span(&set->scratch);
}

static struct watch_group *
watch_set_group(struct watch_set *set, const struct alarm *alarm)
{
	struct span key =
	    watch_set_metric(set, alarm->namespace, alarm->metric);
	struct watch_group *group = table_get(&set->by_metric, key);

	if (group == NULL) {
		group = arena_alloc(&set->config.arena, sizeof(*group));
		table_put(&set->by_metric, arena_copy(&set->config.arena, key),
		    group);
	}
	return group;
}

static void *
watch_set_array(struct watch_set *set, size_t size)
{
	return arena_alloc(&set->config.arena, (set->count + 1) * size);
}

void
watch_set_init(struct watch_set *set, struct engine_config *config,
    int64_t delay_ms, int64_t pane_ms)
{
	*set = (struct watch_set){
	    .config = *config, .count = config->definitions.count};
	*config = (struct engine_config){0};
	set->watches = watch_set_array(set, sizeof(*set->watches));
	set->touched = watch_set_array(set, sizeof(*set->touched));
	for (size_t i = 0; i < set->count; i++) {
		const struct alarm *alarm = &set->config.definitions.alarms[i];

		watch_init(&set->watches[i], alarm,
		    delay_ms >= 0 ? delay_ms
				  : engine_config_delay(&set->config, alarm),
		    pane_ms);
		watch_set_group(set, alarm)->count++;
	}
	for (size_t i = 0; i < set->count; i++) {
		struct watch_group *group =
		    watch_set_group(set, set->watches[i].alarm);

		if (group->at == NULL) {
			group->at = arena_alloc(&set->config.arena,
			    group->count * sizeof(*group->at));
			group->count = 0;
		}
		group->at[group->count++] = i;
	}
}

void
watch_set_fini(struct watch_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		watch_fini(&set->watches[i]);
	table_fini(&set->by_metric);
	buf_fini(&set->scratch);
	engine_config_fini(&set->config);
	*set = (struct watch_set){0};
}

void
watch_set_inherit(struct watch_set *set, const struct watch_set *before)
{
	struct table old = {0};

	for (size_t i = 0; i < before->count; i++)
		table_put(
		    &old, before->watches[i].alarm->arn, &before->watches[i]);
	for (size_t i = 0; i < set->count; i++) {
		const struct watch *was =
		    table_get(&old, set->watches[i].alarm->arn);

		if (was != NULL)
			set->watches[i].state = was->state;
	}
	table_fini(&old);
}

static const char *
watch_set_complain(
    struct watch *watch, const struct series *other, struct arena *arena)
{
	const struct series_key *first = &watch->series[0]->key;

	if (watch->complained)
		return NULL;
	watch->complained = true;
	return arena_printf(arena,
	    "alarm \"%.*s\" matches series of %.*s in %.*s and of %.*s in "
	    "%.*s; only the first is read: give it an AlarmArn, or "
	    "\"Tocsin\": {\"Region\": \"%.*s\", \"Account\": \"%.*s\"}",
	    SPAN_ARGS(watch->alarm->name), SPAN_ARGS(first->account),
	    SPAN_ARGS(first->region), SPAN_ARGS(other->key.account),
	    SPAN_ARGS(other->key.region), SPAN_ARGS(first->region),
	    SPAN_ARGS(first->account));
}

const char *
watch_set_bind(struct watch_set *set, struct series *series, int64_t pane_ms,
    struct arena *arena)
{
	const struct watch_group *group = table_get(&set->by_metric,
	    watch_set_metric(set, series->key.namespace, series->key.metric));
	const char *complaint = NULL;

	for (size_t i = 0; group != NULL && i < group->count; i++) {
		struct watch *watch = &set->watches[group->at[i]];

		if (!watch_matches(watch, &series->key))
			continue;
		if (watch_bind(watch, series))
			series_read_by(
			    series, group->at[i], watch_reach(watch, pane_ms));
		else if (complaint == NULL)
			complaint = watch_set_complain(watch, series, arena);
	}
	return complaint;
}

void
watch_set_touch(struct watch_set *set, const struct series *series)
{
	for (size_t i = 0; i < series->nreaders; i++) {
		struct watch *watch = &set->watches[series->readers[i]];

		if (watch->touched)
			continue;
		watch->touched = true;
		set->touched[set->ntouched++] = series->readers[i];
	}
}
