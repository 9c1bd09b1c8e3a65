/* `sinks:`, where outcomes go. */
#include "app/config.h"
#include "app/config_check.h"

void
config_sinks_load(struct config *config, const struct tree *map, bool service,
    struct faults *faults)
{
	static const char *const keys[] = {
	    "s3", "sns", "events", "replica", NULL};
	const struct tree *sns = tree_get(map, "sns");

	tree_known(map, keys, faults);
	config_not_yet(map, "events", faults);
	config_s3_load(config, tree_get(map, "s3"), faults);
	tree_is(sns, TREE_MAP, faults);
	option_load(sns_options, sns, &config->sns, &config->arena, faults);
	option_known(sns_options, NULL, sns, faults);
	config_replicas_load(config, tree_get(map, "replica"), service, faults);
}
