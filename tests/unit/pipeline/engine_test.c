/* The engine over time: delay, early answers, late data, silence. A script of
 * one letter a minute says what arrives; the transitions are told back. */
#include "pipeline/engine.h"

#include "base/buf.h"
#include "base/text.h"
#include "testing.h"

#define START 1767225600000 /* 2026-01-01T00:00:00Z */
#define MINUTE 60000

#define ALARM(more)                                                            \
	"{\"region\":\"r\",\"account\":\"1\",\"delay\":{\"default\":120000},"  \
	"\"alarms\":[{\"AlarmName\":\"a\",\"Namespace\":\"N\","                \
	"\"MetricName\":\"m\",\"Statistic\":\"Maximum\",\"Period\":60,"        \
	"\"Threshold\":10,\"ComparisonOperator\":"                             \
	"\"GreaterThanThreshold\"," more "}]}"

struct run {
	struct engine *engine;
	struct outcome outcome;
	struct buf log; /* "3m OK>ALARM " for each transition */
	struct outcome_counts total;
	uint64_t seq;
};

static void
run_entry(struct run *run, struct entry entry)
{
	struct err err;

	entry.seq = ++run->seq;
	outcome_clear(&run->outcome);
	ck_assert_int_eq(
	    engine_apply(run->engine, &entry, &run->outcome, &err), RC_OK);
	for (size_t i = 0; i < run->outcome.ntransitions; i++) {
		const struct transition *t = &run->outcome.transitions[i];
		char after[TEXT_TIME_SIZE];

		text_duration(after, t->time_ms - START);
		buf_printf(&run->log, "%s %s>%s%s ", after,
		    alarm_state_names[t->from], alarm_state_names[t->to],
		    t->revised ? "!" : "");
	}
	run->total.decoded += run->outcome.counts.decoded;
	run->total.kept += run->outcome.counts.kept;
	run->total.replaced += run->outcome.counts.replaced;
	run->total.kept_old += run->outcome.counts.kept_old;
	run->total.late += run->outcome.counts.late;
	run->total.future += run->outcome.counts.future;
	run->total.unread += run->outcome.counts.unread;
	run->total.refused += run->outcome.counts.refused;
}

static void
run_begin(
    struct run *run, const char *config, bool event_order, int64_t delay_ms)
{
	const struct engine_options options = {.step_ms = MINUTE,
	    .delay_ms = delay_ms,
	    .from_ms = INT64_MIN,
	    .event_order = event_order};

	*run = (struct run){0};
	run->engine = engine_create(&options);
	outcome_init(&run->outcome);
	run_entry(run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = START - 3600000,
		.config = span_text(config)});
}

static void
run_end(struct run *run)
{
	const struct outcome_counts *c = &run->total;

	/* Points in = points out + named losses. */
	ck_assert_uint_eq(c->decoded,
	    c->kept + c->replaced + c->kept_old + c->late + c->future +
		c->unread + c->refused);
	engine_free(&run->engine);
	outcome_fini(&run->outcome);
	buf_fini(&run->log);
}

/* At `clock` arrives the point of minute `minute`. */
static void
run_point(struct run *run, int64_t clock, int64_t minute, double value,
    double count, const char *region)
{
	struct point point = {
	    .series = {SPAN_OF("1"), span_text(region), SPAN_OF("N"),
		SPAN_OF("m"), SPAN_OF("None"), NULL, 0},
	    .timestamp_ms = START + minute * MINUTE,
	    .sum = value * count,
	    .count = count,
	    .min = value,
	    .max = value};

	run_entry(run,
	    (struct entry){.kind = ENTRY_POINTS,
		.arrival_ms = START + clock,
		.points = &point,
		.npoints = 1});
}

static void
run_tick(struct run *run, int64_t clock)
{
	run_entry(run,
	    (struct entry){.kind = ENTRY_TICK, .arrival_ms = START + clock});
}

/* One letter a minute, each at the minute's end: 0 good, X bad, - nothing. */
static void
run_script(struct run *run, const char *script)
{
	for (int64_t minute = 0; script[minute] != '\0'; minute++) {
		int64_t clock = (minute + 1) * MINUTE;

		if (script[minute] == '-')
			run_tick(run, clock);
		else
			run_point(run, clock, minute,
			    script[minute] == 'X' ? 50 : 1, 1, "r");
	}
}

START_TEST(event_order_scripts)
{
	static const struct {
		const char *config;
		int64_t delay_ms;
		const char *script, *expected;
	} rows[] = {
	    /* No delay: every verdict at the minute's end. */
	    {ALARM("\"EvaluationPeriods\":1"), 0, "00XX00",
		"1m INSUFFICIENT_DATA>OK 3m OK>ALARM 5m ALARM>OK "},
	    {ALARM("\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2"), 0,
		"000X0X000",
		"1m INSUFFICIENT_DATA>OK 6m OK>ALARM 7m ALARM>OK "},
	    /* Two minutes of delay: OK waits for it, ALARM does not. */
	    {ALARM("\"EvaluationPeriods\":1"), -1, "00XX00---",
		"3m INSUFFICIENT_DATA>ALARM 7m ALARM>OK "},
	    /* Missing: three periods of nothing beyond the range. */
	    {ALARM("\"EvaluationPeriods\":1"), 0, "0-----",
		"1m INSUFFICIENT_DATA>OK 4m OK>INSUFFICIENT_DATA "},
	    {ALARM("\"EvaluationPeriods\":1,\"TreatMissingData\":"
		   "\"breaching\""),
		0, "0-----0",
		"1m INSUFFICIENT_DATA>OK 4m OK>ALARM 7m ALARM>OK "},
	    {ALARM("\"EvaluationPeriods\":1,\"TreatMissingData\":"
		   "\"notBreaching\""),
		0, "X-----", "1m INSUFFICIENT_DATA>ALARM 4m ALARM>OK "},
	    {ALARM("\"EvaluationPeriods\":1,\"TreatMissingData\":\"ignore\""),
		0, "X-----", "1m INSUFFICIENT_DATA>ALARM "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run run;

		run_begin(&run, rows[i].config, true, rows[i].delay_ms);
		run_script(&run, rows[i].script);
		ck_assert_msg(strcmp(buf_cstr(&run.log), rows[i].expected) == 0,
		    "row %zu %s: %s", i, rows[i].script, buf_cstr(&run.log));
		run_end(&run);
	}
}
END_TEST

START_TEST(late_data_revises)
{
	struct run run;

	run_begin(&run, ALARM("\"EvaluationPeriods\":1"), false, -1);
	run_point(&run, 70000, 0, 1, 1, "r");
	run_tick(&run, 190000); /* minute 0 is behind the frontier: OK */
	run_point(&run, 195000, 0, 50, 2, "r"); /* it grew, and breaches */
	run_point(&run, 196000, 0, 1, 1, "r");	/* an older version: stays */
	ck_assert_str_eq(
	    buf_cstr(&run.log), "190s INSUFFICIENT_DATA>OK 195s OK>ALARM! ");
	ck_assert_uint_eq(run.total.kept_old, 1);
	run_end(&run);
}
END_TEST

START_TEST(rings_on_the_entry_that_decides)
{
	struct run run;

	run_begin(&run,
	    ALARM("\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2"), false,
	    -1);
	run_point(&run, 65000, 0, 50, 1, "r");
	run_point(&run, 125000, 1, 50, 1, "r");
	ck_assert_str_eq(buf_cstr(&run.log), "125s INSUFFICIENT_DATA>ALARM ");
	run_end(&run);
}
END_TEST

/* A period of five minutes whose average may still fall is not early. */
START_TEST(an_open_average_waits)
{
	struct run run;
	const char *config =
	    "{\"region\":\"r\",\"account\":\"1\",\"alarms\":[{\"AlarmName\":"
	    "\"a\",\"Namespace\":\"N\",\"MetricName\":\"m\",\"Statistic\":"
	    "\"Average\",\"Period\":120,\"EvaluationPeriods\":1,\"Threshold\":"
	    "10,\"ComparisonOperator\":\"GreaterThanThreshold\"}]}";

	run_begin(&run, config, false, -1);
	run_point(&run, 125000, 1, 50, 1, "r"); /* minute 0 is missing yet */
	ck_assert_str_eq(buf_cstr(&run.log), "");
	run_point(&run, 126000, 0, 1, 9, "r"); /* average (50+9)/10 = 5.9 */
	ck_assert_str_eq(buf_cstr(&run.log), "");
	run_point(&run, 185000, 2, 50, 9, "r"); /* (50+450)/10 = 50 */
	ck_assert_str_eq(buf_cstr(&run.log), "185s INSUFFICIENT_DATA>ALARM ");
	run_end(&run);
}
END_TEST

/* In a log nobody is paged for what lies before the first entry. */
START_TEST(start_up_is_not_an_outage)
{
	struct run run;

	run_begin(&run,
	    ALARM("\"EvaluationPeriods\":2,\"TreatMissingData\":\"breaching\""),
	    false, -1);
	for (int64_t clock = 10000; clock <= 600000; clock += 10000)
		run_tick(&run, clock);
	ck_assert_str_eq(buf_cstr(&run.log), "4m INSUFFICIENT_DATA>ALARM ");
	run_end(&run);
}
END_TEST

START_TEST(losses_are_named)
{
	struct run run;

	run_begin(&run, ALARM("\"EvaluationPeriods\":1"), false, -1);
	run_point(&run, 600000, 9, 1, 1, "r");
	run_point(&run, 600000, -60, 1, 1, "r");
	run_point(&run, 600000, 200, 1, 1, "r");
	run_point(&run, 600000, 9, 1, 1, "elsewhere");
	ck_assert_uint_eq(run.total.late, 1);
	ck_assert_uint_eq(run.total.future, 1);
	ck_assert_uint_eq(run.total.unread, 1);
	ck_assert_uint_eq(run.total.kept, 1);
	run_end(&run);
}
END_TEST

START_TEST(two_regions_for_one_alarm_are_told_once)
{
	struct run run;
	const char *config =
	    "{\"alarms\":[{\"AlarmName\":\"a\",\"Namespace\":\"N\","
	    "\"MetricName\":\"m\",\"Statistic\":\"Maximum\",\"Period\":60,"
	    "\"EvaluationPeriods\":1,\"Threshold\":10,\"ComparisonOperator\":"
	    "\"GreaterThanThreshold\"}]}";

	run_begin(&run, config, true, 0);
	run_point(&run, 60000, 0, 1, 1, "us-east-1");
	run_point(&run, 60000, 0, 50, 1, "us-east-2");
	ck_assert_uint_eq(run.outcome.ncomplaints, 1);
	ck_assert_ptr_nonnull(
	    strstr(run.outcome.complaints[0], "\"Tocsin\": {\"Region\""));
	run_point(&run, 120000, 1, 50, 1, "us-west-2");
	ck_assert_uint_eq(run.outcome.ncomplaints, 0);
	ck_assert_str_eq(buf_cstr(&run.log), "1m INSUFFICIENT_DATA>OK ");
	run_end(&run);
}
END_TEST

/* A changed definition keeps the state, a new one begins. */
START_TEST(a_new_configuration_keeps_states)
{
	struct run run;

	run_begin(&run, ALARM("\"EvaluationPeriods\":1"), true, 0);
	run_script(&run, "X");
	run_entry(&run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = START + 61000,
		.config = span_text(
		    ALARM("\"EvaluationPeriods\":1,\"Unit\":\"None\""))});
	run_point(&run, 120000, 1, 50, 1, "r");
	run_point(&run, 180000, 2, 5, 1, "r");
	ck_assert_str_eq(
	    buf_cstr(&run.log), "1m INSUFFICIENT_DATA>ALARM 3m ALARM>OK ");
	run_end(&run);
}
END_TEST

TEST_MAIN("engine", event_order_scripts, late_data_revises,
    rings_on_the_entry_that_decides, an_open_average_waits,
    start_up_is_not_an_outage, losses_are_named,
    two_regions_for_one_alarm_are_told_once, a_new_configuration_keeps_states)
