/*
 * An alarm's definition, as CloudWatch names its parts (PutMetricAlarm).
 * Values only; reading, binding and evaluation are in pipeline/alarm/.
 */
#ifndef SCHEMAS_ALARM_H
#define SCHEMAS_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/point.h"

enum alarm_state { STATE_INSUFFICIENT_DATA, STATE_OK, STATE_ALARM };

enum alarm_statistic {
	STATISTIC_AVERAGE,
	STATISTIC_SUM,
	STATISTIC_MINIMUM,
	STATISTIC_MAXIMUM,
	STATISTIC_SAMPLE_COUNT
};

enum alarm_operator {
	OPERATOR_GE, /* GreaterThanOrEqualToThreshold */
	OPERATOR_GT,
	OPERATOR_LT,
	OPERATOR_LE
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

struct alarm {
	struct span name, arn;
	struct span account, region; /* of the ARN; "" reads any */
	struct span description;
	bool described; /* a description was given, maybe an empty one */
	bool actions_enabled;
	struct arns actions[3]; /* by the state that is entered */
	int64_t updated_ms;	/* AlarmConfigurationUpdatedTimestamp; -1 */

	struct span namespace, metric, unit; /* unit "": any */
	const struct dimension *dimensions;  /* sorted by name, in bytes */
	size_t ndimensions;
	const struct dimension *given; /* the same, in the order given */
	enum alarm_statistic statistic;
	int64_t period_ms;
	int64_t evaluation_periods;  /* N */
	int64_t datapoints_to_alarm; /* M; N when not given */
	bool datapoints_given;	     /* absent stays absent in messages */
	enum alarm_operator operator;
	double threshold;
	enum alarm_missing missing;
	bool missing_given;
	int64_t delay_ms; /* Tocsin.Delay; -1 when not given */
};

/* CloudWatch's words, by the enums above. */
extern const char *const alarm_state_names[];
extern const char *const alarm_statistic_names[]; /* Average … */
extern const char *const alarm_operator_names[];
extern const char *const alarm_missing_names[];

#endif
