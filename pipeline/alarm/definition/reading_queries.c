/* Metrics: expressions of metric math, Metrics Insights, anomaly bands. */
#include "base/limits.h"
#include "pipeline/alarm/definition/reading.h"
#include "pipeline/alarm/math/math.h"
#include "pipeline/window/insights.h"

#define QUERIES_MOST 20
#define QUERIES_OF_A_KIND 10

enum query_key {
	QUERY_ID,
	QUERY_METRIC_STAT,
	QUERY_EXPRESSION,
	QUERY_LABEL,
	QUERY_RETURN_DATA,
	QUERY_PERIOD,
	QUERY_ACCOUNT,
	QUERY_COUNT
};

/* The entries being read. */
struct queries {
	struct alarm_query *at;
	struct alarm_metric *metrics;
	size_t count, nmetrics;
	const struct tree *nodes[QUERIES_MOST][QUERY_COUNT];
	const struct tree *wheres[QUERIES_MOST];
};

static void
query_metric(struct reading *r, const struct tree *node,
    const struct reads *account, struct alarm_metric *out)
{
	enum { NAMESPACE, METRIC, DIMENSIONS, REGION, ACCOUNT, COUNT };
	static const struct span keys[COUNT + 1] = {SPAN_OF("Namespace"),
	    SPAN_OF("MetricName"), SPAN_OF("Dimensions"), SPAN_OF("Region"),
	    SPAN_OF("AccountId")};
	const struct tree *at[COUNT];
	struct metric_nodes nodes = {.where = node};

	reading_index(r, node, keys, at);
	nodes.namespace = at[NAMESPACE];
	nodes.metric = at[METRIC];
	nodes.dimensions = at[DIMENSIONS];
	reading_metric_names(r, &nodes, out);
	out->regions = r->regions;
	reading_reads(r, at[REGION], &out->regions);
	out->accounts = account != NULL ? *account : r->accounts;
	reading_reads(r, at[ACCOUNT], &out->accounts);
}

static void
query_stat(struct reading *r, const struct tree *node,
    const struct reads *account, struct alarm_metric *out)
{
	enum { METRIC, PERIOD, STAT, UNIT, COUNT };
	static const struct span keys[COUNT + 1] = {SPAN_OF("Metric"),
	    SPAN_OF("Period"), SPAN_OF("Stat"), SPAN_OF("Unit")};
	static const char *const names[COUNT] = {"Metric", "Period", "Stat"};
	const struct tree *at[COUNT];

	reading_index(r, node, keys, at);
	for (int i = METRIC; i <= STAT; i++)
		if (at[i] == NULL)
			reading_fault(r, node, "has no %s", names[i]);
	if (at[METRIC] != NULL)
		query_metric(r, at[METRIC], account, out);
	reading_unit(r, at[UNIT], out);
	reading_period(r, at[PERIOD], &out->period_ms);
	reading_statistic(r, at[STAT], out);
}

static void
query_id(struct reading *r, struct queries *q, size_t i)
{
	const struct tree *node = q->nodes[i][QUERY_ID];
	struct span id;
	bool good;

	if (node == NULL) {
		reading_fault(r, q->wheres[i], "has no Id");
		return;
	}
	if (!reading_text(r, node, 1, LIMIT_NAME, &id))
		return;
	q->at[i].id = id;
	good = id.at[0] >= 'a' && id.at[0] <= 'z';
	for (size_t k = 0; k < id.len; k++)
		good = good &&
		    ((id.at[k] >= 'a' && id.at[k] <= 'z') ||
			(id.at[k] >= 'A' && id.at[k] <= 'Z') ||
			(id.at[k] >= '0' && id.at[k] <= '9') ||
			id.at[k] == '_');
	if (!good)
		reading_fault(r, node,
		    "\"%.*s\" is no Id: a lower-case letter, then letters, "
		    "digits and _",
		    SPAN_ARGS(id));
	for (size_t k = 0; k < i; k++)
		if (span_equal(q->at[k].id, id))
			reading_fault(r, node,
			    "the Id \"%.*s\" is that of Metrics[%zu] already",
			    SPAN_ARGS(id), k);
}

/* The metric, or the text of the expression, of one entry. */
static void
query_what(struct reading *r, struct queries *q, size_t i)
{
	const struct tree *const *at = q->nodes[i];
	struct alarm_query *query = &q->at[i];
	struct reads account;
	bool named = reading_reads(r, at[QUERY_ACCOUNT], &account);
	int64_t period_ms;

	if ((at[QUERY_METRIC_STAT] == NULL) == (at[QUERY_EXPRESSION] == NULL)) {
		reading_fault(r, q->wheres[i],
		    "must have either MetricStat or Expression");
		return;
	}
	if (at[QUERY_EXPRESSION] != NULL) {
		reading_text(r, at[QUERY_EXPRESSION], 1, LIMIT_EXPRESSION,
		    &query->expression);
		reading_period(r, at[QUERY_PERIOD], &query->period_ms);
		return;
	}
	query->metric = &q->metrics[q->nmetrics];
	query_stat(r, at[QUERY_METRIC_STAT], named ? &account : NULL,
	    &q->metrics[q->nmetrics]);
	q->nmetrics++;
	if (reading_period(r, at[QUERY_PERIOD], &period_ms) &&
	    period_ms != query->metric->period_ms)
		reading_fault(r, at[QUERY_PERIOD],
		    "differs from the Period of its MetricStat");
}

static void
query_read(
    struct reading *r, struct queries *q, const struct tree *node, size_t i)
{
	static const struct span keys[QUERY_COUNT + 1] = {SPAN_OF("Id"),
	    SPAN_OF("MetricStat"), SPAN_OF("Expression"), SPAN_OF("Label"),
	    SPAN_OF("ReturnData"), SPAN_OF("Period"), SPAN_OF("AccountId")};
	struct alarm_query *query = &q->at[i];

	q->wheres[i] = node;
	reading_index(r, node, keys, q->nodes[i]);
	if (node->kind != TREE_MAP)
		return;
	query->return_data = true;
	reading_bool(r, q->nodes[i][QUERY_RETURN_DATA], &query->return_data);
	query->labelled = q->nodes[i][QUERY_LABEL] != NULL;
	reading_text(r, q->nodes[i][QUERY_LABEL], 0, 8192, &query->label);
	if (q->nodes[i][QUERY_ACCOUNT] != NULL &&
	    q->nodes[i][QUERY_ACCOUNT]->kind == TREE_SCALAR)
		reading_text(r, q->nodes[i][QUERY_ACCOUNT], 1, LIMIT_NAME,
		    &query->account);
	query_id(r, q, i);
	query_what(r, q, i);
}

/* What a list of Metrics takes the place of. */
static void
queries_alone(struct reading *r)
{
	static const enum reading_key keys[] = {KEY_METRIC_NAME, KEY_NAMESPACE,
	    KEY_DIMENSIONS, KEY_PERIOD, KEY_UNIT, KEY_STATISTIC,
	    KEY_EXTENDED_STATISTIC};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct tree *node = r->at[keys[i]];

		if (node == NULL ||
		    (node->kind == TREE_LIST && node->count == 0))
			continue; /* describe-alarms prints Dimensions: [] */
		reading_fault(r, node,
		    "Scalar metric parameters must not be set if list of "
		    "Metrics is set.");
		return;
	}
}

/* One period for all: of the metrics, else of the expressions. */
static void
queries_period(struct reading *r, struct queries *q)
{
	struct alarm *a = r->alarm;

	for (size_t i = 0; i < q->nmetrics && a->period_ms == 0; i++)
		a->period_ms = q->metrics[i].period_ms;
	for (size_t i = 0; i < q->count && a->period_ms == 0; i++)
		a->period_ms = q->at[i].period_ms;
	for (size_t i = 0; i < q->count; i++) {
		const struct alarm_query *query = &q->at[i];
		int64_t ms = query->metric != NULL ? query->metric->period_ms
						   : query->period_ms;

		if (ms != 0 && ms != a->period_ms)
			reading_fault(r, q->wheres[i],
			    "all metrics of an alarm must have one Period: "
			    "%lld here, %lld before",
			    (long long)ms / 1000,
			    (long long)a->period_ms / 1000);
	}
	if (a->period_ms == 0 && r->nfaults == 0)
		reading_fault(r, r->at[KEY_METRICS],
		    "PutMetricAlarm request should have a Period parameter");
}

static void
queries_counts(struct reading *r, const struct queries *q)
{
	if (q->nmetrics > QUERIES_OF_A_KIND)
		reading_fault(r, r->at[KEY_METRICS],
		    "an alarm may have %d metrics, not %zu", QUERIES_OF_A_KIND,
		    q->nmetrics);
	if (q->count - q->nmetrics > QUERIES_OF_A_KIND)
		reading_fault(r, r->at[KEY_METRICS],
		    "an alarm may have %d expressions, not %zu",
		    QUERIES_OF_A_KIND, q->count - q->nmetrics);
}

/* The index of the one that returns data besides `except`, which does too. */
static bool
queries_returned(
    struct reading *r, const struct queries *q, size_t except, size_t *out)
{
	const bool anomaly = except < q->count;
	size_t n = 0;

	for (size_t i = 0; i < q->count; i++) {
		if (!q->at[i].return_data)
			continue;
		n++;
		if (i != except)
			*out = i;
	}
	if (n == (anomaly ? 2 : 1) && (!anomaly || q->at[except].return_data))
		return true;
	reading_fault(r, r->at[KEY_METRICS],
	    anomaly ? "Exactly two elements of the metrics list should return "
		      "data."
		    : "Exactly one element of the metrics list should return "
		      "data.");
	return false;
}

static void
queries_expression_fault(struct reading *r, const struct queries *q, size_t i,
    unsigned column, const char *text)
{
	const struct tree *node = q->nodes[i][QUERY_EXPRESSION];

	if (column > 0)
		reading_fault(r, node == NULL ? q->wheres[i] : node,
		    "Error in expression '%.*s' at column %u: %s",
		    SPAN_ARGS(q->at[i].id), column, text);
	else
		reading_fault(r, node == NULL ? q->wheres[i] : node,
		    "Error in expression '%.*s': %s", SPAN_ARGS(q->at[i].id),
		    text);
}

/* Compiles all that is math; `band` is none. */
static bool
queries_compile(struct reading *r, struct queries *q, size_t band)
{
	struct math_query *math =
	    arena_alloc(r->arena, q->count * sizeof(*math));
	struct math_fault fault = {0};

	for (size_t i = 0; i < q->count; i++) {
		math[i].id = q->at[i].id;
		math[i].expression = q->at[i].expression;
		math[i].skipped = i == band;
	}
	if (!math_compile(r->arena, math, q->count, &fault)) {
		queries_expression_fault(
		    r, q, fault.query, fault.column, fault.text);
		return false;
	}
	for (size_t i = 0; i < q->count; i++)
		q->at[i].math = math[i].math;
	return true;
}

static void
queries_math(struct reading *r, struct queries *q)
{
	struct alarm *a = r->alarm;
	const struct alarm_query *returned;

	a->kind = ALARM_MATH;
	if (!queries_compile(r, q, q->count) ||
	    !queries_returned(r, q, q->count, &a->returned))
		return;
	returned = &q->at[a->returned];
	if (returned->math != NULL && !math_is_series(returned->math))
		queries_expression_fault(r, q, a->returned, 0,
		    "an alarm watches a single time series; this expression "
		    "returns several");
	if (reading_acts(r, "automate") || reading_acts(r, "swf"))
		reading_fault(
		    r, r->node, "an alarm on Metrics cannot have EC2 actions");
}

/* The query that ThresholdMetricId names; q->count with a fault. */
static size_t
queries_threshold(struct reading *r, const struct queries *q)
{
	const struct tree *node = r->at[KEY_THRESHOLD_METRIC_ID];
	struct alarm *a = r->alarm;

	if (!reading_text(r, node, 1, LIMIT_NAME, &a->threshold_metric_id))
		return q->count;
	for (size_t i = 0; i < q->count; i++)
		if (span_equal(q->at[i].id, a->threshold_metric_id) &&
		    q->at[i].return_data)
			return i;
	reading_fault(r, node,
	    "Metrics list must contain exactly one metric matching the "
	    "ThresholdMetricId parameter");
	return q->count;
}

static void
queries_anomaly(struct reading *r, struct queries *q, size_t band)
{
	struct alarm *a = r->alarm;
	struct math_fault fault = {0};
	struct span id;
	size_t returned = 0;

	a->kind = ALARM_ANOMALY;
	if (!math_band(r->arena, q->at[band].expression, &id, &a->deviations,
		&fault) ||
	    fault.text != NULL) {
		queries_expression_fault(r, q, band, fault.column,
		    fault.text != NULL ? fault.text
				       : "ThresholdMetricId must name an "
					 "ANOMALY_DETECTION_BAND");
		return;
	}
	for (a->banded = 0; a->banded < q->count; a->banded++)
		if (a->banded != band && span_equal(q->at[a->banded].id, id))
			break;
	if (a->banded == q->count) {
		queries_expression_fault(r, q, band, 0,
		    "ANOMALY_DETECTION_BAND names no other entry of Metrics");
		return;
	}
	if (!queries_compile(r, q, band) ||
	    !queries_returned(r, q, band, &returned))
		return;
	if (returned != a->banded)
		reading_fault(r, q->wheres[returned],
		    "the entry that returns data must be the one that the "
		    "band is of, \"%.*s\"",
		    SPAN_ARGS(id));
	a->returned = a->banded;
	if (q->at[a->banded].math != NULL &&
	    !math_is_series(q->at[a->banded].math))
		queries_expression_fault(r, q, a->banded, 0,
		    "a band is of a single time series; this expression "
		    "returns several");
}

static void
queries_anomaly_limits(struct reading *r, const struct queries *q)
{
	const struct alarm *a = r->alarm;

	if (a->period_ms != 0 && a->period_ms < 60000)
		reading_fault(r, r->at[KEY_METRICS],
		    "anomaly detection takes periods of 60 seconds and more");
	if (a->period_ms > 3600000 && a->banded < q->count &&
	    q->at[a->banded].metric == NULL)
		reading_fault(r, r->at[KEY_METRICS],
		    "anomaly detection on an expression takes periods of up "
		    "to one hour");
	if (reading_acts(r, "autoscaling"))
		reading_fault(r, r->node,
		    "Alarms based on anomaly detection models cannot have "
		    "Auto Scaling actions");
	if (reading_acts(r, "automate") || reading_acts(r, "swf"))
		reading_fault(
		    r, r->node, "an alarm on Metrics cannot have EC2 actions");
}

static bool
insights_names(const struct insights *insights, enum insights_label_kind kind)
{
	for (size_t i = 0; i < insights->nconditions; i++)
		if (insights->conditions[i].label.kind == kind)
			return true;
	for (size_t i = 0; i < insights->ngroup_by; i++)
		if (insights->group_by[i].kind == kind)
			return true;
	return false;
}

static void
queries_contributors(
    struct reading *r, const struct tree *node, const struct insights *insights)
{
	if (reading_acts(r, "automate") || reading_acts(r, "swf"))
		reading_fault(
		    r, r->node, "an alarm on Metrics cannot have EC2 actions");
	if (insights->ngroup_by == 0)
		return;
	if (!insights->ordered)
		reading_fault(r, node,
		    "Metrics expression that return multi time series are "
		    "only allowed for MetricsInsights expression with an "
		    "ORDER BY clause");
	if (reading_acts(r, "autoscaling"))
		reading_fault(r, r->node,
		    "Autoscaling actions are not available for Multi Time "
		    "Series alarms");
}

static void
queries_insights(struct reading *r, struct queries *q)
{
	struct alarm *a = r->alarm;
	struct insights_fault fault = {0};
	struct reads account;

	a->kind = ALARM_INSIGHTS;
	if (q->count > 1) {
		reading_fault(r, r->at[KEY_METRICS],
		    "a Metrics Insights query must be the only entry of "
		    "Metrics");
		return;
	}
	a->insights = insights_parse(r->arena, q->at[0].expression, &fault);
	if (a->insights == NULL) {
		queries_expression_fault(r, q, 0, fault.column, fault.text);
		return;
	}
	queries_returned(r, q, q->count, &a->returned);
	a->regions = r->regions;
	a->accounts = r->accounts;
	a->grouped = a->insights->ngroup_by > 0;
	if (!r->regions_given && insights_names(a->insights, LABEL_REGION))
		a->regions = (struct reads){0};
	if (!r->accounts_given && insights_names(a->insights, LABEL_ACCOUNT))
		a->accounts = (struct reads){0};
	if (reading_reads(r, q->nodes[0][QUERY_ACCOUNT], &account))
		a->accounts = account;
	if (a->period_ms != 0 && a->period_ms < 60000)
		reading_fault(r, q->wheres[0],
		    "MetricsInsights monitors do not support less than 60 "
		    "seconds period");
	queries_contributors(r, q->nodes[0][QUERY_EXPRESSION], a->insights);
}

/* Which kind of alarm the entries make. */
static void
queries_kind(struct reading *r, struct queries *q)
{
	size_t band = q->count;

	for (size_t i = 0; i < q->count; i++)
		if (q->at[i].metric == NULL &&
		    insights_is_query(q->at[i].expression)) {
			queries_insights(r, q);
			return;
		}
	if (r->at[KEY_THRESHOLD_METRIC_ID] == NULL) {
		queries_math(r, q);
		return;
	}
	band = queries_threshold(r, q);
	if (band == q->count)
		return;
	queries_anomaly(r, q, band);
	queries_anomaly_limits(r, q);
}

void
reading_queries(struct reading *r)
{
	const struct tree *list = r->at[KEY_METRICS];
	struct alarm *a = r->alarm;
	struct queries q = {0};

	queries_alone(r);
	if (!reading_kind(r, list, TREE_LIST))
		return;
	if (list->count > QUERIES_MOST) {
		reading_fault(r, list,
		    "an alarm may have %d entries in Metrics, not %zu",
		    QUERIES_MOST, list->count);
		return;
	}
	q.at = arena_alloc(r->arena, list->count * sizeof(*q.at));
	q.metrics = arena_alloc(r->arena, list->count * sizeof(*q.metrics));
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		query_read(r, &q, t, q.count++);
	queries_counts(r, &q);
	queries_period(r, &q);
	a->queries = q.at;
	a->nqueries = q.count;
	a->metrics = q.metrics;
	a->nmetrics = q.nmetrics;
	if (r->nfaults == 0)
		queries_kind(r, &q);
}
