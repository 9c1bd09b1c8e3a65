/* How an alarm is judged: threshold, M of N, missing data, windows. */
#include "base/zone.h"
#include "pipeline/alarm/definition/reading.h"
#include "pipeline/alarm/definition/statistic.h"

#define DAY_S 86400
#define WEEK_S 604800
#define INSIGHTS_S (3 * 3600)

static void
rule_operator(struct reading *r)
{
	const struct tree *node = r->at[KEY_COMPARISON_OPERATOR];
	const bool anomaly = r->at[KEY_THRESHOLD_METRIC_ID] != NULL;
	int word;

	if (node == NULL) {
		reading_fault(r, r->node,
		    "PutMetricAlarm request should have a valid "
		    "ComparisonOperator parameter");
		return;
	}
	word = reading_word(r, node, alarm_operator_names);
	if (word < 0)
		return;
	r->alarm->operator=(unsigned) word;
	if (!anomaly && word >= OPERATOR_OUTSIDE)
		reading_fault(r, node,
		    "%s is for anomaly detection alarms, which name a band by "
		    "ThresholdMetricId",
		    alarm_operator_names[word]);
	if (anomaly && word < OPERATOR_OUTSIDE)
		reading_fault(r, node,
		    "%s is for static thresholds; an anomaly detection alarm "
		    "takes %s, %s or %s",
		    alarm_operator_names[word],
		    alarm_operator_names[OPERATOR_OUTSIDE],
		    alarm_operator_names[OPERATOR_BELOW],
		    alarm_operator_names[OPERATOR_ABOVE]);
}

static void
rule_threshold(struct reading *r)
{
	const struct tree *node = r->at[KEY_THRESHOLD];

	if (r->at[KEY_THRESHOLD_METRIC_ID] != NULL) {
		if (node != NULL)
			reading_fault(r, node,
			    "an anomaly detection alarm has ThresholdMetricId "
			    "and no Threshold");
		return;
	}
	if (node == NULL)
		reading_fault(r, r->node,
		    "PutMetricAlarm request should have valid Threshold "
		    "parameter");
	reading_double(r, node, &r->alarm->threshold);
}

/* N, M, and how far back they may look. */
static void
rule_reach(struct reading *r, int64_t n)
{
	const struct tree *at = r->at[KEY_EVALUATION_PERIODS];
	const int64_t period = r->alarm->period_ms / 1000;
	const int64_t total = period * n;

	if (r->alarm->kind == ALARM_INSIGHTS && total > INSIGHTS_S)
		reading_fault(r, at,
		    "MetricsInsights monitors cannot be checked across more "
		    "than 3 hours");
	else if (period < 3600 && total > DAY_S)
		reading_fault(r, at,
		    "Metrics cannot be checked across more than a day "
		    "(EvaluationPeriods * Period must be <= 86400) for alarms "
		    "using period < 3600");
	else if (total > WEEK_S)
		reading_fault(r, at,
		    "Metrics cannot be checked across more than a week "
		    "(EvaluationPeriods * Period must be <= 604800) for alarms "
		    "using period >= 3600");
}

static void
rule_periods(struct reading *r)
{
	const struct tree *most = r->at[KEY_DATAPOINTS_TO_ALARM];
	struct alarm *a = r->alarm;
	int64_t n = 0, m = 0;

	if (r->at[KEY_EVALUATION_PERIODS] == NULL)
		reading_fault(r, r->node,
		    "PutMetricAlarm request should have an EvaluationPeriods "
		    "parameter");
	reading_count(r, r->at[KEY_EVALUATION_PERIODS], 1, INT32_MAX, &n);
	reading_count(r, most, 1, INT32_MAX, &m);
	a->evaluation_periods = n;
	a->datapoints_given = m > 0;
	a->datapoints_to_alarm = m > 0 ? m : n;
	if (n > 0 && m > n)
		reading_fault(r, most,
		    "DatapointsToAlarm must be less than or equal to "
		    "EvaluationPeriods");
	if (n > 0)
		rule_reach(r, n);
}

static bool
rule_dynamodb(const struct alarm *a)
{
	for (size_t i = 0; i < a->nmetrics; i++)
		if (!span_is(a->metrics[i].namespace, "AWS/DynamoDB"))
			return false;
	return a->nmetrics > 0;
}

static void
rule_missing(struct reading *r)
{
	const struct tree *node = r->at[KEY_TREAT_MISSING_DATA];
	struct alarm *a = r->alarm;
	struct span text;

	a->missing_given = node != NULL;
	if (node == NULL) {
		/* The guide's default for it: only when every metric is its. */
		a->missing =
		    rule_dynamodb(a) ? MISSING_IGNORE : MISSING_MISSING;
		return;
	}
	if (!reading_text(r, node, 1, 255, &text))
		return;
	for (unsigned i = 0; alarm_missing_names[i] != NULL; i++)
		if (span_is(text, alarm_missing_names[i])) {
			a->missing = i;
			return;
		}
	reading_fault(r, node,
	    "Supported values for TreatMissingData are breaching, "
	    "notBreaching, ignore, and missing.");
}

/* The statistic that is judged; "" for an expression. */
static struct span
rule_statistic(const struct alarm *a)
{
	const struct alarm_metric *metric = a->metrics;

	if (a->nqueries > 0)
		metric = a->queries[a->returned].metric;
	return metric == NULL ? SPAN_OF("") : metric->stat;
}

static void
rule_low_samples(struct reading *r)
{
	const struct tree *node = r->at[KEY_LOW_SAMPLES];
	struct alarm *a = r->alarm;
	enum alarm_statistic plain;
	struct span stat;
	bool ignore;

	if (!reading_text(r, node, 1, 255, &a->low_samples))
		return;
	ignore = span_is(a->low_samples, "ignore");
	if (!ignore && !span_is(a->low_samples, "evaluate")) {
		reading_fault(r, node,
		    "Supported options for EvaluateLowSampleCountPercentile "
		    "are evaluate and ignore.");
		return;
	}
	if (r->nfaults > 0) /* the metric could not be read */
		return;
	if (!ignore && a->nqueries > 0) /* the default, of no effect */
		return;
	stat = rule_statistic(a);
	if (stat.len == 0)
		stat = SPAN_OF("of an expression");
	if (statistic_form(stat, &plain) != STATISTIC_PERCENTILE)
		reading_fault(r, node,
		    "Option evaluateLowSampleCountPercentile can not be "
		    "applied with statistic %.*s. This option is enabled only "
		    "for percentile statistics.",
		    SPAN_ARGS(stat));
	else if (ignore)
		a->samples_needed = statistic_samples(stat);
}

/* UTC, +05:30, UTC+05:30 or a name; offsets in steps of five minutes. */
static void
rule_zone(struct reading *r, const struct tree *node)
{
	struct alarm *a = r->alarm;
	struct span name;

	if (node == NULL) {
		a->timezone = SPAN_OF("UTC");
	} else if (!reading_text(r, node, 1, 50, &a->timezone)) {
		return;
	}
	name = a->timezone;
	if (name.len > 3 && span_starts(name, "UTC") &&
	    (name.at[3] == '+' || name.at[3] == '-'))
		name = span_make(name.at + 3, name.len - 3);
	if ((name.at[0] == '+' || name.at[0] == '-') &&
	    name.at[name.len - 1] != '0' && name.at[name.len - 1] != '5') {
		reading_fault(r, node,
		    "the offset \"%.*s\" must be a multiple of 5 minutes",
		    SPAN_ARGS(a->timezone));
		return;
	}
	a->wall_clock = zone_open(name);
	if (a->wall_clock == NULL)
		reading_fault(r, node == NULL ? r->node : node,
		    "\"%.*s\" is no time zone: give an IANA name "
		    "(Europe/Berlin) or an offset (+05:30)",
		    SPAN_ARGS(a->timezone));
}

static void
rule_window(struct reading *r)
{
	enum { SLIDING, WALL_CLOCK, COUNT };
	static const struct span keys[COUNT + 1] = {
	    SPAN_OF("SlidingWindow"), SPAN_OF("WallClockWindow")};
	static const struct span members[] = {SPAN_OF("Timezone"), {0}};
	const struct tree *window = r->at[KEY_EVALUATION_WINDOW];
	const struct tree *at[COUNT], *zone;
	const int64_t period = r->alarm->period_ms / 1000;

	if (window == NULL)
		return;
	reading_index(r, window, keys, at);
	if ((at[SLIDING] == NULL) == (at[WALL_CLOCK] == NULL)) {
		reading_fault(r, window,
		    "must have either SlidingWindow or WallClockWindow");
		return;
	}
	if (at[WALL_CLOCK] == NULL)
		return;
	reading_index(r, at[WALL_CLOCK], members, &zone);
	rule_zone(r, zone);
	if (period != 0 && period != 60 && period != 300 && period != 3600 &&
	    period != DAY_S && period != WEEK_S)
		reading_fault(r, window,
		    "a wall clock window takes a Period of 60, 300, 3600, "
		    "86400 or 604800, not %lld",
		    (long long)period);
}

static void
rule_warm_up(struct reading *r)
{
	enum { MINUTES, WAITS, COUNT };
	static const struct span keys[COUNT + 1] = {
	    SPAN_OF("WarmUpPeriodDurationInMinutes"),
	    SPAN_OF("OnlyStartEvaluatingAfterWarmUpPeriodEnds")};
	const struct tree *node = r->at[KEY_WARM_UP], *at[COUNT];
	int64_t minutes = 0;

	if (node == NULL)
		return;
	reading_index(r, node, keys, at);
	if (at[MINUTES] == NULL)
		reading_fault(r, node, "has no WarmUpPeriodDurationInMinutes");
	reading_count(r, at[MINUTES], 1, 2880, &minutes);
	r->alarm->warm_up_ms = minutes * 60000;
	reading_bool(r, at[WAITS], &r->alarm->warm_up_waits);
}

/* Keys of composite alarms. */
static void
rule_stray(struct reading *r)
{
	for (unsigned key = KEY_SUPPRESSOR; key <= KEY_SUPPRESSED_REASON; key++)
		if (r->at[key] != NULL)
			reading_fault(r, r->at[key],
			    "only a composite alarm has %.*s",
			    SPAN_ARGS(reading_keys[key]));
}

void
reading_rule(struct reading *r)
{
	rule_operator(r);
	rule_threshold(r);
	rule_periods(r);
	rule_missing(r);
	rule_low_samples(r);
	rule_window(r);
	rule_warm_up(r);
	rule_stray(r);
}
