/* What each mistake in a definition is told, where, and that the other alarms
 * run all the same. */
#include "definition_fixture.h"

static const struct row documents[] = {
    {"[{" METRIC ", " JUDGED "}]",
	"1:2: an alarm without a name: has no AlarmName"},
    {"[{\"AlarmName\": \"a\\u0007\", " METRIC ", " JUDGED "}]",
	"1:3: alarm \"a\": AlarmName: AlarmName must not contain ASCII "
	"Control characters"},
    {"[{\"AlarmName\": \"\", " METRIC ", " JUDGED "}]",
	"1:3: an alarm without a name: AlarmName: Member must have length "
	"greater than or equal to 1"},
    {"[{" NAME ",\n\"Perod\": 60, " METRIC ", " JUDGED "}]",
	"2:1: alarm \"lag\": Perod: unknown key \"Perod\"; did you mean "
	"\"Period\"?"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n \"Zzzzzzzzzzzz\": 1}]",
	"2:2: alarm \"lag\": Zzzzzzzzzzzz: unknown key \"Zzzzzzzzzzzz\""},
    {"[{" NAME "}]",
	"1:2: alarm \"lag\": has none of MetricName, Metrics, "
	"AlarmRule and Tocsin.Silence"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Metrics\": [{}]}]",
	"1:41: alarm \"lag\": MetricName: Scalar metric parameters must not be "
	"set if list of Metrics is set.\n2:13: alarm \"lag\": Metrics[0]: has "
	"no Id\n2:13: alarm \"lag\": Metrics[0]: must have either MetricStat "
	"or Expression"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Period\": 60}]",
	"2:1: key \"Period\" stands here a second time"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n}]",
	"2:1: a key in quotes was expected"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Tags\": \"k\"}]",
	"2:1: alarm \"lag\": Tags: must be a list, not a single value"},
};

static const struct row metrics[] = {
    {"[{" NAME ", " JUDGED
     ", \"Namespace\": \"N\", \"MetricName\": \"m\", \"Period\": 60}]",
	"1:2: alarm \"lag\": PutMetricAlarm request should have a Statistic "
	"parameter"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"ExtendedStatistic\": \"p99\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: PutMetricAlarm request can not "
	"be made with both Statistic and ExtendedStatistic parameters. Only "
	"one of them should be present"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 60,\n\"Statistic\": \"sum\"}]",
	"2:1: alarm \"lag\": Statistic: Value 'sum' failed to satisfy "
	"constraint: Member must satisfy enum value set: [Average, Sum, "
	"Minimum, Maximum, SampleCount]"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 60,\n\"ExtendedStatistic\": \"p101\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: The value p101 for parameter "
	"ExtendedStatistic is not supported."},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 60,\n\"ExtendedStatistic\": \"Sum\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: The value Sum for parameter "
	"ExtendedStatistic is not supported."},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 60,\n\"ExtendedStatistic\": \"o5\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: o5 cannot be made from a "
	"metric stream, which carries Minimum, Maximum, SampleCount and Sum, "
	"and when asked p, tm, wm, tc, ts, TM(), WM(), TC(), TS(), PR() and "
	"IQM"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 300,\n\"ExtendedStatistic\": \"p99\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: p99 over 300 s cannot be made "
	"from a metric stream, which carries p99 a minute: use Period 60 with "
	"EvaluationPeriods 15"},
    {"[{" NAME
     ", \"EvaluationPeriods\": 30, \"Threshold\": 5, \"ComparisonOperator\": "
     "\"LessThanThreshold\", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Period\": 3600,\n\"ExtendedStatistic\": \"IQM\"}]",
	"2:1: alarm \"lag\": ExtendedStatistic: IQM over 3600 s cannot be made "
	"from a metric stream, which carries IQM a minute: use Period 60"},
    {"[{" NAME ", " JUDGED
     ", \"Namespace\": \"N\", \"MetricName\": \"m\", \"Statistic\": \"Sum\"}]",
	"1:2: alarm \"lag\": PutMetricAlarm request should have a Period "
	"parameter"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Statistic\": \"Sum\",\n\"Period\": 90}]",
	"2:1: alarm \"lag\": Period: Period must be 10, 20, 30 or a multiple "
	"of 60"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Statistic\": \"Sum\",\n\"Period\": 0}]",
	"2:1: alarm \"lag\": Period: Period must be 10, 20, 30 or a multiple "
	"of 60"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Statistic\": \"Sum\",\n\"Period\": \"often\"}]",
	"2:1: alarm \"lag\": Period: must be a whole number, not \"often\""},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \"N\", \"MetricName\": \"m\", "
     "\"Statistic\": \"Sum\",\n\"Period\": 604860}]",
	"2:1: alarm \"lag\": Period: Period must be at most 604800"},
    {"[{" NAME ", " JUDGED
     ", \"MetricName\": \"m\", \"Statistic\": \"Sum\", \"Period\": 60}]",
	"1:2: alarm \"lag\": has no Namespace"},
    {"[{" NAME ", " JUDGED ", \"Namespace\": \":N\", \"MetricName\": \"m\", "
     "\"Statistic\": \"Sum\", \"Period\": 60}]",
	"1:109: alarm \"lag\": Namespace: Member must satisfy regular "
	"expression pattern: [^:].*"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Unit\": \"Second\"}]",
	"2:1: alarm \"lag\": Unit: Value 'Second' failed to satisfy "
	"constraint: Member must satisfy enum value set: [Seconds, "
	"Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, "
	"Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, "
	"Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, "
	"Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, "
	"Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, "
	"None]"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Dimensions\": [{\"Name\": \"x\", \"Value\": \"y\"}, {\"Name\": "
     "\"x\"}]}]",
	"2:45: alarm \"lag\": Dimensions[1]: a dimension must be {\"Name\": …, "
	"\"Value\": …}"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Dimensions\": [{\"name\": \"x\", \"Value\": \"y\"}]}]",
	"2:17: alarm \"lag\": Dimensions[0].name: unknown key \"name\"; did "
	"you mean \"Name\"?\n2:16: alarm \"lag\": Dimensions[0]: a dimension "
	"must be {\"Name\": …, \"Value\": …}"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Dimensions\": [{\"Name\": \"x\", \"Value\": \"y\"}, {\"Name\": "
     "\"x\", \"Value\": \"z\"}]}]",
	"2:1: alarm \"lag\": Dimensions: a dimension is named twice"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Dimensions\": [{\"Name\": \":x\", \"Value\": \"y\"}]}]",
	"2:17: alarm \"lag\": Dimensions[0].Name: must not begin with a colon"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Dimensions\": [{\"Name\": \"x\", \"Value\": \"é\"}]}]",
	"2:16: alarm \"lag\": Dimensions[0]: a dimension must contain only "
	"ASCII characters"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Dimensions\": {\"x\": \"y\"}}]",
	"2:1: alarm \"lag\": Dimensions: must be a list, not a map of keys"},
};

static const struct row judgements[] = {
    {"[{" NAME ", " METRIC ", \"EvaluationPeriods\": 3, \"Threshold\": 5}]",
	"1:2: alarm \"lag\": PutMetricAlarm request should have a valid "
	"ComparisonOperator parameter"},
    {"[{" NAME ", " METRIC ", \"EvaluationPeriods\": 3, \"Threshold\": "
     "5,\n\"ComparisonOperator\": \">\"}]",
	"2:1: alarm \"lag\": ComparisonOperator: Value '>' failed to satisfy "
	"constraint: Member must satisfy enum value set: "
	"[GreaterThanOrEqualToThreshold, GreaterThanThreshold, "
	"LessThanThreshold, LessThanOrEqualToThreshold, "
	"LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold, "
	"GreaterThanUpperThreshold]"},
    {"[{" NAME ", " METRIC
     ", \"EvaluationPeriods\": 3, \"Threshold\": 5,\n\"ComparisonOperator\": "
     "\"LessThanLowerThreshold\"}]",
	"2:1: alarm \"lag\": ComparisonOperator: LessThanLowerThreshold is for "
	"anomaly detection alarms, which name a band by ThresholdMetricId"},
    {"[{" NAME ", " METRIC ", \"EvaluationPeriods\": 3, "
     "\"ComparisonOperator\": \"LessThanThreshold\"}]",
	"1:2: alarm \"lag\": PutMetricAlarm request should have valid "
	"Threshold parameter"},
    {"[{" NAME ", " METRIC
     ", \"EvaluationPeriods\": 3, \"ComparisonOperator\": "
     "\"LessThanThreshold\",\n\"Threshold\": \"1e999\"}]",
	"2:1: alarm \"lag\": Threshold: must be a number, not \"1e999\""},
    {"[{" NAME ", " METRIC
     ", \"EvaluationPeriods\": 3, \"ComparisonOperator\": "
     "\"LessThanThreshold\",\n\"Threshold\": \"high\"}]",
	"2:1: alarm \"lag\": Threshold: must be a number, not \"high\""},
    {"[{" NAME ", " METRIC
     ", \"Threshold\": 3, \"ComparisonOperator\": \"LessThanThreshold\"}]",
	"1:2: alarm \"lag\": PutMetricAlarm request should have an "
	"EvaluationPeriods parameter"},
    {"[{" NAME ", " METRIC ", \"Threshold\": 3, \"ComparisonOperator\": "
     "\"LessThanThreshold\",\n\"EvaluationPeriods\": 0}]",
	"2:1: alarm \"lag\": EvaluationPeriods: Value '0' failed to satisfy "
	"constraint: Member must have value greater than or equal to 1"},
    {"[{" NAME ", " METRIC ", \"Threshold\": 3, \"ComparisonOperator\": "
     "\"LessThanThreshold\",\n\"EvaluationPeriods\": 1441}]",
	"2:1: alarm \"lag\": EvaluationPeriods: Metrics cannot be checked "
	"across more than a day (EvaluationPeriods * Period must be <= 86400) "
	"for alarms using period < 3600"},
    {"[{" NAME
     ", \"Namespace\": \"N\", \"MetricName\": \"m\", \"Statistic\": \"Sum\", "
     "\"Period\": 3600, \"Threshold\": 3, \"ComparisonOperator\": "
     "\"LessThanThreshold\",\n\"EvaluationPeriods\": 169}]",
	"2:1: alarm \"lag\": EvaluationPeriods: Metrics cannot be checked "
	"across more than a week (EvaluationPeriods * Period must be <= "
	"604800) for alarms using period >= 3600"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"DatapointsToAlarm\": 4}]",
	"2:1: alarm \"lag\": DatapointsToAlarm: DatapointsToAlarm must be less "
	"than or equal to EvaluationPeriods"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"DatapointsToAlarm\": 0}]",
	"2:1: alarm \"lag\": DatapointsToAlarm: Value '0' failed to satisfy "
	"constraint: Member must have value greater than or equal to 1"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"TreatMissingData\": \"Breaching\"}]",
	"2:1: alarm \"lag\": TreatMissingData: Supported values for "
	"TreatMissingData are breaching, notBreaching, ignore, and missing."},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"EvaluateLowSampleCountPercentile\": \"ignore\"}]",
	"2:1: alarm \"lag\": EvaluateLowSampleCountPercentile: Option "
	"evaluateLowSampleCountPercentile can not be applied with statistic "
	"Sum. This option is enabled only for percentile statistics."},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"EvaluateLowSampleCountPercentile\": \"maybe\"}]",
	"2:1: alarm \"lag\": EvaluateLowSampleCountPercentile: Supported "
	"options for EvaluateLowSampleCountPercentile are evaluate and "
	"ignore."},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"ThresholdMetricId\": \"t\"}]",
	"2:1: alarm \"lag\": ThresholdMetricId: an anomaly detection alarm "
	"names its metric and its band in Metrics, not by MetricName\n1:134: "
	"alarm \"lag\": ComparisonOperator: GreaterThanThreshold is for static "
	"thresholds; an anomaly detection alarm takes "
	"LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold or "
	"GreaterThanUpperThreshold\n1:118: alarm \"lag\": Threshold: an "
	"anomaly detection alarm has ThresholdMetricId and no Threshold"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"EvaluationWindow\": {}}]",
	"2:1: alarm \"lag\": EvaluationWindow: must have either SlidingWindow "
	"or WallClockWindow"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"EvaluationWindow\": {\"WallClockWindow\": {\"Timezone\": "
     "\"Mars/Olympus\"}}}]",
	"2:42: alarm \"lag\": EvaluationWindow.WallClockWindow.Timezone: "
	"\"Mars/Olympus\" is no time zone: give an IANA name (Europe/Berlin) "
	"or an offset (+05:30)"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"EvaluationWindow\": {\"WallClockWindow\": {\"Timezone\": "
     "\"+05:31\"}}}]",
	"2:42: alarm \"lag\": EvaluationWindow.WallClockWindow.Timezone: the "
	"offset \"+05:31\" must be a multiple of 5 minutes"},
    {"[{" NAME ", \"Namespace\": \"N\", \"MetricName\": \"m\", \"Statistic\": "
     "\"Sum\", \"Period\": 120, " JUDGED
     ",\n\"EvaluationWindow\": {\"WallClockWindow\": {}}}]",
	"2:1: alarm \"lag\": EvaluationWindow: a wall clock window takes a "
	"Period of 60, 300, 3600, 86400 or 604800, not 120"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"WarmUpConfiguration\": {\"WarmUpPeriodDurationInMinutes\": 2881}}]",
	"2:25: alarm \"lag\": "
	"WarmUpConfiguration.WarmUpPeriodDurationInMinutes: Value '2881' "
	"failed to satisfy constraint: Member must have value less than or "
	"equal to 2880"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"WarmUpConfiguration\": {}}]",
	"2:1: alarm \"lag\": WarmUpConfiguration: has no "
	"WarmUpPeriodDurationInMinutes"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"ActionsSuppressor\": \"x\"}]",
	"2:1: alarm \"lag\": ActionsSuppressor: only a composite alarm has "
	"ActionsSuppressor"},
};

static const struct row commons[] = {
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"AlarmActions\": [\"x\"]}]",
	"2:18: alarm \"lag\": AlarmActions[0]: Invalid arn syntax: x"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"OKActions\": [\"arn:aws:sqs:r:1:q\"]}]",
	"2:15: alarm \"lag\": OKActions[0]: Unsupported AWS vendor sqs"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"OKActions\": [\"arn:aws:sns:r:1:q\", 5, {}]}]",
	"2:36: alarm \"lag\": OKActions[1]: Invalid arn syntax: 5\n2:39: alarm "
	"\"lag\": OKActions[2]: must be a text"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"OKActions\": [\"\",\"\",\"\",\"\",\"\",\"\"]}]",
	"2:1: alarm \"lag\": OKActions: Member must have length less than or "
	"equal to 5"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"ActionsEnabled\": \"yes\"}]",
	"2:1: alarm \"lag\": ActionsEnabled: must be true or false, not "
	"\"yes\""},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"AlarmArn\": \"arn:aws:sns:r:1:t\"}]",
	"2:1: alarm \"lag\": AlarmArn: must be "
	"arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"EvaluationCriteria\": {\"PromQLCriteria\": {}}}]",
	"2:1: alarm \"lag\": EvaluationCriteria: PromQL alarms query another "
	"service and cannot be evaluated from a metric stream"},
    {"[{" NAME ", \"Tocsin\": {\"Silence\": {}, \"After\": \"5m\"}}]",
	"1:34: alarm \"lag\": Tocsin.Silence: must name a Feed, a Peer, a "
	"Region, or a Namespace (in a Region)"},
    {"[{" NAME ", \"Tocsin\": {\"Silence\": {\"Feed\": \"p\", "
     "\"Region\": \"r\"}}}]",
	"1:34: alarm \"lag\": Tocsin.Silence: names a Feed, or a Peer, or a "
	"Region and what is in it; not two of them"},
    {"[{" NAME ", \"Tocsin\": {\"Silence\": {\"Feed\": \"p\", "
     "\"After\": \"8d\"}}}]",
	"1:59: alarm \"lag\": Tocsin.Silence.After: After must be from 1s to "
	"7d"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Tocsin\": {\"After\": \"5m\"}}]",
	"2:12: alarm \"lag\": Tocsin.After: After belongs to a Silence"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"Tocsin\": {\"Delay\": \"2 minutes\"}}]",
	"2:12: alarm \"lag\": Tocsin.Delay: must be a duration such as 90s, "
	"3m, 1h or 2d, not \"2 minutes\""},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Tocsin\": {\"Delay\": \"2d\"}}]",
	"2:12: alarm \"lag\": Tocsin.Delay: a delay must be from 0s to 1d"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Tocsin\": {\"Regions\": \"x\"}}]",
	"2:12: alarm \"lag\": Tocsin.Regions: unknown key \"Regions\"; did you "
	"mean \"Region\"?"},
    {"[{" NAME ", " METRIC ", " JUDGED ",\n\"Tocsin\": {\"Region\": []}}]",
	"2:12: alarm \"lag\": Tocsin.Region: must name 1 to 64, or \"*\""},
    {"[{" NAME ", " METRIC ", " JUDGED
     ",\n\"ActionConfiguration\": {\"AlarmTagsPropagation\": "
     "{\"IncludedTagKeys\": [], \"ExcludedTagKeys\": []}}}]",
	"2:25: alarm \"lag\": ActionConfiguration.AlarmTagsPropagation: has "
	"IncludedTagKeys or ExcludedTagKeys, not both"},
};

START_TEST(mistakes_in_documents)
{
	CHECK_ROWS(documents);
}
END_TEST

START_TEST(mistakes_in_metrics)
{
	CHECK_ROWS(metrics);
}
END_TEST

START_TEST(mistakes_in_judgement)
{
	CHECK_ROWS(judgements);
}
END_TEST

START_TEST(mistakes_in_what_all_have)
{
	CHECK_ROWS(commons);
}
END_TEST

enum { OF_NAME, OF_DESCRIPTION, OF_METRIC, OF_NAMESPACE, OF_COUNT };

/* An alarm with `unit` repeated `times` in one of its texts. */
static void
write_long(struct buf *out, int which, const char *unit, size_t times)
{
	static const char *const keys[OF_COUNT] = {
	    "AlarmName", "AlarmDescription", "MetricName", "Namespace"};

	buf_text(out, "{");
	for (int i = 0; i < OF_COUNT; i++) {
		buf_printf(out, "\"%s\": \"", keys[i]);
		for (size_t k = 0; k < (i == which ? times : 1); k++)
			buf_text(out, i == which ? unit : "x");
		buf_text(out, "\", ");
	}
	buf_text(out, "\"Statistic\": \"Sum\", \"Period\": 60, " JUDGED "}");
}

/* CloudWatch counts characters, not bytes. */
START_TEST(lengths)
{
	static const struct {
		int which;
		const char *unit;
		size_t least, most;
	} rows[] = {{OF_NAME, "x", 1, 255}, {OF_NAME, "ü", 1, 255},
	    {OF_DESCRIPTION, "€", 0, 1024}, {OF_METRIC, "x", 1, 255},
	    {OF_NAMESPACE, "x", 1, 255}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const size_t times[] = {0, 1, rows[i].most, rows[i].most + 1};

		for (int k = 0; k < 4; k++) {
			struct buf text = {0};
			struct read r;

			write_long(
			    &text, rows[i].which, rows[i].unit, times[k]);
			read_text(&r, buf_cstr(&text));
			ck_assert_msg((r.faults.count == 0) ==
				(times[k] >= rows[i].least &&
				    times[k] <= rows[i].most),
			    "row %zu, %zu characters", i, times[k]);
			buf_fini(&text);
			read_done(&r);
		}
	}
}
END_TEST

/* A fault still says what is wrong when the name fills a page. */
START_TEST(a_long_name_is_cut_in_faults)
{
	struct buf text = {0};
	struct read r;

	write_long(&text, OF_NAME, "ü", 5000);
	read_text(&r, buf_cstr(&text));
	ck_assert_uint_eq(r.faults.count, 1);
	ck_assert_ptr_nonnull(
	    strstr(r.faults.first->text, "less than or equal to 255"));
	buf_fini(&text);
	read_done(&r);
}
END_TEST

/* One alarm does not fill the screen. */
START_TEST(faults_of_one_alarm_end)
{
	struct buf text = {0};
	struct read r;

	buf_text(&text, "[{\"AlarmName\": \"x\"");
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, ", \"k%d\": 1", i);
	buf_text(&text, "}]");
	read_text(&r, buf_cstr(&text));
	ck_assert_uint_eq(r.faults.count, 20);
	ck_assert(sound_runs(&r));
	buf_fini(&text);
	read_done(&r);
}
END_TEST

TEST_MAIN("definition_fault", mistakes_in_documents, mistakes_in_metrics,
    mistakes_in_judgement, mistakes_in_what_all_have, lengths,
    a_long_name_is_cut_in_faults, faults_of_one_alarm_end)
