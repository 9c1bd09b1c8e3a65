/* Alarms on silence, by scripts: what comes at which second, and what rings. */
#include "base/buf.h"
#include "base/text.h"
#include "pipeline/engine.h"
#include "testing.h"

#define START 1767225600000 /* 2026-01-01T00:00:00Z */
#define SECOND 1000
#define MINUTE (60 * SECOND)

#define CONFIG(alarms)                                                         \
	"{\"region\":\"r\",\"account\":\"1\",\"feeds\":{\"slow\":600000},"     \
	"\"alarms\":[" alarms "]}"
#define ALARM(name, tocsin)                                                    \
	"{\"AlarmName\":\"" name "\",\"Tocsin\":{" tocsin "}}"
#define LINE(region, namespace)                                                \
	"{\"account_id\":\"1\",\"region\":\"" region                           \
	"\",\"namespace\":\"" namespace "\",\"metric_name\":\"m\","            \
					"\"dimensions\":{},\"timestamp\":"     \
					"1767225600000,\"value\":{\"max\":1,"  \
					"\"min\":1,\"sum\":1,\"count\":1},"    \
					"\"unit\":\"None\"}\n"

static const struct engine_options live = {
    .step_ms = MINUTE, .delay_ms = -1, .from_ms = INT64_MIN};

struct run {
	struct engine *engine;
	struct outcome outcome;
	struct buf log; /* "5m a ALARM; " for each transition */
	uint64_t seq;
	bool restarts; /* saved and loaded after each entry */
	bool reasons;  /* of ALARM, in the log */
};

static void
run_restart(struct run *run)
{
	struct buf bytes = {0};
	struct err err;

	engine_save(run->engine, &bytes);
	engine_free(&run->engine);
	run->engine = engine_create(&live);
	ck_assert_int_eq(
	    engine_load(run->engine, buf_span(&bytes), &err), RC_OK);
	buf_fini(&bytes);
}

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
		buf_printf(&run->log, "%s %.*s %s", after,
		    SPAN_ARGS(t->alarm->name), alarm_state_names[t->to]);
		if (run->reasons && t->to == STATE_ALARM)
			buf_printf(&run->log, ": %.*s", SPAN_ARGS(t->reason));
		buf_text(&run->log, "; ");
	}
	if (run->restarts)
		run_restart(run);
}

static void
run_config(struct run *run, int64_t at_ms, const char *config)
{
	run_entry(run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = START + at_ms,
		.config = span_text(config)});
}

static void
run_begin(struct run *run, const char *config, bool restarts)
{
	*run = (struct run){.restarts = restarts};
	run->engine = engine_create(&live);
	outcome_init(&run->outcome);
	run_config(run, 0, config);
}

static void
run_end(struct run *run, const char *log)
{
	ck_assert_str_eq(buf_cstr(&run->log), log);
	engine_free(&run->engine);
	outcome_fini(&run->outcome);
	buf_fini(&run->log);
}

static void
run_batch(struct run *run, int64_t at_ms, const char *feed, const char *line)
{
	const struct span record = span_text(line);

	run_entry(run,
	    (struct entry){.kind = ENTRY_BATCH,
		.arrival_ms = START + at_ms,
		.source = span_text(feed),
		.records = &record,
		.nrecords = 1});
}

/* Ticks every ten seconds, behind `from_ms` and up to `to_ms`. */
static void
run_ticks(struct run *run, int64_t from_ms, int64_t to_ms)
{
	for (int64_t at = from_ms + 10 * SECOND; at <= to_ms; at += 10 * SECOND)
		run_entry(run,
		    (struct entry){
			.kind = ENTRY_TICK, .arrival_ms = START + at});
}

#define FEED_A ALARM("a", "\"Silence\":{\"Feed\":\"a\"},\"After\":\"5m\"")

static void
a_feed_that_stops(bool restarts)
{
	struct run run;

	run_begin(&run, CONFIG(FEED_A), restarts);
	run_batch(&run, MINUTE, "a", LINE("r", "N"));
	run_batch(&run, 2 * MINUTE, "b", LINE("r", "N"));
	run_ticks(&run, 2 * MINUTE, 7 * MINUTE);
	run_batch(&run, 8 * MINUTE, "a", LINE("r", "N"));
	run_end(&run, "1m a OK; 6m a ALARM; 8m a OK; ");
}

/* It counts from when the alarm was made. */
static void
a_feed_that_never_came(bool restarts)
{
	struct run run;

	run_begin(&run, CONFIG(FEED_A), restarts);
	run_ticks(&run, 0, 3 * MINUTE);
	run_config(&run, 3 * MINUTE,
	    CONFIG(FEED_A "," ALARM("n", "\"Silence\":{\"Feed\":\"n\"}")));
	run_ticks(&run, 3 * MINUTE, 9 * MINUTE);
	run_end(&run, "5m a ALARM; 8m n ALARM; ");
}

/* Nobody listened between two entries that far apart. */
static void
a_gap_in_the_log_is_no_silence(bool restarts)
{
	struct run run;

	run_begin(&run, CONFIG(FEED_A), restarts);
	run_batch(&run, MINUTE, "a", LINE("r", "N"));
	run_ticks(&run, 21 * MINUTE - 10 * SECOND, 25 * MINUTE);
	run_batch(&run, 25 * MINUTE, "a", LINE("r", "N"));
	run_ticks(&run, 25 * MINUTE, 31 * MINUTE);
	run_end(&run, "1m a OK; 30m a ALARM; ");
}

static void
feeds_say_after_how_long(bool restarts)
{
	struct run run;

	run_begin(&run,
	    CONFIG(ALARM("s", "\"Silence\":{\"Feed\":\"slow\"}") "," ALARM(
		"u", "\"Silence\":{\"Feed\":\"usual\"}")),
	    restarts);
	run_ticks(&run, 0, 11 * MINUTE);
	run_end(&run, "5m u ALARM; 10m s ALARM; ");
}

#define REGION_R ALARM("r", "\"Silence\":{\"Region\":\"r\"}")
#define NAMESPACE_N                                                            \
	ALARM("n", "\"Silence\":{\"Namespace\":\"N\",\"Region\":\"r\"}")
#define OTHER_ACCOUNT                                                          \
	ALARM("o", "\"Silence\":{\"Region\":\"r\",\"Account\":\"2\"}")

/* Own metrics say nothing of the Region where tocsin runs. */
static void
regions_and_namespaces(bool restarts)
{
	struct run run;

	run_begin(
	    &run, CONFIG(REGION_R "," NAMESPACE_N "," OTHER_ACCOUNT), restarts);
	run_batch(&run, MINUTE, "a", LINE("r", "N") LINE("q", "N"));
	run_batch(&run, 2 * MINUTE, "a", LINE("r", "M"));
	run_ticks(&run, 2 * MINUTE, 6 * MINUTE);
	run_batch(&run, 6 * MINUTE, "tocsin", LINE("r", "Tocsin"));
	run_ticks(&run, 6 * MINUTE, 8 * MINUTE);
	run_end(&run, "1m r OK; 1m n OK; 5m o ALARM; 6m n ALARM; 7m r ALARM; ");
}

static void
all_partitions_are_the_feed(bool restarts)
{
	struct run run;

	run_begin(&run, CONFIG(FEED_A), restarts);
	run_batch(&run, MINUTE, "kafka/a/topic/0", LINE("r", "N"));
	run_ticks(&run, MINUTE, 4 * MINUTE);
	run_batch(&run, 4 * MINUTE, "kafka/a/topic/1", LINE("r", "N"));
	run_batch(&run, 5 * MINUTE, "kafka/ab/topic/1", LINE("r", "N"));
	run_ticks(&run, 5 * MINUTE, 9 * MINUTE);
	run_end(&run, "1m a OK; 9m a ALARM; ");
}

#define REPORT(age)                                                            \
	"{\"account_id\":\"1\",\"region\":\"r\",\"namespace\":\"Tocsin\","     \
	"\"metric_name\":\"PeerHeard\",\"dimensions\":{\"Name\":\"me\","       \
	"\"Peer\":\"west\",\"Region\":\"r\"},\"timestamp\":1767225600000,"     \
	"\"value\":{\"max\":" age ",\"min\":" age ",\"sum\":" age              \
	",\"count\":1},\"unit\":\"Seconds\"}\n"

/* A link that is cut is told from a Region that is dead; a replica of what
 * peers said elsewhere is no peer's word. */
static void
a_peer_is_evidence(bool restarts)
{
	struct run run;

	run_begin(&run,
	    CONFIG(ALARM("r", "\"Silence\":{\"Region\":\"r\"}") "," ALARM(
		"p", "\"Silence\":{\"Peer\":\"west\"}")),
	    restarts);
	run.reasons = true;
	run_batch(&run, MINUTE, "a", LINE("r", "N"));
	run_batch(&run, MINUTE, "peer/west", REPORT("1"));
	run_ticks(&run, MINUTE, 5 * MINUTE + 50 * SECOND);
	run_batch(&run, 5 * MINUTE + 55 * SECOND, "peer/west", REPORT("2"));
	run_batch(&run, 5 * MINUTE + 56 * SECOND, "replica", REPORT("300"));
	run_ticks(&run, 5 * MINUTE + 50 * SECOND, 11 * MINUTE);
	run_end(&run,
	    "1m r OK; 1m p OK; 6m r ALARM: Nothing of Region r came for 5m: "
	    "the last came at 2026-01-01T00:01:00.000Z. Feeds that still come: "
	    "replica. Peer west answers, and heard r last at "
	    "2026-01-01T00:05:53.000Z: it is not the Region.; 11m p ALARM: "
	    "Nothing of peer/west came for 5m: the last came at "
	    "2026-01-01T00:05:55.000Z. No other feed comes: it may be the way "
	    "to here.; ");
}

/* Each as it is, and with a restart after each entry. */
#define BOTH(name)                                                             \
	START_TEST(name##_test)                                                \
	{                                                                      \
		name(false);                                                   \
		name(true);                                                    \
	}                                                                      \
	END_TEST

BOTH(a_feed_that_stops)
BOTH(a_feed_that_never_came)
BOTH(a_gap_in_the_log_is_no_silence)
BOTH(feeds_say_after_how_long)
BOTH(regions_and_namespaces)
BOTH(all_partitions_are_the_feed)
BOTH(a_peer_is_evidence)

TEST_MAIN("silence", a_feed_that_stops_test, a_feed_that_never_came_test,
    a_gap_in_the_log_is_no_silence_test, feeds_say_after_how_long_test,
    regions_and_namespaces_test, all_partitions_are_the_feed_test,
    a_peer_is_evidence_test)
