/* SNS messages of every kind of alarm: CloudWatch's own, captured in 2026,
 * with shorter words; and samples of other years, whose readers are still
 * there. */
#include <jansson.h>

#include "base/limits.h"
#include "sinks/message.h"
#include "sinks/message_trigger.h"
#include "unit/sinks/message_kinds.h"

#define HEAD                                                                   \
	"{\"AlarmName\":\"cpu\",\"AlarmDescription\":\"too high!\","           \
	"\"AWSAccountId\":\"123456789012\","                                   \
	"\"AlarmConfigurationUpdatedTimestamp\":"                              \
	"\"2026-09-14T11:18:51.496+0000\","                                    \
	"\"NewStateValue\":\"ALARM\",\"NewStateReason\":\"new\","              \
	"\"StateChangeTime\":\"2026-09-14T11:18:52.496+0000\","                \
	"\"Region\":\"US East (N. Virginia)\","                                \
	"\"AlarmArn\":\"" KINDS_ARN "cpu\","
#define ACTIONS                                                                \
	"\"OKActions\":[],\"AlarmActions\":[\"" KINDS_TOPIC "\"],"             \
	"\"InsufficientDataActions\":[]"
#define DIMENSIONS                                                             \
	"\"Dimensions\":[{\"value\":\"i-12345678901234567\","                  \
	"\"name\":\"InstanceId\"}]"
#define STAT(name, period, stat)                                               \
	"\"MetricStat\":{\"Metric\":{" DIMENSIONS ",\"MetricName\":\"" name    \
	"\",\"Namespace\":\"AWS/EC2\"},\"Period\":" period ",\"Stat\":\"" stat \
	"\"}"

static void
body_extended(struct kinds *k)
{
	kinds_metric(k);
	k->metrics[0].statistic = STATISTIC_EXTENDED;
	k->metrics[0].stat = SPAN_OF("p99.9");
	k->alarm.low_samples = SPAN_OF("ignore");
	k->transition.after_mute = true;
}

static void
body_labelled(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.kind = ALARM_MATH;
	k->metrics[0].unit = SPAN_OF("Percent");
	k->metrics[0].period_ms = k->alarm.period_ms = 60000;
	k->metrics[0].ndimensions = 0;
	k->queries[0] = (struct alarm_query){.id = SPAN_OF("m1"),
	    .label = SPAN_OF("Explicit CPU metric label"),
	    .labelled = true,
	    .metric = &k->metrics[0],
	    .account = SPAN_OF("123456789012")};
	k->queries[1] = (struct alarm_query){.id = SPAN_OF("e1"),
	    .label = SPAN_OF("Explicit expression label"),
	    .labelled = true,
	    .expression = SPAN_OF("m1 + 0"),
	    .return_data = true,
	    .period_ms = 60000};
	k->alarm.queries = k->queries;
	k->alarm.nqueries = 2;
	k->alarm.datapoints_given = true;
}

static void
body_two_children(struct kinds *k)
{
	static struct trigger triggers[2];

	kinds_composite(k);
	triggers[0] = k->trigger;
	triggers[1] =
	    (struct trigger){SPAN_OF(KINDS_ARN "net"), STATE_OK, KINDS_BEFORE};
	k->transition.triggers = triggers;
	k->transition.ntriggers = 2;
	k->alarm.updated_ms = -1;
}

/* clang-format off */
static const struct {
	void (*make)(struct kinds *k);
	const char *body;
} bodies[] = {
	{body_extended,
		HEAD
		"\"OldStateValue\":\"OK\","
		"\"ActionExecutedAfterMuteWindow\":true," ACTIONS
		",\"Trigger\":{\"MetricName\":\"CPUUtilization\","
		"\"Namespace\":\"AWS/EC2\","
		"\"StatisticType\":\"ExtendedStatistic\","
		"\"ExtendedStatistic\":\"p99.9\",\"Unit\":null," DIMENSIONS
		",\"Period\":300,\"EvaluationPeriods\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":50.0,\"TreatMissingData\":\"ignore\","
		"\"EvaluateLowSampleCountPercentile\":\"ignore\"}}"},
	{body_labelled,
		HEAD
		"\"OldStateValue\":\"OK\","
		"\"ActionExecutedAfterMuteWindow\":false," ACTIONS
		",\"Trigger\":{\"Period\":60,\"EvaluationPeriods\":1,"
		"\"DatapointsToAlarm\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":50.0,\"TreatMissingData\":\"ignore\","
		"\"EvaluateLowSampleCountPercentile\":\"\","
		"\"Metrics\":[{\"Id\":\"m1\",\"Label\":\"Explicit CPU metric "
		"label\",\"MetricStat\":{\"Metric\":{\"Dimensions\":[],"
		"\"MetricName\":\"CPUUtilization\","
		"\"Namespace\":\"AWS/EC2\"},\"Period\":60,"
		"\"Stat\":\"Average\",\"Unit\":\"Percent\"},"
		"\"ReturnData\":false,\"AccountId\":\"123456789012\"},"
		"{\"Expression\":\"m1 + 0\",\"Id\":\"e1\","
		"\"Label\":\"Explicit expression label\",\"ReturnData\":true,"
		"\"Period\":60}]}}"},
	{kinds_math,
		HEAD
		"\"OldStateValue\":\"INSUFFICIENT_DATA\","
		"\"ActionExecutedAfterMuteWindow\":false," ACTIONS
		",\"Trigger\":{\"Period\":300,\"EvaluationPeriods\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":10000.0,\"TreatMissingData\":\"ignore\","
		"\"EvaluateLowSampleCountPercentile\":\"\","
		"\"Metrics\":[{\"Expression\":\"SUM(METRICS())\","
		"\"Id\":\"e1\",\"Label\":\"Total Network Traffic\","
		"\"ReturnData\":true},{\"Id\":\"m1\","
		STAT("NetworkIn", "300", "Maximum")
		",\"ReturnData\":false},{\"Id\":\"m2\","
		STAT("NetworkOut", "300", "Maximum")
		",\"ReturnData\":false}]}}"},
	{kinds_anomaly,
		HEAD
		"\"OldStateValue\":\"OK\","
		"\"ActionExecutedAfterMuteWindow\":false," ACTIONS
		",\"Trigger\":{\"Period\":60,\"EvaluationPeriods\":1,"
		"\"ComparisonOperator\":\"LessThanLowerOrGreaterThanUpperThre"
		"shold\",\"ThresholdMetricId\":\"ad1\","
		"\"TreatMissingData\":\"ignore\","
		"\"EvaluateLowSampleCountPercentile\":\"\","
		"\"Metrics\":[{\"Id\":\"m1\","
		STAT("CPUUtilization", "60", "Average")
		",\"ReturnData\":true,\"AccountId\":\"775096123702\"},"
		"{\"Expression\":\"ANOMALY_DETECTION_BAND(m1, 0.8)\","
		"\"Id\":\"ad1\",\"Label\":\"CPUUtilization (expected)\","
		"\"ReturnData\":true}]}}"},
	{kinds_contributor,
		HEAD
		"\"ActionExecutedAfterMuteWindow\":false,"
		"\"OldStateValue\":\"OK\","
		"\"AlarmContributorId\":\"a29eb44b20c4362e\","
		"\"AlarmContributorAttributes\":{\"Team\":\"a\"}," ACTIONS
		",\"Trigger\":{\"Period\":60,\"EvaluationPeriods\":1,"
		"\"DatapointsToAlarm\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":10.0,\"TreatMissingData\":\"notBreaching\","
		"\"EvaluateLowSampleCountPercentile\":\"\","
		"\"Metrics\":[{\"Expression\":\"SELECT MAX(Load) FROM "
		"\\\"App/Load\\\" GROUP BY Team ORDER BY MAX() DESC\","
		"\"Id\":\"q\",\"ReturnData\":true,\"Period\":60}]}}"},
	{body_two_children,
		"{\"AlarmName\":\"both\",\"AlarmDescription\":null,"
		"\"AWSAccountId\":\"123456789012\","
		"\"NewStateValue\":\"ALARM\",\"NewStateReason\":\"new\","
		"\"StateChangeTime\":\"2026-09-14T11:18:52.496+0000\","
		"\"Region\":\"US East (N. Virginia)\",\"AlarmArn\":\""
		KINDS_ARN "both\"," ACTIONS
		",\"ActionExecutedAfterMuteWindow\":false,"
		"\"OldStateValue\":\"OK\",\"AlarmRule\":\"ALARM(\\\"cpu\\\") "
		"OR ALARM(net)\",\"TriggeringChildren\":[{\"Arn\":\"" KINDS_ARN
		"cpu\",\"State\":{\"Value\":\"ALARM\","
		"\"Timestamp\":\"2026-09-14T11:18:52.496+0000\"}},{\"Arn\":\""
		KINDS_ARN
		"net\",\"State\":{\"Value\":\"OK\","
		"\"Timestamp\":\"2026-09-14T11:18:51.496+0000\"}}]}"}
};
/* clang-format on */

START_TEST(bodies_are_cloudwatchs)
{
	struct buf out = {0};
	struct kinds k;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		json_t *json;

		bodies[i].make(&k);
		buf_clear(&out);
		message_body(&out, &k.transition, SIZE_MAX);
		ck_assert_str_eq(buf_cstr(&out), bodies[i].body);
		json = json_loads(bodies[i].body, 0, NULL);
		ck_assert_ptr_nonnull(json);
		json_decref(json);
	}
	buf_fini(&out);
}
END_TEST

/* Whether all of `part` is in `whole`; lists are equal. */
static bool
holds(const json_t *whole, json_t *part)
{
	void *at;

	if (!json_is_object(part))
		return json_equal(whole, part);
	for (at = json_object_iter(part); at != NULL;
	     at = json_object_iter_next(part, at))
		if (!holds(json_object_get(whole, json_object_iter_key(at)),
			json_object_iter_value(at)))
			return false;
	return true;
}

/* network-out of one instance, as the event of 2015 that handlers in Go are
 * tested with. */
static void
sample_single(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.name = k->alarm.arn = SPAN_OF("EXAMPLE");
	k->alarm.account = k->alarm.region = k->alarm.description =
	    SPAN_OF("EXAMPLE");
	k->metrics[0].metric = SPAN_OF("NetworkOut");
	k->metrics[0].unit = SPAN_OF("Bytes");
	k->alarm.period_ms = 60000;
	k->alarm.threshold = 0;
	k->alarm.missing_given = false;
	k->transition.from = STATE_INSUFFICIENT_DATA;
	k->transition.time_ms = 1433353407123;
}

static void
sample_multiple(struct kinds *k)
{
	sample_single(k);
	k->alarm.kind = ALARM_MATH;
	k->metrics[0].unit.len = 0;
	k->metrics[0].period_ms = 60000;
	k->queries[0] = (struct alarm_query){.id = SPAN_OF("e1"),
	    .expression = SPAN_OF("m1*1"),
	    .label = SPAN_OF("Expression1"),
	    .labelled = true,
	    .return_data = true};
	k->queries[1] =
	    (struct alarm_query){.id = SPAN_OF("m1"), .metric = &k->metrics[0]};
	k->alarm.queries = k->queries;
	k->alarm.nqueries = 2;
}

/* Recorded in 2024 and 2026: no data at all, and a Unit. */
static void
sample_recorded(struct kinds *k)
{
	kinds_metric(k);
	k->dimension.value = SPAN_OF("abc");
	k->metrics[0].metric = SPAN_OF("my-metric101");
	k->metrics[0].unit = SPAN_OF("Seconds");
	k->alarm.period_ms = k->metrics[0].period_ms = 10000;
	k->alarm.evaluation_periods = k->alarm.datapoints_to_alarm = 2;
	k->alarm.threshold = 2;
	k->alarm.missing = MISSING_BREACHING;
	k->alarm.actions[STATE_OK] = k->alarm.actions[STATE_ALARM];
	k->transition.from = STATE_INSUFFICIENT_DATA;
}

#define SAMPLE_HEAD                                                            \
	"{\"AlarmName\":\"EXAMPLE\",\"AlarmDescription\":\"EXAMPLE\","         \
	"\"AWSAccountId\":\"EXAMPLE\",\"NewStateValue\":\"ALARM\","            \
	"\"NewStateReason\":\"new\","                                          \
	"\"StateChangeTime\":\"2015-06-03T17:43:27.123+0000\","                \
	"\"Region\":\"EXAMPLE\",\"AlarmArn\":\"EXAMPLE\","                     \
	"\"OldStateValue\":\"INSUFFICIENT_DATA\","

/* What readers of older messages rely on is in ours. TreatMissingData alone
 * has changed since ("- TreatMissingData:   missing" until 2021). */
START_TEST(bodies_hold_what_older_ones_did)
{
	static const struct {
		void (*make)(struct kinds *k);
		const char *sample;
	} rows[] = {
	    {sample_single,
		SAMPLE_HEAD
		"\"Trigger\":{\"MetricName\":\"NetworkOut\","
		"\"Namespace\":\"AWS/EC2\",\"StatisticType\":\"Statistic\","
		"\"Statistic\":\"AVERAGE\",\"Unit\":\"Bytes\"," DIMENSIONS
		",\"Period\":60,\"EvaluationPeriods\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":0.0,\"TreatMissingData\":\"missing\","
		"\"EvaluateLowSampleCountPercentile\":\"\"}}"},
	    {sample_multiple,
		SAMPLE_HEAD
		"\"Trigger\":{\"Period\":60,\"EvaluationPeriods\":1,"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Threshold\":0.0,\"TreatMissingData\":\"missing\","
		"\"EvaluateLowSampleCountPercentile\":\"\",\"Metrics\":["
		"{\"Expression\":\"m1*1\",\"Id\":\"e1\","
		"\"Label\":\"Expression1\",\"ReturnData\":true},"
		"{\"Id\":\"m1\"," STAT(
		    "NetworkOut", "60", "Average") ","
						   "\"ReturnData\":false}]}}"},
	    {sample_recorded,
		"{\"AWSAccountId\":\"123456789012\","
		"\"AlarmActions\":[\"" KINDS_TOPIC "\"],"
		"\"ActionExecutedAfterMuteWindow\":false,"
		"\"InsufficientDataActions\":[],"
		"\"OKActions\":[\"" KINDS_TOPIC "\"],"
		"\"OldStateValue\":\"INSUFFICIENT_DATA\","
		"\"Region\":\"US East (N. Virginia)\","
		"\"Trigger\":{"
		"\"ComparisonOperator\":\"GreaterThanThreshold\","
		"\"Dimensions\":[{\"name\":\"InstanceId\",\"value\":\"abc\"}]"
		",\"EvaluateLowSampleCountPercentile\":\"\","
		"\"EvaluationPeriods\":2,\"MetricName\":\"my-metric101\","
		"\"Period\":10,\"Statistic\":\"AVERAGE\","
		"\"StatisticType\":\"Statistic\",\"Threshold\":2.0,"
		"\"TreatMissingData\":\"breaching\",\"Unit\":\"Seconds\"}}"}};
	struct buf out = {0};
	struct kinds k;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *ours, *sample = json_loads(rows[i].sample, 0, NULL);

		rows[i].make(&k);
		buf_clear(&out);
		message_body(&out, &k.transition, SIZE_MAX);
		ours = json_loadb(out.bytes, out.len, 0, NULL);
		ck_assert_ptr_nonnull(sample);
		ck_assert_msg(holds(ours, sample), "%s", buf_cstr(&out));
		json_decref(ours);
		json_decref(sample);
	}
	buf_fini(&out);
}
END_TEST

#define EMAIL_HEAD(name, who)                                                  \
	"You are receiving this email because tocsin evaluates the alarm "     \
	"\"" name "\" in the US East (N. Virginia) region, and " who           \
	" has entered the ALARM state, because \"new\" at \"Monday 14 "        \
	"September, 2026 11:18:52 UTC\".\n\n"                                  \
	"Alarm Details:\n"                                                     \
	"- Name:                     " name "\n"
#define EMAIL_DESCRIPTION "- Description:              too high!\n"
#define EMAIL_CHANGE(rule)                                                     \
	"- State Change:             OK -> ALARM\n" rule                       \
	"- Reason for State Change:  new\n"                                    \
	"- Timestamp:                Monday 14 September, 2026 11:18:52 UTC\n"
#define EMAIL_ALARM(name)                                                      \
	"- AWS Account:              123456789012\n"                           \
	"- Alarm Arn:                " KINDS_ARN name "\n"
#define EMAIL_ID "- Transition:               0000000000000029-5f2a\n"
#define EMAIL_THRESHOLD(is, seconds)                                           \
	"\nThreshold:\n- The alarm is in the ALARM state when the metric "     \
	"is " is " for at least 1 of the last 1 period(s) of " seconds         \
	" seconds.\n\n"
#define EMAIL_METRIC(period)                                                   \
	"- MetricNamespace:                   AWS/EC2\n"                       \
	"- MetricName:                        CPUUtilization\n"                \
	"- Dimensions:                        [InstanceId = "                  \
	"i-12345678901234567]\n"                                               \
	"- Period:                            " period " seconds\n"            \
	"- Statistic:                         Average\n"                       \
	"- Unit:                              not specified\n"
#define EMAIL_ACTIONS                                                          \
	"\nState Change Actions:\n- OK:\n- ALARM: [" KINDS_TOPIC "]\n"         \
	"- INSUFFICIENT_DATA:\n"

static void
email_runbook(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.runbook = SPAN_OF("https://wiki/cpu");
}

/* clang-format off */
static const struct {
	void (*make)(struct kinds *k);
	const char *email;
} emails[] = {
	{email_runbook,
		EMAIL_HEAD("cpu", "it") EMAIL_DESCRIPTION EMAIL_CHANGE("")
		EMAIL_ALARM("cpu")
		"- Runbook:                  https://wiki/cpu\n" EMAIL_ID
		EMAIL_THRESHOLD("GreaterThanThreshold 50.0", "300")
		"Monitored Metric:\n" EMAIL_METRIC("300")
		"- TreatMissingData:                  ignore\n" EMAIL_ACTIONS},
	{kinds_math,
		EMAIL_HEAD("cpu", "it") EMAIL_DESCRIPTION
		"- State Change:             INSUFFICIENT_DATA -> ALARM\n"
		"- Reason for State Change:  new\n"
		"- Timestamp:                Monday 14 September, 2026 "
		"11:18:52 UTC\n" EMAIL_ALARM("cpu") EMAIL_ID
		EMAIL_THRESHOLD("GreaterThanThreshold 10000.0", "300")
		"Monitored Metrics:\n"
		"- MetricExpression:         SUM(METRICS())\n"
		"- MetricLabel:              Total Network Traffic\n"
		EMAIL_ACTIONS},
	{kinds_anomaly,
		EMAIL_HEAD("cpu", "it") EMAIL_DESCRIPTION EMAIL_CHANGE("")
		EMAIL_ALARM("cpu") EMAIL_ID
		EMAIL_THRESHOLD(
		    "LessThanLowerOrGreaterThanUpperThreshold ad1",
		    "60")
		"Monitored Metrics:\n" EMAIL_METRIC("60")
		"- MetricExpression:         ANOMALY_DETECTION_BAND(m1, 0.8)\n"
		"- MetricLabel:              CPUUtilization (expected)\n"
		EMAIL_ACTIONS},
	{kinds_contributor,
		EMAIL_HEAD("cpu", "its contributor \"a29eb44b20c4362e\"")
		EMAIL_DESCRIPTION EMAIL_ALARM("cpu") EMAIL_ID
		"\n"
		"Contributor Details:\n"
		"- Id:                       a29eb44b20c4362e\n"
		EMAIL_CHANGE("")
		"\n"
		"Contributor Attributes:\n"
		"- Team                      a\n"
		EMAIL_THRESHOLD("GreaterThanThreshold 10.0", "60")
		"Monitored Metrics:\n"
		"- MetricExpression:         SELECT MAX(Load) FROM "
		"\"App/Load\" GROUP BY Team ORDER BY MAX() DESC\n"
		"- MetricLabel:              No Label\n" EMAIL_ACTIONS},
	{body_two_children,
		EMAIL_HEAD("both", "it") "- Description:              \n"
		EMAIL_CHANGE(
		    "- Alarm Rule:               ALARM(\"cpu\") OR "
		    "ALARM(net)\n")
		EMAIL_ALARM("both") EMAIL_ID
		"\n"
		"Triggering children (max. 10):\n"
		"- " KINDS_ARN
		"cpu   ALARM               Monday 14 September, 2026 "
		"11:18:52 UTC\n"
		"- " KINDS_ARN
		"net   OK                  Monday 14 September, 2026 "
		"11:18:51 UTC\n" EMAIL_ACTIONS}
};
/* clang-format on */

START_TEST(emails_tell_the_same)
{
	struct buf out = {0};
	struct kinds k;

	for (size_t i = 0; i < sizeof(emails) / sizeof(*emails); i++) {
		emails[i].make(&k);
		k.alarm.description.len =
		    k.alarm.described ? k.alarm.description.len : 0;
		buf_clear(&out);
		message_email(&out, &k.transition, SIZE_MAX);
		ck_assert_str_eq(buf_cstr(&out), emails[i].email);
	}
	buf_fini(&out);
}
END_TEST

/* The values of a contributor come from the stream, as long as it likes. */
START_TEST(long_contributors_are_cut)
{
	static char value[1000 * 1024];
	struct buf out = {0};
	struct kinds k;
	json_t *json, *body;

	memset(value, '"', sizeof(value));
	kinds_contributor(&k);
	k.label.value = span_make(value, sizeof(value));
	message_structure(&out, &k.transition);
	ck_assert_uint_le(out.len, LIMIT_SNS_MESSAGE);
	json = json_loadb(out.bytes, out.len, 0, NULL);
	ck_assert_ptr_nonnull(json_object_get(json, "email"));
	body = json_loads(
	    json_string_value(json_object_get(json, "default")), 0, NULL);
	ck_assert_ptr_nonnull(
	    json_object_get(body, "AlarmContributorAttributes"));
	json_decref(body);
	json_decref(json);
	buf_fini(&out);
}
END_TEST

TEST_MAIN("message_body", bodies_are_cloudwatchs,
    bodies_hold_what_older_ones_did, emails_tell_the_same,
    long_contributors_are_cut)
