/* `sinks:`, where outcomes go. */
#include "app/config.h"
#include "app/config_check.h"

static void
config_s3_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	if (!tree_is(map, TREE_MAP, faults))
		return;
	config->s3_on = true;
	option_load(s3_options, map, &config->s3, &config->arena, faults);
	option_known(s3_options, NULL, map, faults);
	if (config->s3.region.len == 0)
		config->s3.region = config->region;
	config_required(map, "bucket", config->s3.bucket, faults);
	if (config->s3.region.len == 0)
		tree_fault(map, faults,
		    "s3 has no Region: set region here or at the top");
}

void
config_sinks_load(struct config *config, const struct tree *map, bool service,
    struct faults *faults)
{
	static const char *const keys[] = {
	    "s3", "sns", "lambda", "events", "webhooks", "replica", NULL};

	tree_known(map, keys, faults);
	config_s3_load(config, tree_get(map, "s3"), faults);
	config_notify_load(config, map, service, faults);
	config_replicas_load(config, tree_get(map, "replica"), service, faults);
}
