/*
 * What decoding costs, side by side with libraries that others would use: the
 * same points through each of them in turn, in one process and one run.
 *
 *     decoder_bench [--rounds N] [--series N] [--markdown] [--memory]
 *
 * A round is 100,000 points or, where that is more, a minute of all series, so
 * that alarms are evaluated in every one; it is made in pieces of 100,000, and
 * those are chunks of 256 KB. Every reader reads a piece before the next one
 * is made; the order they go in moves by one each round. Time is the thread's
 * CPU time; ratios are of one round, and what is printed is their median, and
 * the least and greatest. "Hot": the chunk was just written, as after a receive
 * or decompression; "streamed": read once from memory that is larger than the
 * caches. In both, the order of the series is a new one each minute.
 *
 * What each reader found is compared with what was written, chunk by chunk.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "decoder_bench.h"
#include "decoder_report.h"

#define PIECE_POINTS 100000
#define FEW_SERIES 20000

/* A number of series, and whether chunks are hot. */
struct bench_case {
	size_t series;
	bool hot;
	struct points points;
	struct chunks chunks[FORMATS];
	void **selves; /* by reader */
};

static char bench_hot[POINTS_CHUNK + TALLY_PADDING];

static double
bench_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void
bench_check(const struct reader *reader, const struct tally *found,
    const struct tally *written)
{
	bool all = reader->kind <= KIND_KNOWN;

	if (reader->kind == KIND_PACKED)
		return;
	if (found->points == written->points &&
	    (!all ||
		(found->names == written->names &&
		    found->times_ms == written->times_ms &&
		    found->values == written->values)))
		return;
	fprintf(stderr,
	    "%s finds %llu points, %llu bytes of names, %lld ms, sum %.17g;"
	    " written were %llu, %llu, %lld, %.17g\n",
	    reader->name, (unsigned long long)found->points,
	    (unsigned long long)found->names, (long long)found->times_ms,
	    found->values, (unsigned long long)written->points,
	    (unsigned long long)written->names, (long long)written->times_ms,
	    written->values);
	exit(1);
}

/* One reader over one round: ns a point. */
static double
bench_read(struct bench_case *c, size_t at)
{
	const struct reader *reader = &readers[at];
	const struct chunks *chunks = &c->chunks[reader->format];
	double spent = 0, points = 0;

	for (size_t i = 0; i < chunks->count; i += reader->part) {
		struct tally tally = {0};
		struct input in = {reader->kind == KIND_PACKED
			? chunk_packed(chunks, i)
			: chunk_plain(chunks, i),
		    chunks->at[i].newest_ms};
		double began;

		if (c->hot) {
			memcpy(bench_hot, in.bytes.at, in.bytes.len);
			in.bytes.at = bench_hot;
		}
		began = bench_now();
		reader->read(c->selves[at], &in, &tally);
		spent += bench_now() - began;
		points += (double)chunks->at[i].tally.points;
		if (reader->names != NULL)
			reader->names(c->selves[at], &tally);
		bench_check(reader, &tally, &chunks->at[i].tally);
	}
	return spent / points;
}

static void
case_open(
    struct bench_case *c, size_t series, bool hot, const struct figures *pool)
{
	c->series = series;
	c->hot = hot;
	points_init(&c->points, series, pool, FIGURES_POOL);
	c->selves = calloc(readers_count, sizeof(*c->selves));
	if (c->selves == NULL)
		log_die("out of memory: bench");
	for (size_t i = 0; i < readers_count; i++)
		if (readers[i].open != NULL)
			c->selves[i] = readers[i].open(&readers[i], series);
}

static void
case_close(struct bench_case *c)
{
	for (size_t i = 0; i < readers_count; i++)
		if (readers[i].close != NULL)
			readers[i].close(c->selves[i]);
	free(c->selves);
	for (int f = 0; f < FORMATS; f++)
		chunks_fini(&c->chunks[f]);
	points_fini(&c->points);
}

static void
case_next(struct bench_case *c)
{
	points_next(&c->points, PIECE_POINTS, &c->chunks[FORMAT_JSON],
	    &c->chunks[FORMAT_OTLP]);
	for (int f = 0; f < FORMATS; f++)
		if (buf_reserve(&c->chunks[f].plain, TALLY_PADDING) == NULL)
			log_die("a round is too large");
}

/* Every series twice: the first time they are new, the second time alarms
 * leave INSUFFICIENT_DATA. For those who remember. */
static void
case_warm_up(struct bench_case *c)
{
	for (size_t done = 0; done < 2 * c->series; done += PIECE_POINTS) {
		case_next(c);
		for (size_t i = 0; i < readers_count; i++)
			if (readers[i].kind == KIND_KNOWN ||
			    readers[i].kind == KIND_COUNTS)
				bench_read(c, i);
	}
}

/* Pieces are of one size, so the mean of their times is that of the round. */
static void
bench_round(
    struct bench_case *c, struct report *report, size_t in_case, size_t round)
{
	size_t pieces = c->series < PIECE_POINTS ? 1 : c->series / PIECE_POINTS;

	for (size_t p = 0; p < pieces; p++) {
		case_next(c);
		for (int f = 0; f < FORMATS; f++)
			chunks_pack(&c->chunks[f]);
		for (size_t i = 0; i < readers_count; i++) {
			size_t at = (i + round) % readers_count;

			report_add(report, in_case, at, round,
			    bench_read(c, at) / (double)pieces);
		}
	}
}

static void
bench_sizes(const struct bench_case *c)
{
	for (int f = 0; f < FORMATS; f++)
		printf("%s: %.0f bytes a point, %.1f compressed\n",
		    f == FORMAT_JSON ? "JSON" : "OpenTelemetry 1.0",
		    (double)c->chunks[f].plain.len / PIECE_POINTS,
		    (double)c->chunks[f].packed.len / PIECE_POINTS);
}

static void
bench_run(size_t rounds, size_t many, bool markdown, const struct figures *pool)
{
	struct bench_case cases[REPORT_CASES] = {
	    {.series = FEW_SERIES, .hot = true}, {.series = FEW_SERIES},
	    {.series = many, .hot = true}};
	size_t ncases = sizeof(cases) / sizeof(*cases);
	struct report report;

	report_init(&report, rounds, ncases);
	for (size_t c = 0; c < ncases; c++) {
		case_open(&cases[c], cases[c].series, cases[c].hot, pool);
		report_case(&report, c, cases[c].series, cases[c].hot);
		case_warm_up(&cases[c]);
	}
	for (size_t r = 0; r < rounds; r++)
		for (size_t c = 0; c < ncases; c++)
			bench_round(&cases[c], &report, c, r);
	bench_sizes(&cases[0]);
	report_print(&report, markdown);
	for (size_t c = 0; c < ncases; c++)
		case_close(&cases[c]);
	report_fini(&report);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"rounds", required_argument, NULL, 'r'},
	    {"series", required_argument, NULL, 's'},
	    {"markdown", no_argument, NULL, 'm'},
	    {"memory", no_argument, NULL, 'M'}, {0}};
	size_t rounds = 11, many = 1000000;
	bool markdown = false, memory = false;
	struct figures *pool = calloc(FIGURES_POOL, sizeof(*pool));
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'r':
			rounds = strtoul(optarg, NULL, 10);
			break;
		case 's':
			many = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			markdown = true;
			break;
		case 'M':
			memory = true;
			break;
		default:
			return 2;
		}
	if (pool == NULL || rounds == 0 || many < PIECE_POINTS ||
	    many % PIECE_POINTS != 0)
		log_die("at least one round, and %d series, by the %d",
		    PIECE_POINTS, PIECE_POINTS);
	figures_make(pool, FIGURES_POOL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	memory_print(many, pool);
	if (!memory)
		bench_run(rounds, many, markdown, pool);
	free(pool);
	return 0;
}
