/* `sources:`, what is read besides listening. */
#include "app/config.h"
#include "app/config_check.h"
#include "base/limits.h"

const struct option config_source_options[] = {
    {"name", OPTION_TEXT, offsetof(struct source_kafka_config, name), NULL, 0,
	0, "what it is called, in logs, metrics and the journal; required"},
    {0}};

/* Letters, digits, '.', '_' and '-' (Kafka's own rule). */
static bool
config_is_topic(struct span name)
{
	bool good = name.len > 0 && name.len <= 249;

	for (size_t i = 0; i < name.len && good; i++)
		good = (name.at[i] >= 'a' && name.at[i] <= 'z') ||
		    (name.at[i] >= 'A' && name.at[i] <= 'Z') ||
		    (name.at[i] >= '0' && name.at[i] <= '9') ||
		    strchr("._-", name.at[i]) != NULL;
	return good;
}

static void
config_topics_load(struct config *config, struct source_kafka_config *source,
    const struct tree *list, struct faults *faults)
{
	struct span *topics;

	if (!tree_is(list, TREE_LIST, faults))
		return;
	topics = arena_alloc(&config->arena, list->count * sizeof(*topics) + 1);
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		struct span name;

		if (!tree_text(t, &name, faults))
			continue;
		if (!config_is_topic(name))
			tree_fault(t, faults,
			    "\"%.*s\" cannot be a topic: names are letters, "
			    "digits, '.', '_' and '-'",
			    SPAN_ARGS(name));
		else
			topics[source->ntopics++] =
			    arena_copy(&config->arena, name);
	}
	source->topics = topics;
}

/* Files that the connection opens. */
static void
config_source_files(const struct tree *map, const void *source, bool service,
    struct faults *faults)
{
	for (const struct option *o = source_kafka_options; o->key != NULL; o++)
		if (o->type == OPTION_PATH)
			config_readable(map, o->key,
			    *(const struct span *)(const void *)((const char *)
								     source +
				o->offset),
			    service, faults);
}

static void
config_source_load(struct config *config, const struct tree *item,
    struct source_kafka_config *source, bool service, struct faults *faults)
{
	static const char *const topics[] = {"topics", NULL};
	static const char *const kinds[] = {"kafka", NULL};
	const struct tree *map = tree_get(item, "kafka");
	const char *fault;

	option_load(
	    config_source_options, item, source, &config->arena, faults);
	option_known(config_source_options, kinds, item, faults);
	config_required(item, "name", source->name, faults);
	config_plain_name(item, source->name, faults);
	if (map == NULL)
		tree_fault(item, faults, "a source is one of: kafka");
	if (!tree_is(map, TREE_MAP, faults))
		return;
	option_load(source_kafka_options, map, source, &config->arena, faults);
	option_known(source_kafka_options, topics, map, faults);
	if (source->connection.region.len == 0)
		source->connection.region = config->region;
	config_source_files(map, source, service, faults);
	config_topics_load(config, source, tree_get(map, "topics"), faults);
	fault = source_kafka_fault(source);
	if (fault != NULL)
		tree_fault(map, faults, "%s", fault);
}

void
config_sources_load(struct config *config, const struct tree *list,
    bool service, struct faults *faults)
{
	if (!tree_is(list, TREE_LIST, faults))
		return;
	if (list->count > LIMIT_KAFKA_SOURCES)
		tree_fault(
		    list, faults, "more than %d sources", LIMIT_KAFKA_SOURCES);
	config->sources = arena_alloc(&config->arena,
	    (list->count + 1) * sizeof(struct source_kafka_config));
	config->nsources = 0;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		struct source_kafka_config *source =
		    &config->sources[config->nsources];

		if (!tree_is(t, TREE_MAP, faults))
			continue;
		config_source_load(config, t, source, service, faults);
		for (size_t i = 0; i < config->nsources; i++)
			if (span_equal(source->name, config->sources[i].name))
				tree_fault(t, faults,
				    "two sources are named \"%.*s\"",
				    SPAN_ARGS(source->name));
		config->nsources++;
	}
}
