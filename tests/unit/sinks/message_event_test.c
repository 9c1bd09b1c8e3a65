/* Events: CloudWatch's own, published and captured, with shorter words. */
#include <jansson.h>

#include "sinks/message.h"
#include "unit/sinks/message_kinds.h"

#define HEAD(type, name)                                                       \
	"{\"version\":\"0\",\"id\":\"UUID\",\"detail-type\":\"CloudWatch "     \
	"Alarm " type "\",\"source\":\"aws.cloudwatch\","                      \
	"\"account\":\"123456789012\",\"time\":\"2026-09-14T11:18:52Z\","      \
	"\"region\":\"us-east-1\",\"resources\":[\"" KINDS_ARN name "\"],"     \
	"\"detail\":{\"alarmName\":\"" name "\","
#define STATE_HEAD(name) HEAD("State Change", name)

#define NOW "\"2026-09-14T11:18:52.496+0000\""
#define BEFORE "\"2026-09-14T11:18:51.496+0000\""

#define STATE                                                                  \
	"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\",\"reasonData\":"    \
	"\"{\\\"version\\\":\\\"1.0\\\",\\\"threshold\\\":50.0}\","            \
	"\"timestamp\":" NOW "},"
#define PREVIOUS                                                               \
	"\"previousState\":{\"value\":\"OK\",\"reason\":\"old\","              \
	"\"reasonData\":\"{\\\"version\\\":\\\"1.0\\\"}\","                    \
	"\"timestamp\":" BEFORE "},"
#define PREVIOUS_OK                                                            \
	"\"previousState\":{\"value\":\"OK\",\"reason\":\"old\","              \
	"\"timestamp\":" BEFORE "},"
#define PREVIOUS_NONE                                                          \
	"\"previousState\":{\"value\":\"INSUFFICIENT_DATA\","                  \
	"\"reason\":\"Unchecked: Initial alarm creation\","                    \
	"\"timestamp\":" BEFORE "},"

#define STAT(name, period, stat)                                               \
	"\"metricStat\":{\"metric\":{\"namespace\":\"AWS/EC2\","               \
	"\"name\":\"" name "\",\"dimensions\":{\"InstanceId\":"                \
	"\"i-12345678901234567\"}},\"period\":" period ",\"stat\":\"" stat     \
	"\"}"
#define SINGLE                                                                 \
	"\"metrics\":[{\"id\":\"UUID\"," STAT(                                 \
	    "CPUUtilization", "300", "Average") ",\"returnData\":true}]"
#define MATH                                                                   \
	"\"metrics\":[{\"id\":\"e1\",\"expression\":\"SUM(METRICS())\","       \
	"\"label\":\"Total Network Traffic\",\"returnData\":true},"            \
	"{\"id\":\"m1\"," STAT("NetworkIn", "300",                             \
	    "Maximum") ","                                                     \
		       "\"returnData\":false},"                                \
		       "{\"id\":\"m2\"," STAT("NetworkOut", "300",             \
			   "Maximum") ","                                      \
				      "\"returnData\":false}]"
#define QUERY                                                                  \
	"\"metrics\":[{\"id\":\"q\",\"expression\":\"SELECT MAX(Load) FROM "   \
	"\\\"App/Load\\\" GROUP BY Team ORDER BY MAX() DESC\","                \
	"\"returnData\":true,\"period\":60}]"
#define RULE "\"alarmRule\":\"ALARM(\\\"cpu\\\") OR ALARM(net)\""
#define SUPPRESSOR                                                             \
	",\"actionsSuppressor\":\"maintenance\","                              \
	"\"actionsSuppressorWaitPeriod\":120,"                                 \
	"\"actionsSuppressorExtensionPeriod\":180"
#define DESCRIPTION "\"description\":\"too high!\""

static void
event_plain(struct kinds *k)
{
	kinds_metric(k);
	k->alarm.described = false;
	k->alarm.region = k->alarm.account = SPAN_OF("");
	k->metrics[0].unit = SPAN_OF("Percent");
	k->metrics[0].stat = SPAN_OF("p99.9");
	k->metrics[0].ndimensions = 0;
	k->transition.data.len = k->transition.from_data.len = 0;
	k->transition.time_ms = -1; /* 1969 has whole seconds too */
}

static void
event_by_alarm(struct kinds *k)
{
	kinds_suppressed(k);
	k->transition.suppressed_by = SUPPRESSED_ALARM;
	k->transition.suppressor_arn = SPAN_OF(KINDS_ARN "maintenance");
	k->transition.suppressor_time_ms = KINDS_BEFORE;
	k->alarm.described = true;
}

static void
event_extended(struct kinds *k)
{
	kinds_suppressed(k);
	k->transition.suppressed_by = SUPPRESSED_EXTENSION;
}

/* WaitPeriod is over: the same state, not suppressed any more. */
static void
event_released(struct kinds *k)
{
	kinds_suppressed(k);
	k->transition.suppressed_by = SUPPRESSED_NOT;
	k->transition.released = true;
	k->transition.from = STATE_ALARM;
}

#define COMPOSITE_STATE(by)                                                    \
	"\"state\":{" by "\"value\":\"ALARM\",\"reason\":\"new\","             \
	"\"reasonData\":\"{\\\"triggeringAlarms\\\":[]}\","                    \
	"\"timestamp\":" NOW "},"
#define BY(by, who)                                                            \
	"\"actionsSuppressedBy\":\"" by "\","                                  \
	"\"actionsSuppressedReason\":\"Actions suppressed by " who "\","

/* clang-format off */
static const struct {
	void (*make)(struct kinds *k);
	const char *event;
} events[] = {
	{kinds_metric,
		STATE_HEAD("cpu") STATE PREVIOUS "\"configuration\":{" SINGLE
		"," DESCRIPTION "}}}"},
	{kinds_math,
		STATE_HEAD("cpu") STATE PREVIOUS_NONE "\"configuration\":{"
		MATH "," DESCRIPTION "}}}"},
	{kinds_insights,
		STATE_HEAD("cpu")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"1 out of 2 time "
		"series evaluated to ALARM\","
		"\"reasonData\":\"{\\\"version\\\":\\\"1.0\\\"}\","
		"\"timestamp\":" NOW "}," PREVIOUS_OK "\"configuration\":{"
		QUERY "," DESCRIPTION "}}}"},
	{kinds_contributor,
		HEAD("Contributor State Change", "cpu")
		"\"alarmContributor\":{\"id\":\"a29eb44b20c4362e\","
		"\"attributes\":{\"Team\":\"a\"}},"
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"timestamp\":" NOW "},\"configuration\":{" QUERY ","
		DESCRIPTION "}}}"},
	{kinds_anomaly,
		STATE_HEAD("cpu") STATE PREVIOUS
		"\"configuration\":{\"metrics\":[{\"id\":\"m1\","
		STAT("CPUUtilization", "60", "Average")
		",\"returnData\":true,\"accountId\":\"775096123702\"},"
		"{\"id\":\"ad1\",\"expression\":\"ANOMALY_DETECTION_BAND(m1, "
		"0.8)\",\"label\":\"CPUUtilization (expected)\","
		"\"returnData\":true}]," DESCRIPTION "}}}"},
	{kinds_composite,
		STATE_HEAD("both") COMPOSITE_STATE("") PREVIOUS_OK
		"\"configuration\":{" RULE "}}}"},
	{kinds_suppressed,
		STATE_HEAD("both")
		COMPOSITE_STATE(BY("WaitPeriod", "WaitPeriod")) PREVIOUS_OK
		"\"configuration\":{" RULE SUPPRESSOR "}}}"},
	{event_extended,
		STATE_HEAD("both")
		COMPOSITE_STATE(BY("ExtensionPeriod", "ExtensionPeriod"))
		PREVIOUS_OK "\"configuration\":{" RULE SUPPRESSOR "}}}"},
	{event_by_alarm,
		STATE_HEAD("both")
		COMPOSITE_STATE(
		    BY("Alarm",
		        KINDS_ARN
		        "maintenance that transitioned to ALARM at Monday 14 "
		        "September, 2026 11:18:51 UTC"))
		PREVIOUS_OK "\"configuration\":{" RULE SUPPRESSOR ","
		DESCRIPTION "}}}"},
	{event_released,
		STATE_HEAD("both") COMPOSITE_STATE("")
		"\"previousState\":{\"value\":\"ALARM\",\"reason\":\"old\","
		"\"timestamp\":" BEFORE "},\"configuration\":{" RULE SUPPRESSOR
		"}}}"},
	{event_plain,
		"{\"version\":\"0\",\"id\":\"UUID\","
		"\"detail-type\":\"CloudWatch Alarm State Change\","
		"\"source\":\"aws.cloudwatch\",\"account\":\"\","
		"\"time\":\"1969-12-31T23:59:59Z\",\"region\":\"\","
		"\"resources\":[\"" KINDS_ARN
		"cpu\"],\"detail\":{\"alarmName\":\"cpu\","
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"timestamp\":\"1969-12-31T23:59:59.999+0000\"}," PREVIOUS_OK
		"\"configuration\":{\"metrics\":[{\"id\":\"UUID\","
		"\"metricStat\":{\"metric\":{\"namespace\":\"AWS/EC2\","
		"\"name\":\"CPUUtilization\",\"dimensions\":{}},"
		"\"period\":300,\"stat\":\"p99.9\",\"unit\":\"Percent\"},"
		"\"returnData\":true}]}}}"}
};
/* clang-format on */

START_TEST(changes_of_state_are_cloudwatchs)
{
	struct buf out = {0};
	struct kinds k;

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		json_t *json;

		events[i].make(&k);
		buf_clear(&out);
		message_event(&out, &k.transition);
		json = json_loadb(out.bytes, out.len, 0, NULL);
		ck_assert_ptr_nonnull(json);
		json_decref(json);
		ck_assert_str_eq(kinds_normal(&out), events[i].event);
	}
	buf_fini(&out);
}
END_TEST

/* Definitions and changes of them, each in place. */
struct change {
	struct kinds before, after;
	struct alarm_change change;
};

static void
change_make(
    struct change *c, void (*make)(struct kinds *k), bool before, bool after)
{
	make(&c->before);
	make(&c->after);
	c->after.alarm.updated_ms = KINDS_NOW;
	c->before.alarm.actions[STATE_ALARM].count = 0;
	c->after.alarm.actions[STATE_ALARM].count = 0;
	c->change =
	    (struct alarm_change){.before = before ? &c->before.alarm : NULL,
		.after = after ? &c->after.alarm : NULL,
		.time_ms = KINDS_NOW,
		.seq = 7,
		.state_time_ms = KINDS_BEFORE};
}

static void
change_created(struct change *c)
{
	change_make(c, kinds_composite, false, true);
	c->after.alarm.updated_ms = -1;
	c->after.alarm.described = true;
	c->change.reason = SPAN_OF("Unchecked: Initial alarm creation");
}

static void
change_created_suppressed(struct change *c)
{
	change_make(c, kinds_suppressed, false, true);
}

static void
change_updated(struct change *c)
{
	change_make(c, kinds_metric, true, true);
	c->before.alarm.updated_ms = -1;
	c->before.alarm.threshold = 70.5;
	c->before.alarm.actions_enabled = false;
	c->after.alarm.threshold = 80;
	c->after.alarm.datapoints_given = true;
	c->after.alarm.missing_given = false;
	c->after.alarm.low_samples = SPAN_OF("ignore");
	c->after.alarm.actions[STATE_ALARM].count = 1;
	c->change.state = STATE_OK;
	c->change.reason = SPAN_OF("why");
}

static void
change_updated_suppressed(struct change *c)
{
	change_make(c, kinds_suppressed, true, true);
	c->before.alarm.suppressor = SPAN_OF("");
	c->change.state = STATE_ALARM;
}

static void
change_deleted(struct change *c)
{
	change_make(c, kinds_math, true, false);
	c->before.alarm.updated_ms = -1;
	c->change.state = STATE_ALARM;
	c->change.reason = SPAN_OF("why");
}

static void
change_deleted_band(struct change *c)
{
	change_make(c, kinds_anomaly, true, false);
}

#define CHANGE_HEAD(name, operation)                                           \
	HEAD("Configuration Change", name) "\"operation\":\"" operation "\","
#define CHANGE_STATE(value)                                                    \
	"\"state\":{\"value\":\"" value "\",\"timestamp\":" BEFORE "},"
#define NO_ACTIONS                                                             \
	"\"okActions\":[],\"alarmActions\":[],\"insufficientDataActions\":[]"

/* clang-format off */
static const struct {
	void (*make)(struct change *c);
	const char *event;
} changes[] = {
	{change_created,
		CHANGE_HEAD("both", "create") CHANGE_STATE("INSUFFICIENT_DATA")
		"\"configuration\":{" RULE ",\"alarmName\":\"both\","
		DESCRIPTION ",\"actionsEnabled\":true,\"timestamp\":" NOW ","
		NO_ACTIONS "}}}"},
	{change_created_suppressed,
		CHANGE_HEAD("both", "create") CHANGE_STATE("INSUFFICIENT_DATA")
		"\"configuration\":{" RULE SUPPRESSOR
		",\"alarmName\":\"both\",\"actionsEnabled\":true,"
		"\"timestamp\":" NOW "," NO_ACTIONS "}}}"},
	{change_updated,
		CHANGE_HEAD("cpu", "update") CHANGE_STATE("OK")
		"\"configuration\":{\"evaluationPeriods\":1,"
		"\"datapointsToAlarm\":1,\"threshold\":80,"
		"\"comparisonOperator\":\"GreaterThanThreshold\","
		"\"evaluateLowSampleCountPercentile\":\"ignore\"," SINGLE
		",\"alarmName\":\"cpu\"," DESCRIPTION
		",\"actionsEnabled\":true,\"timestamp\":" NOW
		",\"okActions\":[],\"alarmActions\":[\"" KINDS_TOPIC
		"\"],\"insufficientDataActions\":[]},"
		"\"previousConfiguration\":{\"evaluationPeriods\":1,"
		"\"threshold\":70.5,\"comparisonOperator\":\"GreaterThanThres"
		"hold\",\"treatMissingData\":\"ignore\"," SINGLE
		",\"alarmName\":\"cpu\"," DESCRIPTION
		",\"actionsEnabled\":false," NO_ACTIONS "}}}"},
	{change_updated_suppressed,
		CHANGE_HEAD("both", "update") CHANGE_STATE("ALARM")
		"\"configuration\":{" RULE SUPPRESSOR
		",\"alarmName\":\"both\",\"actionsEnabled\":true,"
		"\"timestamp\":" NOW "," NO_ACTIONS
		"},\"previousConfiguration\":{" RULE
		",\"alarmName\":\"both\",\"actionsEnabled\":true,"
		"\"timestamp\":" BEFORE "," NO_ACTIONS "}}}"},
	{change_deleted,
		CHANGE_HEAD("cpu", "delete")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"why\","
		"\"timestamp\":" BEFORE
		"},\"configuration\":{\"evaluationPeriods\":1,"
		"\"threshold\":10000,\"comparisonOperator\":\"GreaterThanThre"
		"shold\",\"treatMissingData\":\"ignore\"," MATH
		",\"alarmName\":\"cpu\"," DESCRIPTION
		",\"actionsEnabled\":true," NO_ACTIONS "}}}"},
	{change_deleted_band,
		CHANGE_HEAD("cpu", "delete") CHANGE_STATE("INSUFFICIENT_DATA")
		"\"configuration\":{\"evaluationPeriods\":1,"
		"\"thresholdMetricId\":\"ad1\","
		"\"comparisonOperator\":\"LessThanLowerOrGreaterThanUpperThre"
		"shold\",\"treatMissingData\":\"ignore\","
		"\"metrics\":[{\"id\":\"m1\","
		STAT("CPUUtilization", "60", "Average")
		",\"returnData\":true,\"accountId\":\"775096123702\"},"
		"{\"id\":\"ad1\",\"expression\":\"ANOMALY_DETECTION_BAND(m1, "
		"0.8)\",\"label\":\"CPUUtilization (expected)\","
		"\"returnData\":true}],\"alarmName\":\"cpu\"," DESCRIPTION
		",\"actionsEnabled\":true,\"timestamp\":" BEFORE "," NO_ACTIONS
		"}}}"}
};
/* clang-format on */

START_TEST(changes_of_definitions_are_cloudwatchs)
{
	struct buf out = {0};
	struct change c;

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		json_t *json;

		changes[i].make(&c);
		buf_clear(&out);
		message_event_change(&out, &c.change);
		json = json_loadb(out.bytes, out.len, 0, NULL);
		ck_assert_ptr_nonnull(json);
		json_decref(json);
		ck_assert_str_eq(kinds_normal(&out), changes[i].event);
	}
	buf_fini(&out);
}
END_TEST

/* The member of the outermost object, or of the first metric. */
static const char *
id_of(const struct buf *event, bool metric)
{
	static char id[64];
	json_t *json = json_loadb(event->bytes, event->len, 0, NULL),
	       *at = json;

	if (metric)
		at = json_array_get(
		    json_object_get(
			json_object_get(
			    json_object_get(json, "detail"), "configuration"),
			"metrics"),
		    0);
	snprintf(
	    id, sizeof(id), "%s", json_string_value(json_object_get(at, "id")));
	json_decref(json);
	return id;
}

/* Replayed, the same things have the same ids; others have others. */
START_TEST(ids_are_of_what_happened_alone)
{
	struct buf a = {0}, b = {0};
	struct kinds k;
	struct change c;
	char id[64], metric[64];

	kinds_metric(&k);
	message_event(&a, &k.transition);
	k.transition.reason = SPAN_OF("said otherwise");
	message_event(&b, &k.transition);
	snprintf(id, sizeof(id), "%s", id_of(&a, false));
	snprintf(metric, sizeof(metric), "%s", id_of(&a, true));
	ck_assert_str_eq(id_of(&b, false), id);
	ck_assert_str_eq(id_of(&b, true), metric);

	/* Another alarm, and another metric. */
	buf_clear(&b);
	strcpy(k.transition.id, "0000000000000029-5f2b");
	k.alarm.arn = SPAN_OF(KINDS_ARN "other");
	message_event(&b, &k.transition);
	ck_assert_str_ne(id_of(&b, false), id);
	ck_assert_str_ne(id_of(&b, true), metric);
	buf_clear(&b);
	k.alarm.arn = SPAN_OF(KINDS_ARN "cpu");
	k.metrics[0].stat = SPAN_OF("Sum");
	message_event(&b, &k.transition);
	ck_assert_str_ne(id_of(&b, true), metric);

	change_created(&c);
	buf_clear(&a);
	message_event_change(&a, &c.change);
	snprintf(id, sizeof(id), "%s", id_of(&a, false));
	c.change.seq++;
	buf_clear(&b);
	message_event_change(&b, &c.change);
	ck_assert_str_ne(id_of(&b, false), id);
	c.change.seq--;
	c.change.before = c.change.after;
	buf_clear(&b);
	message_event_change(&b, &c.change);
	ck_assert_str_ne(id_of(&b, false), id);
	buf_fini(&a);
	buf_fini(&b);
}
END_TEST

TEST_MAIN("message_event", changes_of_state_are_cloudwatchs,
    changes_of_definitions_are_cloudwatchs, ids_are_of_what_happened_alone)
