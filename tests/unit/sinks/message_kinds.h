/* An alarm of each kind, and what happened to it, as CloudWatch's published
 * and captured messages have them. */
#ifndef TESTS_SINKS_MESSAGE_KINDS_H
#define TESTS_SINKS_MESSAGE_KINDS_H

#include "base/buf.h"
#include "schemas/outcome.h"
#include "testing.h"

#define KINDS_ARN "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
#define KINDS_TOPIC "arn:aws:sns:us-east-1:123456789012:ops"
/* 2026-09-14T11:18:52.496Z, and a second before it. */
#define KINDS_NOW 1789384732496
#define KINDS_BEFORE 1789384731496

struct kinds {
	struct dimension dimension, label;
	struct alarm_metric metrics[2];
	struct alarm_query queries[3];
	struct span topic;
	struct contributor_name contributor;
	struct trigger trigger;
	struct alarm alarm;
	struct transition transition;
};

/* In place, as the parts point to each other: `name` is the alarm's, the
 * metric is CPUUtilization of an instance. */
static inline void
kinds_metric(struct kinds *k)
{
	*k = (struct kinds){0};
	k->dimension = (struct dimension){
	    SPAN_OF("InstanceId"), SPAN_OF("i-12345678901234567")};
	k->metrics[0] = (struct alarm_metric){.namespace = SPAN_OF("AWS/EC2"),
	    .metric = SPAN_OF("CPUUtilization"),
	    .dimensions = &k->dimension,
	    .given = &k->dimension,
	    .ndimensions = 1,
	    .stat = SPAN_OF("Average"),
	    .period_ms = 300000};
	k->metrics[1] = k->metrics[0];
	k->topic = SPAN_OF(KINDS_TOPIC);
	k->alarm = (struct alarm){.kind = ALARM_METRIC,
	    .name = SPAN_OF("cpu"),
	    .arn = SPAN_OF(KINDS_ARN "cpu"),
	    .account = SPAN_OF("123456789012"),
	    .region = SPAN_OF("us-east-1"),
	    .description = SPAN_OF("too high!"),
	    .described = true,
	    .actions_enabled = true,
	    .actions = {{NULL, 0}, {NULL, 0}, {&k->topic, 1}},
	    .updated_ms = KINDS_BEFORE,
	    .delay_ms = -1,
	    .metrics = k->metrics,
	    .nmetrics = 1,
	    .period_ms = 300000,
	    .evaluation_periods = 1,
	    .datapoints_to_alarm = 1,
	    .operator= OPERATOR_GT,
	    .threshold = 50,
	    .missing = MISSING_IGNORE,
	    .missing_given = true};
	k->transition = (struct transition){.id = "0000000000000029-5f2a",
	    .seq = 41,
	    .time_ms = KINDS_NOW,
	    .alarm = &k->alarm,
	    .from = STATE_OK,
	    .to = STATE_ALARM,
	    .reason = SPAN_OF("new"),
	    .data = SPAN_OF("{\"version\":\"1.0\",\"threshold\":50.0}"),
	    .from_reason = SPAN_OF("old"),
	    .from_data = SPAN_OF("{\"version\":\"1.0\"}"),
	    .from_time_ms = KINDS_BEFORE};
}

/* SUM(METRICS()) over two metrics; nothing is known of the state before. */
static inline void
kinds_math(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.kind = ALARM_MATH;
	k->metrics[0].metric = SPAN_OF("NetworkIn");
	k->metrics[0].stat = SPAN_OF("Maximum");
	k->metrics[1].metric = SPAN_OF("NetworkOut");
	k->metrics[1].stat = SPAN_OF("Maximum");
	k->queries[0] = (struct alarm_query){.id = SPAN_OF("e1"),
	    .expression = SPAN_OF("SUM(METRICS())"),
	    .label = SPAN_OF("Total Network Traffic"),
	    .labelled = true,
	    .return_data = true};
	k->queries[1] =
	    (struct alarm_query){.id = SPAN_OF("m1"), .metric = &k->metrics[0]};
	k->queries[2] =
	    (struct alarm_query){.id = SPAN_OF("m2"), .metric = &k->metrics[1]};
	k->alarm.nmetrics = 2;
	k->alarm.queries = k->queries;
	k->alarm.nqueries = 3;
	k->alarm.threshold = 10000;
	k->transition.from = STATE_INSUFFICIENT_DATA;
	k->transition.from_reason =
	    SPAN_OF("Unchecked: Initial alarm creation");
	k->transition.from_data.len = 0;
}

/* A query with GROUP BY, and the contributor whose state changed. */
static inline void
kinds_contributor(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.kind = ALARM_INSIGHTS;
	k->queries[0] = (struct alarm_query){.id = SPAN_OF("q"),
	    .expression = SPAN_OF("SELECT MAX(Load) FROM \"App/Load\" GROUP BY "
				  "Team ORDER BY MAX() DESC"),
	    .return_data = true,
	    .period_ms = 60000};
	k->alarm.nmetrics = 0;
	k->alarm.queries = k->queries;
	k->alarm.nqueries = 1;
	k->alarm.period_ms = 60000;
	k->alarm.datapoints_given = true;
	k->alarm.threshold = 10;
	k->alarm.missing = MISSING_NOT_BREACHING;
	k->label = (struct dimension){SPAN_OF("Team"), SPAN_OF("a")};
	k->contributor = (struct contributor_name){
	    .id = "a29eb44b20c4362e", .label = &k->label, .nlabels = 1};
	k->transition.contributor = &k->contributor;
}

/* The alarm itself of such a query. */
static inline void
kinds_insights(struct kinds *k)
{
	kinds_contributor(k);
	k->transition.contributor = NULL;
	k->transition.reason =
	    SPAN_OF("1 out of 2 time series evaluated to ALARM");
	k->transition.data = k->transition.from_data;
	k->transition.from_data.len = 0;
}

static inline void
kinds_anomaly(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.kind = ALARM_ANOMALY;
	k->metrics[0].period_ms = k->alarm.period_ms = 60000;
	k->queries[0] = (struct alarm_query){.id = SPAN_OF("m1"),
	    .metric = &k->metrics[0],
	    .return_data = true,
	    .account = SPAN_OF("775096123702")};
	k->queries[1] = (struct alarm_query){.id = SPAN_OF("ad1"),
	    .expression = SPAN_OF("ANOMALY_DETECTION_BAND(m1, 0.8)"),
	    .label = SPAN_OF("CPUUtilization (expected)"),
	    .labelled = true,
	    .return_data = true};
	k->alarm.queries = k->queries;
	k->alarm.nqueries = 2;
	k->alarm.operator= OPERATOR_OUTSIDE;
	k->alarm.threshold_metric_id = SPAN_OF("ad1");
}

static inline void
kinds_composite(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.kind = ALARM_COMPOSITE;
	k->alarm.nmetrics = 0;
	k->alarm.described = false;
	k->alarm.name = SPAN_OF("both");
	k->alarm.arn = SPAN_OF(KINDS_ARN "both");
	k->alarm.rule_text = SPAN_OF("ALARM(\"cpu\") OR ALARM(net)");
	k->trigger =
	    (struct trigger){SPAN_OF(KINDS_ARN "cpu"), STATE_ALARM, KINDS_NOW};
	k->transition.triggers = &k->trigger;
	k->transition.ntriggers = 1;
	k->transition.data = SPAN_OF("{\"triggeringAlarms\":[]}");
	k->transition.from_data.len = 0;
}

static inline void
kinds_suppressed(struct kinds *k)
{
	kinds_composite(k);
	k->alarm.suppressor = SPAN_OF("maintenance");
	k->alarm.suppressor_wait_ms = 120000;
	k->alarm.suppressor_extension_ms = 180000;
	k->transition.suppressed_by = SUPPRESSED_WAIT;
}

/* Ids that are made up are "UUID" in what is expected. */
static inline const char *
kinds_normal(struct buf *out)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t n = sizeof(shape) - 1;
	struct buf normal = {0};

	for (size_t i = 0; i < out->len;) {
		size_t same = 0;

		while (same < n && i + same < out->len &&
		    (shape[same] == '-'
			    ? out->bytes[i + same] == '-'
			    : memchr("0123456789abcdef", out->bytes[i + same],
				  16) != NULL))
			same++;
		if (same == n)
			buf_text(&normal, "UUID");
		else
			buf_byte(&normal, out->bytes[i]);
		i += same == n ? n : 1;
	}
	buf_fini(out);
	*out = normal;
	return buf_cstr(out);
}

#endif
