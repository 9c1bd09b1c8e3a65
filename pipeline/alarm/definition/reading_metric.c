/* One metric: its names, dimensions, unit, statistic and period. */
#include "base/limits.h"
#include "pipeline/alarm/definition/reading.h"
#include "pipeline/alarm/definition/statistic.h"
#include "pipeline/decode/decode.h"

static const char *const metric_units[] = {"Seconds", "Microseconds",
    "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
    "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count",
    "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second",
    "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second",
    "Gigabits/Second", "Terabits/Second", "Count/Second", "None", NULL};

static bool
metric_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] >= 128)
			return false;
	return true;
}

static void
metric_dimension(
    struct reading *r, const struct tree *node, struct dimension *out)
{
	static const struct span keys[] = {
	    SPAN_OF("Name"), SPAN_OF("Value"), {0}};
	const struct tree *at[2];

	reading_index(r, node, keys, at);
	if (node->kind != TREE_MAP)
		return;
	if (at[0] == NULL || at[1] == NULL) {
		reading_fault(
		    r, node, "a dimension must be {\"Name\": …, \"Value\": …}");
		return;
	}
	if (!reading_text(r, at[0], 1, 255, &out->name) ||
	    !reading_text(r, at[1], 1, 1024, &out->value))
		return;
	if (out->name.at[0] == ':')
		reading_fault(r, at[0], "must not begin with a colon");
	if (!metric_ascii(out->name) || !metric_ascii(out->value))
		reading_fault(
		    r, node, "a dimension must contain only ASCII characters");
}

static void
metric_dimensions(
    struct reading *r, const struct tree *list, struct alarm_metric *out)
{
	struct dimension *given, *sorted;
	size_t n = 0;

	if (!reading_kind(r, list, TREE_LIST) || list->count == 0)
		return;
	if (list->count > LIMIT_DIMENSIONS) {
		reading_fault(r, list,
		    "Member must have length less than or equal to %d",
		    LIMIT_DIMENSIONS);
		return;
	}
	given = arena_alloc(r->arena, list->count * 2 * sizeof(*given));
	sorted = given + list->count;
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		metric_dimension(r, t, &given[n++]);
	memcpy(sorted, given, n * sizeof(*given));
	if (!dimensions_sort(sorted, n) && r->nfaults == 0)
		reading_fault(r, list, "a dimension is named twice");
	out->given = given;
	out->dimensions = sorted;
	out->ndimensions = n;
}

void
reading_unit(
    struct reading *r, const struct tree *node, struct alarm_metric *out)
{
	int word = reading_word(r, node, metric_units);

	if (word >= 0)
		out->unit = span_text(metric_units[word]);
}

void
reading_metric_names(struct reading *r, const struct metric_nodes *nodes,
    struct alarm_metric *out)
{
	if (nodes->metric == NULL)
		reading_fault(r, nodes->where, "has no MetricName");
	if (nodes->namespace == NULL)
		reading_fault(r, nodes->where, "has no Namespace");
	reading_text(r, nodes->metric, 1, LIMIT_NAME, &out->metric);
	if (reading_text(r, nodes->namespace, 1, LIMIT_NAME, &out->namespace) &&
	    out->namespace.at[0] == ':')
		reading_fault(r, nodes->namespace,
		    "Member must satisfy regular expression pattern: [^:].*");
	metric_dimensions(r, nodes->dimensions, out);
}

bool
reading_period(struct reading *r, const struct tree *node, int64_t *period_ms)
{
	int64_t period;

	if (!reading_int(r, node, &period))
		return false;
	if (period < 1 || period > 604800 ||
	    (period != 10 && period != 20 && period != 30 &&
		period % 60 != 0)) {
		reading_fault(r, node,
		    period > 604800
			? "Period must be at most 604800"
			: "Period must be 10, 20, 30 or a multiple of 60");
		return false;
	}
	*period_ms = period * 1000;
	return true;
}

/* Percentiles of minutes cannot be merged into those of an hour. */
static void
metric_streamed(struct reading *r, const struct tree *node,
    const struct alarm_metric *metric)
{
	const long long period = metric->period_ms / 1000;
	int64_t n = 0;

	if (period <= 60)
		return;
	tree_int(r->at[KEY_EVALUATION_PERIODS], &n, &r->told);
	if (n >= 1 && n <= 1440 && n * period / 60 <= 1440)
		reading_fault(r, node,
		    "%.*s over %lld s cannot be made from a metric stream, "
		    "which carries %.*s a minute: use Period 60 with "
		    "EvaluationPeriods %lld",
		    SPAN_ARGS(metric->stat), period, SPAN_ARGS(metric->stat),
		    (long long)n * period / 60);
	else
		reading_fault(r, node,
		    "%.*s over %lld s cannot be made from a metric stream, "
		    "which carries %.*s a minute: use Period 60",
		    SPAN_ARGS(metric->stat), period, SPAN_ARGS(metric->stat));
}

void
reading_statistic(
    struct reading *r, const struct tree *node, struct alarm_metric *out)
{
	bool extended;

	if (!reading_text(r, node, 1, LIMIT_NAME, &out->stat))
		return;
	extended = node == r->at[KEY_EXTENDED_STATISTIC];
	switch (statistic_form(out->stat, &out->statistic)) {
	case STATISTIC_PLAIN:
		if (!extended)
			return;
		break;
	case STATISTIC_PERCENTILE:
	case STATISTIC_RANGE:
		metric_streamed(r, node, out);
		return;
	case STATISTIC_UNSTREAMED:
		reading_fault(r, node,
		    "%.*s cannot be made from a metric stream, which carries "
		    "Minimum, Maximum, SampleCount and Sum, and when asked p, "
		    "tm, wm, tc, ts, TM(), WM(), TC(), TS(), PR() and IQM",
		    SPAN_ARGS(out->stat));
		return;
	case STATISTIC_UNKNOWN:
		break;
	}
	reading_fault(r, node,
	    "The value %.*s for parameter %s is not "
	    "supported.",
	    SPAN_ARGS(out->stat), extended ? "ExtendedStatistic" : "Stat");
}

static void
metric_statistic(struct reading *r, struct alarm_metric *metric)
{
	const struct tree *plain = r->at[KEY_STATISTIC];
	const struct tree *extended = r->at[KEY_EXTENDED_STATISTIC];
	int word;

	if (plain != NULL && extended != NULL) {
		reading_fault(r, extended,
		    "PutMetricAlarm request can not be made with both "
		    "Statistic and ExtendedStatistic parameters. Only one of "
		    "them should be present");
	} else if (extended != NULL) {
		reading_statistic(r, extended, metric);
	} else if (plain == NULL) {
		reading_fault(r, r->node,
		    "PutMetricAlarm request should have a Statistic "
		    "parameter");
	} else {
		word = reading_word(r, plain, alarm_statistic_names);
		if (word < 0)
			return;
		metric->statistic = (unsigned)word;
		metric->stat = span_text(alarm_statistic_names[word]);
	}
}

void
reading_metric(struct reading *r)
{
	const struct metric_nodes nodes = {.where = r->node,
	    .namespace = r->at[KEY_NAMESPACE],
	    .metric = r->at[KEY_METRIC_NAME],
	    .dimensions = r->at[KEY_DIMENSIONS]};
	struct alarm_metric *metric = arena_alloc(r->arena, sizeof(*metric));
	struct alarm *a = r->alarm;

	a->kind = ALARM_METRIC;
	a->metrics = metric;
	a->nmetrics = 1;
	reading_metric_names(r, &nodes, metric);
	reading_unit(r, r->at[KEY_UNIT], metric);
	metric->accounts = r->accounts;
	metric->regions = r->regions;
	if (r->at[KEY_PERIOD] == NULL)
		reading_fault(r, r->node,
		    "PutMetricAlarm request should have a Period parameter");
	reading_period(r, r->at[KEY_PERIOD], &metric->period_ms);
	metric_statistic(r, metric);
	a->period_ms = metric->period_ms;
	if (r->at[KEY_THRESHOLD_METRIC_ID] != NULL)
		reading_fault(r, r->at[KEY_THRESHOLD_METRIC_ID],
		    "an anomaly detection alarm names its metric and its band "
		    "in Metrics, not by MetricName");
}
