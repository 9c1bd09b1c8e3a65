/* Alarm definitions: every kind, what is read of it, and what it defaults to.
 */
#include "definition_fixture.h"
#include "pipeline/alarm/math/math.h"
#include "pipeline/alarm/rule.h"
#include "pipeline/window/insights.h"

START_TEST(describe_alarms_is_read)
{
	struct read r;
	const struct alarm *a = read_good(&r,
	    "{\"MetricAlarms\": [{" GOOD ",\n"
	    "\"AlarmArn\": \"arn:aws:cloudwatch:eu-west-1:444455556666:alarm:"
	    "lag\", \"AlarmDescription\": \"\", \"ActionsEnabled\": false,\n"
	    "\"OKActions\": [], \"AlarmActions\": [\"arn:aws:sns:eu-west-1:1:"
	    "t\", \"webhook:pager\"], \"InsufficientDataActions\": [], "
	    "\"StateValue\": \"OK\",\n"
	    "\"StateReason\": \"x\", \"StateReasonData\": \"{}\", "
	    "\"StateUpdatedTimestamp\": \"x\", \"EvaluationState\": "
	    "\"PARTIAL_DATA\", \"StateTransitionedTimestamp\": \"x\", "
	    "\"DatapointsToAlarm\": 2, \"TreatMissingData\": \"breaching\", "
	    "\"Unit\": \"Milliseconds\", "
	    "\"Dimensions\": [{\"Name\": \"Z\", \"Value\": \"1\"}, {\"Name\": "
	    "\"A\", \"Value\": \"2\"}],\n\"Metrics\": [],"
	    "\"AlarmConfigurationUpdatedTimestamp\": "
	    "\"2026-01-02T03:04:05.678000+00:00\", \"Tocsin\": {\"Delay\": "
	    "\"2m\", \"Runbook\": \"https://r\", \"Severity\": "
	    "\"high\"}}], \"CompositeAlarms\": [], "
	    "\"LogAlarms\": []}");
	const struct alarm_metric *m = a->metrics;

	ck_assert_int_eq(a->kind, ALARM_METRIC);
	check_span(a->name, "lag");
	check_span(a->region, "eu-west-1");
	check_span(a->account, "444455556666");
	check_reads(m->regions, "eu-west-1");
	check_reads(m->accounts, "444455556666");
	ck_assert_uint_eq(a->nmetrics, 1);
	ck_assert_uint_eq(a->nqueries, 0);
	check_span(m->namespace, "AWS/RDS");
	check_span(m->metric, "Lag");
	check_span(m->unit, "Milliseconds");
	ck_assert_uint_eq(m->ndimensions, 2);
	check_span(m->dimensions[0].name, "A");
	check_span(m->dimensions[0].value, "2");
	check_span(m->given[0].name, "Z");
	ck_assert_int_eq(m->statistic, STATISTIC_MAXIMUM);
	check_span(m->stat, "Maximum");
	ck_assert_int_eq(m->period_ms, 60000);
	ck_assert_int_eq(a->period_ms, 60000);
	ck_assert(a->described && !a->actions_enabled);
	check_span(a->description, "");
	check_span(a->runbook, "https://r");
	check_span(a->severity, "high");
	ck_assert(a->datapoints_given && a->datapoints_to_alarm == 2);
	ck_assert_int_eq(a->evaluation_periods, 3);
	ck_assert(a->missing == MISSING_BREACHING && a->missing_given);
	ck_assert_int_eq(a->delay_ms, 120000);
	ck_assert_uint_eq(a->actions[STATE_ALARM].count, 2);
	check_span(a->actions[STATE_ALARM].at[0], "arn:aws:sns:eu-west-1:1:t");
	check_span(a->actions[STATE_ALARM].at[1], "webhook:pager");
	ck_assert_uint_eq(a->actions[STATE_OK].count, 0);
	ck_assert_int_eq(a->updated_ms, 1767323045678);
	ck_assert_int_eq(a->operator, OPERATOR_GT);
	ck_assert_double_eq(a->threshold, 1000);
	ck_assert_uint_eq(r.all.nodes[0]->line, 1);
	ck_assert_uint_eq(r.all.nodes[0]->column, 19);
	read_done(&r);
}
END_TEST

START_TEST(defaults)
{
	const struct definition_scope elsewhere = {
	    .region = SPAN_OF("cn-north-1")};
	struct tree *tree;
	struct read r;
	const struct alarm *a = read_good(&r, "[{" GOOD "}]");

	check_span(
	    a->arn, "arn:aws:cloudwatch:us-east-2:111122223333:alarm:lag");
	ck_assert(a->actions_enabled && !a->described);
	ck_assert(!a->datapoints_given && a->datapoints_to_alarm == 3);
	ck_assert(a->missing == MISSING_MISSING && !a->missing_given);
	ck_assert(a->delay_ms == -1 && a->updated_ms == -1);
	ck_assert_double_eq(a->samples_needed, 0);
	check_span(a->low_samples, "");
	ck_assert_ptr_null(a->wall_clock);
	ck_assert_int_eq(a->warm_up_ms, 0);
	check_span(a->metrics[0].unit, "");
	ck_assert_uint_eq(a->metrics[0].ndimensions, 0);
	read_done(&r);
	read_start(&r);
	tree = tree_parse(
	    &r.arena, SPAN_OF("{" GOOD "}"), "a.json", false, &r.faults);
	definition_read_one(&r.all, &r.arena, tree, &elsewhere, &r.faults);
	a = &r.all.alarms[0];
	check_span(a->arn, "arn:aws-cn:cloudwatch:cn-north-1::alarm:lag");
	check_reads(a->metrics[0].accounts, "");
	read_done(&r);
}
END_TEST

/* The default of AWS/DynamoDB is ignore, when every metric is its. */
START_TEST(missing_data)
{
	static const struct {
		const char *first, *second, *more;
		enum alarm_missing right;
	} rows[] = {
	    {"AWS/DynamoDB", "AWS/DynamoDB", "", MISSING_IGNORE},
	    {"AWS/DynamoDB", "AWS/RDS", "", MISSING_MISSING},
	    {"AWS/RDS", "AWS/DynamoDB", "", MISSING_MISSING},
	    {"AWS/DynamoDB", "AWS/DynamoDB",
		", \"TreatMissingData\": \"missing\"", MISSING_MISSING},
	    {"a", "b", ", \"TreatMissingData\": \"notBreaching\"",
		MISSING_NOT_BREACHING},
	    {"a", "b", ", \"TreatMissingData\": \"ignore\"", MISSING_IGNORE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"m\", \"Metrics\": [%s%s%s, %s%s%s, "
		    "{\"Id\": \"e\", \"Expression\": \"m1+m2\"}]," JUDGED "%s}",
		    "{\"Id\": \"m1\", \"ReturnData\": false, \"MetricStat\": "
		    "{\"Metric\": {\"MetricName\": \"x\", \"Namespace\": \"",
		    rows[i].first, "\"}, \"Period\": 60, \"Stat\": \"Sum\"}}",
		    "{\"Id\": \"m2\", \"ReturnData\": false, \"MetricStat\": "
		    "{\"Metric\": {\"MetricName\": \"x\", \"Namespace\": \"",
		    rows[i].second, "\"}, \"Period\": 60, \"Stat\": \"Sum\"}}",
		    rows[i].more);
		a = read_good(&r, text);
		ck_assert_msg(a->missing == rows[i].right, "row %zu", i);
		ck_assert(a->missing_given == (rows[i].more[0] != '\0'));
		read_done(&r);
	}
}
END_TEST

START_TEST(operators)
{
	for (int i = 0; i < OPERATOR_OUTSIDE; i++) {
		struct read r;
		char text[512];

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"o\", \"Namespace\": \"N\", "
		    "\"MetricName\": \"m\", \"Statistic\": \"%s\", "
		    "\"Period\": \"60\", \"EvaluationPeriods\": 1.0, "
		    "\"Threshold\": \"-1e-3\", \"ComparisonOperator\": "
		    "\"%s\"}",
		    alarm_statistic_names[i], alarm_operator_names[i]);
		ck_assert_int_eq(read_good(&r, text)->operator, i);
		ck_assert_int_eq(r.all.alarms[0].metrics[0].statistic, i);
		ck_assert_double_eq(r.all.alarms[0].threshold, -1e-3);
		read_done(&r);
	}
}
END_TEST

START_TEST(math_is_read)
{
	struct read r;
	const struct alarm *a = read_good(&r,
	    "{\"AlarmName\": \"errors\", \"Dimensions\": [], \"Metrics\": ["
	    "{\"Id\": \"e1\", \"Expression\": \"100 * m1 / m2\", \"Label\": "
	    "\"\", \"Period\": 60},"
	    "{\"Id\": \"m1\", \"Label\": \"bad\", \"MetricStat\": {\"Metric\": "
	    "{\"Namespace\": \"N\", \"MetricName\": \"Bad\", \"Dimensions\": "
	    "[{\"Name\": \"D\", \"Value\": \"v\"}], \"Region\": \"eu-west-1\"},"
	    " \"Period\": 60, \"Stat\": \"p99\", \"Unit\": \"Count\"}, "
	    "\"ReturnData\": false},"
	    "{\"Id\": \"m2\", \"MetricStat\": {\"Metric\": {\"Namespace\": "
	    "\"N\", \"MetricName\": \"All\"}, \"Period\": 60, \"Stat\": "
	    "\"SampleCount\"}, \"ReturnData\": false, \"AccountId\": "
	    "\"999988887777\"}], " JUDGED "}");

	ck_assert_int_eq(a->kind, ALARM_MATH);
	ck_assert_uint_eq(a->nqueries, 3);
	ck_assert_uint_eq(a->nmetrics, 2);
	ck_assert_uint_eq(a->returned, 0);
	ck_assert_int_eq(a->period_ms, 60000);
	check_span(a->queries[0].id, "e1");
	check_span(a->queries[0].expression, "100 * m1 / m2");
	ck_assert(a->queries[0].labelled && a->queries[0].return_data);
	ck_assert_int_eq(a->queries[0].period_ms, 60000);
	ck_assert_ptr_nonnull(a->queries[0].math);
	ck_assert_ptr_null(a->queries[0].metric);
	ck_assert_ptr_eq(a->queries[1].metric, &a->metrics[0]);
	ck_assert_ptr_eq(a->queries[2].metric, &a->metrics[1]);
	ck_assert_ptr_null(a->queries[1].math);
	check_span(a->queries[1].label, "bad");
	ck_assert(!a->queries[1].return_data && !a->queries[2].labelled);
	check_span(a->queries[2].account, "999988887777");
	check_span(a->metrics[0].stat, "p99");
	ck_assert_int_eq(a->metrics[0].statistic, STATISTIC_EXTENDED);
	check_span(a->metrics[0].unit, "Count");
	check_span(a->metrics[0].dimensions[0].value, "v");
	check_reads(a->metrics[0].regions, "eu-west-1");
	check_reads(a->metrics[0].accounts, "111122223333");
	ck_assert_int_eq(a->metrics[1].statistic, STATISTIC_SAMPLE_COUNT);
	check_reads(a->metrics[1].regions, "us-east-2");
	check_reads(a->metrics[1].accounts, "999988887777");
	read_done(&r);
	a = read_good(&r,
	    "{\"AlarmName\": \"one\", \"Metrics\": [{\"Id\": \"m\", "
	    "\"MetricStat\": {\"Metric\": {\"Namespace\": \"N\", "
	    "\"MetricName\": \"x\"}, \"Period\": 300, \"Stat\": "
	    "\"Average\"}}], " JUDGED "}");
	ck_assert_int_eq(a->kind, ALARM_MATH);
	ck_assert_int_eq(a->period_ms, 300000);
	ck_assert_ptr_eq(a->queries[0].metric, &a->metrics[0]);
	read_done(&r);
	a = read_good(&r,
	    "{\"AlarmName\": \"none\", \"Metrics\": [{\"Id\": \"e\", "
	    "\"Expression\": \"TIME_SERIES(0)\", \"Period\": 10}], " JUDGED
	    "}");
	ck_assert_int_eq(a->period_ms, 10000);
	ck_assert_uint_eq(a->nmetrics, 0);
	read_done(&r);
}
END_TEST

START_TEST(insights_is_read)
{
	static const struct {
		const char *query, *more, *regions, *accounts;
	} rows[] = {
	    {"SELECT MAX(x) FROM \\\"N\\\"", "", "us-east-2", "111122223333"},
	    {"SELECT MAX(x) FROM \\\"N\\\" GROUP BY AWS.Region ORDER BY MAX()",
		"", "", "111122223333"},
	    {"SELECT MAX(x) FROM \\\"N\\\" WHERE AWS.AccountId = 'a'", "",
		"us-east-2", ""},
	    {"SELECT MAX(x) FROM \\\"N\\\" GROUP BY AWS.Region, AWS.AccountId "
	     "ORDER BY MAX() DESC",
		", \"Tocsin\": {\"Region\": [\"a\", \"b\"], \"Account\": "
		"\"c\"}",
		"a b", "c"},
	    {"select max(x) from \\\"N\\\"",
		", \"Tocsin\": {\"Region\": [\"a\", \"*\"], \"Account\": "
		"\"*\"}",
		"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"q\", \"Metrics\": [{\"Id\": \"q1\", "
		    "\"Expression\": \"%s\", \"Period\": 300}], " JUDGED "%s}",
		    rows[i].query, rows[i].more);
		a = read_good(&r, text);
		ck_assert_int_eq(a->kind, ALARM_INSIGHTS);
		ck_assert_int_eq(a->period_ms, 300000);
		check_span(a->insights->metric, "x");
		check_reads(a->regions, rows[i].regions);
		check_reads(a->accounts, rows[i].accounts);
		ck_assert_uint_eq(a->nmetrics, 0);
		ck_assert_uint_eq(a->nqueries, 1);
		read_done(&r);
	}
}
END_TEST

START_TEST(anomaly_is_read)
{
	for (int i = OPERATOR_OUTSIDE; i <= OPERATOR_ABOVE; i++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"odd\", \"ThresholdMetricId\": \"t1\", "
		    "\"EvaluationPeriods\": 2, \"ComparisonOperator\": \"%s\", "
		    "\"Metrics\": [{\"Id\": \"t1\", \"Expression\": "
		    "\"ANOMALY_DETECTION_BAND(%s, 2.5)\"}, {\"Id\": \"m1\", "
		    "\"ReturnData\": %s, \"MetricStat\": {\"Metric\": "
		    "{\"Namespace\": \"N\", \"MetricName\": \"x\"}, "
		    "\"Period\": 60, \"Stat\": \"Average\"}}%s]}",
		    alarm_operator_names[i], i == OPERATOR_BELOW ? "e1" : "m1",
		    i == OPERATOR_BELOW ? "false" : "true",
		    i == OPERATOR_BELOW
			? ", {\"Id\": \"e1\", \"Expression\": \"m1 * 2\"}"
			: "");
		a = read_good(&r, text);
		ck_assert_int_eq(a->kind, ALARM_ANOMALY);
		ck_assert_int_eq(a->operator, i);
		check_span(a->threshold_metric_id, "t1");
		ck_assert_uint_eq(a->banded, i == OPERATOR_BELOW ? 2 : 1);
		ck_assert_uint_eq(a->returned, a->banded);
		ck_assert_double_eq(a->deviations, 2.5);
		ck_assert_int_eq(a->period_ms, 60000);
		ck_assert_ptr_null(a->queries[0].math);
		read_done(&r);
	}
}
END_TEST

START_TEST(windows_and_warm_up)
{
	static const struct {
		const char *window, *zone;
		int period;
	} rows[] = {
	    {"{\"SlidingWindow\": {}}", "", 120},
	    {"{\"WallClockWindow\": {\"Timezone\": \"Europe/Berlin\"}}",
		"Europe/Berlin", 3600},
	    {"{\"WallClockWindow\": {\"Timezone\": \"+05:30\"}}", "+05:30", 60},
	    {"{\"WallClockWindow\": {\"Timezone\": \"UTC-03:00\"}}",
		"UTC-03:00", 300},
	    {"{\"WallClockWindow\": {}}", "UTC", 604800},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"w\", \"Namespace\": \"N\", "
		    "\"MetricName\": \"m\", \"Statistic\": \"Sum\", "
		    "\"Period\": %d, \"EvaluationPeriods\": 1, \"Threshold\": "
		    "1, \"ComparisonOperator\": \"LessThanThreshold\", "
		    "\"EvaluationWindow\": %s, \"WarmUpConfiguration\": "
		    "{\"WarmUpPeriodDurationInMinutes\": 2880%s}, \"Tags\": "
		    "[{\"Key\": \"k\", \"Value\": \"v\"}], "
		    "\"ActionConfiguration\": {\"AlarmTagsPropagation\": "
		    "{\"Enabled\": true, \"IncludedTagKeys\": [\"k\"]}}}",
		    rows[i].period, rows[i].window,
		    i == 0 ? ""
			   : ", \"OnlyStartEvaluatingAfterWarmUpPeriodEnds\": "
			     "true");
		a = read_good(&r, text);
		ck_assert((a->wall_clock != NULL) == (i > 0));
		check_span(a->timezone, rows[i].zone);
		ck_assert_int_eq(a->warm_up_ms, 2880 * 60000LL);
		ck_assert(a->warm_up_waits == (i > 0));
		read_done(&r);
	}
}
END_TEST

/* The metric's own, then Tocsin's, then the ARN's, then the scope's. */
START_TEST(whose_series)
{
	static const struct {
		const char *own, *tocsin, *regions, *accounts;
	} rows[] = {
	    {"", "{}", "us-east-2", "111122223333"},
	    {"", "{\"Region\": \"*\"}", "", "111122223333"},
	    {"", "{\"Region\": [\"a\", \"b\"], \"Account\": \"1\"}", "a b",
		"1"},
	    {", \"Region\": \"c\", \"AccountId\": \"*\"",
		"{\"Region\": [\"a\", \"b\"], \"Account\": \"1\"}", "c", ""},
	    {", \"Region\": [\"c\", \"d\"]", "{\"Account\": [\"1\", \"2\"]}",
		"c d", "1 2"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"w\", \"Metrics\": [{\"Id\": \"m\", "
		    "\"MetricStat\": {\"Metric\": {\"Namespace\": \"N\", "
		    "\"MetricName\": \"x\"%s}, \"Period\": 60, \"Stat\": "
		    "\"Sum\"}}], \"Tocsin\": %s, " JUDGED "}",
		    rows[i].own, rows[i].tocsin);
		a = read_good(&r, text);
		check_reads(a->metrics[0].regions, rows[i].regions);
		check_reads(a->metrics[0].accounts, rows[i].accounts);
		check_span(a->region, "us-east-2");
		read_done(&r);
	}
}
END_TEST

/* Templates print what is not given as null. */
START_TEST(null_is_absent)
{
	struct read r;
	const struct alarm *a = read_good(&r,
	    "{" GOOD ", \"Unit\": null, \"Metrics\": null, "
	    "\"DatapointsToAlarm\": null, \"AlarmRule\": null, "
	    "\"AlarmDescription\": null, \"Dimensions\": null, "
	    "\"OKActions\": null, \"Tocsin\": null}");

	ck_assert(!a->described && !a->datapoints_given);
	check_span(a->metrics[0].unit, "");
	read_done(&r);
}
END_TEST

START_TEST(how_far_back)
{
	static const struct {
		int period, n;
		const char *fault;
	} rows[] = {{10, 8640, NULL}, {10, 8641, "more than a day"},
	    {20, 1, NULL}, {30, 1, NULL}, {60, 1440, NULL},
	    {60, 1441, "more than a day"}, {3540, 25, "more than a day"},
	    {3600, 168, NULL}, {3600, 169, "more than a week"},
	    {86400, 7, NULL}, {604800, 1, NULL},
	    {604800, 2, "more than a week"}, {15, 1, "Period must be"},
	    {90, 1, "Period must be"}, {-60, 1, "Period must be"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[512];

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"p\", \"Namespace\": \"N\", "
		    "\"MetricName\": \"m\", \"Statistic\": \"Sum\", "
		    "\"Period\": %d, \"EvaluationPeriods\": %d, \"Threshold\": "
		    "1, \"ComparisonOperator\": \"LessThanThreshold\"}",
		    rows[i].period, rows[i].n);
		read_text(&r, text);
		ck_assert_msg((r.faults.count == 0) == (rows[i].fault == NULL),
		    "%s", text);
		if (rows[i].fault != NULL)
			ck_assert_ptr_nonnull(
			    strstr(r.faults.first->text, rows[i].fault));
		read_done(&r);
	}
}
END_TEST

/* Files come one by one; what was read before stays. */
START_TEST(many_documents)
{
	struct read r;
	char text[512], name[32];

	read_good(&r, "[{" GOOD "}]");
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text),
		    "[{\"AlarmName\": \"n%d\", \"AlarmRule\": \"TRUE\"}, "
		    "{\"AlarmName\": \"\", \"AlarmRule\": \"TRUE\"}]",
		    i);
		read_more(&r, text, "b.json");
	}
	definitions_link(&r.all, &r.arena, &r.faults);
	ck_assert_uint_eq(r.all.count, 101);
	ck_assert_uint_eq(r.all.nleft_out, 100);
	ck_assert_uint_eq(r.all.ncomposites, 100);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		check_span(r.all.alarms[i + 1].name, name);
	}
	read_done(&r);
}
END_TEST

/* The engine frees the document when the alarms are read. */
START_TEST(nothing_is_borrowed)
{
	static const char text[] =
	    "[{" GOOD ", \"Dimensions\": [{\"Name\": \"D\", \"Value\": \"v\"}],"
	    " \"AlarmActions\": [\"arn:aws:sns:a:1:t\"], \"Tocsin\": "
	    "{\"Region\": \"r\", \"Runbook\": \"w\"}},"
	    "{\"AlarmName\": \"c\", \"AlarmRule\": \"OK(\\\"lag\\\")\"},"
	    "{\"AlarmName\": \"q\", \"Metrics\": [{\"Id\": \"q\", "
	    "\"Expression\": \"SELECT MAX(x) FROM \\\"N\\\" GROUP BY y ORDER "
	    "BY MAX()\", \"Period\": 60}], " JUDGED "},"
	    "{\"AlarmName\": \"e\", \"Metrics\": [{\"Id\": \"e\", "
	    "\"Expression\": \"TIME_SERIES(1)\", \"Label\": \"l\", "
	    "\"Period\": 60}], " JUDGED "}]";
	const struct definition_scope scope = {0};
	const struct alarm *a;
	struct arena document;
	struct tree *tree;
	struct read r;

	read_start(&r);
	arena_init(&document);
	tree =
	    tree_parse(&document, span_text(text), "a.json", false, &r.faults);
	for (const struct tree *t = tree->first; t != NULL; t = t->next)
		definition_read_one(&r.all, &r.arena, t, &scope, &r.faults);
	definitions_link(&r.all, &r.arena, &r.faults);
	arena_fini(&document);
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert_uint_eq(r.all.count, 4);
	a = r.all.alarms;
	check_span(a[0].name, "lag");
	check_span(a[0].metrics[0].given[0].name, "D");
	check_span(a[0].metrics[0].dimensions[0].value, "v");
	check_span(a[0].metrics[0].stat, "Maximum");
	check_reads(a[0].metrics[0].regions, "r");
	check_span(a[0].actions[STATE_ALARM].at[0], "arn:aws:sns:a:1:t");
	check_span(a[0].runbook, "w");
	check_span(a[1].rule->children[0], "lag");
	check_span(a[2].insights->group_by[0].name, "y");
	check_span(a[2].queries[0].id, "q");
	check_span(a[3].queries[0].label, "l");
	ck_assert(math_is_series(a[3].queries[0].math));
	read_done(&r);
}
END_TEST

TEST_MAIN("definition", describe_alarms_is_read, defaults, missing_data,
    operators, math_is_read, insights_is_read, anomaly_is_read,
    windows_and_warm_up, whose_series, null_is_absent, how_far_back,
    many_documents, nothing_is_borrowed)
