/* `sinks: replica:`, one item each. */
#include "app/config.h"
#include "app/config_check.h"

static const char *const config_replica_kinds[] = {
    "firehose_http", "kafka", "kinesis", "firehose", NULL};

static void
config_replica_load(struct config *config, const struct tree *item,
    struct replica_config *replica, bool service, struct faults *faults)
{
	const struct tree *http = tree_get(item, config_replica_kinds[0]);
	size_t kinds = 0;

	option_load(replica_options, item, replica, &config->arena, faults);
	option_known(replica_options, config_replica_kinds, item, faults);
	config_required(item, "name", replica->name, faults);
	config_plain_name(item, replica->name, faults);
	for (const char *const *k = config_replica_kinds; *k != NULL; k++) {
		kinds += tree_get(item, *k) != NULL;
		if (k != config_replica_kinds)
			config_not_yet(item, *k, faults);
	}
	if (kinds != 1)
		tree_fault(item, faults,
		    "a replica is one of firehose_http, kafka, kinesis, "
		    "firehose");
	if (!tree_is(http, TREE_MAP, faults))
		return;
	option_load(
	    firehose_http_options, http, replica, &config->arena, faults);
	option_known(firehose_http_options, NULL, http, faults);
	config_required(http, "url", replica->url, faults);
	config_readable(
	    http, "access_key_file", replica->access_key_file, service, faults);
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
