/* What each mistake in "Metrics" is told: math, queries, bands. */
#include "definition_fixture.h"

#define M1                                                                     \
	"{\"Id\": \"m1\", \"ReturnData\": false, \"MetricStat\": "             \
	"{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"m\"}, "         \
	"\"Period\": 60, \"Stat\": \"Sum\"}}"
#define MR                                                                     \
	"{\"Id\": \"m1\", \"MetricStat\": {\"Metric\": {\"Namespace\": "       \
	"\"N\", \"MetricName\": \"m\"}, \"Period\": 60, \"Stat\": \"Sum\"}}"
#define ODD                                                                    \
	"\"EvaluationPeriods\": 3, \"ComparisonOperator\": "                   \
	"\"GreaterThanUpperThreshold\", \"ThresholdMetricId\": \"t\""

static const struct row queries[] = {
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n{\"Id\": \"M\", \"Expression\": "
     "\"1\", \"Period\": 60}]}]",
	"2:2: alarm \"lag\": Metrics[0].Id: \"M\" is no Id: a lower-case "
	"letter, then letters, digits and _"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Expression\": \"1\", \"Period\": 60}]}]",
	"2:1: alarm \"lag\": Metrics[0]: has no Id"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"m1\", \"Expression\": \"1\"}]}]",
	"2:131: alarm \"lag\": Metrics[1].Id: the Id \"m1\" is that of "
	"Metrics[0] already"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n{\"Id\": \"m2\"}]}]",
	"2:1: alarm \"lag\": Metrics[0]: must have either MetricStat or "
	"Expression"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1 +\"}]}]",
	"2:142: alarm \"lag\": Metrics[1].Expression: Error in expression 'e' "
	"at column 5: expected a value, not the end"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1 + m2\"}]}]",
	"2:142: alarm \"lag\": Metrics[1].Expression: Error in expression 'e' "
	"at column 6: no query has the id m2; did you mean m1?"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"[m1, m1]\"}]}]",
	"2:142: alarm \"lag\": Metrics[1].Expression: Error in expression 'e': "
	"an alarm watches a single time series; this expression returns "
	"several"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"SUM(SEARCH('{N} x', 'Sum'))\"}]}]",
	"2:142: alarm \"lag\": Metrics[1].Expression: Error in expression 'e' "
	"at column 5: SEARCH is not supported on Metric Alarms."},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\", \"ReturnData\": false}]}]",
	"1:109: alarm \"lag\": Metrics: Exactly one element of the metrics "
	"list should return data."},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\"}, {\"Id\": \"f\", "
     "\"Expression\": \"m1\"}]}]",
	"1:109: alarm \"lag\": Metrics: Exactly one element of the metrics "
	"list should return data."},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\", \"Period\": 300}]}]",
	"2:130: alarm \"lag\": Metrics[1]: all metrics of an alarm must have "
	"one Period: 300 here, 60 before"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"e\", \"Expression\": \"TIME_SERIES(1)\"}]}]",
	"1:109: alarm \"lag\": Metrics: PutMetricAlarm request should have a "
	"Period parameter"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\", \"Lable\": \"x\"}]}]",
	"2:162: alarm \"lag\": Metrics[1].Lable: unknown key \"Lable\"; did "
	"you mean \"Label\"?"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"m\", \"MetricStat\": {\"Metric\": "
     "{\"Namespace\": \"N\"}, \"Stat\": \"Sum\"}}]}]",
	"2:13: alarm \"lag\": Metrics[0].MetricStat: has no Period\n2:28: "
	"alarm \"lag\": Metrics[0].MetricStat.Metric: has no MetricName"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"m\", \"MetricStat\": {\"Metric\": "
     "{\"Namespace\": \"N\", \"MetricName\": \"m\"}, \"Period\": 300, "
     "\"Stat\": \"p99\"}}]}]",
	"2:92: alarm \"lag\": Metrics[0].MetricStat.Stat: p99 over 300 s "
	"cannot be made from a metric stream, which carries p99 a minute: use "
	"Period 60 with EvaluationPeriods 15"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"m\", \"MetricStat\": {\"Metric\": "
     "{\"Namespace\": \"N\", \"MetricName\": \"m\"}, \"Period\": 60, \"Stat\": "
     "\"avg\"}}]}]",
	"2:91: alarm \"lag\": Metrics[0].MetricStat.Stat: The value avg for "
	"parameter Stat is not supported."},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"m\", \"Period\": 300, \"MetricStat\": "
     "{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"m\"}, \"Period\": "
     "60, \"Stat\": \"Sum\"}}]}]",
	"2:13: alarm \"lag\": Metrics[0].Period: differs from the Period of "
	"its MetricStat"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"e0\", \"Expression\": \"1\", \"Period\": "
     "60}, {\"Id\": \"e1\", \"Expression\": \"1\", \"Period\": 60}, {\"Id\": "
     "\"e2\", \"Expression\": \"1\", \"Period\": 60}, {\"Id\": \"e3\", "
     "\"Expression\": \"1\", \"Period\": 60}, {\"Id\": \"e4\", \"Expression\": "
     "\"1\", \"Period\": 60}, {\"Id\": \"e5\", \"Expression\": \"1\", "
     "\"Period\": 60}, {\"Id\": \"e6\", \"Expression\": \"1\", \"Period\": "
     "60}, {\"Id\": \"e7\", \"Expression\": \"1\", \"Period\": 60}, {\"Id\": "
     "\"e8\", \"Expression\": \"1\", \"Period\": 60}, {\"Id\": \"e9\", "
     "\"Expression\": \"1\", \"Period\": 60}, {\"Id\": \"e10\", "
     "\"Expression\": \"1\", \"Period\": 60}]}]",
	"1:109: alarm \"lag\": Metrics: an alarm may have 10 expressions, not "
	"11"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"e0\", \"Expression\": \"1\"}, {\"Id\": "
     "\"e1\", \"Expression\": \"1\"}, {\"Id\": \"e2\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e3\", \"Expression\": \"1\"}, {\"Id\": \"e4\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e5\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e6\", \"Expression\": \"1\"}, {\"Id\": \"e7\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e8\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e9\", \"Expression\": \"1\"}, {\"Id\": \"e10\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e11\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e12\", \"Expression\": \"1\"}, {\"Id\": \"e13\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e14\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e15\", \"Expression\": \"1\"}, {\"Id\": \"e16\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e17\", \"Expression\": \"1\"}, "
     "{\"Id\": \"e18\", \"Expression\": \"1\"}, {\"Id\": \"e19\", "
     "\"Expression\": \"1\"}, {\"Id\": \"e20\", \"Expression\": \"1\"}]}]",
	"1:109: alarm \"lag\": Metrics: an alarm may have 20 entries in "
	"Metrics, not 21"},
    {"[{" NAME ", " JUDGED
     ", \"EvaluateLowSampleCountPercentile\": \"ignore\", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\"}]}]",
	"1:109: alarm \"lag\": EvaluateLowSampleCountPercentile: Option "
	"evaluateLowSampleCountPercentile can not be applied with statistic of "
	"an expression. This option is enabled only for percentile "
	"statistics."},
    {"[{" NAME ", " JUDGED
     ", \"AlarmActions\": [\"arn:aws:automate:us-east-2:ec2:stop\"], "
     "\"Metrics\": [\n" M1 ", {\"Id\": \"e\", \"Expression\": \"m1\"}]}]",
	"1:2: alarm \"lag\": an alarm on Metrics cannot have EC2 actions"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n{\"Id\": \"q\", \"Expression\": "
     "\"SELECT MAX(x) FROM\"}]}]",
	"1:109: alarm \"lag\": Metrics: PutMetricAlarm request should have a "
	"Period parameter"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"q\", \"Expression\": \"SELECT MAX(x) FROM "
     "\\\"N\\\"\", \"Period\": 30}]}]",
	"2:1: alarm \"lag\": Metrics[0]: MetricsInsights monitors do not "
	"support less than 60 seconds period"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"q\", \"Expression\": \"SELECT MAX(x) FROM "
     "\\\"N\\\"\", \"Period\": 3660}]}]",
	"1:23: alarm \"lag\": EvaluationPeriods: MetricsInsights monitors "
	"cannot be checked across more than 3 hours"},
    {"[{" NAME ", " JUDGED
     ", \"Metrics\": [\n{\"Id\": \"q\", \"Expression\": \"SELECT MAX(x) FROM "
     "\\\"N\\\" GROUP BY y\", \"Period\": 60}]}]",
	"2:13: alarm \"lag\": Metrics[0].Expression: Metrics expression that "
	"return multi time series are only allowed for MetricsInsights "
	"expression with an ORDER BY clause"},
    {"[{" NAME ", " JUDGED
     ", \"AlarmActions\": [\"arn:aws:autoscaling:r:1:scalingPolicy:x\"], "
     "\"Metrics\": [\n{\"Id\": \"q\", \"Expression\": \"SELECT MAX(x) FROM "
     "\\\"N\\\" GROUP BY y ORDER BY MAX()\", \"Period\": 60}]}]",
	"1:2: alarm \"lag\": Autoscaling actions are not available for Multi "
	"Time Series alarms"},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"q\", \"Expression\": \"SELECT MAX(x) FROM \\\"N\\\"\", "
     "\"Period\": 60}]}]",
	"1:109: alarm \"lag\": Metrics: a Metrics Insights query must be the "
	"only entry of Metrics"},
    {"[{" NAME ", " JUDGED ", \"MetricName\": \"x\", \"Metrics\": [\n{\"Id\": "
     "\"m1\"}, {\"Id\": \"e\", \"Expression\": \"1\"}]}]",
	"1:109: alarm \"lag\": MetricName: Scalar metric parameters must not "
	"be set if list of Metrics is set.\n2:1: alarm \"lag\": Metrics[0]: "
	"must have either MetricStat or Expression"},
};

static const struct row bands[] = {
    {"[{" NAME ", " ODD ", \"Threshold\": 5, \"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"1:124: alarm \"lag\": Threshold: an anomaly detection alarm has "
	"ThresholdMetricId and no Threshold"},
    {"[{" NAME ", \"EvaluationPeriods\": 3, \"ComparisonOperator\": "
     "\"GreaterThanThreshold\", \"ThresholdMetricId\": \"t\", "
     "\"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"1:47: alarm \"lag\": ComparisonOperator: GreaterThanThreshold is for "
	"static thresholds; an anomaly detection alarm takes "
	"LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold or "
	"GreaterThanUpperThreshold"},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" MR
     ", {\"Id\": \"u\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"1:98: alarm \"lag\": ThresholdMetricId: Metrics list must contain "
	"exactly one metric matching the ThresholdMetricId parameter"},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m2, 2)\"}]}]",
	"2:121: alarm \"lag\": Metrics[1].Expression: Error in expression 't': "
	"ANOMALY_DETECTION_BAND names no other entry of Metrics"},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, )\"}]}]",
	"2:121: alarm \"lag\": Metrics[1].Expression: Error in expression 't' "
	"at column 28: a band is a number of standard deviations wide, more "
	"than 0"},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"m1 * 2\"}]}]",
	"2:121: alarm \"lag\": Metrics[1].Expression: Error in expression 't': "
	"ThresholdMetricId must name an ANOMALY_DETECTION_BAND"},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" M1
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"1:124: alarm \"lag\": Metrics: Exactly two elements of the metrics "
	"list should return data."},
    {"[{" NAME ", " ODD ", \"Metrics\": [\n" M1
     ", {\"Id\": \"e\", \"Expression\": \"m1\"}, {\"Id\": \"t\", "
     "\"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"2:130: alarm \"lag\": Metrics[1]: the entry that returns data must be "
	"the one that the band is of, \"m1\""},
    {"[{" NAME ", " JUDGED ", \"Metrics\": [\n" M1
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"2:142: alarm \"lag\": Metrics[1].Expression: Error in expression 't' "
	"at column 1: ANOMALY_DETECTION_BAND must be an expression of its own, "
	"which ThresholdMetricId names; tocsin takes it nowhere else"},
    {"[{" NAME ", " ODD
     ", \"Metrics\": [\n{\"Id\": \"m1\", \"MetricStat\": {\"Metric\": "
     "{\"Namespace\": \"N\", \"MetricName\": \"m\"}, \"Period\": 10, \"Stat\": "
     "\"Sum\"}}, {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, "
     "2)\"}]}]",
	"1:124: alarm \"lag\": Metrics: anomaly detection takes periods of 60 "
	"seconds and more"},
    {"[{" NAME ", " ODD
     ", \"AlarmActions\": [\"arn:aws:autoscaling:r:1:scalingPolicy:x\"], "
     "\"Metrics\": [\n" MR
     ", {\"Id\": \"t\", \"Expression\": \"ANOMALY_DETECTION_BAND(m1, 2)\"}]}]",
	"1:2: alarm \"lag\": Alarms based on anomaly detection models cannot "
	"have Auto Scaling actions"},
};

START_TEST(mistakes_in_queries)
{
	CHECK_ROWS(queries);
}
END_TEST

START_TEST(mistakes_in_bands)
{
	CHECK_ROWS(bands);
}
END_TEST

TEST_MAIN("definition_query_fault", mistakes_in_queries, mistakes_in_bands)
