#include "sinks/message_trigger.h"

#include "base/text.h"
#include "sinks/message_json.h"

/*
 * SNS: keys with capitals, dimensions as a list of value and name.
 */

static void
message_trigger_dimensions(struct buf *out, const struct alarm_metric *metric)
{
	message_key(out, "Dimensions");
	buf_byte(out, '[');
	for (size_t i = 0; i < metric->ndimensions; i++) {
		buf_text(out, i > 0 ? ",{" : "{");
		message_text(out, "value", metric->given[i].value);
		message_text(out, "name", metric->given[i].name);
		message_close(out);
	}
	buf_byte(out, ']');
}

static void
message_trigger_metric(struct buf *out, const struct alarm_metric *metric)
{
	static const char *const statistics[] = {
	    "AVERAGE", "SUM", "MINIMUM", "MAXIMUM", "SAMPLE_COUNT"};
	bool extended = metric->statistic == STATISTIC_EXTENDED;
	const char *type = extended ? "ExtendedStatistic" : "Statistic";

	message_text(out, "MetricName", metric->metric);
	message_text(out, "Namespace", metric->namespace);
	message_text(out, "StatisticType", span_text(type));
	message_text(out, type,
	    extended ? metric->stat : span_text(statistics[metric->statistic]));
	message_key(out, "Unit");
	if (metric->unit.len > 0)
		buf_json(out, metric->unit);
	else
		buf_text(out, "null");
	message_trigger_dimensions(out, metric);
}

static void
message_trigger_stat(struct buf *out, const struct alarm_metric *metric)
{
	message_open(out, "MetricStat");
	message_open(out, "Metric");
	message_trigger_dimensions(out, metric);
	message_text(out, "MetricName", metric->metric);
	message_text(out, "Namespace", metric->namespace);
	message_close(out);
	message_seconds(out, "Period", metric->period_ms);
	message_text(out, "Stat", metric->stat);
	message_text_given(out, "Unit", metric->unit);
	message_close(out);
}

static void
message_trigger_query(struct buf *out, const struct alarm_query *query)
{
	if (query->metric == NULL)
		message_text(out, "Expression", query->expression);
	message_text(out, "Id", query->id);
	if (query->labelled)
		message_text(out, "Label", query->label);
	if (query->metric != NULL)
		message_trigger_stat(out, query->metric);
	message_flag(out, "ReturnData", query->return_data);
	if (query->metric == NULL && query->period_ms > 0)
		message_seconds(out, "Period", query->period_ms);
	message_text_given(out, "AccountId", query->account);
}

static void
message_trigger_threshold(struct buf *out, const struct alarm *alarm)
{
	char threshold[TEXT_NUMBER_SIZE];

	message_seconds(out, "Period", alarm->period_ms);
	message_integer(out, "EvaluationPeriods", alarm->evaluation_periods);
	if (alarm->datapoints_given)
		message_integer(
		    out, "DatapointsToAlarm", alarm->datapoints_to_alarm);
	message_text(out, "ComparisonOperator",
	    span_text(alarm_operator_names[alarm->operator]));
	if (alarm->kind == ALARM_ANOMALY) {
		message_text(
		    out, "ThresholdMetricId", alarm->threshold_metric_id);
	} else {
		text_double_java(threshold, alarm->threshold);
		message_key(out, "Threshold");
		buf_text(out, threshold);
	}
	message_text(
	    out, "TreatMissingData", span_text(message_missing(alarm)));
	message_text(
	    out, "EvaluateLowSampleCountPercentile", alarm->low_samples);
}

void
message_trigger(struct buf *out, const struct alarm *alarm)
{
	message_open(out, "Trigger");
	if (alarm->kind == ALARM_METRIC) {
		message_trigger_metric(out, &alarm->metrics[0]);
		message_trigger_threshold(out, alarm);
		message_close(out);
		return;
	}
	message_trigger_threshold(out, alarm);
	message_key(out, "Metrics");
	buf_byte(out, '[');
	for (size_t i = 0; i < alarm->nqueries; i++) {
		buf_text(out, i > 0 ? ",{" : "{");
		message_trigger_query(out, &alarm->queries[i]);
		message_close(out);
	}
	buf_byte(out, ']');
	message_close(out);
}

/*
 * Events and Lambda: keys without capitals, dimensions as a map.
 */

static void
message_metric_stat(struct buf *out, const struct alarm_metric *metric)
{
	message_open(out, "metricStat");
	message_open(out, "metric");
	message_text(out, "namespace", metric->namespace);
	message_text(out, "name", metric->metric);
	message_pairs(
	    out, "dimensions", metric->given, metric->ndimensions, SIZE_MAX);
	message_close(out);
	message_seconds(out, "period", metric->period_ms);
	message_text(out, "stat", metric->stat);
	message_text_given(out, "unit", metric->unit);
	message_close(out);
}

static void
message_metric_single(struct buf *out, const struct alarm *alarm)
{
	struct buf stat = {0}, seed = {0};

	message_metric_stat(&stat, &alarm->metrics[0]);
	message_text(&seed, "arn", alarm->arn);
	buf_span_put(&seed, buf_span(&stat));
	buf_byte(out, '{');
	message_uuid(out, "id", buf_span(&seed));
	buf_byte(out, ',');
	buf_span_put(out, buf_span(&stat));
	message_flag(out, "returnData", true);
	message_close(out);
	buf_fini(&stat);
	buf_fini(&seed);
}

static void
message_metric_query(struct buf *out, const struct alarm_query *query)
{
	message_text(out, "id", query->id);
	if (query->metric != NULL)
		message_metric_stat(out, query->metric);
	else
		message_text(out, "expression", query->expression);
	if (query->labelled)
		message_text(out, "label", query->label);
	message_flag(out, "returnData", query->return_data);
	if (query->metric == NULL && query->period_ms > 0)
		message_seconds(out, "period", query->period_ms);
	message_text_given(out, "accountId", query->account);
}

void
message_metrics(struct buf *out, const struct alarm *alarm)
{
	message_key(out, "metrics");
	buf_byte(out, '[');
	if (alarm->kind == ALARM_METRIC)
		message_metric_single(out, alarm);
	for (size_t i = 0; i < alarm->nqueries; i++) {
		buf_text(out, i > 0 ? ",{" : "{");
		message_metric_query(out, &alarm->queries[i]);
		message_close(out);
	}
	buf_byte(out, ']');
}

void
message_rule(struct buf *out, const struct alarm *alarm)
{
	message_text(out, "alarmRule", alarm->rule_text);
	if (alarm->suppressor.len == 0)
		return;
	message_text(out, "actionsSuppressor", alarm->suppressor);
	message_seconds(
	    out, "actionsSuppressorWaitPeriod", alarm->suppressor_wait_ms);
	message_seconds(out, "actionsSuppressorExtensionPeriod",
	    alarm->suppressor_extension_ms);
}
