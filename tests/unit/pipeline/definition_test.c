/* Alarm definitions: what is read, and what each mistake is told. */
#include "base/tree.h"
#include "pipeline/alarm/definition.h"
#include "testing.h"

#define GOOD                                                                   \
	"\"AlarmName\": \"lag\", \"Namespace\": \"AWS/RDS\", "                 \
	"\"MetricName\": \"Lag\", \"Statistic\": \"Maximum\", "                \
	"\"Period\": 60, \"EvaluationPeriods\": 3, \"Threshold\": 1000.0, "    \
	"\"ComparisonOperator\": \"GreaterThanThreshold\""

struct read {
	struct arena arena;
	struct faults faults;
	struct definitions definitions;
};

static void
read_text(struct read *r, const char *text)
{
	const struct definition_scope scope = {
	    SPAN_OF("111122223333"), SPAN_OF("us-east-2")};
	struct tree *tree;

	*r = (struct read){0};
	arena_init(&r->arena);
	faults_init(&r->faults);
	tree =
	    tree_parse(&r->arena, span_text(text), "a.json", false, &r->faults);
	if (tree != NULL)
		definitions_read(
		    &r->definitions, &r->arena, tree, &scope, &r->faults);
	definitions_unique(&r->definitions, &r->faults);
}

static void
read_done(struct read *r)
{
	faults_fini(&r->faults);
	arena_fini(&r->arena);
}

START_TEST(describe_alarms_is_read)
{
	struct read r;
	const struct alarm *a;

	read_text(&r,
	    "{\"MetricAlarms\": [{" GOOD ",\n"
	    "\"AlarmArn\": \"arn:aws:cloudwatch:eu-west-1:444455556666:alarm:"
	    "lag\", \"AlarmDescription\": \"\", \"ActionsEnabled\": false,\n"
	    "\"OKActions\": [], \"AlarmActions\": [\"arn:aws:sns:eu-west-1:1:"
	    "t\"], \"InsufficientDataActions\": [], \"StateValue\": \"OK\",\n"
	    "\"DatapointsToAlarm\": 2, \"TreatMissingData\": \"breaching\", "
	    "\"Dimensions\": [{\"Name\": \"Z\", \"Value\": \"1\"}, {\"Name\": "
	    "\"A\", \"Value\": \"2\"}],\n"
	    "\"AlarmConfigurationUpdatedTimestamp\": "
	    "\"2026-01-02T03:04:05.678000+00:00\", \"Tocsin\": {\"Delay\": "
	    "\"2m\"}}], \"CompositeAlarms\": []}");
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert_uint_eq(r.definitions.count, 1);
	a = &r.definitions.alarms[0];
	ck_assert(span_is(a->region, "eu-west-1"));
	ck_assert(span_is(a->account, "444455556666"));
	ck_assert(span_is(a->dimensions[0].name, "A"));
	ck_assert(span_is(a->given[0].name, "Z"));
	ck_assert(a->described && !a->actions_enabled);
	ck_assert(a->datapoints_given && a->datapoints_to_alarm == 2);
	ck_assert(a->missing == MISSING_BREACHING && a->delay_ms == 120000);
	ck_assert(a->actions[STATE_ALARM].count == 1);
	ck_assert(a->updated_ms == 1767323045678);
	ck_assert(a->statistic == STATISTIC_MAXIMUM);
	ck_assert(a->operator== OPERATOR_GT && a->threshold == 1000);
	read_done(&r);
}
END_TEST

START_TEST(defaults)
{
	struct read r;
	const struct alarm *a;

	read_text(&r, "[{" GOOD "}]");
	ck_assert_uint_eq(r.faults.count, 0);
	a = &r.definitions.alarms[0];
	ck_assert(span_is(
	    a->arn, "arn:aws:cloudwatch:us-east-2:111122223333:alarm:lag"));
	ck_assert(a->actions_enabled && !a->described);
	ck_assert(!a->datapoints_given && a->datapoints_to_alarm == 3);
	ck_assert(a->missing == MISSING_MISSING && !a->missing_given);
	ck_assert(a->delay_ms == -1 && a->updated_ms == -1);
	read_done(&r);
	read_text(&r,
	    "{\"AlarmName\": \"d\", \"Namespace\": \"AWS/DynamoDB\", "
	    "\"MetricName\": \"m\", \"Statistic\": \"Sum\", \"Period\": 60, "
	    "\"EvaluationPeriods\": 1, \"Threshold\": 1, "
	    "\"ComparisonOperator\": \"LessThanThreshold\", \"Tocsin\": "
	    "{\"Region\": \"*\"}}");
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert(r.definitions.alarms[0].missing == MISSING_IGNORE);
	ck_assert_uint_eq(r.definitions.alarms[0].region.len, 0);
	read_done(&r);
}
END_TEST

START_TEST(every_mistake_is_told)
{
	static const struct {
		const char *text, *fault;
		unsigned line;
	} rows[] = {
	    {"{\"x\": 1}", "no alarms here", 1},
	    {"[{" GOOD ",\n\"Perod\": 60}]", "did you mean \"Period\"", 2},
	    {"[{" GOOD ",\n\"Metrics\": [{}]}]", "metric math", 2},
	    {"[{" GOOD ",\n\"AlarmRule\": \"TRUE\"}]", "composite", 2},
	    {"[{" GOOD ",\n\"TreatMissingData\": \"Breaching\"}]",
		"none of missing, ignore", 2},
	    {"[{" GOOD ",\n\"DatapointsToAlarm\": 4}]", "must not exceed", 2},
	    {"[{" GOOD ",\n\"Period\": 60}]", "a second time", 2},
	    {"[{\"AlarmName\": \"x\"}]", "has no Namespace", 1},
	    {"[{" GOOD ",\n\"AlarmActions\": [\"x\"]}]", "no ARN", 2},
	    {"[{" GOOD ",\n\"Dimensions\": [{\"name\": \"x\"}]}]",
		"a dimension must be", 2},
	    {"[{" GOOD ",\n\"Tocsin\": {\"Delay\": \"2 minutes\"}}]",
		"must be a duration", 2},
	    {"[{" GOOD "},\n{" GOOD "}]", "defined twice", 0},
	    {"[{" GOOD ",\n}]", "a key in quotes", 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		const struct fault *f;

		read_text(&r, rows[i].text);
		for (f = r.faults.first; f != NULL; f = f->next)
			if (strstr(f->text, rows[i].fault) != NULL)
				break;
		ck_assert_msg(f != NULL, "%s: no fault says \"%s\"",
		    rows[i].text, rows[i].fault);
		ck_assert_msg(f->line == rows[i].line, "%s: line %u",
		    rows[i].text, f->line);
		read_done(&r);
	}
}
END_TEST

START_TEST(periods_are_cloudwatch_s)
{
	static const struct {
		int period, n;
		const char *fault;
	} rows[] = {{10, 1, NULL}, {20, 1, NULL}, {60, 1440, NULL},
	    {3600, 168, NULL}, {15, 1, "Period must be"},
	    {90, 1, "Period must be"}, {60, 1441, "more than a day"},
	    {3600, 169, "more than a week"}, {0, 1, "at least 1"}};

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

TEST_MAIN("definition", describe_alarms_is_read, defaults,
    every_mistake_is_told, periods_are_cloudwatch_s)
