/*
 * What Terraform's JSON says beside the values of a resource: which values
 * are not known before apply, in which Region a resource is, and what is known
 * of topics that the same plan makes.
 */
#ifndef PIPELINE_ALARM_DEFINITION_TERRAFORM_VALUE_H
#define PIPELINE_ALARM_DEFINITION_TERRAFORM_VALUE_H

#include "base/table.h"
#include "pipeline/alarm/definition/template_node.h"

struct terraform {
	struct arena *arena;
	const struct template_options *options;
	struct faults *faults;
	const struct tree *document;
	struct table changes; /* address: its member of resource_changes */
	struct table topics;  /* address: values of an aws_sns_topic */
	/* Of the configuration, by address without instance keys. */
	struct table resources, calls;
	size_t references; /* followed for the present list of actions */
};

/* An alarm's resource, and the address of its module ("": the root). */
struct terraform_resource {
	const struct tree *values;
	struct span address, module;
};

void terraform_index(struct terraform *t);
void terraform_index_fini(struct terraform *t);
/* The topics of a module; asked for each before any alarm is read. */
void terraform_index_topics(struct terraform *t, const struct tree *module);

/* "" when neither the resource nor its provider says it. */
struct span terraform_region(
    struct terraform *t, const struct terraform_resource *resource);

/*
 * Adds what the alarm's values lack because it is known after apply only:
 * actions that are topics of the same plan, whose names are known. False, and
 * a fault each, when something else is missing.
 */
bool terraform_unknown(struct terraform *t,
    const struct terraform_resource *resource, struct template_build *alarm);

#endif
