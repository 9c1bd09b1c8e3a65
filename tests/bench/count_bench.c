/*
 * Work of a fixed size, for callgrind to count its instructions.
 *
 *     count_bench NAME
 *
 * Collection is toggled by counted(): making the points is not counted.
 * NAMEs are in the table below; without one they are printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "decoder_bench.h"

#define COUNT_SERIES 2000
#define COUNT_POINTS 20000
#define COUNT_FIGURES 512

static const struct count {
	const char *name;
	struct reader reader;
} counts[] = {
    {"decode_json", {"", FORMAT_JSON, KIND_VALUES, 1, 0, DECODE}},
    {"decode_json_known", {"", FORMAT_JSON, KIND_KNOWN, 1, 0, DECODE}},
    {"engine_json", {"", FORMAT_JSON, KIND_COUNTS, 1, 0, THROUGH}},
    {"engine_json_alarms", {"", FORMAT_JSON, KIND_COUNTS, 1, 4, THROUGH}},
    {"decode_otlp", {"", FORMAT_OTLP, KIND_VALUES, 1, 0, DECODE}},
    {"decode_otlp_known", {"", FORMAT_OTLP, KIND_KNOWN, 1, 0, DECODE}},
    {"engine_otlp", {"", FORMAT_OTLP, KIND_COUNTS, 1, 0, THROUGH}},
    {"engine_otlp_alarms", {"", FORMAT_OTLP, KIND_COUNTS, 1, 4, THROUGH}},
};

void counted(const struct reader *reader, void *self, const struct input *in,
    struct tally *tally);

/* By its name for callgrind, so it must be there. */
__attribute__((noinline)) void
counted(const struct reader *reader, void *self, const struct input *in,
    struct tally *tally)
{
	reader->read(self, in, tally);
}

static void
count_run(const struct reader *reader)
{
	struct figures *pool = calloc(COUNT_FIGURES, sizeof(*pool));
	struct chunks chunks[FORMATS] = {0};
	const struct chunks *from = &chunks[reader->format];
	void *self = reader->open(reader, COUNT_SERIES);
	struct tally tally = {0};
	struct points points;

	if (pool == NULL)
		log_die("out of memory: bench");
	figures_make(pool, COUNT_FIGURES);
	points_init(&points, COUNT_SERIES, pool, COUNT_FIGURES);
	points_next(&points, COUNT_POINTS,
	    reader->format == FORMAT_JSON ? &chunks[FORMAT_JSON] : NULL,
	    reader->format == FORMAT_OTLP ? &chunks[FORMAT_OTLP] : NULL);
	for (size_t i = 0; i < from->count; i++) {
		struct input in = {chunk_plain(from, i), from->at[i].newest_ms};

		counted(reader, self, &in, &tally);
	}
	reader->close(self);
	for (int f = 0; f < FORMATS; f++)
		chunks_fini(&chunks[f]);
	points_fini(&points);
	free(pool);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (argc < 2)
			puts(counts[i].name);
		else if (strcmp(argv[1], counts[i].name) == 0) {
			count_run(&counts[i].reader);
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
