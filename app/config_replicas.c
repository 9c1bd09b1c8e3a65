/* `sinks: replica:`, one item each. */
#include "app/config.h"
#include "app/config_check.h"

/* `send: [records]`: what of the log is sent. */
static void
config_replica_send(const struct tree *item, struct replica_config *replica,
    struct faults *faults)
{
	static const struct {
		const char *name;
		unsigned bit;
	} rows[] = {{"records", REPLICA_RECORDS},
	    {"transitions", REPLICA_TRANSITIONS}, {"rollups", REPLICA_ROLLUPS}};
	const struct tree *list = tree_get(item, "send");

	replica->send = list == NULL ? REPLICA_RECORDS : 0;
	if (!tree_is(list, TREE_LIST, faults))
		return;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		unsigned bit = 0;
		struct span text = {"", 0};

		if (!tree_text(t, &text, faults))
			continue;
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			if (span_is(text, rows[i].name))
				bit = rows[i].bit;
		if (bit == 0)
			tree_fault(t, faults,
			    "a replica sends records, transitions or rollups, "
			    "not \"%.*s\"",
			    SPAN_ARGS(text));
		replica->send |= bit;
	}
	if (list->first == NULL)
		tree_fault(list, faults, "a replica that sends nothing");
}

/* The keys of its kind. */
static void
config_replica_kind(struct config *config, const struct tree *map,
    struct replica_config *replica, bool service, struct faults *faults)
{
	const struct replica_kind *kind = replica->kind;
	size_t before = faults->count;
	struct err err;

	option_load(kind->options, map, replica, &config->arena, faults);
	option_known(kind->options, NULL, map, faults);
	if (replica->region.len == 0)
		replica->region = config->region;
	if (replica->kafka.region.len == 0)
		replica->kafka.region = config->region;
	for (const struct option *o = kind->options; o->key != NULL; o++) {
		const struct span *value =
		    (const void *)((const char *)replica + o->offset);

		for (const char *const *r = kind->required; *r != NULL; r++)
			if (strcmp(o->key, *r) == 0)
				config_required(map, *r, *value, faults);
		if (o->type == OPTION_PATH)
			config_readable(map, o->key, *value, service, faults);
	}
	if (faults->count == before && kind->check != NULL &&
	    kind->check(replica, &err) != RC_OK)
		tree_fault(map, faults, "%s", err.text);
}

static void
config_replica_load(struct config *config, const struct tree *item,
    struct replica_config *replica, bool service, struct faults *faults)
{
	const char *keys[16] = {"send"};
	const struct tree *map = NULL;
	size_t nkeys = 1, kinds = 0;

	for (size_t i = 0; replica_kinds[i] != NULL; i++) {
		const char *name = replica_kinds[i]->name;

		keys[nkeys++] = name;
		if (tree_get(item, name) == NULL)
			continue;
		kinds++;
		map = tree_get(item, name);
		replica->kind = replica_kinds[i];
	}
	option_load(replica_options, item, replica, &config->arena, faults);
	option_known(replica_options, keys, item, faults);
	config_required(item, "name", replica->name, faults);
	config_plain_name(item, replica->name, faults);
	config_replica_send(item, replica, faults);
	if (kinds != 1)
		tree_fault(item, faults,
		    "a replica is one of firehose_http, kafka, kinesis, "
		    "firehose");
	else if (map != NULL && tree_is(map, TREE_MAP, faults))
		config_replica_kind(config, map, replica, service, faults);
}

void
config_replicas_load(struct config *config, const struct tree *list,
    bool service, struct faults *faults)
{
	if (!tree_is(list, TREE_LIST, faults))
		return;
	config->replicas = arena_alloc(
	    &config->arena, list->count * sizeof(struct replica_config));
	config->nreplicas = 0;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		struct replica_config *replica =
		    &config->replicas[config->nreplicas];

		if (!tree_is(t, TREE_MAP, faults))
			continue;
		config_replica_load(config, t, replica, service, faults);
		for (size_t i = 0; i < config->nreplicas; i++)
			if (span_equal(replica->name, config->replicas[i].name))
				tree_fault(t, faults,
				    "two replicas are named \"%.*s\"",
				    SPAN_ARGS(replica->name));
		config->nreplicas++;
	}
}
