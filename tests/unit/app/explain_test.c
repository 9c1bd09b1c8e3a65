#include "app/explain.h"

#include "base/arena.h"
#include "pipeline/window/insights.h"
#include "testing.h"

static const struct span home[] = {SPAN_OF("us-east-2")};
static const struct span owner[] = {SPAN_OF("111122223333")};
static const struct dimension cluster[] = {
    {SPAN_OF("DBClusterIdentifier"), SPAN_OF("dr")}};
static const struct span topic[] = {
    SPAN_OF("arn:aws:sns:us-east-2:111122223333:dr")};

static const struct alarm_metric lag = {.namespace = SPAN_OF("AWS/RDS"),
    .metric = SPAN_OF("AuroraGlobalDBReplicationLag"),
    .dimensions = cluster,
    .ndimensions = 1,
    .given = cluster,
    .accounts = {owner, 1},
    .regions = {home, 1},
    .statistic = STATISTIC_AVERAGE,
    .stat = SPAN_OF("Average"),
    .period_ms = 60000};

/* Average of one metric, above 1000 in 3 of 5 minutes, all actions set. */
static struct alarm
alarm_plain(void)
{
	return (struct alarm){.kind = ALARM_METRIC,
	    .name = SPAN_OF("replication-lag"),
	    .arn = SPAN_OF("arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
			   "replication-lag"),
	    .actions_enabled = true,
	    .actions = {{topic, 1}, {topic, 1}, {topic, 1}},
	    .delay_ms = -1,
	    .metrics = &lag,
	    .nmetrics = 1,
	    .period_ms = 60000,
	    .evaluation_periods = 5,
	    .datapoints_to_alarm = 3,
	    .operator= OPERATOR_GT,
	    .threshold = 1000,
	    .missing = MISSING_BREACHING,
	    .missing_given = true};
}

/* The text with all white space as single spaces: where lines break is not
 * what is tested. */
static char *
told(const struct alarm *alarm, const struct explain_context *context)
{
	struct buf raw = {0}, out = {0};

	explain(&raw, alarm, context);
	for (size_t i = 0; i < raw.len; i++) {
		bool white = raw.bytes[i] == ' ' || raw.bytes[i] == '\n';

		if (!white)
			buf_byte(&out, raw.bytes[i]);
		else if (out.len > 0 && out.bytes[out.len - 1] != ' ')
			buf_byte(&out, ' ');
	}
	buf_fini(&raw);
	return (char *)buf_cstr(&out);
}

static void
says(const struct alarm *alarm, int64_t delay_ms, const char *wanted)
{
	const struct explain_context context = {.delay_ms = delay_ms};
	char *text = told(alarm, &context);

	ck_assert_msg(
	    strstr(text, wanted) != NULL, "no \"%s\" in:\n%s", wanted, text);
	free(text);
}

static void
says_not(const struct alarm *alarm, const char *unwanted)
{
	const struct explain_context context = {0};
	char *text = told(alarm, &context);

	ck_assert_msg(
	    strstr(text, unwanted) == NULL, "\"%s\" in:\n%s", unwanted, text);
	free(text);
}

START_TEST(a_metric)
{
	struct alarm alarm = alarm_plain();

	says(&alarm, 0, "replication-lag, a metric alarm");
	says(&alarm, 0,
	    "watches the Average of AWS/RDS AuroraGlobalDBReplicationLag "
	    "{DBClusterIdentifier = dr}, in Region us-east-2 of account "
	    "111122223333, over periods of 1 minute.");
	says(&alarm, 0,
	    "rings when it is above 1000 in 3 of the newest 5 periods: 3 "
	    "minutes at the least, within 5 minutes.");
	says(&alarm, 0,
	    "missing It looks back over 7 periods for data. Missing periods "
	    "that are needed to decide count as breaching: silence rings once "
	    "too few good ones are left to look back at. "
	    "(TreatMissingData: breaching)");
	says(&alarm, 0, "delay None:");
	says(&alarm, 180000, "delay 3 minutes: what has not come");
	says(&alarm, 0, "ALARM → arn:aws:sns:us-east-2:111122223333:dr");
	says_not(&alarm, "stream ");
	alarm.datapoints_to_alarm = 5;
	says(&alarm, 0,
	    "in each of 5 periods in a row: 5 minutes at the least.");
	alarm.evaluation_periods = alarm.datapoints_to_alarm = 1;
	alarm.period_ms = 3600000;
	alarm.operator= OPERATOR_LE;
	says(&alarm, 0,
	    "when it is at or below 1000 in one period: a span of 1 hour.");
	says(&alarm, 0, "Looked at every minute; the periods slide");
	alarm.evaluation_periods = 25;
	says(&alarm, 0, "Looked at once an hour");
}
END_TEST

START_TEST(what_may_surprise)
{
	struct alarm alarm = alarm_plain();
	struct alarm_metric other = lag;

	says_not(&alarm, "dead");
	says(&alarm, 0, "sent only when something happens");
	alarm.missing = MISSING_NOT_BREACHING;
	says(&alarm, 0, "a Region that is dead, never rings here");
	alarm.missing = MISSING_IGNORE;
	says(&alarm, 0, "stays in the state it had");
	alarm.missing = MISSING_MISSING;
	says_not(&alarm, "nobody is told of a dead Region");
	alarm.actions[STATE_INSUFFICIENT_DATA].count = 0;
	says(&alarm, 0, "nobody is told of a dead Region");
	alarm.actions[STATE_OK].count = 0;
	says(&alarm, 0, "no OKActions");
	alarm.actions[STATE_ALARM].count = 0;
	says(&alarm, 0, "no AlarmActions");
	alarm.actions_enabled = false;
	says(&alarm, 0, "ActionsEnabled is false");
	says_not(&alarm, "one point a minute");
	alarm.period_ms = 10000;
	says(&alarm, 0, "one point a minute");
	other.regions.count = 0;
	alarm.metrics = &other;
	says(&alarm, 0, "in any Region of account 111122223333");
	says(&alarm, 0, "may read several Regions or accounts");
}
END_TEST

START_TEST(what_the_stream_must_carry)
{
	struct alarm alarm = alarm_plain();
	struct alarm_metric p99 = lag;
	const struct explain_context context = {
	    .stream_statistics =
		SPAN_OF("[{\"AdditionalStatistics\":[\"p99\"]}]")};
	char *text;

	p99.statistic = STATISTIC_EXTENDED;
	p99.stat = SPAN_OF("p99");
	alarm.metrics = &p99;
	alarm.samples_needed = 1000;
	text = told(&alarm, &context);
	ck_assert_ptr_nonnull(strstr(text, "watches the p99 of AWS/RDS"));
	ck_assert_ptr_nonnull(strstr(text,
	    "--statistics-configurations '[{\"AdditionalStatistics\":"
	    "[\"p99\"]}]'"));
	ck_assert_ptr_nonnull(strstr(text, "With fewer than 1000 samples"));
	free(text);
}
END_TEST

START_TEST(math_and_bands)
{
	struct alarm alarm = alarm_plain();
	const struct alarm_query queries[] = {
	    {.id = SPAN_OF("m1"), .metric = &lag, .return_data = true},
	    {.id = SPAN_OF("e1"),
		.expression = SPAN_OF("FILL(m1, 0) * 2"),
		.label = SPAN_OF("twice"),
		.return_data = true}};

	alarm.kind = ALARM_MATH;
	alarm.queries = queries;
	alarm.nqueries = 2;
	alarm.returned = 1;
	says(&alarm, 0, "watches e1, over periods of 1 minute.");
	says(&alarm, 0, "where m1 = the Average of AWS/RDS");
	says(&alarm, 0, "e1 = FILL(m1, 0) * 2 (\"twice\")");
	says(&alarm, 0, "FILL makes the newest minute look real");
	alarm.kind = ALARM_ANOMALY;
	alarm.operator= OPERATOR_OUTSIDE;
	alarm.deviations = 2.5;
	says(&alarm, 0, "watches m1,");
	says(&alarm, 0, "when it is outside the band of 2.5 deviations");
	says(&alarm, 0, "CloudWatch does not publish its model");
}
END_TEST

START_TEST(a_query)
{
	static const struct span schema[] = {SPAN_OF("DBClusterIdentifier")};
	static const struct insights_label labels[] = {
	    {LABEL_REGION, SPAN_OF("AWS.Region")},
	    {LABEL_DIMENSION, SPAN_OF("DBClusterIdentifier")}};
	static const struct insights_condition conditions[] = {
	    {.label = {LABEL_DIMENSION, SPAN_OF("EngineName")},
		.equal = false,
		.value = SPAN_OF("mysql")}};
	const struct insights query = {.statistic = STATISTIC_MAXIMUM,
	    .namespace = SPAN_OF("AWS/RDS"),
	    .metric = SPAN_OF("Lag"),
	    .schema = true,
	    .dimensions = schema,
	    .ndimensions = 1,
	    .conditions = conditions,
	    .nconditions = 1,
	    .group_by = labels,
	    .ngroup_by = 2};
	struct alarm alarm = alarm_plain();

	alarm.kind = ALARM_INSIGHTS;
	alarm.insights = &query;
	alarm.nmetrics = 0;
	alarm.accounts = (struct reads){owner, 1};
	says(&alarm, 0,
	    "watches the Maximum of AWS/RDS Lag over the series with exactly "
	    "the dimensions DBClusterIdentifier, where EngineName is not "
	    "mysql, in any Region of account 111122223333, over periods");
	says(&alarm, 0,
	    "groups Each AWS.Region and DBClusterIdentifier is a "
	    "contributor");
	says(&alarm, 0, "a dead Region does not ring here");
}
END_TEST

START_TEST(mute_rules)
{
	static const struct span targets[] = {SPAN_OF("replication-lag")};
	struct mute rule = {.name = SPAN_OF("sundays"),
	    .alarms = targets,
	    .nalarms = 1,
	    .expression = SPAN_OF("cron(0 2 * * SUN)"),
	    .duration = SPAN_OF("PT4H")};
	const struct mutes mutes = {&rule, 1};
	const struct explain_context context = {.mutes = &mutes};
	struct alarm alarm = alarm_plain();
	char *text = told(&alarm, &context);

	ck_assert_ptr_nonnull(strstr(text,
	    "muted By the rule \"sundays\": cron(0 2 * * SUN) UTC, for PT4H "
	    "each time."));
	free(text);
	alarm.name = SPAN_OF("other");
	text = told(&alarm, &context);
	ck_assert_ptr_null(strstr(text, "muted "));
	free(text);
}
END_TEST

START_TEST(rules_in_words)
{
	static const struct {
		const char *rule, *words;
	} rows[] = {{"ALARM(a)", "when \"a\" is in ALARM."},
	    {"ALARM(\"a b\") AND NOT OK( c )",
		"when \"a b\" is in ALARM and not \"c\" is OK."},
	    {"(ALARM(a)OR INSUFFICIENT_DATA(b)) AND TRUE",
		"when (\"a\" is in ALARM or \"b\" is in INSUFFICIENT_DATA) and "
		"always."},
	    {"AT_LEAST(2, ALARM, (a, \"b\\\"c\", d))",
		"when at least 2 of (\"a\", \"b\"c\", \"d\") are in ALARM."},
	    {"AT_LEAST( 50%, NOT OK, ( a ,b ) ) OR FALSE",
		"when at least 50% of (\"a\", \"b\") are not OK or never."},
	    {"ALARM(\"arn:aws:cloudwatch:us-east-1:1:alarm:x:y\")",
		"when \"x:y\" is in ALARM."}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = {0};

		explain_rule(&out, span_text(rows[i].rule));
		ck_assert_msg(strncmp(buf_cstr(&out), rows[i].words,
				  strlen(rows[i].words)) == 0,
		    "%s: %s", rows[i].rule, buf_cstr(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_composite)
{
	struct alarm alarm = {.kind = ALARM_COMPOSITE,
	    .name = SPAN_OF("both"),
	    .actions_enabled = true,
	    .actions = {{topic, 0}, {topic, 0}, {topic, 1}},
	    .rule_text = SPAN_OF("ALARM(a) AND ALARM(b)"),
	    .suppressor = SPAN_OF("maintenance"),
	    .suppressor_wait_ms = 60000,
	    .suppressor_extension_ms = 120000};

	says(&alarm, 0, "both, a composite alarm");
	says(&alarm, 0, "rings when \"a\" is in ALARM and \"b\" is in ALARM.");
	says(&alarm, 0,
	    "Actions do not run while maintenance is in ALARM. After a change "
	    "they wait 60 s for it to ring; when it ends they wait 120 s "
	    "more.");
	says_not(&alarm, "TreatMissingData");
}
END_TEST

/* No line is too wide for a terminal but by a word that is wider itself. */
START_TEST(lines_fit)
{
	struct alarm alarm = alarm_plain();
	const struct explain_context context = {.delay_ms = 180000};
	struct buf out = {0};
	size_t column = 0, words = 0;

	alarm.description = SPAN_OF("é é é é é é é é é é é é é é é é é é é é é "
				    "é é é é é é é é é é é é é é é é é é é");
	explain(&out, &alarm, &context);
	for (size_t i = 0; i < out.len; i++) {
		if (out.bytes[i] == '\n') {
			ck_assert_msg(column <= 80 || words <= 3, "%.*s",
			    (int)out.len, out.bytes);
			column = words = 0;
			continue;
		}
		words +=
		    out.bytes[i] == ' ' && i > 0 && out.bytes[i - 1] != ' ';
		column += ((unsigned char)out.bytes[i] & 0xc0) != 0x80;
	}
	buf_fini(&out);
}
END_TEST

TEST_MAIN("explain", a_metric, what_may_surprise, what_the_stream_must_carry,
    math_and_bands, a_query, mute_rules, rules_in_words, a_composite, lines_fit)
