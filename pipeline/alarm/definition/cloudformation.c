/* From the resources of a template to alarms. */
#include "pipeline/alarm/definition/cloudformation.h"

#include "pipeline/alarm/definition/cloudformation_value.h"

/* The resource types that are read; `arn` is put when it is known from more
 * than the configuration. */
static const struct cloudformation_kind {
	const char *type, *name, *arn, *prefix;
} cloudformation_kinds[] = {
    {"AWS::CloudWatch::Alarm", "AlarmName", "AlarmArn", "alarm"},
    {"AWS::CloudWatch::CompositeAlarm", "AlarmName", "AlarmArn", "alarm"},
    {"AWS::CloudWatch::AlarmMuteRule", "Name", "AlarmMuteRuleArn",
	"alarm-mute-rule"},
};

bool
cloudformation_is(const struct tree *document)
{
	const struct tree *resources = tree_get(document, "Resources");

	return (resources != NULL && resources->kind == TREE_MAP) ||
	    tree_get(document, "AWSTemplateFormatVersion") != NULL ||
	    tree_get(document, "TemplateBody") != NULL;
}

/* The members of a section by name. */
static void
cloudformation_index(struct table *table, const struct tree *section)
{
	if (section == NULL || section->kind != TREE_MAP)
		return;
	for (struct tree *t = section->first; t != NULL; t = t->next)
		table_put(table, t->key, t);
}

/* The resolved properties; false when one of them could not be. Goes on behind
 * a failure, so that one run shows them all. */
static bool
cloudformation_properties(struct cloudformation *c, const struct tree *resource,
    struct template_build *alarm)
{
	const struct tree *map = tree_get(resource, "Properties");
	bool good = true;

	if (map == NULL)
		return true;
	if (map->kind != TREE_MAP) {
		cloudformation_fault(
		    c, map, "Properties must be a map of keys");
		return false;
	}
	for (const struct tree *t = map->first; t != NULL; t = t->next)
		if (span_starts(t->key, "Fn::")) {
			cloudformation_fault(c, t,
			    "%.*s is not resolved in Properties",
			    SPAN_ARGS(t->key));
			good = false;
		} else {
			good = cloudformation_put(c, alarm, t, 1) && good;
		}
	return good;
}

/* "Metadata": {"Tocsin": …}: what CloudWatch does not know of. */
static bool
cloudformation_own(struct cloudformation *c, const struct tree *resource,
    struct template_build *alarm)
{
	const struct tree *own =
	    tree_get(tree_get(resource, "Metadata"), "Tocsin");
	const struct tree *value;

	if (own == NULL)
		return true;
	value = cloudformation_value(c, own, 0);
	if (value != NULL)
		template_put_as(
		    alarm, "Tocsin", template_copy(c->arena, value, own));
	return value != NULL;
}

/* The name CloudFormation would make holds chance; the logical id does not. */
static void
cloudformation_names(struct cloudformation *c,
    const struct cloudformation_kind *kind, const struct tree *resource,
    struct template_build *alarm)
{
	const struct tree *name = tree_get(alarm->node, kind->name);
	struct span region = cloudformation_region(c);
	struct span account = cloudformation_account(c);
	struct span text = name == NULL ? resource->key : name->text;

	if (name == NULL)
		template_put_as(alarm, kind->name,
		    template_text(c->arena, resource->key, resource));
	if (!span_equal(region, c->options->region) ||
	    !span_equal(account, c->options->account))
		template_put_as(alarm, kind->arn,
		    template_text(c->arena,
			template_arn(
			    c->arena, region, account, kind->prefix, text),
			resource));
}

static void
cloudformation_alarm(struct cloudformation *c, struct template_alarms *out,
    const struct cloudformation_kind *kind, const struct tree *resource)
{
	const struct tree *condition = tree_get(resource, "Condition"), *name;
	enum cloudformation_decision made = DECISION_TRUE;
	struct template_build alarm =
	    template_begin(c->arena, TREE_MAP, resource);

	if (condition != NULL)
		made = cloudformation_named(c, condition->text, condition, 0);
	if (made == DECISION_FALSE)
		return;
	if (!cloudformation_properties(c, resource, &alarm) ||
	    !cloudformation_own(c, resource, &alarm))
		made = DECISION_FAILED;
	if (made == DECISION_TRUE) {
		cloudformation_names(c, kind, resource, &alarm);
		template_add(out, c->arena, alarm.node);
		return;
	}
	name = tree_get(alarm.node, kind->name);
	template_leave_out(
	    out, c->arena, name == NULL ? resource->key : name->text);
}

static void
cloudformation_member(struct cloudformation *c, struct template_alarms *out,
    const struct tree *resource)
{
	const struct tree *type = tree_get(resource, "Type");
	size_t n = sizeof(cloudformation_kinds) / sizeof(*cloudformation_kinds);

	c->alarm = resource->key;
	if (span_starts(resource->key, "Fn::")) {
		tree_fault(resource, c->faults,
		    "%.*s is not expanded: alarms that it makes are left out; "
		    "give the template that CloudFormation made of it (aws "
		    "cloudformation get-template --template-stage Processed)",
		    SPAN_ARGS(resource->key));
		return;
	}
	if (type == NULL || type->kind != TREE_SCALAR)
		return;
	if (span_is(type->text, "AWS::CloudWatch::LogAlarm")) {
		cloudformation_fault(c, resource,
		    "log alarms query another service and cannot be evaluated "
		    "from a metric stream");
		template_leave_out(out, c->arena, resource->key);
	}
	for (size_t i = 0; i < n; i++)
		if (span_is(type->text, cloudformation_kinds[i].type))
			cloudformation_alarm(
			    c, out, &cloudformation_kinds[i], resource);
}

static void
cloudformation_template(struct cloudformation *c, struct template_alarms *out,
    const struct tree *document)
{
	const struct tree *resources = tree_get(document, "Resources");

	if (resources == NULL) {
		tree_fault(document, c->faults,
		    "this CloudFormation template has no Resources");
		return;
	}
	if (!tree_is(resources, TREE_MAP, c->faults))
		return;
	c->mappings = tree_get(document, "Mappings");
	cloudformation_index(&c->resources, resources);
	cloudformation_index(&c->parameters, tree_get(document, "Parameters"));
	cloudformation_index(&c->conditions, tree_get(document, "Conditions"));
	for (const struct tree *t = resources->first; t != NULL && !c->spent;
	     t = t->next)
		cloudformation_member(c, out, t);
	table_fini(&c->resources);
	table_fini(&c->parameters);
	table_fini(&c->conditions);
	table_fini(&c->decided);
}

void
cloudformation_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults)
{
	struct cloudformation c = {
	    .arena = arena, .options = options, .faults = faults};
	const struct tree *body = tree_get(document, "TemplateBody");

	if (body == NULL)
		body = document;
	if (body->kind == TREE_MAP)
		cloudformation_template(&c, out, body);
	else
		tree_fault(body, faults,
		    "TemplateBody is the template as one text; save it alone: "
		    "aws cloudformation get-template --query TemplateBody "
		    "--output text");
}
