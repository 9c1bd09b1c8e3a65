/* Which form a document has, and the forms that need no translation. */
#include "pipeline/alarm/definition/cloudformation.h"
#include "pipeline/alarm/definition/template_node.h"
#include "pipeline/alarm/definition/terraform.h"

struct template
{
	struct template_alarms *out;
	struct arena *arena;
	const struct template_options *options;
	struct faults *faults;
};

static const char template_expected[] =
    "no alarms here: expected what \"aws cloudwatch describe-alarms\" prints "
    "({\"MetricAlarms\": […]}), a list of alarms, one alarm, a mute rule, a "
    "CloudFormation template, or what \"terraform show -json\" prints";

bool
template_mutes(const struct tree *node)
{
	return tree_get(node, "Rule") != NULL &&
	    tree_get(node, "AlarmName") == NULL;
}

static bool
template_described(const struct tree *node)
{
	return tree_get(node, "MetricAlarms") != NULL ||
	    tree_get(node, "CompositeAlarms") != NULL ||
	    tree_get(node, "LogAlarms") != NULL ||
	    tree_get(node, "AlarmMuteRules") != NULL;
}

static void
template_list(struct template *t, const struct tree *list)
{
	if (!tree_is(list, TREE_LIST, t->faults))
		return;
	for (const struct tree *n = list->first; n != NULL; n = n->next)
		if (n->kind == TREE_MAP)
			template_add(t->out, t->arena, n);
		else
			tree_fault(n, t->faults,
			    "an alarm must be a map of keys ({\"AlarmName\": "
			    "…})");
}

/* Log alarms run queries in CloudWatch Logs. */
static void
template_logs(struct template *t, const struct tree *list)
{
	const struct tree *node;
	struct span name;

	if (!tree_is(list, TREE_LIST, t->faults))
		return;
	for (const struct tree *n = list->first; n != NULL; n = n->next) {
		node = tree_get(n, "AlarmName");
		name = node == NULL ? SPAN_OF("") : node->text;
		tree_fault(n, t->faults,
		    "alarm \"%.*s\" is left out: log alarms query another "
		    "service and cannot be evaluated from a metric stream",
		    SPAN_ARGS(name));
		template_leave_out(t->out, t->arena, name);
	}
}

static void
template_families(struct template *t, const struct tree *document)
{
	const struct tree *next = tree_get(document, "NextToken");

	template_list(t, tree_get(document, "MetricAlarms"));
	template_list(t, tree_get(document, "CompositeAlarms"));
	template_list(t, tree_get(document, "AlarmMuteRules"));
	template_logs(t, tree_get(document, "LogAlarms"));
	if (next != NULL)
		tree_fault(next, t->faults,
		    "the list ends before its end (NextToken): alarms are "
		    "missing here; print it without --max-items");
}

/* A list may also hold several answers of describe-alarms, one a page. */
static void
template_items(struct template *t, const struct tree *list)
{
	for (const struct tree *n = list->first; n != NULL; n = n->next)
		if (n->kind == TREE_MAP && template_described(n))
			template_families(t, n);
		else if (n->kind == TREE_MAP)
			template_add(t->out, t->arena, n);
		else
			tree_fault(n, t->faults, "%s", template_expected);
}

static void
template_document(struct template *t, const struct tree *document)
{
	const struct tree *rules = tree_get(document, "AlarmMuteRuleSummaries");

	if (document->kind == TREE_LIST)
		template_items(t, document);
	else if (tree_get(document, "AlarmName") != NULL ||
	    template_mutes(document))
		template_add(t->out, t->arena, document);
	else if (template_described(document))
		template_families(t, document);
	else if (terraform_is(document))
		terraform_read(
		    t->out, t->arena, document, t->options, t->faults);
	else if (cloudformation_is(document))
		cloudformation_read(
		    t->out, t->arena, document, t->options, t->faults);
	else if (rules != NULL)
		tree_fault(rules, t->faults,
		    "this list of mute rules has no schedules; give what "
		    "\"aws cloudwatch get-alarm-mute-rule\" prints of each");
	else
		tree_fault(document, t->faults, "%s", template_expected);
}

void
template_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults)
{
	struct template t = {out, arena, options, faults};
	size_t before = out->count;

	template_document(&t, document);
	if (out->count > LIMIT_ALARMS && before <= LIMIT_ALARMS)
		tree_fault(
		    document, faults, "more than %d alarms", LIMIT_ALARMS);
}
