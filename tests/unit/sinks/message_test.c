#include "sinks/message.h"

#include <jansson.h>

#include "base/limits.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

static char long_name[1024];

static const char *
repeated(const char *text, size_t times)
{
	long_name[0] = '\0';
	for (size_t i = 0; i < times; i++)
		strcat(long_name, text);
	return long_name;
}

START_TEST(subject_is_cloudwatchs)
{
	/* clang-format off */
	static const struct {
		const char *name, *region;
		enum alarm_state to;
		const char *subject;
	} rows[] = {
	    {"replication-lag", "us-east-2", STATE_ALARM,
		"ALARM: \"replication-lag\" in US East (Ohio)"},
	    {"replication-lag", "us-east-1", STATE_OK,
		"OK: \"replication-lag\" in US East (N. Virginia)"},
	    {"a", "eu-west-1", STATE_INSUFFICIENT_DATA,
		"INSUFFICIENT_DATA: \"a\" in EU (Ireland)"},
	    {"a", "xx-moon-1", STATE_OK, "OK: \"a\" in xx-moon-1"},
	    {"a", "", STATE_OK, "OK: \"a\" in any Region"},
	    {"caf\xc3\xa9\xe2\x82\xac!", "eu-west-2", STATE_OK,
		"OK: \"caf_!\" in EU (London)"},
	    {"a\nb\x7f\x01" "c", "eu-north-1", STATE_OK,
		"OK: \"a_b_c\" in EU (Stockholm)"},
	    {"say \"hi\"", "ap-southeast-2", STATE_OK,
		"OK: \"say \"hi\"\" in Asia Pacific (Sydney)"}};
	/* clang-format on */
	struct fixture f;
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fixture_init(&f);
		f.alarm.name = span_text(rows[i].name);
		f.alarm.region = span_text(rows[i].region);
		f.transition.to = rows[i].to;
		buf_clear(&out);
		message_subject(&out, &f.transition);
		ck_assert_str_eq(buf_cstr(&out), rows[i].subject);
	}
	buf_fini(&out);
}
END_TEST

/* `ALARM: "" in US East (Ohio)` is 27 bytes, so 73 are left for a name. */
START_TEST(subject_is_cut_to_a_hundred)
{
	static const struct {
		const char *text;
		size_t times, kept;
	} rows[] = {{"x", 73, 73}, {"x", 74, 70}, {"x", 255, 70},
	    {"x\xc3\xa9", 127, 70}};
	struct fixture f;
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool cut = rows[i].kept == 70;

		fixture_init(&f);
		f.alarm.name = span_text(repeated(rows[i].text, rows[i].times));
		buf_clear(&out);
		message_subject(&out, &f.transition);
		ck_assert_uint_eq(out.len, 100);
		ck_assert(span_starts(buf_span(&out), "ALARM: \"x"));
		ck_assert_str_eq(buf_cstr(&out) + 8 + rows[i].kept,
		    cut ? "...\" in US East (Ohio)" : "\" in US East (Ohio)");
	}
	fixture_init(&f);
	f.alarm.region = span_text(repeated("r", 200));
	buf_clear(&out);
	message_subject(&out, &f.transition);
	ck_assert_uint_eq(out.len, 100);
	buf_fini(&out);
}
END_TEST

static const char body_all[] =
    "{\"AlarmName\":\"replication-lag\","
    "\"AlarmDescription\":\"lag of the \\\"dr\\\" cluster\","
    "\"AWSAccountId\":\"111122223333\","
    "\"AlarmConfigurationUpdatedTimestamp\":"
    "\"2026-09-14T10:00:00.000+0000\","
    "\"NewStateValue\":\"ALARM\","
    "\"NewStateReason\":\"Threshold Crossed: 2 out of the last 3 datapoints "
    "[1500.0 (14/09/26 11:17:00)] were greater than the threshold "
    "(1000.0).\","
    "\"StateChangeTime\":\"2026-09-14T11:18:52.496+0000\","
    "\"Region\":\"US East (Ohio)\","
    "\"AlarmArn\":\"arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
    "replication-lag\","
    "\"OldStateValue\":\"OK\","
    "\"ActionExecutedAfterMuteWindow\":false,"
    "\"OKActions\":[],"
    "\"AlarmActions\":[\"arn:aws:sns:us-east-2:111122223333:ops\"],"
    "\"InsufficientDataActions\":[],"
    "\"Trigger\":{\"MetricName\":\"AuroraGlobalDBReplicationLag\","
    "\"Namespace\":\"AWS/RDS\",\"StatisticType\":\"Statistic\","
    "\"Statistic\":\"MAXIMUM\",\"Unit\":\"Milliseconds\","
    "\"Dimensions\":[{\"value\":\"WRITER\",\"name\":\"Role\"},"
    "{\"value\":\"dr\",\"name\":\"DBClusterIdentifier\"}],"
    "\"Period\":60,\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2,"
    "\"ComparisonOperator\":\"GreaterThanThreshold\",\"Threshold\":1000.0,"
    "\"TreatMissingData\":\"breaching\","
    "\"EvaluateLowSampleCountPercentile\":\"\"}}";

/* What may be absent, is: as in the recorded message of an SQS alarm. */
static const char body_least[] =
    "{\"AlarmName\":\"replication-lag\",\"AlarmDescription\":null,"
    "\"AWSAccountId\":\"111122223333\","
    "\"AlarmConfigurationUpdatedTimestamp\":"
    "\"2026-09-14T11:18:52.496+0000\","
    "\"NewStateValue\":\"OK\",\"NewStateReason\":\"r\","
    "\"StateChangeTime\":\"2026-09-14T11:18:52.496+0000\","
    "\"Region\":\"US East (Ohio)\","
    "\"AlarmArn\":\"arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
    "replication-lag\",\"OldStateValue\":\"INSUFFICIENT_DATA\","
    "\"ActionExecutedAfterMuteWindow\":false,\"OKActions\":[\"o1\",\"o2\"],"
    "\"AlarmActions\":[\"arn:aws:sns:us-east-2:111122223333:ops\"],"
    "\"InsufficientDataActions\":[\"i\"],"
    "\"Trigger\":{\"MetricName\":\"AuroraGlobalDBReplicationLag\","
    "\"Namespace\":\"AWS/RDS\",\"StatisticType\":\"Statistic\","
    "\"Statistic\":\"SAMPLE_COUNT\",\"Unit\":null,\"Dimensions\":[],"
    "\"Period\":10,\"EvaluationPeriods\":3,"
    "\"ComparisonOperator\":\"LessThanOrEqualToThreshold\","
    "\"Threshold\":1.0E7,\"TreatMissingData\":\"missing\","
    "\"EvaluateLowSampleCountPercentile\":\"\"}}";

static void
fixture_least(struct fixture *f)
{
	fixture_init(f);
	f->alarm.described = f->alarm.datapoints_given = false;
	f->alarm.missing_given = false;
	f->metric.unit.len = f->metric.ndimensions = 0;
	f->metric.statistic = STATISTIC_SAMPLE_COUNT;
	f->alarm.operator= OPERATOR_LE;
	f->alarm.threshold = 1e7;
	f->alarm.period_ms = 10000;
	f->alarm.updated_ms = -1;
	f->actions[STATE_OK][0] = SPAN_OF("o1");
	f->actions[STATE_OK][1] = SPAN_OF("o2");
	f->actions[STATE_INSUFFICIENT_DATA][0] = SPAN_OF("i");
	f->alarm.actions[STATE_OK].count = 2;
	f->alarm.actions[STATE_INSUFFICIENT_DATA].count = 1;
	f->transition.from = STATE_INSUFFICIENT_DATA;
	f->transition.to = STATE_OK;
	f->transition.reason = SPAN_OF("r");
}

START_TEST(body_is_cloudwatchs)
{
	struct fixture f;
	struct buf out = {0};

	fixture_init(&f);
	message_body(&out, &f.transition, SIZE_MAX);
	ck_assert_str_eq(buf_cstr(&out), body_all);
	fixture_least(&f);
	buf_clear(&out);
	message_body(&out, &f.transition, SIZE_MAX);
	ck_assert_str_eq(buf_cstr(&out), body_least);
	buf_fini(&out);
}
END_TEST

/* "email" of the whole alarm. */
static const char email_all[] =
    "You are receiving this email because tocsin evaluates the alarm "
    "\"replication-lag\" in the US East (Ohio) region, and it has entered the "
    "ALARM state, because \"Threshold Crossed: 2 out of the last 3 datapoints "
    "[1500.0 (14/09/26 11:17:00)] were greater than the threshold "
    "(1000.0).\" at \"Monday 14 September, 2026 11:18:52 UTC\".\n"
    "\n"
    "Alarm Details:\n"
    "- Name:                     replication-lag\n"
    "- Description:              lag of the \"dr\" cluster\n"
    "- State Change:             OK -> ALARM\n"
    "- Reason for State Change:  Threshold Crossed: 2 out of the last 3 "
    "datapoints [1500.0 (14/09/26 11:17:00)] were greater than the threshold "
    "(1000.0).\n"
    "- Timestamp:                Monday 14 September, 2026 11:18:52 UTC\n"
    "- AWS Account:              111122223333\n"
    "- Alarm Arn:                arn:aws:cloudwatch:us-east-2:111122223333:"
    "alarm:replication-lag\n"
    "- Transition:               0000000000000029-5f2a\n"
    "\n"
    "Threshold:\n"
    "- The alarm is in the ALARM state when the metric is "
    "GreaterThanThreshold 1000.0 for at least 2 of the last 3 period(s) of "
    "60 seconds.\n"
    "\n"
    "Monitored Metric:\n"
    "- MetricNamespace:                   AWS/RDS\n"
    "- MetricName:                        AuroraGlobalDBReplicationLag\n"
    "- Dimensions:                        [Role = WRITER], "
    "[DBClusterIdentifier = dr]\n"
    "- Period:                            60 seconds\n"
    "- Statistic:                         Maximum\n"
    "- Unit:                              Milliseconds\n"
    "- TreatMissingData:                  breaching\n"
    "\n"
    "State Change Actions:\n"
    "- OK:\n"
    "- ALARM: [arn:aws:sns:us-east-2:111122223333:ops]\n"
    "- INSUFFICIENT_DATA:\n";

START_TEST(structure_has_a_text_for_each_protocol)
{
	struct fixture f;
	struct buf out = {0};
	json_t *json;

	fixture_init(&f);
	message_structure(&out, &f.transition);
	json = json_loadb(out.bytes, out.len, 0, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_uint_eq(json_object_size(json), 3);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "default")), body_all);
	ck_assert_str_eq(json_string_value(json_object_get(json, "sms")),
	    "ALARM: \"replication-lag\" in US East (Ohio)");
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "email")), email_all);
	json_decref(json);

	f.alarm.name = span_text(repeated("x", 91));
	buf_clear(&out);
	message_structure(&out, &f.transition);
	json = json_loadb(out.bytes, out.len, 0, NULL);
	ck_assert_uint_eq(
	    json_string_length(json_object_get(json, "sms")), 27 + 90);
	json_decref(json);
	buf_fini(&out);
}
END_TEST

/* SNS takes 262,144 bytes; a message that is too long stays valid JSON. */
START_TEST(structure_is_cut_to_what_sns_takes)
{
	static char text[300000];
	struct fixture f;
	struct buf out = {0};
	json_t *json, *body;
	const char *reason;

	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	fixture_init(&f);
	f.transition.reason = span_make(text, sizeof(text));
	f.alarm.description = span_make(text, sizeof(text));
	message_structure(&out, &f.transition);
	ck_assert_uint_le(out.len, LIMIT_SNS_MESSAGE);
	json = json_loadb(out.bytes, out.len, 0, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_ptr_nonnull(json_object_get(json, "email"));
	body = json_loads(
	    json_string_value(json_object_get(json, "default")), 0, NULL);
	ck_assert_ptr_nonnull(body);
	reason = json_string_value(json_object_get(body, "NewStateReason"));
	ck_assert_uint_le(strlen(reason), 4096);
	ck_assert_uint_ge(strlen(reason), 4090);
	ck_assert_str_eq(reason + strlen(reason) - 6, "\xe2\x82\xac...");
	json_decref(body);
	json_decref(json);
	buf_fini(&out);
}
END_TEST

#define LINE                                                                   \
	"{\"id\":\"0000000000000029-5f2a\","                                   \
	"\"time\":\"2026-09-14T11:18:52.496Z\","                               \
	"\"alarm\":\"replication-lag\",\"arn\":\"arn:aws:cloudwatch:"          \
	"us-east-2:111122223333:alarm:replication-lag\",\"from\":\"OK\","      \
	"\"to\":\"ALARM\",\"reason\":\"r \\\"q\\\"\","                         \
	"\"data\":{\"version\":\"1.0\",\"period\":60}"

START_TEST(transition_is_the_contracts_line)
{
	static const struct dimension labels[] = {
	    {SPAN_OF("AWS.Region"), SPAN_OF("us-east-2")},
	    {SPAN_OF("Te\"am"), SPAN_OF("b\n")}};
	static const struct contributor_name contributor = {
	    .id = "a29eb44b20c4362e", .label = labels, .nlabels = 2};
	static const struct {
		bool revised, released;
		enum suppressed_by suppressed_by;
		const struct contributor_name *contributor;
		const char *line;
	} rows[] = {{false, false, SUPPRESSED_NOT, NULL, LINE "}\n"},
	    {true, false, SUPPRESSED_NOT, NULL, LINE ",\"revised\":true}\n"},
	    {false, false, SUPPRESSED_WAIT, NULL,
		LINE ",\"suppressed_by\":\"WaitPeriod\"}\n"},
	    {false, false, SUPPRESSED_EXTENSION, NULL,
		LINE ",\"suppressed_by\":\"ExtensionPeriod\"}\n"},
	    {false, false, SUPPRESSED_ALARM, NULL,
		LINE ",\"suppressed_by\":\"Alarm\"}\n"},
	    {false, true, SUPPRESSED_NOT, NULL, LINE ",\"released\":true}\n"},
	    {true, false, SUPPRESSED_NOT, &contributor,
		LINE ",\"revised\":true,\"contributor\":{\"id\":"
		     "\"a29eb44b20c4362e\",\"attributes\":{\"AWS.Region\":"
		     "\"us-east-2\",\"Te\\\"am\":\"b\\n\"}}}\n"}};
	struct fixture f;
	struct buf out = {0};

	fixture_init(&f);
	f.transition.reason = SPAN_OF("r \"q\"");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		f.transition.revised = rows[i].revised;
		f.transition.released = rows[i].released;
		f.transition.suppressed_by = rows[i].suppressed_by;
		f.transition.contributor = rows[i].contributor;
		buf_clear(&out);
		transition_print(&out, &f.transition);
		ck_assert_str_eq(buf_cstr(&out), rows[i].line);
	}
	f.transition.data.len = 0;
	buf_clear(&out);
	transition_print(&out, &f.transition);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), ",\"data\":{},"));
	buf_fini(&out);
}
END_TEST

TEST_MAIN("message", subject_is_cloudwatchs, subject_is_cut_to_a_hundred,
    body_is_cloudwatchs, structure_has_a_text_for_each_protocol,
    structure_is_cut_to_what_sns_takes, transition_is_the_contracts_line)
