/*
 * What rollups cost: the same points of 10,000 series through engines with no
 * rollup, with one, ten and a thousand, minute by minute in turn, in one run.
 *
 *     rollups_bench [MINUTES]
 *
 * Points come as JSON lines, 500 to an entry, each minute in another order;
 * only engine_apply() is timed, by the thread's CPU clock, what windows cost at
 * the minute's end included. Every point is read by as many rollups as the row
 * says; the engine without rollups has an alarm query over all series, so that
 * it keeps panes too. The first minutes are not timed: they make series and
 * groups, and fill the panes that are kept for revising.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "pipeline/engine.h"

#define START_MS 1767225600000LL
#define BATCH 500
#define SERIES 10000
#define GROUPS 100
#define WARM_UP 40

static const struct bench_row {
	const char *what;
	int rollups, read; /* all, and those that read one point */
	const char *group_by;
	bool where;
} bench_rows[] = {{"no rollup", 0, 0, "", false},
    {"1 rollup, 100 groups", 1, 1, "Team", false},
    {"1 rollup, 10,000 groups", 1, 1, "InstanceId", false},
    {"10 rollups, 100 groups", 10, 10, "Team", false},
    {"1,000 rollups, 1 group", 1000, 10, "Team", true}};
#define ENGINES (sizeof(bench_rows) / sizeof(*bench_rows))

struct bench {
	struct engine *engines[ENGINES];
	double seconds[ENGINES];
	uint64_t lines[ENGINES];
	struct outcome outcome;
	uint64_t seq, state;
};

static uint64_t
bench_random(struct bench *bench)
{
	bench->state = bench->state * 6364136223846793005ULL + 1;
	return bench->state >> 33;
}

static double
bench_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void
bench_define(struct buf *out, const struct bench_row *row)
{
	static const char *const functions[] = {"AVG", "MAX", "MIN", "SUM"};

	buf_text(out,
	    "{\"delay\":{\"default\":180000},\"alarms\":[{\"AlarmName\":\"all\""
	    ",\"Metrics\":[{\"Id\":\"q\",\"Expression\":\"SELECT "
	    "AVG(CPUUtilization) FROM \\\"AWS/EC2\\\"\",\"Period\":60,"
	    "\"ReturnData\":true}],\"EvaluationPeriods\":1,\"Threshold\":1e9,"
	    "\"ComparisonOperator\":\"GreaterThanThreshold\"}],\"rollups\":[");
	for (int i = 0; i < row->rollups; i++) {
		buf_printf(out,
		    "%s{\"name\":\"r%d\",\"query\":\"SELECT %s(CPUUtilization) "
		    "FROM \\\"AWS/EC2\\\"",
		    i > 0 ? "," : "", i, functions[i % 4]);
		if (row->where)
			buf_printf(out, " WHERE Team = 't%d'", i % GROUPS);
		buf_printf(out,
		    " GROUP BY %s\",\"window\":60000,\"revise\":900000}",
		    row->group_by);
	}
	buf_text(out, "]}");
}

static void
bench_apply(struct bench *bench, size_t at, const struct entry *entry)
{
	double began = bench_now();
	struct err err;

	outcome_clear(&bench->outcome);
	if (engine_apply(bench->engines[at], entry, &bench->outcome, &err) !=
	    RC_OK)
		log_die("%s", err.text);
	bench->seconds[at] += bench_now() - began;
	bench->lines[at] += bench->outcome.nrollups;
	if (bench->outcome.ncomplaints > 0)
		log_die("%s", bench->outcome.complaints[0]);
}

static void
bench_line(struct bench *bench, struct buf *out, size_t series, int64_t ms)
{
	double value = (double)(bench_random(bench) % 1000) / 10;

	buf_printf(out,
	    "{\"metric_stream_name\":\"bench\",\"account_id\":\"111122223333\","
	    "\"region\":\"us-east-1\",\"namespace\":\"AWS/EC2\","
	    "\"metric_name\":\"CPUUtilization\",\"dimensions\":{\"InstanceId\":"
	    "\"i-%017zx\",\"Team\":\"t%zu\"},\"timestamp\":%lld,\"value\":{"
	    "\"max\":%g,\"min\":%g,\"sum\":%g,\"count\":5.0},\"unit\":"
	    "\"Percent\"}\n",
	    series, series % GROUPS, (long long)ms, value, value, value * 5);
}

/* A minute for one engine; every engine sees the same bytes. */
static void
bench_minute(struct bench *bench, size_t at, size_t minute, struct buf *text)
{
	int64_t ms = START_MS + (int64_t)minute * 60000;
	size_t step = 7919 + 2 * minute; /* another order each minute */
	struct entry entry = {.kind = ENTRY_BATCH};

	while (step % 5 == 0)
		step += 2;
	bench->state = minute + 1;
	for (size_t done = 0; done < SERIES; done += BATCH) {
		struct span record;

		buf_clear(text);
		for (size_t i = done; i < done + BATCH; i++)
			bench_line(bench, text, i * step % SERIES, ms);
		record = buf_span(text);
		entry.seq = ++bench->seq;
		entry.arrival_ms =
		    ms + 120000 + (int64_t)(60000 * done / SERIES);
		entry.records = &record;
		entry.nrecords = 1;
		bench_apply(bench, at, &entry);
	}
}

static void
bench_start(struct bench *bench)
{
	const struct engine_options options = {
	    .step_ms = 60000, .delay_ms = -1, .from_ms = INT64_MIN};
	struct buf config = {0};

	outcome_init(&bench->outcome);
	for (size_t i = 0; i < ENGINES; i++) {
		struct entry entry = {
		    .kind = ENTRY_CONFIG, .arrival_ms = START_MS};

		buf_clear(&config);
		bench_define(&config, &bench_rows[i]);
		entry.config = buf_span(&config);
		bench->engines[i] = engine_create(&options);
		bench_apply(bench, i, &entry);
	}
	buf_fini(&config);
}

static void
bench_print(const struct bench *bench, double points)
{
	double none = bench->seconds[0] / points * 1e9;

	for (size_t i = 0; i < ENGINES; i++) {
		const struct bench_row *row = &bench_rows[i];
		double ns = bench->seconds[i] / points * 1e9;

		printf(
		    "%-24s %7.0f ns a point, %+7.1f", row->what, ns, ns - none);
		if (row->read > 0)
			printf(", %5.1f for each of %d that read it",
			    (ns - none) / row->read, row->read);
		printf("; %llu lines\n", (unsigned long long)bench->lines[i]);
	}
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};
	size_t minutes = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;
	struct buf text = {0};

	bench_start(&bench);
	for (size_t m = 0; m < WARM_UP + minutes; m++) {
		for (size_t i = 0; i < ENGINES; i++) {
			if (m == WARM_UP)
				bench.seconds[i] = (double)(bench.lines[i] = 0);
			bench_minute(&bench, i, m, &text);
		}
	}
	printf("%d series, %zu minutes\n", SERIES, minutes);
	bench_print(&bench, (double)SERIES * (double)minutes);
	for (size_t i = 0; i < ENGINES; i++)
		engine_free(&bench.engines[i]);
	outcome_fini(&bench.outcome);
	buf_fini(&text);
	return 0;
}
