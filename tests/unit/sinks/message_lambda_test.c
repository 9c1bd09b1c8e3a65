/* Payloads of Lambda: CloudWatch's own, with shorter words. */
#include <jansson.h>

#include "sinks/message.h"
#include "unit/sinks/message_kinds.h"

#define HEAD(name)                                                             \
	"{\"source\":\"aws.cloudwatch\",\"alarmArn\":\"" KINDS_ARN name "\","  \
	"\"accountId\":\"123456789012\","                                      \
	"\"time\":\"2026-09-14T11:18:52.496+0000\","                           \
	"\"region\":\"us-east-1\","                                            \
	"\"alarmData\":{\"alarmName\":\"" name "\","
#define PREVIOUS(value)                                                        \
	"\"previousState\":{\"value\":\"" value "\",\"reason\":\"old\","       \
	"\"timestamp\":\"2026-09-14T11:18:51.496+0000\"},"

/* An action that CloudWatch would not run: only replay shows it. */
static void
lambda_suppressed(struct kinds *k)
{
	kinds_suppressed(k);
	k->alarm.described = true;
}

static void
lambda_released(struct kinds *k)
{
	kinds_suppressed(k);
	k->transition.suppressed_by = SUPPRESSED_NOT;
	k->transition.released = true;
	k->transition.from = STATE_ALARM;
}

static void
lambda_division(struct kinds *k)
{
	kinds_math(k);
	k->queries[0].expression = SPAN_OF("m1/m2");
	k->queries[0].label = SPAN_OF("Expression1");
	k->metrics[0].stat = k->metrics[1].stat = SPAN_OF("SampleCount");
	k->metrics[0].ndimensions = k->metrics[1].ndimensions = 0;
}

/* clang-format off */
static const struct {
	void (*make)(struct kinds *k);
	const char *payload;
} payloads[] = {
	{kinds_metric,
		HEAD("cpu")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"reasonData\":\"{\\\"version\\\":\\\"1.0\\\","
		"\\\"threshold\\\":50.0}\","
		"\"timestamp\":\"2026-09-14T11:18:52.496+0000\"},"
		"\"previousState\":{\"value\":\"OK\",\"reason\":\"old\","
		"\"reasonData\":\"{\\\"version\\\":\\\"1.0\\\"}\","
		"\"timestamp\":\"2026-09-14T11:18:51.496+0000\"},"
		"\"configuration\":{\"description\":\"too high!\","
		"\"metrics\":[{\"id\":\"UUID\","
		"\"metricStat\":{\"metric\":{\"namespace\":\"AWS/EC2\","
		"\"name\":\"CPUUtilization\","
		"\"dimensions\":{\"InstanceId\":\"i-12345678901234567\"}},"
		"\"period\":300,\"stat\":\"Average\"},"
		"\"returnData\":true}]}}}"},
	{lambda_division,
		HEAD("cpu")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"reasonData\":\"{\\\"version\\\":\\\"1.0\\\","
		"\\\"threshold\\\":50.0}\","
		"\"timestamp\":\"2026-09-14T11:18:52.496+0000\"},"
		"\"previousState\":{\"value\":\"INSUFFICIENT_DATA\","
		"\"reason\":\"Unchecked: Initial alarm creation\","
		"\"timestamp\":\"2026-09-14T11:18:51.496+0000\"},"
		"\"configuration\":{\"description\":\"too high!\","
		"\"metrics\":[{\"id\":\"e1\",\"expression\":\"m1/m2\","
		"\"label\":\"Expression1\",\"returnData\":true},"
		"{\"id\":\"m1\",\"metricStat\":{\"metric\":{\"namespace\":\"A"
		"WS/EC2\",\"name\":\"NetworkIn\",\"dimensions\":{}},"
		"\"period\":300,\"stat\":\"SampleCount\"},"
		"\"returnData\":false},{\"id\":\"m2\","
		"\"metricStat\":{\"metric\":{\"namespace\":\"AWS/EC2\","
		"\"name\":\"NetworkOut\",\"dimensions\":{}},\"period\":300,"
		"\"stat\":\"SampleCount\"},\"returnData\":false}]}}}"},
	{kinds_contributor,
		HEAD("cpu")
		"\"alarmContributor\":{\"id\":\"a29eb44b20c4362e\","
		"\"attributes\":{\"Team\":\"a\"}},"
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"timestamp\":\"2026-09-14T11:18:52.496+0000\"},"
		"\"configuration\":{\"description\":\"too high!\","
		"\"metrics\":[{\"id\":\"q\",\"expression\":\"SELECT "
		"MAX(Load) FROM \\\"App/Load\\\" GROUP BY Team ORDER BY "
		"MAX() DESC\",\"returnData\":true,\"period\":60}]}}}"},
	{lambda_suppressed,
		HEAD("both")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"reasonData\":\"{\\\"triggeringAlarms\\\":[]}\","
		"\"timestamp\":\"2026-09-14T11:18:52.496+0000\","
		"\"actionsSuppressedBy\":\"WaitPeriod\","
		"\"actionsSuppressedReason\":\"Actions suppressed by "
		"WaitPeriod\"}," PREVIOUS("OK")
		"\"configuration\":{\"description\":\"too high!\","
		"\"alarmRule\":\"ALARM(\\\"cpu\\\") OR ALARM(net)\","
		"\"actionsSuppressor\":\"maintenance\","
		"\"actionsSuppressorWaitPeriod\":120,"
		"\"actionsSuppressorExtensionPeriod\":180}}}"},
	{lambda_released,
		HEAD("both")
		"\"state\":{\"value\":\"ALARM\",\"reason\":\"new\","
		"\"reasonData\":\"{\\\"triggeringAlarms\\\":[]}\","
		"\"timestamp\":\"2026-09-14T11:18:52.496+0000\"},"
		PREVIOUS("ALARM")
		"\"configuration\":{\"alarmRule\":\"ALARM(\\\"cpu\\\") OR "
		"ALARM(net)\",\"actionsSuppressor\":\"maintenance\","
		"\"actionsSuppressorWaitPeriod\":120,"
		"\"actionsSuppressorExtensionPeriod\":180}}}"}
};
/* clang-format on */

START_TEST(payloads_are_cloudwatchs)
{
	struct buf out = {0};
	struct kinds k;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(*payloads); i++) {
		json_t *json;

		payloads[i].make(&k);
		buf_clear(&out);
		message_lambda(&out, &k.transition);
		json = json_loadb(out.bytes, out.len, 0, NULL);
		ck_assert_ptr_nonnull(json);
		json_decref(json);
		ck_assert_str_eq(kinds_normal(&out), payloads[i].payload);
	}
	buf_fini(&out);
}
END_TEST

TEST_MAIN("message_lambda", payloads_are_cloudwatchs)
