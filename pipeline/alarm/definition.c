#include "pipeline/alarm/definition.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/table.h"
#include "base/text.h"
#include "pipeline/decode/decode.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* One alarm being read. */
struct definition {
	const struct tree *node;
	const struct definition_scope *scope;
	struct arena *arena;
	struct faults *faults;
	struct alarm *alarm;
};

/* What PutMetricAlarm and DescribeAlarms know; State… is not read: tocsin
 * decides the state itself. */
static const char *const definition_keys[] = {"AlarmName", "AlarmArn",
    "AlarmDescription", "AlarmConfigurationUpdatedTimestamp", "ActionsEnabled",
    "OKActions", "AlarmActions", "InsufficientDataActions", "StateValue",
    "StateReason", "StateReasonData", "StateUpdatedTimestamp",
    "StateTransitionedTimestamp", "EvaluationState", "MetricName", "Namespace",
    "Statistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
    "Tags", "Tocsin", NULL};

/* Known to CloudWatch, not yet to this version: each is refused by name. */
static const struct {
	const char *key, *what;
} definition_later[] = {
    {"Metrics", "alarms on metric math, Metrics Insights or anomaly bands"},
    {"ThresholdMetricId", "anomaly detection alarms"},
    {"EvaluationCriteria", "PromQL alarms"},
    {"ExtendedStatistic", "percentiles and other extended statistics"},
    {"EvaluateLowSampleCountPercentile",
	"percentiles and other extended statistics"},
    {"EvaluationWindow", "wall-clock evaluation windows"},
    {"WarmUpConfiguration", "warm-up periods"},
    {"ActionConfiguration", "tags in notifications"},
    {"AlarmRule", "composite alarms"},
};

static const char *const definition_tocsin_keys[] = {
    "Delay", "Region", "Account", "Runbook", NULL};

/* The index of the text in the NULL-ended list, -1 with a fault. */
static int
definition_word(struct definition *d, const char *key, const char *const *words)
{
	const struct tree *node = tree_get(d->node, key);
	struct buf list = {0};
	struct span text;

	if (!tree_text(node, &text, d->faults))
		return -1;
	for (int i = 0; words[i] != NULL; i++)
		if (span_is(text, words[i]))
			return i;
	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
	tree_fault(node, d->faults, "%s \"%.*s\" is none of %s", key,
	    SPAN_ARGS(text), buf_cstr(&list));
	buf_fini(&list);
	return -1;
}

static void
definition_missing(struct definition *d, const char *key)
{
	tree_fault(d->node, d->faults, "alarm \"%.*s\" has no %s",
	    SPAN_ARGS(d->alarm->name), key);
}

/* A text of 1 to `limit` bytes, copied. */
static void
definition_text(struct definition *d, const char *key, size_t limit,
    bool required, struct span *out)
{
	const struct tree *node = tree_get(d->node, key);

	if (node == NULL && required)
		definition_missing(d, key);
	if (!tree_text(node, out, d->faults))
		return;
	if (out->len > limit || (required && out->len == 0))
		tree_fault(node, d->faults, "%s must be 1 to %zu bytes long",
		    key, limit);
	*out = arena_copy(d->arena, *out);
}

static void
definition_actions(
    struct definition *d, const char *key, enum alarm_state state)
{
	const struct tree *list = tree_get(d->node, key);
	struct span *at;
	size_t n = 0;

	if (!tree_is(list, TREE_LIST, d->faults))
		return;
	if (list->count > 5)
		tree_fault(list, d->faults, "%s may name 5 actions, not %zu",
		    key, list->count);
	at = arena_alloc(d->arena, (list->count + 1) * sizeof(*at));
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		if (tree_text(t, &at[n], d->faults)) {
			at[n] = arena_copy(d->arena, at[n]);
			if (!span_starts(at[n], "arn:"))
				tree_fault(t, d->faults,
				    "action \"%.*s\" is no ARN",
				    SPAN_ARGS(at[n]));
			n++;
		}
	d->alarm->actions[state] = (struct arns){at, n};
}

static void
definition_dimension(
    struct definition *d, const struct tree *node, struct dimension *out)
{
	const struct tree *name = tree_get(node, "Name");
	const struct tree *value = tree_get(node, "Value");

	if (name == NULL || value == NULL) {
		tree_fault(node, d->faults,
		    "a dimension must be {\"Name\": …, \"Value\": …}");
		return;
	}
	if (tree_text(name, &out->name, d->faults) &&
	    tree_text(value, &out->value, d->faults)) {
		out->name = arena_copy(d->arena, out->name);
		out->value = arena_copy(d->arena, out->value);
	}
}

static void
definition_dimensions(struct definition *d)
{
	const struct tree *list = tree_get(d->node, "Dimensions");
	struct dimension *given, *sorted;
	size_t n = 0;

	if (!tree_is(list, TREE_LIST, d->faults))
		return;
	if (list->count > LIMIT_DIMENSIONS)
		tree_fault(list, d->faults,
		    "an alarm may name %d dimensions, not %zu",
		    LIMIT_DIMENSIONS, list->count);
	given = arena_alloc(d->arena, (list->count + 1) * sizeof(*given));
	sorted = arena_alloc(d->arena, (list->count + 1) * sizeof(*sorted));
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		definition_dimension(d, t, &given[n++]);
	memcpy(sorted, given, n * sizeof(*given));
	if (!dimensions_sort(sorted, n))
		tree_fault(list, d->faults, "a dimension is named twice");
	d->alarm->given = given;
	d->alarm->dimensions = sorted;
	d->alarm->ndimensions = n;
}

/* A whole number of at least 1. */
static int64_t
definition_count(struct definition *d, const char *key, bool required)
{
	const struct tree *node = tree_get(d->node, key);
	int64_t value = 0;

	if (node == NULL && required)
		definition_missing(d, key);
	if (tree_int(node, &value, d->faults) &&
	    (value < 1 || value > 1000000)) {
		tree_fault(node, d->faults, "%s must be at least 1", key);
		return 0;
	}
	return value;
}

/* CloudWatch's own limits of PutMetricAlarm, in its own words. */
static void
definition_periods(struct definition *d)
{
	struct alarm *a = d->alarm;
	int64_t period = definition_count(d, "Period", true);
	int64_t n = definition_count(d, "EvaluationPeriods", true);
	int64_t m = definition_count(d, "DatapointsToAlarm", false);
	const struct tree *at = tree_get(d->node, "Period");

	a->period_ms = period * 1000;
	a->evaluation_periods = n;
	a->datapoints_given = m > 0;
	a->datapoints_to_alarm = m > 0 ? m : n;
	if (period == 0 || n == 0)
		return;
	if (period != 10 && period != 20 && period != 30 && period % 60 != 0)
		tree_fault(at, d->faults,
		    "Period must be 10, 20, 30 or a multiple of 60");
	if (m > n)
		tree_fault(tree_get(d->node, "DatapointsToAlarm"), d->faults,
		    "DatapointsToAlarm must not exceed EvaluationPeriods");
	if (period < 3600 && period * n > 86400)
		tree_fault(at, d->faults,
		    "Metrics cannot be checked across more than a day "
		    "(EvaluationPeriods * Period must be <= 86400) for alarms "
		    "using period < 3600");
	else if (period * n > 604800)
		tree_fault(at, d->faults,
		    "Metrics cannot be checked across more than a week "
		    "(EvaluationPeriods * Period must be <= 604800) for alarms "
		    "using period >= 3600");
}

static void
definition_rule(struct definition *d)
{
	struct alarm *a = d->alarm;
	const struct tree *threshold = tree_get(d->node, "Threshold");
	int word;

	if (tree_get(d->node, "Statistic") == NULL)
		definition_missing(d, "Statistic");
	word = definition_word(d, "Statistic", alarm_statistic_names);
	a->statistic = word < 0 ? STATISTIC_AVERAGE : (unsigned)word;
	if (tree_get(d->node, "ComparisonOperator") == NULL)
		definition_missing(d, "ComparisonOperator");
	word = definition_word(d, "ComparisonOperator", alarm_operator_names);
	a->operator= word<0 ? OPERATOR_GE : (unsigned) word;
	if (threshold == NULL)
		definition_missing(d, "Threshold");
	tree_double(threshold, &a->threshold, d->faults);
	a->missing_given = tree_get(d->node, "TreatMissingData") != NULL;
	word = definition_word(d, "TreatMissingData", alarm_missing_names);
	if (word >= 0)
		a->missing = (unsigned)word;
	else if (span_is(a->namespace, "AWS/DynamoDB"))
		a->missing = MISSING_IGNORE; /* the guide's default for it */
	definition_periods(d);
}

/* The n-th field of arn:partition:service:region:account:… */
static struct span
definition_arn_field(struct span arn, int n)
{
	struct span field = {arn.at, 0};

	for (size_t i = 0; i < arn.len; i++) {
		if (arn.at[i] != ':') {
			field.len++;
		} else if (n-- == 0) {
			return field;
		} else {
			field = (struct span){arn.at + i + 1, 0};
		}
	}
	return n == 0 ? field : SPAN_OF("");
}

static const char *
definition_partition(struct span region)
{
	return span_starts(region, "cn-")    ? "aws-cn"
	    : span_starts(region, "us-gov-") ? "aws-us-gov"
					     : "aws";
}

static void
definition_arn(struct definition *d)
{
	struct alarm *a = d->alarm;
	const struct tree *node = tree_get(d->node, "AlarmArn");

	definition_text(d, "AlarmArn", 1600, false, &a->arn);
	if (a->arn.len == 0) {
		a->region = arena_copy(d->arena, d->scope->region);
		a->account = arena_copy(d->arena, d->scope->account);
		a->arn = span_text(arena_printf(d->arena,
		    "arn:%s:cloudwatch:%.*s:%.*s:alarm:%.*s",
		    definition_partition(a->region), SPAN_ARGS(a->region),
		    SPAN_ARGS(a->account), SPAN_ARGS(a->name)));
		return;
	}
	a->region = definition_arn_field(a->arn, 3);
	a->account = definition_arn_field(a->arn, 4);
	if (!span_starts(a->arn, "arn:") ||
	    !span_is(definition_arn_field(a->arn, 2), "cloudwatch"))
		tree_fault(node, d->faults,
		    "AlarmArn must be "
		    "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME");
}

/* "*" reads any. */
static void
definition_reads(
    struct definition *d, const struct tree *node, struct span *out)
{
	struct span text;

	if (node != NULL && node->kind == TREE_LIST) {
		tree_fault(node, d->faults,
		    "a list of Regions is not in this version yet; name one "
		    "or \"*\"");
		return;
	}
	if (!tree_text(node, &text, d->faults))
		return;
	*out = span_is(text, "*") ? SPAN_OF("") : arena_copy(d->arena, text);
}

static void
definition_tocsin(struct definition *d)
{
	const struct tree *own = tree_get(d->node, "Tocsin");
	const struct tree *silence = tree_get(own, "Silence");

	d->alarm->delay_ms = -1;
	if (!tree_is(own, TREE_MAP, d->faults))
		return;
	if (silence != NULL)
		tree_fault(silence, d->faults,
		    "Silence alarms are not in this version yet");
	else
		tree_known(own, definition_tocsin_keys, d->faults);
	tree_duration(tree_get(own, "Delay"), &d->alarm->delay_ms, d->faults);
	definition_reads(d, tree_get(own, "Region"), &d->alarm->region);
	definition_reads(d, tree_get(own, "Account"), &d->alarm->account);
}

/* True when every key can be run; a fault for each that cannot. */
static bool
definition_supported(struct definition *d)
{
	size_t before = d->faults->count, n;
	const struct tree *node;

	n = sizeof(definition_later) / sizeof(*definition_later);
	for (size_t i = 0; i < n; i++) {
		node = tree_get(d->node, definition_later[i].key);
		if (node == NULL || (node->kind == TREE_LIST && !node->count))
			continue;
		tree_fault(node, d->faults,
		    "%s: %s are not in this version yet",
		    definition_later[i].key, definition_later[i].what);
	}
	if (d->faults->count > before)
		return false;
	tree_known(d->node, definition_keys, d->faults);
	return true;
}

static void
definition_updated(struct definition *d)
{
	const char *key = "AlarmConfigurationUpdatedTimestamp";
	const struct tree *node = tree_get(d->node, key);

	d->alarm->updated_ms = -1;
	if (node != NULL && node->kind == TREE_SCALAR &&
	    !text_parse_time(node->text, &d->alarm->updated_ms))
		d->alarm->updated_ms = -1; /* shown in messages, no more */
}

static void
definition_read(struct definition *d)
{
	struct alarm *a = d->alarm;

	definition_text(d, "AlarmName", 255, true, &a->name);
	if (!definition_supported(d))
		return;
	definition_text(d, "AlarmDescription", 1024, false, &a->description);
	a->described = tree_get(d->node, "AlarmDescription") != NULL;
	a->actions_enabled = true;
	tree_bool(tree_get(d->node, "ActionsEnabled"), &a->actions_enabled,
	    d->faults);
	definition_actions(d, "OKActions", STATE_OK);
	definition_actions(d, "AlarmActions", STATE_ALARM);
	definition_actions(
	    d, "InsufficientDataActions", STATE_INSUFFICIENT_DATA);
	definition_text(d, "Namespace", LIMIT_NAME, true, &a->namespace);
	definition_text(d, "MetricName", LIMIT_NAME, true, &a->metric);
	definition_text(d, "Unit", LIMIT_NAME, false, &a->unit);
	definition_dimensions(d);
	definition_rule(d);
	definition_arn(d);
	definition_tocsin(d);
	definition_updated(d);
}

/* Calls for each alarm node; describe-alarms, a list, or one alarm. */
const struct tree **
definitions_list(struct arena *arena, const struct tree *document)
{
	static const char *const families[] = {
	    "MetricAlarms", "CompositeAlarms", "LogAlarms"};
	const struct tree *lists[3] = {document};
	size_t count = 0, nlists = 1;
	const struct tree **out;

	if (document->kind == TREE_MAP &&
	    tree_get(document, "AlarmName") == NULL)
		for (nlists = 0; nlists < 3; nlists++)
			lists[nlists] = tree_get(document, families[nlists]);
	for (size_t i = 0; i < nlists; i++)
		count += lists[i] == NULL	  ? 0
		    : lists[i]->kind == TREE_LIST ? lists[i]->count
						  : 1;
	out = arena_alloc(arena, (count + 1) * sizeof(*out));
	count = 0;
	for (size_t i = 0; i < nlists; i++) {
		if (lists[i] == NULL)
			continue;
		if (lists[i]->kind != TREE_LIST) {
			out[count++] = lists[i];
			continue;
		}
		for (const struct tree *t = lists[i]->first; t; t = t->next)
			out[count++] = t;
	}
	return out;
}

static bool
definitions_document(const struct tree *document, struct faults *faults)
{
	if (document->kind == TREE_LIST ||
	    tree_get(document, "AlarmName") != NULL ||
	    tree_get(document, "MetricAlarms") != NULL ||
	    tree_get(document, "CompositeAlarms") != NULL)
		return true;
	tree_fault(document, faults,
	    "no alarms here: expected what \"aws cloudwatch describe-alarms\" "
	    "prints ({\"MetricAlarms\": […]}), a list of alarms, or one alarm");
	return false;
}

void
definitions_read(struct definitions *out, struct arena *arena,
    const struct tree *document, const struct definition_scope *scope,
    struct faults *faults)
{
	const struct tree **nodes;
	struct alarm *alarms;
	size_t count = 0;

	if (!definitions_document(document, faults))
		return;
	nodes = definitions_list(arena, document);
	while (nodes[count] != NULL)
		count++;
	alarms = arena_alloc(arena, (out->count + count + 1) * sizeof(*alarms));
	if (out->count > 0)
		memcpy(alarms, out->alarms, out->count * sizeof(*alarms));
	for (size_t i = 0; i < count; i++) {
		struct definition d = {
		    nodes[i], scope, arena, faults, &alarms[out->count + i]};

		if (tree_is(nodes[i], TREE_MAP, faults))
			definition_read(&d);
	}
	out->alarms = alarms;
	out->count += count;
	if (out->count > LIMIT_ALARMS)
		tree_fault(
		    document, faults, "more than %d alarms", LIMIT_ALARMS);
}

void
definitions_unique(const struct definitions *all, struct faults *faults)
{
	struct table seen = {0};

	for (size_t i = 0; i < all->count; i++) {
		struct alarm *alarm = &all->alarms[i];

		if (alarm->arn.len > 0 &&
		    table_put(&seen, alarm->arn, alarm) != NULL)
			fault_add(faults, "", 0, 0,
			    "alarm \"%.*s\" is defined twice (%.*s)",
			    SPAN_ARGS(alarm->name), SPAN_ARGS(alarm->arn));
	}
	table_fini(&seen);
}
