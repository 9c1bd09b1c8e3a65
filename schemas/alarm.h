/*
 * An alarm's definition, as CloudWatch names its parts (PutMetricAlarm,
 * PutCompositeAlarm). Values only; reading, binding and evaluation are in
 * pipeline/alarm/.
 */
#ifndef SCHEMAS_ALARM_H
#define SCHEMAS_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/point.h"

enum alarm_state { STATE_INSUFFICIENT_DATA, STATE_OK, STATE_ALARM };

enum alarm_kind {
	ALARM_METRIC,	/* one metric: MetricName */
	ALARM_MATH,	/* Metrics: an expression of metric math, or a metric */
	ALARM_INSIGHTS, /* Metrics: one Metrics Insights query */
	ALARM_ANOMALY,	/* Metrics: a series and its ANOMALY_DETECTION_BAND */
	ALARM_COMPOSITE, /* AlarmRule */
	ALARM_SILENCE	 /* Tocsin.Silence: nothing comes */
};

enum alarm_statistic {
	STATISTIC_AVERAGE,
	STATISTIC_SUM,
	STATISTIC_MINIMUM,
	STATISTIC_MAXIMUM,
	STATISTIC_SAMPLE_COUNT,
	STATISTIC_EXTENDED /* alarm_metric.extended says which */
};

enum alarm_operator {
	OPERATOR_GE, /* GreaterThanOrEqualToThreshold */
	OPERATOR_GT,
	OPERATOR_LT,
	OPERATOR_LE,
	OPERATOR_OUTSIDE, /* LessThanLowerOrGreaterThanUpperThreshold */
	OPERATOR_BELOW,	  /* LessThanLowerThreshold */
	OPERATOR_ABOVE	  /* GreaterThanUpperThreshold */
};

enum alarm_missing {
	MISSING_MISSING,
	MISSING_IGNORE,
	MISSING_BREACHING,
	MISSING_NOT_BREACHING
};

/* A list of ARNs, in the order they were given. */
struct arns {
	const struct span *at;
	size_t count;
};

/* The accounts or Regions that something reads; none: any. */
struct reads {
	const struct span *at;
	size_t count;
};

/* A metric and its statistic, as an alarm reads it (MetricStat). */
struct alarm_metric {
	struct span namespace, metric, unit; /* unit "": any */
	const struct dimension *dimensions;  /* sorted by name, in bytes */
	size_t ndimensions;
	const struct dimension *given; /* the same, in the order given */
	struct reads accounts, regions;
	enum alarm_statistic statistic;
	struct span stat; /* as given: Average, p99, TM(10%:90%) */
	int64_t period_ms;
};

struct math;
struct insights;
struct rule;
struct zone;

/* One MetricDataQuery of "Metrics". */
struct alarm_query {
	struct span id, label, expression, account;
	bool labelled;
	bool return_data;
	int64_t period_ms;		   /* of an expression; 0: not given */
	const struct alarm_metric *metric; /* NULL: an expression */
	const struct math *math;	   /* a parsed expression of math */
};

/* What an alarm on silence listens to: a feed, or a Region and what is in it;
 * "" is any. */
struct alarm_silence {
	struct span feed;
	struct span account, region, namespace;
	int64_t after_ms;
};

enum suppressed_by {
	SUPPRESSED_NOT,
	SUPPRESSED_WAIT,      /* WaitPeriod */
	SUPPRESSED_EXTENSION, /* ExtensionPeriod */
	SUPPRESSED_ALARM      /* Alarm */
};

struct alarm {
	enum alarm_kind kind;
	struct span name, arn;
	struct span account, region; /* of the ARN; "" is unknown */
	struct span description, runbook;
	struct span severity; /* Tocsin.Severity: for filters of subscribers */
	bool described;	      /* a description was given, maybe an empty one */
	bool actions_enabled;
	struct arns actions[3]; /* by the state that is entered */
	int64_t updated_ms;	/* AlarmConfigurationUpdatedTimestamp; -1 */
	int64_t delay_ms;	/* Tocsin.Delay; -1 when not given */

	/* All but composites. A metric alarm has one metric and no queries;
	 * `metrics` are those of the queries, in their order. */
	const struct alarm_metric *metrics;
	size_t nmetrics;
	const struct alarm_query *queries;
	size_t nqueries;
	size_t returned; /* index of the query that is judged */
	int64_t period_ms;
	int64_t evaluation_periods;  /* N */
	int64_t datapoints_to_alarm; /* M; N when not given */
	bool datapoints_given;	     /* absent stays absent in messages */
	enum alarm_operator operator;
	double threshold;
	enum alarm_missing missing;
	bool missing_given;
	/* EvaluateLowSampleCountPercentile: samples that a percentile needs to
	 * be acted on; 0: any number. */
	double samples_needed;
	struct span low_samples;       /* as given: evaluate, ignore; "" */
	const struct zone *wall_clock; /* EvaluationWindow; NULL: sliding */
	struct span timezone;	       /* its name as given */
	int64_t warm_up_ms;	       /* 0: none */
	bool warm_up_waits; /* OnlyStartEvaluatingAfterWarmUpPeriodEnds */

	/* ALARM_INSIGHTS: the query, and what its series are read from. */
	const struct insights *insights;
	struct reads accounts, regions;
	bool grouped; /* GROUP BY: contributors act, not the alarm */

	/* ALARM_ANOMALY: ThresholdMetricId names a band of this many
	 * deviations over queries[banded]. */
	struct span threshold_metric_id;
	size_t banded;
	double deviations;

	const struct alarm_silence *silence; /* ALARM_SILENCE */

	/* ALARM_COMPOSITE. */
	struct span rule_text;
	const struct rule *rule;
	struct span suppressor; /* name or ARN; "" none */
	int64_t suppressor_wait_ms, suppressor_extension_ms;
};

/* CloudWatch's words, by the enums above. */
extern const char *const alarm_state_names[];
extern const char *const alarm_statistic_names[]; /* Average … */
extern const char *const alarm_operator_names[];
extern const char *const alarm_missing_names[];
extern const char *const suppressed_by_names[];

#endif
