/* Series that are not seen any more, as the engine forgets them: by the clock
 * of the entries, without a change in what rings. */
#include "base/buf.h"
#include "pipeline/engine.h"
#include "testing.h"

#define START 1767225600000 /* 2026-01-01T00:00:00Z */
#define MINUTE 60000LL
#define HOUR (60 * MINUTE)

#define CONFIG                                                                 \
	"{\"series\":{\"forget\":7200000},\"delay\":{\"default\":120000},"     \
	"\"alarms\":[{\"AlarmName\":\"metric\",\"Namespace\":\"N\","           \
	"\"MetricName\":\"m\",\"Dimensions\":[{\"Name\":\"Id\","               \
	"\"Value\":\"1\"}],\"Statistic\":\"Maximum\",\"Period\":60,"           \
	"\"EvaluationPeriods\":1,\"Threshold\":10,"                            \
	"\"ComparisonOperator\":\"GreaterThanThreshold\"},"                    \
	"{\"AlarmName\":\"query\",\"Metrics\":[{\"Id\":\"q\",\"Expression\":"  \
	"\"SELECT MAX(m) FROM SCHEMA(N, Id) GROUP BY Id ORDER BY MAX() "       \
	"DESC\",\"Period\":60,"                                                \
	"\"ReturnData\":true}],\"EvaluationPeriods\":1,\"Threshold\":10,"      \
	"\"ComparisonOperator\":\"GreaterThanThreshold\","                     \
	"\"TreatMissingData\":\"notBreaching\"}]}"

struct run {
	struct engine *engine;
	struct outcome outcome;
	struct buf log, gone; /* what rang, when series were forgotten */
	uint64_t seq;
	size_t forgotten;
	bool saves; /* goes on from its saved state after every entry */
};

static struct engine *
make(void)
{
	const struct engine_options options = {
	    .step_ms = MINUTE, .delay_ms = -1, .from_ms = INT64_MIN};

	return engine_create(&options);
}

static void
reload(struct run *run)
{
	struct buf saved = {0}, again = {0};
	struct err err;

	engine_save(run->engine, &saved);
	engine_free(&run->engine);
	run->engine = make();
	ck_assert_msg(engine_load(run->engine, buf_span(&saved), &err) == RC_OK,
	    "%s", err.text);
	engine_save(run->engine, &again);
	ck_assert(span_equal(buf_span(&saved), buf_span(&again)));
	buf_fini(&saved);
	buf_fini(&again);
}

static void
apply(struct run *run, struct entry entry)
{
	struct err err;

	entry.seq = ++run->seq;
	outcome_clear(&run->outcome);
	ck_assert_int_eq(
	    engine_apply(run->engine, &entry, &run->outcome, &err), RC_OK);
	run->forgotten += run->outcome.forgotten;
	if (run->outcome.forgotten > 0)
		buf_printf(&run->gone, "%zu at %lld\n", run->outcome.forgotten,
		    (long long)(entry.arrival_ms - START));
	for (size_t i = 0; i < run->outcome.ntransitions; i++) {
		const struct transition *t = &run->outcome.transitions[i];

		buf_printf(&run->log, "%s%s %lld %d>%d\n", t->id,
		    t->contributor == NULL ? "" : t->contributor->id,
		    (long long)t->time_ms, t->from, t->to);
	}
	ck_assert_msg(
	    run->outcome.ncomplaints == 0, "%s", run->outcome.complaints[0]);
	if (run->saves)
		reload(run);
}

static void
begin(struct run *run, const char *config, bool saves)
{
	*run = (struct run){.engine = make(), .saves = saves};
	outcome_init(&run->outcome);
	apply(run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = START,
		.config = span_text(config)});
}

static void
end(struct run *run)
{
	engine_free(&run->engine);
	outcome_fini(&run->outcome);
	buf_fini(&run->log);
	buf_fini(&run->gone);
}

/* A line of JSON, so that the identity cache knows the series. */
static void
say(struct run *run, int64_t at_ms, const char *id, double value)
{
	struct buf line = {0};
	struct span record;

	buf_printf(&line,
	    "{\"metric_stream_name\":\"s\",\"account_id\":\"1\",\"region\":"
	    "\"r\",\"namespace\":\"N\",\"metric_name\":\"m\",\"dimensions\":{"
	    "\"Id\":\"%s\"},\"timestamp\":%lld,\"value\":{\"max\":%.1f,\"min\":"
	    "%.1f,\"sum\":%.1f,\"count\":1.0},\"unit\":\"None\"}\n",
	    id, (long long)(START + at_ms), value, value, value);
	record = buf_span(&line);
	apply(run,
	    (struct entry){.kind = ENTRY_BATCH,
		.arrival_ms = START + at_ms + MINUTE,
		.records = &record,
		.nrecords = 1});
	buf_fini(&line);
}

static void
tick(struct run *run, int64_t at_ms)
{
	apply(run,
	    (struct entry){.kind = ENTRY_TICK, .arrival_ms = START + at_ms});
}

/* Two series come and go and come again; a third keeps on. */
static void
come_and_go(struct run *run)
{
	for (int64_t m = 0; m < 8 * 60; m += 5) {
		if (m < 30 || m > 6 * 60) {
			say(run, m * MINUTE, "1", (double)(m % 20));
			say(run, m * MINUTE, "2", (double)(m % 15));
			/* Replaced: its group is made anew from its members. */
			say(run, m * MINUTE, "2", (double)(m % 12));
		}
		say(run, m * MINUTE, "3", (double)(m % 25));
		tick(run, m * MINUTE + 2 * MINUTE);
	}
}

START_TEST(only_what_is_not_seen_is_forgotten)
{
	struct run run;

	begin(&run, CONFIG, false);
	say(&run, 0, "1", 1);
	say(&run, 0, "2", 1);
	ck_assert_uint_eq(engine_sizes(run.engine).series, 2);
	say(&run, 2 * HOUR, "2", 1);
	tick(&run, 2 * HOUR + 59 * MINUTE);
	ck_assert_uint_eq(run.forgotten, 0);
	tick(&run, 3 * HOUR);
	ck_assert_uint_eq(run.forgotten, 1);
	ck_assert_uint_eq(engine_sizes(run.engine).series, 1);
	/* Known by its raw bytes before, and made anew now. */
	say(&run, 3 * HOUR + MINUTE, "1", 50);
	ck_assert_uint_eq(run.outcome.counts.kept, 1);
	ck_assert_uint_eq(engine_sizes(run.engine).series, 2);
	end(&run);
}
END_TEST

START_TEST(without_a_time_nothing_is_forgotten)
{
	struct run run;

	begin(&run, "{\"alarms\":[]}", false);
	say(&run, 0, "1", 1);
	tick(&run, 1000 * HOUR);
	ck_assert_uint_eq(run.forgotten, 0);
	ck_assert_uint_eq(engine_sizes(run.engine).series, 1);
	end(&run);
}
END_TEST

/* The same with a memory that keeps all, and with one that is saved and
 * loaded between all entries. */
START_TEST(what_rings_is_the_same)
{
	const char *never = strstr(CONFIG, "\"delay\"");
	struct run runs[3];
	struct buf config = {0};

	buf_printf(&config, "{%s", never);
	begin(&runs[0], buf_cstr(&config), false);
	begin(&runs[1], CONFIG, false);
	begin(&runs[2], CONFIG, true);
	for (size_t i = 0; i < 3; i++)
		come_and_go(&runs[i]);
	ck_assert_uint_eq(runs[0].forgotten, 0);
	ck_assert_uint_eq(runs[1].forgotten, 2);
	ck_assert_uint_eq(runs[2].forgotten, 2);
	ck_assert_uint_gt(runs[0].log.len, 1000);
	ck_assert_str_eq(buf_cstr(&runs[0].log), buf_cstr(&runs[1].log));
	ck_assert_str_eq(buf_cstr(&runs[1].log), buf_cstr(&runs[2].log));
	ck_assert_str_eq(buf_cstr(&runs[1].gone), buf_cstr(&runs[2].gone));
	for (size_t i = 0; i < 3; i++)
		end(&runs[i]);
	buf_fini(&config);
}
END_TEST

TEST_MAIN("forget", only_what_is_not_seen_is_forgotten,
    without_a_time_nothing_is_forgotten, what_rings_is_the_same)
