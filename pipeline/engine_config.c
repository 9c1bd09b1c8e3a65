#include "pipeline/engine_config.h"

#include "base/table.h"
#include "base/tree.h"
#include "pipeline/window/insights.h"

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
			    (struct namespace_delay){
				arena_copy(&config->arena, t->key), ms};
	}
}

/* Faults of alarms are for people; they reject nothing. */
static void
engine_config_complain(const struct faults *faults, struct outcome *outcome)
{
	for (const struct fault *f = faults->first; f != NULL; f = f->next)
		outcome_complain(outcome,
		    arena_printf(&outcome->arena, "config entry, line %u: %s",
			f->line, f->text));
}

static void
engine_config_alarms(struct engine_config *config, const struct tree *root,
    const struct definition_scope *scope, struct outcome *outcome)
{
	const struct tree *list = tree_get(root, "alarms");
	struct buf text = {0};
	struct faults faults;

	faults_init(&faults);
	for (const struct tree *t = list == NULL ? NULL : list->first;
	     t != NULL; t = t->next)
		definition_read_one(
		    &config->definitions, &config->arena, t, scope, &faults);
	definitions_link(&config->definitions, &config->arena, &faults);
	list = tree_get(root, "mutes");
	if (list != NULL)
		mutes_read(&config->mutes, &config->arena, list, &faults);
	engine_config_complain(&faults, outcome);
	faults_fini(&faults);
	config->hashes = arena_alloc(&config->arena,
	    (config->definitions.count + 1) * sizeof(*config->hashes));
	for (size_t i = 0; i < config->definitions.count; i++) {
		buf_clear(&text);
		tree_print(config->definitions.nodes[i], &text);
		config->hashes[i] = hash_stable(buf_span(&text));
	}
	buf_fini(&text);
}

static void
engine_config_fill(struct engine_config *config, const struct tree *root,
    struct outcome *outcome, struct faults *faults)
{
	struct definition_scope scope = {SPAN_OF(""), SPAN_OF("")};

	tree_text(tree_get(root, "account"), &scope.account, faults);
	tree_text(tree_get(root, "region"), &scope.region, faults);
	engine_config_delays(config, tree_get(root, "delay"), faults);
	engine_config_alarms(config, root, &scope, outcome);
}

enum rc
engine_config_read(struct engine_config *config, struct span payload,
    struct outcome *outcome, struct err *err)
{
	struct faults faults;
	struct arena scratch; /* of the tree, which is many times the alarms */
	struct tree *root;
	enum rc rc = RC_OK;

	*config = (struct engine_config){0};
	arena_init(&config->arena);
	arena_init(&scratch);
	faults_init(&faults);
	root = tree_parse(&scratch, payload, "config", false, &faults);
	if (root != NULL)
		engine_config_fill(config, root, outcome, &faults);
	if (faults.count > 0) {
		rc = err_set(err, RC_REJECT, "config entry, line %u: %s",
		    faults.first->line, faults.first->text);
		engine_config_fini(config);
	}
	faults_fini(&faults);
	arena_fini(&scratch);
	return rc;
}

void
engine_config_fini(struct engine_config *config)
{
	arena_fini(&config->arena);
	*config = (struct engine_config){0};
}

static int64_t
engine_config_namespace(
    const struct engine_config *config, struct span namespace)
{
	for (size_t i = 0; i < config->ndelays; i++)
		if (span_equal(config->delays[i].namespace, namespace))
			return config->delays[i].delay_ms;
	return config->default_delay_ms;
}

int64_t
engine_config_delay(
    const struct engine_config *config, const struct alarm *alarm)
{
	int64_t longest = -1;

	if (alarm->delay_ms >= 0)
		return alarm->delay_ms;
	if (alarm->kind == ALARM_INSIGHTS)
		return engine_config_namespace(
		    config, alarm->insights->namespace);
	for (size_t i = 0; i < alarm->nmetrics; i++) {
		int64_t delay_ms = engine_config_namespace(
		    config, alarm->metrics[i].namespace);

		longest = delay_ms > longest ? delay_ms : longest;
	}
	return longest < 0 ? config->default_delay_ms : longest;
}
