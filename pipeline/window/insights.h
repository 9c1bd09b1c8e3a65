/*
 * Metrics Insights: CloudWatch's query language, as the words of every grouped
 * aggregation. Reads a query, and says which series belong to it and to which
 * of its groups. Pure; group.h keeps what the groups hold.
 *
 * Source: CloudWatch User Guide, "Metrics Insights query components and
 * syntax"; docs/metrics-insights.md. AWS.Region as a label is tocsin's own.
 *
 * Ownership. A query lives in the arena it was parsed into; it borrows
 * nothing. Limits. LIMIT_EXPRESSION.
 */
#ifndef PIPELINE_WINDOW_INSIGHTS_H
#define PIPELINE_WINDOW_INSIGHTS_H

#include "base/arena.h"
#include "schemas/alarm.h"

/* The value of a label that a series lacks. */
#define INSIGHTS_OTHER "Other"

struct group;

enum insights_label_kind {
	LABEL_DIMENSION,
	LABEL_ACCOUNT, /* AWS.AccountId */
	LABEL_REGION   /* AWS.Region */
};

struct insights_label {
	enum insights_label_kind kind;
	struct span name; /* as attributes show it: InstanceId, AWS.Region */
};

struct insights_condition {
	struct insights_label label;
	bool equal;	  /* false: != */
	bool own_account; /* CURRENT_ACCOUNT_ID() instead of a value */
	struct span value;
};

struct insights {
	enum alarm_statistic statistic; /* AVG COUNT MAX MIN SUM */
	struct span namespace, metric;
	bool schema;		       /* SCHEMA(): exactly these dimensions */
	const struct span *dimensions; /* sorted, each once */
	size_t ndimensions;
	const struct insights_condition *conditions;
	size_t nconditions;
	const struct insights_label *group_by; /* as given, each once */
	size_t ngroup_by;
	bool ordered, descending;
	enum alarm_statistic order_by;
	int64_t limit; /* 0: none given */
};

struct insights_fault {
	unsigned column; /* in characters, from 1 */
	const char *text;
};

/* Whether an expression is a query (begins with SELECT, in any case) and no
 * metric math. */
bool insights_is_query(struct span expression);
/* NULL: `fault` says what is wrong, its text in the arena. */
const struct insights *insights_parse(
    struct arena *arena, struct span text, struct insights_fault *fault);
/*
 * `account` is what CURRENT_ACCOUNT_ID() means; "" matches any. A dimension
 * that the series lacks is equal to nothing, so != holds (captured). The unit
 * of a series plays no part.
 */
bool insights_matches(const struct insights *insights,
    const struct series_key *key, struct span account);
/* The value of GROUP BY's i-th label in a series; "Other" when it lacks it. */
struct span insights_group_value(
    const struct insights *insights, size_t i, const struct series_key *key);

/* The query's word for it: AVG, COUNT, MAX, MIN, SUM. */
const char *insights_function(enum alarm_statistic statistic);
/* Label and value of a group in the order of GROUP BY, insights->ngroup_by of
 * them; the array is in the arena, its texts are the query's and the group's.
 */
void insights_labels(const struct insights *insights, const struct group *group,
    struct arena *arena, struct dimension **out);
/*
 * The number that ORDER BY's function makes of a group: over its datapoints,
 * those of the SELECT, NAN where there is none. COUNT counts datapoints, not
 * samples (captured). NAN when there is no datapoint (COUNT: 0).
 */
double insights_rank(
    const struct insights *insights, const double *datapoints, size_t count);

#endif
