/* What a reader found in a chunk, and the one reader that is not C. */
#ifndef BENCH_DECODER_TALLY_H
#define BENCH_DECODER_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* Doubles are added in the order of the input: max, min, sum, count. */
struct tally {
	uint64_t points;
	uint64_t names; /* bytes of all names and values of the series */
	int64_t times_ms;
	double values;
};

/* Bytes that simdjson may read behind a chunk. */
#define TALLY_PADDING 64

void *simdjson_make(void);
void
simdjson_tally(void *self, const char *bytes, size_t len, struct tally *tally);
void simdjson_close(void *self);

#endif
