/* `sinks:`, where outcomes go. */
#include "app/config.h"
#include "app/config_check.h"

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
