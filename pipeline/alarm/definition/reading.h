/*
 * One alarm being read: its node, where its faults go, and typed reads whose
 * faults carry the alarm's name and the JSON path. For the files of this
 * folder only.
 */
#ifndef PIPELINE_ALARM_DEFINITION_READING_H
#define PIPELINE_ALARM_DEFINITION_READING_H

#include "pipeline/alarm/definition/definition.h"

/* The keys of an alarm, as describe-alarms orders them. */
enum reading_key {
	KEY_ALARM_NAME,
	KEY_ALARM_ARN,
	KEY_ALARM_DESCRIPTION,
	KEY_UPDATED,
	KEY_ACTIONS_ENABLED,
	KEY_OK_ACTIONS,
	KEY_ALARM_ACTIONS,
	KEY_INSUFFICIENT_DATA_ACTIONS,
	KEY_STATE_VALUE,
	KEY_STATE_REASON,
	KEY_STATE_REASON_DATA,
	KEY_STATE_UPDATED,
	KEY_METRIC_NAME,
	KEY_NAMESPACE,
	KEY_STATISTIC,
	KEY_EXTENDED_STATISTIC,
	KEY_DIMENSIONS,
	KEY_PERIOD,
	KEY_UNIT,
	KEY_EVALUATION_PERIODS,
	KEY_DATAPOINTS_TO_ALARM,
	KEY_THRESHOLD,
	KEY_COMPARISON_OPERATOR,
	KEY_TREAT_MISSING_DATA,
	KEY_LOW_SAMPLES,
	KEY_METRICS,
	KEY_THRESHOLD_METRIC_ID,
	KEY_EVALUATION_STATE,
	KEY_STATE_TRANSITIONED,
	KEY_EVALUATION_CRITERIA,
	KEY_EVALUATION_INTERVAL,
	KEY_EVALUATION_WINDOW,
	KEY_WARM_UP,
	KEY_ACTION_CONFIGURATION,
	KEY_ALARM_RULE,
	KEY_SUPPRESSOR,
	KEY_SUPPRESSOR_WAIT,
	KEY_SUPPRESSOR_EXTENSION,
	KEY_SUPPRESSED_BY,
	KEY_SUPPRESSED_REASON,
	KEY_TAGS,
	KEY_TOCSIN,
	KEY_COUNT
};

struct reading {
	const struct tree *node;
	const struct definition_scope *scope;
	struct arena *arena;
	struct faults *faults;
	struct faults told; /* by base/tree.h; said again with name and path */
	size_t nfaults;	    /* of this alarm */
	struct alarm *alarm;
	const struct tree *at[KEY_COUNT]; /* NULL: absent */
	/* What "Tocsin" names, else the ARN, else the scope. */
	struct reads accounts, regions;
	bool accounts_given, regions_given; /* by "Tocsin" */
};

extern const struct span reading_keys[KEY_COUNT + 1]; /* the last is empty */

/* A fault at the node, behind the alarm's name and the node's path. */
void reading_fault(struct reading *r, const struct tree *node,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Finds the members of a map by the list of their names, whose last is empty;
 * a fault for each that is not in it, naming the nearest.
 */
void reading_index(struct reading *r, const struct tree *map,
    const struct span *keys, const struct tree **at);

/* As those of base/tree.h: false, no fault, for NULL. */
bool
reading_kind(struct reading *r, const struct tree *node, enum tree_kind kind);
bool reading_int(struct reading *r, const struct tree *node, int64_t *out);
bool reading_bool(struct reading *r, const struct tree *node, bool *out);
bool reading_double(struct reading *r, const struct tree *node, double *out);
bool reading_duration(struct reading *r, const struct tree *node, int64_t *ms);
/* A text of least to most characters, copied. */
bool reading_text(struct reading *r, const struct tree *node, size_t least,
    size_t most, struct span *out);
/* The index of the text in a NULL-ended list, -1 with a fault. */
int reading_word(
    struct reading *r, const struct tree *node, const char *const *words);
/* A whole number from `least` to `most`; CloudWatch's words below and above. */
bool reading_count(struct reading *r, const struct tree *node, int64_t least,
    int64_t most, int64_t *out);

/* The parts. Each reads its keys into the alarm and adds faults. */
void reading_common(struct reading *r);	   /* what every alarm has */
void reading_metric(struct reading *r);	   /* MetricName, … */
void reading_queries(struct reading *r);   /* Metrics */
void reading_rule(struct reading *r);	   /* how it is judged */
void reading_composite(struct reading *r); /* AlarmRule */
void reading_silence(struct reading *r);   /* Tocsin.Silence */

/* The n-th field of arn:partition:service:region:account:… */
struct span reading_arn_field(struct span arn, int n);
/* Whether one of the alarm's actions is of the service. */
bool reading_acts(const struct reading *r, const char *service);
/* A text or a list of them into `out`; "*" among them: any. */
bool
reading_reads(struct reading *r, const struct tree *node, struct reads *out);

/* The nodes of one metric; `where` is told when one is absent. */
struct metric_nodes {
	const struct tree *where, *namespace, *metric, *dimensions;
};
void reading_metric_names(struct reading *r, const struct metric_nodes *nodes,
    struct alarm_metric *out);
void reading_unit(
    struct reading *r, const struct tree *node, struct alarm_metric *out);
/* Statistic, ExtendedStatistic or Stat, whichever the node is. */
void reading_statistic(
    struct reading *r, const struct tree *node, struct alarm_metric *out);
/* Seconds into ms: 10, 20, 30 or a multiple of 60. */
bool
reading_period(struct reading *r, const struct tree *node, int64_t *period_ms);

#endif
