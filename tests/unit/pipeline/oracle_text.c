/* Alarms as CloudWatch's JSON. */
#include <stdio.h>
#include <string.h>

#include "oracle_world.h"

static const char *const statistic_names[] = {
    "Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90"};
static const char *const function_names[] = {
    "AVG", "SUM", "MIN", "MAX", "COUNT"};
static const char *const operator_names[] = {"GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"};
static const char *const missing_names[] = {
    "missing", "ignore", "breaching", "notBreaching"};
static const char *const state_words[] = {"INSUFFICIENT_DATA", "OK", "ALARM"};
static const char *const label_names[] = {"Team", "Host", "AWS.Region"};
static const char *const signs[] = {[PART_ADD] = "+",
    [PART_SUBTRACT] = "-",
    [PART_MULTIPLY] = "*",
    [PART_DIVIDE] = "/",
    [PART_GREATER] = ">",
    [PART_NOT_LESS] = ">=",
    [PART_EQUAL] = "==",
    [PART_AND] = "AND",
    [PART_OR] = "OR"};
static const char *const functions[] = {[PART_ABS] = "ABS(",
    [PART_NEGATE] = "(-",
    [PART_DIFF] = "DIFF(",
    [PART_RATE] = "RATE(",
    [PART_RUNNING] = "RUNNING_SUM(",
    [PART_FILL] = "FILL(",
    [PART_FILL_REPEAT] = "FILL(",
    [PART_FILL_LINEAR] = "FILL(",
    [PART_IF] = "IF(",
    [PART_ARRAY_MAX] = "MAX([",
    [PART_ARRAY_MIN] = "MIN([",
    [PART_ARRAY_SUM] = "SUM([",
    [PART_ARRAY_AVG] = "AVG([",
    [PART_ARRAY_COUNT] = "DATAPOINT_COUNT([",
    [PART_SCALAR_MAX] = "MAX(",
    [PART_SCALAR_MIN] = "MIN(",
    [PART_SCALAR_SUM] = "SUM(",
    [PART_SCALAR_AVG] = "AVG(",
    [PART_SCALAR_COUNT] = "DATAPOINT_COUNT("};

static void
expression_function(const struct oracle_alarm *alarm,
    const struct oracle_node *n, struct buf *out)
{
	buf_printf(out, "%s", functions[n->part]);
	if (n->part >= PART_ARRAY_MAX && n->part <= PART_ARRAY_COUNT) {
		for (size_t i = 0; i < alarm->nmetrics; i++)
			buf_printf(out, "%sm%zu", i == 0 ? "" : ",", i);
		buf_printf(out, "])");
		return;
	}
	oracle_expression_text(alarm, n->a, false, out);
	if (n->part == PART_FILL || n->part == PART_IF) {
		buf_printf(out, ",");
		oracle_expression_text(alarm, n->b, false, out);
	}
	if (n->part == PART_IF && n->c >= 0) {
		buf_printf(out, ",");
		oracle_expression_text(alarm, n->c, false, out);
	}
	if (n->part == PART_FILL_REPEAT)
		buf_printf(out, ",REPEAT");
	if (n->part == PART_FILL_LINEAR)
		buf_printf(out, ",LINEAR");
	buf_printf(out, ")");
}

void
oracle_expression_text(
    const struct oracle_alarm *alarm, int node, bool root, struct buf *out)
{
	const struct oracle_node *n = &alarm->nodes[node];

	if (!root && node == alarm->hidden) {
		buf_printf(out, "e0");
	} else if (n->part == PART_METRIC) {
		buf_printf(out, "m%d", n->at);
	} else if (n->part == PART_NUMBER) {
		buf_printf(out, "%g", n->number);
	} else if (n->part >= PART_ADD && n->part <= PART_OR) {
		buf_printf(out, "(");
		oracle_expression_text(alarm, n->a, false, out);
		buf_printf(out, " %s ", signs[n->part]);
		oracle_expression_text(alarm, n->b, false, out);
		buf_printf(out, ")");
	} else {
		expression_function(alarm, n, out);
	}
}

void
oracle_query_text(const struct oracle_query *q, struct buf *out)
{
	buf_printf(
	    out, "SELECT %s(%s) FROM ", function_names[q->function], q->metric);
	if (q->schema < 0)
		buf_printf(out, "\\\"%s\\\"", q->namespace);
	else
		buf_printf(out, "SCHEMA(\\\"%s\\\"%s%s)", q->namespace,
		    q->schema & 2 ? ", Host" : "",
		    q->schema & 1 ? ", Team" : "");
	if (q->where >= 0)
		buf_printf(out, " WHERE %s %s '%s'", label_names[q->where],
		    q->equal ? "=" : "!=", q->value);
	for (size_t i = 0; i < q->ngroup_by; i++)
		buf_printf(out, "%s%s", i == 0 ? " GROUP BY " : ", ",
		    label_names[q->group_by[i]]);
	if (q->ngroup_by > 0)
		buf_printf(out, " ORDER BY %s() %s",
		    function_names[q->order_by],
		    q->descending ? "DESC" : "ASC");
	if (q->limit > 0)
		buf_printf(out, " LIMIT %d", q->limit);
}

void
oracle_rule_text(const struct oracle_world *world,
    const struct oracle_alarm *alarm, int node, struct buf *out)
{
	const struct oracle_node *n = &alarm->nodes[node];

	switch (n->part) {
	case PART_STATE:
		buf_printf(out, "%s(%s)", state_words[n->state],
		    world->alarms[n->at].name);
		break;
	case PART_NOT:
		buf_printf(out, "NOT (");
		oracle_rule_text(world, alarm, n->a, out);
		buf_printf(out, ")");
		break;
	case PART_AND:
	case PART_OR:
		buf_printf(out, "(");
		oracle_rule_text(world, alarm, n->a, out);
		buf_printf(out, n->part == PART_AND ? " AND " : " OR ");
		oracle_rule_text(world, alarm, n->b, out);
		buf_printf(out, ")");
		break;
	case PART_AT_LEAST:
		buf_printf(out, "AT_LEAST(%g, %s, (", n->number,
		    state_words[n->state]);
		for (size_t i = 0; i < n->nmany; i++)
			buf_printf(out, "%s%s", i == 0 ? "" : ", ",
			    world->alarms[n->many[i]].name);
		buf_printf(out, "))");
		break;
	default:
		buf_printf(out, n->part == PART_TRUE ? "TRUE" : "FALSE");
	}
}

static void
dimensions_text(const struct oracle_name *name, struct buf *out)
{
	buf_printf(out, "\"Dimensions\":[");
	if (name->team != NULL)
		buf_printf(out, "{\"Name\":\"Team\",\"Value\":\"%s\"}%s",
		    name->team, name->host == NULL ? "" : ",");
	if (name->host != NULL)
		buf_printf(
		    out, "{\"Name\":\"Host\",\"Value\":\"%s\"}", name->host);
	buf_printf(out, "]");
}

/* A metric as MetricStat. */
static void
metric_stat_text(
    const struct oracle_alarm *a, size_t i, bool returned, struct buf *out)
{
	const struct oracle_name *name = &a->metrics[i];

	buf_printf(out,
	    "{\"Id\":\"m%zu\",\"ReturnData\":%s,\"MetricStat\":{\"Metric\":{"
	    "\"Namespace\":\"%s\",\"MetricName\":\"%s\",\"Region\":\"%s\",",
	    i, returned ? "true" : "false", name->namespace, name->metric,
	    name->region);
	dimensions_text(name, out);
	buf_printf(out, "},\"Period\":%lld,\"Stat\":\"%s\"",
	    (long long)a->period_ms / 1000, statistic_names[a->statistic]);
	if (name->unit != NULL)
		buf_printf(out, ",\"Unit\":\"%s\"", name->unit);
	buf_printf(out, "}}");
}

static void
math_text(const struct oracle_alarm *a, struct buf *out)
{
	int root = a->nnodes - 1;
	bool plain = a->nodes[root].part == PART_METRIC;

	buf_printf(out, ",\"Metrics\":[");
	for (size_t i = 0; i < a->nmetrics; i++) {
		buf_printf(out, "%s", i == 0 ? "" : ",");
		metric_stat_text(
		    a, i, plain && (size_t)a->nodes[root].at == i, out);
	}
	if (a->hidden >= 0) {
		buf_printf(out,
		    ",{\"Id\":\"e0\",\"ReturnData\":false,"
		    "\"Expression\":\"");
		oracle_expression_text(a, a->hidden, true, out);
		buf_printf(out, "\"}");
	}
	if (!plain) {
		buf_printf(out, ",{\"Id\":\"e1\",\"Expression\":\"");
		oracle_expression_text(a, root, true, out);
		buf_printf(out, "\"}");
	}
	buf_printf(out, "]");
}

static void
metric_text(const struct oracle_alarm *a, struct buf *out)
{
	const struct oracle_name *name = &a->metrics[0];
	bool extended = a->statistic >= P50;

	if (strcmp(name->region, "r1") != 0) {
		/* Only MetricStat names another Region. */
		buf_printf(out, ",\"Metrics\":[");
		metric_stat_text(a, 0, true, out);
		buf_printf(out, "]");
	} else {
		buf_printf(out,
		    ",\"Namespace\":\"%s\",\"MetricName\":\"%s\","
		    "\"%s\":\"%s\",\"Period\":%lld,",
		    name->namespace, name->metric,
		    extended ? "ExtendedStatistic" : "Statistic",
		    statistic_names[a->statistic],
		    (long long)a->period_ms / 1000);
		dimensions_text(name, out);
		if (name->unit != NULL)
			buf_printf(out, ",\"Unit\":\"%s\"", name->unit);
	}
	if (a->low_ignore)
		buf_printf(
		    out, ",\"EvaluateLowSampleCountPercentile\":\"ignore\"");
}

static void
query_text(const struct oracle_alarm *a, struct buf *out)
{
	buf_printf(out,
	    ",\"Metrics\":[{\"Id\":\"q\",\"Period\":%lld,"
	    "\"Expression\":\"",
	    (long long)a->period_ms / 1000);
	oracle_query_text(&a->query, out);
	buf_printf(out, "\"}]");
}

static void
judged_text(const struct oracle_alarm *a, struct buf *out)
{
	bool regions = a->kind == KIND_QUERY && a->query.both_regions;

	buf_printf(out,
	    ",\"EvaluationPeriods\":%d,\"Threshold\":%g,"
	    "\"ComparisonOperator\":\"%s\"",
	    a->n, a->threshold, operator_names[a->operator]);
	if (a->m_given)
		buf_printf(out, ",\"DatapointsToAlarm\":%d", a->m);
	if (a->missing != NOT_GIVEN)
		buf_printf(out, ",\"TreatMissingData\":\"%s\"",
		    missing_names[a->missing]);
	if (a->delay_ms < 0 && !regions)
		return;
	buf_printf(out, ",\"Tocsin\":{");
	if (a->delay_ms >= 0)
		buf_printf(out, "\"Delay\":\"%llds\"%s",
		    (long long)a->delay_ms / 1000, regions ? "," : "");
	if (regions)
		buf_printf(out, "\"Region\":[\"r1\",\"r2\"]");
	buf_printf(out, "}");
}

static void
composite_text(const struct oracle_world *world, const struct oracle_alarm *a,
    struct buf *out)
{
	buf_printf(out, ",\"AlarmRule\":\"");
	oracle_rule_text(world, a, a->nnodes - 1, out);
	buf_printf(out, "\"");
	if (a->suppressor >= 0)
		buf_printf(out,
		    ",\"ActionsSuppressor\":\"%s\","
		    "\"ActionsSuppressorWaitPeriod\":%lld,"
		    "\"ActionsSuppressorExtensionPeriod\":%lld",
		    world->alarms[a->suppressor].name,
		    (long long)a->wait_ms / 1000,
		    (long long)a->extension_ms / 1000);
}

void
oracle_world_config(const struct oracle_world *world, struct buf *out)
{
	bool first = true;

	buf_clear(out);
	buf_printf(out,
	    "{\"account\":\"1\",\"region\":\"r1\",\"delay\":{\"default\":%lld,"
	    "\"AWS/DynamoDB\":%lld},\"alarms\":[",
	    (long long)world->delay_ms, (long long)world->dynamo_delay_ms);
	for (int i = 0; i < world->nalarms; i++) {
		const struct oracle_alarm *a = &world->alarms[i];

		if (a->dropped)
			continue;
		buf_printf(out, "%s\n{\"AlarmName\":\"%s\"", first ? "" : ",",
		    a->name);
		first = false;
		if (a->kind == KIND_METRIC)
			metric_text(a, out);
		else if (a->kind == KIND_MATH)
			math_text(a, out);
		else if (a->kind == KIND_QUERY)
			query_text(a, out);
		else
			composite_text(world, a, out);
		if (a->kind != KIND_COMPOSITE)
			judged_text(a, out);
		buf_printf(out, "}");
	}
	buf_printf(out, "]}");
}
