/*
 * What alarms cost: the same points through engines with no alarm, a thousand
 * and a hundred thousand, minute by minute in turn, in one run.
 *
 *     alarms_bench [SERIES [MINUTES]]
 *
 * Points come as JSON lines, 500 to an entry, each minute in another order;
 * only engine_apply() is timed, by the thread's CPU clock. Prints ns a point
 * for each engine and the ratio to the engine without alarms. The first four
 * minutes are not timed: they make the series and take every alarm out of
 * INSUFFICIENT_DATA.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "pipeline/engine.h"

#define START_MS 1767225600000LL
#define BATCH 500
#define WARM_UP 4

static const size_t bench_alarms[] = {0, 1000, 100000};
#define ENGINES (sizeof(bench_alarms) / sizeof(*bench_alarms))

struct bench {
	struct engine *engines[ENGINES];
	double seconds[ENGINES];
	uint64_t transitions[ENGINES];
	struct outcome outcome;
	size_t series;
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

/* Alarms on every n-th series. */
static void
bench_define(struct buf *out, size_t alarms, size_t series)
{
	buf_text(out,
	    "{\"account\":\"\",\"region\":\"\",\"delay\":{"
	    "\"default\":180000},\"alarms\":[");
	for (size_t i = 0; i < alarms; i++)
		buf_printf(out,
		    "%s{\"AlarmName\":\"cpu-%zu\",\"Namespace\":\"AWS/EC2\","
		    "\"MetricName\":\"CPUUtilization\",\"Dimensions\":[{"
		    "\"Name\":\"InstanceId\",\"Value\":\"i-%017zx\"}],"
		    "\"Statistic\":\"Average\",\"Period\":60,"
		    "\"EvaluationPeriods\":5,\"DatapointsToAlarm\":3,"
		    "\"Threshold\":90.0,\"ComparisonOperator\":"
		    "\"GreaterThanThreshold\"}",
		    i > 0 ? "," : "", i, i * (series / alarms));
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
	bench->transitions[at] += bench->outcome.ntransitions;
}

static void
bench_line(struct bench *bench, struct buf *out, size_t series, int64_t ms)
{
	double value = (double)(bench_random(bench) % 1000) / 10;

	buf_printf(out,
	    "{\"metric_stream_name\":\"bench\",\"account_id\":\"111122223333\","
	    "\"region\":\"us-east-1\",\"namespace\":\"AWS/EC2\","
	    "\"metric_name\":\"CPUUtilization\",\"dimensions\":{\"InstanceId\":"
	    "\"i-%017zx\"},\"timestamp\":%lld,\"value\":{\"max\":%g,\"min\":%g,"
	    "\"sum\":%g,\"count\":5.0},\"unit\":\"Percent\"}\n",
	    series, (long long)ms, value, value, value * 5);
}

/* A minute for one engine; every engine sees the same bytes. */
static void
bench_minute(struct bench *bench, size_t at, size_t minute, struct buf *text)
{
	int64_t ms = START_MS + (int64_t)minute * 60000;
	size_t step = 1000003 + 2 * minute; /* another order each minute */
	struct entry entry = {.kind = ENTRY_BATCH};

	bench->state = minute + 1;
	for (size_t done = 0; done < bench->series; done += BATCH) {
		struct span record;

		buf_clear(text);
		for (size_t i = done; i < done + BATCH; i++)
			bench_line(bench, text, i * step % bench->series, ms);
		record = buf_span(text);
		entry.seq = ++bench->seq;
		entry.arrival_ms =
		    ms + 120000 + (int64_t)(60000 * done / bench->series);
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
		bench_define(&config, bench_alarms[i], bench->series);
		entry.config = buf_span(&config);
		bench->engines[i] = engine_create(&options);
		bench_apply(bench, i, &entry);
	}
	buf_fini(&config);
}

int
main(int argc, char **argv)
{
	struct bench bench = {
	    .series = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000};
	size_t minutes = argc > 2 ? strtoul(argv[2], NULL, 10) : 8;
	double points = (double)bench.series * (double)(minutes - WARM_UP);
	struct buf text = {0};

	bench.series -= bench.series % BATCH;
	if (minutes <= WARM_UP || bench.series < 100000)
		log_die("at least 100000 series and %d minutes", WARM_UP + 1);
	bench_start(&bench);
	for (size_t m = 0; m < minutes; m++) {
		for (size_t i = 0; i < ENGINES; i++) {
			if (m == WARM_UP)
				bench.seconds[i] = bench.transitions[i] = 0;
			bench_minute(&bench, i, m, &text);
		}
	}
	printf("%zu series, %.0f points each\n", bench.series, points);
	for (size_t i = 0; i < ENGINES; i++)
		printf("%6zu alarms  %7.0f ns a point, %.2f M points/s, "
		       "%.2f x none, %llu transitions\n",
		    bench_alarms[i], bench.seconds[i] / points * 1e9,
		    points / bench.seconds[i] / 1e6,
		    bench.seconds[i] / bench.seconds[0],
		    (unsigned long long)bench.transitions[i]);
	for (size_t i = 0; i < ENGINES; i++)
		engine_free(&bench.engines[i]);
	outcome_fini(&bench.outcome);
	buf_fini(&text);
	return 0;
}
