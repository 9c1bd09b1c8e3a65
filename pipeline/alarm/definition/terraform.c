/* From the resources of a plan or a state to alarms. */
#include "pipeline/alarm/definition/terraform.h"

#include <ctype.h>

#include "pipeline/alarm/definition/terraform_value.h"

static const struct terraform_kind {
	const char *type, *name, *arn, *prefix;
} terraform_kinds[] = {
    {"aws_cloudwatch_metric_alarm", "alarm_name", "AlarmArn", "alarm"},
    {"aws_cloudwatch_composite_alarm", "alarm_name", "AlarmArn", "alarm"},
    {"aws_cloudwatch_alarm_mute_rule", "name", "AlarmMuteRuleArn",
	"alarm-mute-rule"},
};

/* Names that are not simply the same words in capitals. */
static const char *const terraform_names[][2] = {
    {"ok_actions", "OKActions"},
    {"evaluate_low_sample_count_percentiles",
	"EvaluateLowSampleCountPercentile"},
    {"promql_criteria", "PromQLCriteria"},
    {"metric_query", "Metrics"},
    {"metric", "MetricStat"},
};

/* Attributes of the resource that are no definition, or come elsewhere. */
static const char *const terraform_aside[] = {"arn", "id", "identity",
    "last_updated_timestamp", "mute_type", "region", "status", "tags_all",
    "timeouts"};

static void terraform_put(
    struct terraform *t, struct template_build *out, const struct tree *node);

static struct span
terraform_name(struct terraform *t, struct span key)
{
	char *name;
	size_t n = 0;
	bool first = true;

	for (size_t i = 0;
	     i < sizeof(terraform_names) / sizeof(*terraform_names); i++)
		if (span_is(key, terraform_names[i][0]))
			return span_text(terraform_names[i][1]);
	name = arena_alloc(t->arena, key.len + 1);
	for (size_t i = 0; i < key.len; i++) {
		if (key.at[i] == '_') {
			first = true;
			continue;
		}
		name[n++] =
		    first ? (char)toupper((unsigned char)key.at[i]) : key.at[i];
		first = false;
	}
	return span_make(name, n);
}

/* What Terraform writes where nothing was given. */
static bool
terraform_absent(const struct tree *node)
{
	switch (node->kind) {
	case TREE_SCALAR:
		return node->text.len == 0 ||
		    (span_is(node->text, "0") &&
			(span_is(node->key, "period") ||
			    span_is(node->key, "datapoints_to_alarm") ||
			    span_is(node->key, "evaluation_interval")));
	case TREE_LIST:
	case TREE_MAP:
		return node->count == 0;
	default:
		return true;
	}
}

/* {"DBClusterIdentifier": "dr"} as a list of Name and Value, or Key and Value
 * for tags. */
static struct tree *
terraform_pairs(struct terraform *t, const struct tree *map, const char *key)
{
	struct template_build list = template_begin(t->arena, TREE_LIST, map);

	for (const struct tree *m = map->first; m != NULL; m = m->next) {
		struct template_build pair =
		    template_begin(t->arena, TREE_MAP, m);

		template_put_as(&pair, key, template_text(t->arena, m->key, m));
		template_put_as(&pair, "Value", template_copy(t->arena, m, m));
		template_put(&list, pair.node);
	}
	return list.node;
}

static struct tree *
terraform_map(struct terraform *t, const struct tree *map)
{
	struct template_build out = template_begin(t->arena, TREE_MAP, map);

	for (const struct tree *m = map->first; m != NULL; m = m->next)
		terraform_put(t, &out, m);
	return out.node;
}

/* metric {namespace, metric_name, dimensions, period, stat, unit}. */
static struct tree *
terraform_stat(struct terraform *t, const struct tree *block)
{
	struct template_build out = template_begin(t->arena, TREE_MAP, block);
	struct template_build metric =
	    template_begin(t->arena, TREE_MAP, block);

	for (const struct tree *m = block->first; m != NULL; m = m->next)
		if (span_is(m->key, "namespace") ||
		    span_is(m->key, "metric_name") ||
		    span_is(m->key, "dimensions"))
			terraform_put(t, &metric, m);
	template_put_as(&out, "Metric", metric.node);
	for (const struct tree *m = block->first; m != NULL; m = m->next)
		if (!span_is(m->key, "namespace") &&
		    !span_is(m->key, "metric_name") &&
		    !span_is(m->key, "dimensions"))
			terraform_put(t, &out, m);
	return out.node;
}

/* Terraform's default of return_data is false, the API's is true. */
static struct tree *
terraform_queries(struct terraform *t, const struct tree *blocks)
{
	struct template_build list =
	    template_begin(t->arena, TREE_LIST, blocks);

	for (const struct tree *b = blocks->first; b != NULL; b = b->next) {
		struct template_build query = {terraform_map(t, b), NULL};
		struct tree *flag;

		for (query.tail = query.node->first;
		     query.tail != NULL && query.tail->next != NULL;)
			query.tail = query.tail->next;
		if (tree_get(query.node, "ReturnData") == NULL) {
			flag = template_text(t->arena, SPAN_OF("false"), b);
			flag->quoted = false;
			template_put_as(&query, "ReturnData", flag);
		}
		template_put(&list, query.node);
	}
	return list.node;
}

static void
terraform_suppressor(
    struct terraform *t, struct template_build *out, const struct tree *block)
{
	static const char *const keys[][2] = {{"alarm", "ActionsSuppressor"},
	    {"extension_period", "ActionsSuppressorExtensionPeriod"},
	    {"wait_period", "ActionsSuppressorWaitPeriod"}};

	for (size_t i = 0; i < 3; i++) {
		const struct tree *m = tree_get(block, keys[i][0]);

		if (m != NULL)
			template_put_as(
			    out, keys[i][1], template_copy(t->arena, m, m));
	}
}

/* A list of single values without its nulls, or of blocks. */
static struct tree *
terraform_list(struct terraform *t, const struct tree *node)
{
	struct template_build list = template_begin(t->arena, TREE_LIST, node);

	for (const struct tree *m = node->first; m != NULL; m = m->next)
		if (m->kind == TREE_MAP)
			template_put(&list, terraform_map(t, m));
		else if (m->kind != TREE_NULL)
			template_put(&list, template_copy(t->arena, m, m));
	return list.node;
}

static struct tree *
terraform_convert(struct terraform *t, const struct tree *node)
{
	bool block = node->kind == TREE_LIST && node->count == 1 &&
	    node->first->kind == TREE_MAP;

	if (node->kind == TREE_MAP && span_is(node->key, "dimensions"))
		return terraform_pairs(t, node, "Name");
	if (node->kind == TREE_MAP && span_is(node->key, "tags"))
		return terraform_pairs(t, node, "Key");
	if (node->kind == TREE_LIST && span_is(node->key, "metric_query"))
		return terraform_queries(t, node);
	if (block && span_is(node->key, "metric"))
		return terraform_stat(t, node->first);
	if (block)
		return terraform_map(t, node->first);
	if (node->kind == TREE_LIST)
		return terraform_list(t, node);
	if (node->kind == TREE_MAP)
		return terraform_map(t, node);
	return template_copy(t->arena, node, node);
}

/* Appends an attribute under the API's name. */
static void
terraform_put(
    struct terraform *t, struct template_build *out, const struct tree *node)
{
	struct span name = terraform_name(t, node->key);
	struct tree *made;

	if (terraform_absent(node))
		return;
	if (span_is(node->key, "actions_suppressor") &&
	    node->kind == TREE_LIST) {
		terraform_suppressor(t, out, node->first);
		return;
	}
	made = terraform_convert(t, node);
	made->key = name;
	made->line = node->line;
	made->column = node->column;
	template_put(out, made);
}

/* The ARN as applied; else as AWS will make it, when the Region is known. */
static void
terraform_arn(struct terraform *t, const struct terraform_kind *kind,
    const struct terraform_resource *resource, struct template_build *alarm)
{
	const struct tree *arn = tree_get(resource->values, "arn"),
			  *name = tree_get(resource->values, kind->name);
	struct span region = terraform_region(t, resource);

	if (arn != NULL && !terraform_absent(arn))
		template_put_as(
		    alarm, kind->arn, template_copy(t->arena, arn, arn));
	else if (name != NULL && region.len > 0)
		template_put_as(alarm, kind->arn,
		    template_text(t->arena,
			template_arn(t->arena, region, t->options->account,
			    kind->prefix, name->text),
			name));
}

static void
terraform_attribute(struct terraform *t, struct template_build *alarm,
    const struct tree *node, bool band)
{
	size_t n = sizeof(terraform_aside) / sizeof(*terraform_aside);

	for (size_t i = 0; i < n; i++)
		if (span_is(node->key, terraform_aside[i]))
			return;
	/* A state may hold 0 where a band is the threshold. */
	if (!band || !span_is(node->key, "threshold"))
		terraform_put(t, alarm, node);
}

static void
terraform_alarm(struct terraform *t, struct template_alarms *out,
    const struct terraform_kind *kind,
    const struct terraform_resource *resource)
{
	struct template_build alarm =
	    template_begin(t->arena, TREE_MAP, resource->values);
	const struct tree *name = tree_get(resource->values, kind->name);
	const struct tree *banded =
	    tree_get(resource->values, "threshold_metric_id");
	bool band = banded != NULL && !terraform_absent(banded);

	for (const struct tree *m = resource->values->first; m != NULL;
	     m = m->next)
		terraform_attribute(t, &alarm, m, band);
	if (!terraform_unknown(t, resource, &alarm)) {
		template_leave_out(out, t->arena,
		    name == NULL ? resource->address : name->text);
		return;
	}
	terraform_arn(t, kind, resource, &alarm);
	template_add(out, t->arena, alarm.node);
}

static void
terraform_member(struct terraform *t, struct template_alarms *out,
    struct span module, const struct tree *node)
{
	const struct tree *type = tree_get(node, "type"),
			  *mode = tree_get(node, "mode"),
			  *address = tree_get(node, "address");
	struct terraform_resource resource = {
	    .values = tree_get(node, "values"), .module = module};
	size_t n = sizeof(terraform_kinds) / sizeof(*terraform_kinds);

	if (type == NULL || resource.values == NULL ||
	    resource.values->kind != TREE_MAP ||
	    (mode != NULL && !span_is(mode->text, "managed")))
		return;
	resource.address = address == NULL ? type->text : address->text;
	for (size_t i = 0; i < n; i++)
		if (span_is(type->text, terraform_kinds[i].type))
			terraform_alarm(t, out, &terraform_kinds[i], &resource);
}

/* As deep as the document, whose depth is bounded. */
static void
terraform_module(
    struct terraform *t, struct template_alarms *out, const struct tree *module)
{
	const struct tree *resources = tree_get(module, "resources"),
			  *inner = tree_get(module, "child_modules"),
			  *address = tree_get(module, "address");

	for (const struct tree *r = resources == NULL ? NULL : resources->first;
	     r != NULL; r = r->next)
		terraform_member(
		    t, out, address == NULL ? SPAN_OF("") : address->text, r);
	for (const struct tree *m = inner == NULL ? NULL : inner->first;
	     m != NULL; m = m->next)
		terraform_module(t, out, m);
}

bool
terraform_is(const struct tree *document)
{
	return tree_get(document, "format_version") != NULL ||
	    (tree_get(document, "terraform_version") != NULL &&
		tree_get(document, "lineage") != NULL);
}

/* The root module of what is planned, or else applied; NULL after a fault. */
static const struct tree *
terraform_root(const struct tree *document, struct faults *faults)
{
	const struct tree *version = tree_get(document, "format_version"),
			  *values = tree_get(document, "planned_values"), *root;

	if (version == NULL) {
		tree_fault(document, faults,
		    "this is Terraform's own state file; give what "
		    "\"terraform show -json\" prints");
		return NULL;
	}
	if (!span_starts(version->text, "0.") &&
	    !span_starts(version->text, "1.")) {
		tree_fault(version, faults,
		    "format_version \"%.*s\" of Terraform's JSON is not known "
		    "here; 0.x and 1.x are",
		    SPAN_ARGS(version->text));
		return NULL;
	}
	if (values == NULL)
		values = tree_get(document, "values");
	root = tree_get(values, "root_module");
	if (root == NULL)
		tree_fault(document, faults,
		    "nothing is planned or applied here: neither "
		    "planned_values nor values has a root_module");
	return root;
}

void
terraform_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults)
{
	struct terraform t = {.arena = arena,
	    .options = options,
	    .faults = faults,
	    .document = document};
	const struct tree *root = terraform_root(document, faults);

	if (root == NULL)
		return;
	terraform_index(&t);
	terraform_index_topics(&t, root);
	terraform_module(&t, out, root);
	terraform_index_fini(&t);
}
