/* Plans and states: what a resource becomes, and what is not known yet. */
#include "template_fixture.h"

#define ALARM(values)                                                          \
	"{\"address\": \"aws_cloudwatch_metric_alarm.a\", \"mode\": "          \
	"\"managed\", \"type\": \"aws_cloudwatch_metric_alarm\", \"name\": "   \
	"\"a\",\n\"values\": {\"alarm_name\": \"a\"" values "}}"
#define STATE(resources)                                                       \
	"{\"format_version\": \"1.0\", \"values\": {\"root_module\": "         \
	"{\"resources\": [" resources "]}}}"

START_TEST(attributes_have_their_names)
{
	static const struct {
		const char *values, *alarm;
	} rows[] = {
	    {"", ""},
	    {", \"evaluation_periods\": 3, \"datapoints_to_alarm\": 2",
		",\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2"},
	    {", \"datapoints_to_alarm\": 0, \"period\": 0, \"unit\": \"\","
	     " \"statistic\": null, \"alarm_actions\": [], \"dimensions\": {}",
		""},
	    {", \"threshold\": 0", ",\"Threshold\":0"},
	    {", \"threshold\": 0, \"threshold_metric_id\": \"\"",
		",\"Threshold\":0"},
	    {", \"threshold\": 0, \"threshold_metric_id\": \"t1\"",
		",\"ThresholdMetricId\":\"t1\""},
	    {", \"evaluate_low_sample_count_percentiles\": \"ignore\"",
		",\"EvaluateLowSampleCountPercentile\":\"ignore\""},
	    {", \"ok_actions\": [\"arn:a\", null], \"actions_enabled\": false",
		",\"OKActions\":[\"arn:a\"],\"ActionsEnabled\":false"},
	    {", \"dimensions\": {\"B\": \"1\", \"A\": \"2\"}",
		",\"Dimensions\":[{\"Name\":\"B\",\"Value\":\"1\"},"
		"{\"Name\":\"A\",\"Value\":\"2\"}]"},
	    {", \"tags\": {\"team\": \"sre\"}, \"tags_all\": {\"x\": \"y\"}",
		",\"Tags\":[{\"Key\":\"team\",\"Value\":\"sre\"}]"},
	    {", \"metric_query\": [{\"id\": \"e\", \"expression\": \"m * 2\","
	     " \"metric\": [], \"label\": \"\", \"account_id\": \"\","
	     " \"period\": null, \"return_data\": true}, {\"id\": \"m\","
	     " \"expression\": \"\", \"return_data\": null, \"metric\":"
	     " [{\"metric_name\": \"M\", \"namespace\": \"N\", \"period\": 60,"
	     " \"stat\": \"p99\", \"unit\": null, \"dimensions\": "
	     "{\"D\": \"d\"}}]}]",
		",\"Metrics\":[{\"Id\":\"e\",\"Expression\":\"m * 2\","
		"\"ReturnData\":true},{\"Id\":\"m\",\"MetricStat\":{\"Metric\":"
		"{\"MetricName\":\"M\",\"Namespace\":\"N\",\"Dimensions\":"
		"[{\"Name\":\"D\",\"Value\":\"d\"}]},\"Period\":60,\"Stat\":"
		"\"p99\"},\"ReturnData\":false}]"},
	    {", \"actions_suppressor\": [{\"alarm\": \"s\","
	     " \"extension_period\": 10, \"wait_period\": 20}]",
		",\"ActionsSuppressor\":\"s\","
		"\"ActionsSuppressorExtensionPeriod\":10,"
		"\"ActionsSuppressorWaitPeriod\":20"},
	    {", \"evaluation_criteria\": [{\"promql_criteria\": [{\"query\":"
	     " \"up\", \"pending_period\": 0}]}]",
		",\"EvaluationCriteria\":{\"PromQLCriteria\":{\"Query\":"
		"\"up\",\"PendingPeriod\":0}}"},
	    {", \"evaluation_window\": [{\"wall_clock_window\":"
	     " [{\"timezone\": \"UTC\"}]}]",
		",\"EvaluationWindow\":{\"WallClockWindow\":{\"Timezone\":"
		"\"UTC\"}}"},
	    {", \"id\": \"a\", \"arn\": \"arn:x\", \"region\": \"r\"",
		",\"AlarmArn\":\"arn:x\""},
	    {", \"arn\": null, \"region\": \"eu-west-1\"",
		",\"AlarmArn\":\"arn:aws:cloudwatch:eu-west-1:111122223333:"
		"alarm:a\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_alarms(
		    arena_printf(&arena, STATE(ALARM("%s")), rows[i].values),
		    "",
		    arena_printf(
			&arena, "{\"AlarmName\":\"a\"%s}", rows[i].alarm));
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(other_resources_are_passed_by)
{
	expect_alarms(STATE("{\"type\": \"aws_instance\", \"values\": {}},"
			    "{\"mode\": \"data\", \"type\":"
			    " \"aws_cloudwatch_metric_alarm\", \"values\":"
			    " {\"alarm_name\": \"b\"}}, 5, {}," ALARM("")),
	    "", "{\"AlarmName\":\"a\"}");
	expect_alarms("{\"format_version\": \"0.2\", \"planned_values\": "
		      "{\"root_module\": {\"child_modules\": [{\"address\": "
		      "\"module.m\", \"child_modules\": [{\"resources\": "
		      "[" ALARM("") "]}]}]}}}",
	    "", "{\"AlarmName\":\"a\"}");
}
END_TEST

/* A plan whose alarm misses what `after` says; `expressions` are those of its
 * configuration. The third line is that of after_unknown. */
static const char *
plan(struct arena *arena, const char *after, const char *expressions)
{
	return arena_printf(arena,
	    "{\"format_version\": \"1.2\", \"planned_values\": "
	    "{\"root_module\":"
	    " {\"resources\": [%s, {\"address\": \"aws_sns_topic.t\", \"type\":"
	    " \"aws_sns_topic\", \"values\": {\"name\": \"topic\"}}]}},\n"
	    " \"resource_changes\": [{\"address\": "
	    "\"aws_cloudwatch_metric_alarm.a\", \"change\": {\"after_unknown\":"
	    " {\"arn\": true, \"tags_all\": {\"x\": true}, \"id\": true, %s}}}"
	    "],\n \"configuration\": {\"root_module\": {\"resources\": [{"
	    "\"address\": \"aws_cloudwatch_metric_alarm.a\","
	    " \"expressions\": %s}]}}}",
	    ALARM(""), after, expressions);
}

START_TEST(topics_of_the_plan_are_known_by_name)
{
	static const struct {
		const char *expressions, *given, *alarm;
	} rows[] = {
	    {"{\"alarm_actions\": {\"references\": [\"aws_sns_topic.t.arn\","
	     " \"aws_sns_topic.t\"]}}",
		"",
		",\"AlarmActions\":[\"arn:aws:sns:us-east-2:111122223333:"
		"topic\"]"},
	    {"{\"alarm_actions\": {\"references\": [\"aws_sns_topic.u.arn\","
	     " \"aws_sns_topic.u\"]}}",
		"aws_sns_topic.u.arn=arn:u", ",\"AlarmActions\":[\"arn:u\"]"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_alarms(plan(&arena, "\"alarm_actions\": true",
				  rows[i].expressions),
		    rows[i].given,
		    arena_printf(
			&arena, "{\"AlarmName\":\"a\"%s}", rows[i].alarm));
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(what_apply_will_tell_is_named)
{
	static const struct {
		const char *after, *expressions, *fault;
	} rows[] = {
	    {"\"dimensions\": {\"A\": false, \"B\": true}", "{}",
		"aws_cloudwatch_metric_alarm.a is left out: dimensions.B is "
		"known after apply only"},
	    {"\"metric_query\": [{\"metric\": []}, {\"metric\": "
	     "[{\"dimensions\": {\"Id\": true}}]}]",
		"{}", "metric_query[1].metric[0].dimensions.Id is known after"},
	    {"\"alarm_actions\": true", "{}", "alarm_actions is known after"},
	    {"\"alarm_actions\": true",
		"{\"alarm_actions\": {\"references\": "
		"[\"aws_sns_topic.none.arn\"]}}",
		"alarm_actions is known after"},
	    {"\"alarm_actions\": [true]",
		"{\"alarm_actions\": {\"references\": [\"aws_sns_topic.t.arn\","
		" \"aws_ssm_parameter.p.value\"]}}",
		"alarm_actions[0] is known after"},
	    {"\"alarm_actions\": true",
		"{\"alarm_actions\": {\"references\": [\"var.topic\"]}}",
		"alarm_actions is known after"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_fault(plan(&arena, rows[i].after, rows[i].expressions),
		    "", 3, rows[i].fault, 0);
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(what_is_left_out_is_counted)
{
	struct read r;

	read_begin(&r, "");
	read_text(
	    &r, span_text(plan(&r.arena, "\"metric_name\": true", "{}")), "t");
	ck_assert_uint_eq(r.alarms.nleft_out, 1);
	ck_assert(span_is(r.alarms.left_out[0], "a"));
	read_done(&r);
}
END_TEST

/* Regions: of the resource, of its provider, of a variable of the root. */
START_TEST(providers_tell_the_region)
{
	static const struct {
		const char *region, *arn;
	} rows[] = {
	    {"{\"constant_value\": \"eu-west-1\"}",
		",\"AlarmArn\":\"arn:aws:cloudwatch:eu-west-1:111122223333:"
		"alarm:a\""},
	    {"{\"references\": [\"var.region\"]}",
		",\"AlarmArn\":\"arn:aws-us-gov:cloudwatch:us-gov-west-1:"
		"111122223333:alarm:a\""},
	    {"{\"references\": [\"local.region\"]}", ""},
	    {"{}", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_alarms(
		    arena_printf(&arena,
			"{\"format_version\": \"1.2\", \"variables\": "
			"{\"region\": {\"value\": \"us-gov-west-1\"}}, "
			"\"planned_values\": {\"root_module\": {\"resources\":"
			" [%s]}}, \"configuration\": {\"provider_config\": "
			"{\"aws.dr\": {\"expressions\": {\"region\": %s}}}, "
			"\"root_module\": {\"resources\": [{\"address\": "
			"\"aws_cloudwatch_metric_alarm.a\", "
			"\"provider_config_key\": \"aws.dr\"}]}}}",
			ALARM(""), rows[i].region),
		    "",
		    arena_printf(
			&arena, "{\"AlarmName\":\"a\"%s}", rows[i].arn));
		arena_fini(&arena);
	}
}
END_TEST

/* References that fan out in every module, twelve modules deep. */
START_TEST(work_is_bounded)
{
	struct buf text = {0};
	char address[2000] = "";

	for (int i = 0; i < 12; i++)
		snprintf(address + strlen(address),
		    sizeof(address) - strlen(address), "%smodule.m",
		    i == 0 ? "" : ".");
	buf_printf(&text,
	    "{\"format_version\": \"1.2\", \"planned_values\": "
	    "{\"root_module\": {\"child_modules\": [{\"address\": \"%s\", "
	    "\"resources\": [{\"address\": "
	    "\"%s.aws_cloudwatch_metric_alarm.a\","
	    " \"type\": \"aws_cloudwatch_metric_alarm\", \"values\": "
	    "{\"alarm_name\": \"a\"}}]}]}},\n\"resource_changes\": [{"
	    "\"address\": \"%s.aws_cloudwatch_metric_alarm.a\", \"change\": "
	    "{\"after_unknown\": {\"ok_actions\": true}}}], "
	    "\"configuration\": {\"root_module\": {",
	    address, address, address);
	for (int i = 0; i < 12; i++) {
		buf_text(&text,
		    "\"module_calls\": {\"m\": {\"expressions\": "
		    "{\"v\": {\"references\": [");
		for (int j = 0; j < 40; j++)
			buf_printf(&text, "%s\"%s\"", j == 0 ? "" : ",",
			    i == 0 ? "aws_sns_topic.t.arn" : "var.v");
		buf_text(&text, "]}}, \"module\": {");
	}
	buf_text(&text,
	    "\"resources\": [{\"address\": \"aws_cloudwatch_metric_alarm.a\","
	    " \"expressions\": {\"ok_actions\": {\"references\": "
	    "[\"var.v\"]}}}]");
	for (int i = 0; i < 12; i++)
		buf_text(&text, "}}}");
	buf_text(&text, "}}}");
	expect_fault(buf_cstr(&text), "aws_sns_topic.t.arn=arn:t", 2,
	    "ok_actions is known after", 0);
	buf_fini(&text);
}
END_TEST

TEST_MAIN("terraform", attributes_have_their_names,
    other_resources_are_passed_by, topics_of_the_plan_are_known_by_name,
    what_apply_will_tell_is_named, what_is_left_out_is_counted,
    providers_tell_the_region, work_is_bounded)
