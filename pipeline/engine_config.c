#include "pipeline/engine_config.h"

#include "base/tree.h"

/* A metric stream delivers within about three minutes (AWS). */
#define DEFAULT_DELAY_MS (3 * 60 * 1000LL)

static void
engine_config_delays(
    struct engine_config *config, const struct tree *map, struct faults *faults)
{
	config->default_delay_ms = DEFAULT_DELAY_MS;
	if (!tree_is(map, TREE_MAP, faults))
		return;
	config->delays = arena_alloc(
	    &config->arena, (map->count + 1) * sizeof(*config->delays));
	for (const struct tree *t = map->first; t != NULL; t = t->next) {
		int64_t ms;

		if (!tree_int(t, &ms, faults))
			continue;
		if (span_is(t->key, "default"))
			config->default_delay_ms = ms;
		else
			config->delays[config->ndelays++] =
			    (struct namespace_delay){t->key, ms};
	}
}

static void
engine_config_fill(struct engine_config *config, const struct tree *root,
    struct faults *faults)
{
	struct definition_scope scope = {SPAN_OF(""), SPAN_OF("")};
	const struct tree *alarms = tree_get(root, "alarms");

	tree_text(tree_get(root, "account"), &scope.account, faults);
	tree_text(tree_get(root, "region"), &scope.region, faults);
	engine_config_delays(config, tree_get(root, "delay"), faults);
	if (alarms != NULL)
		definitions_read(&config->definitions, &config->arena, alarms,
		    &scope, faults);
	definitions_unique(&config->definitions, faults);
}

enum rc
engine_config_read(
    struct engine_config *config, struct span payload, struct err *err)
{
	struct faults faults;
	struct tree *root;
	enum rc rc = RC_OK;

	*config = (struct engine_config){0};
	arena_init(&config->arena);
	faults_init(&faults);
	root = tree_parse(&config->arena, payload, "config", false, &faults);
	if (root != NULL)
		engine_config_fill(config, root, &faults);
	if (faults.count > 0) {
		rc = err_set(err, RC_REJECT, "config entry, line %u: %s",
		    faults.first->line, faults.first->text);
		engine_config_fini(config);
	}
	faults_fini(&faults);
	return rc;
}

void
engine_config_fini(struct engine_config *config)
{
	arena_fini(&config->arena);
	*config = (struct engine_config){0};
}

int64_t
engine_config_delay(
    const struct engine_config *config, const struct alarm *alarm)
{
	if (alarm->delay_ms >= 0)
		return alarm->delay_ms;
	for (size_t i = 0; i < config->ndelays; i++)
		if (span_equal(config->delays[i].namespace, alarm->namespace))
			return config->delays[i].delay_ms;
	return config->default_delay_ms;
}
