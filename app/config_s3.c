/* `sinks: s3:`, one bucket, or several in a list. */
#include "app/config.h"
#include "app/config_check.h"

static void
config_s3_one(struct config *config, const struct tree *map,
    struct s3_config *s3, struct faults *faults)
{
	size_t before = faults->count;
	struct err err;

	option_load(s3_options, map, s3, &config->arena, faults);
	option_known(s3_options, NULL, map, faults);
	if (s3->region.len == 0)
		s3->region = config->region;
	config_required(map, "bucket", s3->bucket, faults);
	config_plain_name(map, s3->name, faults);
	if (s3->region.len == 0)
		tree_fault(map, faults,
		    "s3 has no Region: set region here or at the top");
	if (faults->count == before && s3_config_check(s3, &err) != RC_OK)
		tree_fault(map, faults, "%s", err.text);
}

/* Two of one name would share a position, two of one place their objects. */
static void
config_s3_apart(
    const struct config *config, const struct tree *map, struct faults *faults)
{
	const struct s3_config *last = &config->s3[config->ns3 - 1];

	for (const struct s3_config *s3 = config->s3; s3 < last; s3++)
		if (span_equal(s3->name, last->name))
			tree_fault(map, faults,
			    "two buckets are named \"%.*s\": give each a name "
			    "(one may go without)",
			    SPAN_ARGS(s3->name));
		else if (span_equal(s3->bucket, last->bucket) &&
		    span_equal(s3->prefix, last->prefix) &&
		    span_equal(s3->region, last->region) &&
		    span_equal(s3->endpoint, last->endpoint))
			tree_fault(map, faults,
			    "this is the same place as the one before it");
}

void
config_s3_load(
    struct config *config, const struct tree *node, struct faults *faults)
{
	bool list = node != NULL && node->kind == TREE_LIST;
	const struct tree *first = list ? node->first : node;

	if (first == NULL)
		return;
	config->s3 = arena_alloc(
	    &config->arena, (list ? node->count : 1) * sizeof(*config->s3));
	config->ns3 = 0;
	for (const struct tree *t = first; t != NULL; t = t->next) {
		if (tree_is(t, TREE_MAP, faults)) {
			config_s3_one(
			    config, t, &config->s3[config->ns3++], faults);
			config_s3_apart(config, t, faults);
		}
		if (!list)
			return;
	}
}
