/* `delay:` and `series:`: what is known of the stream. */
#include "app/config.h"

static struct namespace_delay *
config_delay_find(struct config *config, struct span namespace)
{
	for (size_t i = 0; i < config->ndelays; i++)
		if (span_equal(config->delays[i].namespace, namespace))
			return &config->delays[i];
	return NULL;
}

static void
config_delay_set(struct config *config, struct span namespace, int64_t delay_ms)
{
	struct namespace_delay *delay = config_delay_find(config, namespace);

	if (delay == NULL) {
		struct namespace_delay *more = arena_alloc(
		    &config->arena, (config->ndelays + 1) * sizeof(*more));

		if (config->ndelays > 0)
			memcpy(more, config->delays,
			    config->ndelays * sizeof(*more));
		config->delays = more;
		delay = &more[config->ndelays++];
		delay->namespace = arena_copy(&config->arena, namespace);
	}
	delay->delay_ms = delay_ms;
}

const struct option config_series_options[] = {
    {"forget", OPTION_DURATION, offsetof(struct config_series, forget_ms), "2d",
	3600 * 1000LL, 366 * 24 * 3600 * 1000LL,
	"a series not seen for so long, of which no alarm looks at a datapoint "
	"any more, is forgotten"},
    {0}};

/* A file that says nothing leaves it as it is. */
void
config_series_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	if (map == NULL)
		return;
	option_load(config_series_options, map, &config->series, &config->arena,
	    faults);
	option_known(config_series_options, NULL, map, faults);
}

/* The row follows; it begins with what it was, within its bounds. */
static void
config_delay_follow(struct config *config, const struct delay_bounds *bounds)
{
	struct delay_bounds *more =
	    arena_alloc(&config->arena, (config->nbounds + 1) * sizeof(*more));
	const struct namespace_delay *now =
	    config_delay_find(config, bounds->namespace);
	int64_t delay_ms = now == NULL
	    ? config_delay_find(config, SPAN_OF("default"))->delay_ms
	    : now->delay_ms;

	if (delay_ms < bounds->least_ms)
		delay_ms = bounds->least_ms;
	if (delay_ms > bounds->most_ms)
		delay_ms = bounds->most_ms;
	config_delay_set(config, bounds->namespace, delay_ms);
	if (config->nbounds > 0)
		memcpy(more, config->bounds, config->nbounds * sizeof(*more));
	config->bounds = more;
	more[config->nbounds] = *bounds;
	more[config->nbounds++].namespace =
	    arena_copy(&config->arena, bounds->namespace);
}

static void
config_delay_row(
    struct config *config, const struct tree *row, struct faults *faults)
{
	struct delay_bounds bounds;
	int64_t delay_ms;

	if (delay_bounds_read(&bounds, row, faults)) {
		config_delay_follow(config, &bounds);
		return;
	}
	if (!tree_duration(row, &delay_ms, faults))
		return;
	if (delay_ms < 0 || delay_ms > 24 * 3600 * 1000LL)
		tree_fault(row, faults,
		    "a delay must be from 0s to 1d, not \"%.*s\"",
		    SPAN_ARGS(row->text));
	else
		config_delay_set(config, row->key, delay_ms);
}

/* A NULL map sets the defaults, which are known of the services. `delay: auto`
 * is the default's. */
void
config_delay_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	struct delay_bounds bounds;

	if (config->ndelays == 0) {
		config_delay_set(config, SPAN_OF("default"), 3 * 60 * 1000);
		config_delay_set(config, SPAN_OF("AWS/S3"), 20 * 60 * 1000);
	}
	if (map == NULL)
		return;
	if (delay_bounds_read(&bounds, map, faults)) {
		bounds.namespace = SPAN_OF("default");
		config_delay_follow(config, &bounds);
		return;
	}
	if (!tree_is(map, TREE_MAP, faults))
		return;
	for (const struct tree *t = map->first; t != NULL; t = t->next)
		config_delay_row(config, t, faults);
}
