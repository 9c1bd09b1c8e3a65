/*
 * The readers that the bench compares, one row of its table each.
 *
 * A reader is given one chunk after another and must tell what it found; what
 * it found is compared with what was written, chunk by chunk, to the last bit.
 */
#ifndef BENCH_DECODER_BENCH_H
#define BENCH_DECODER_BENCH_H

#include <stdbool.h>

#include "decoder_points.h"

/* What is read at one time. */
struct input {
	struct span bytes;
	int64_t newest_ms; /* of its points */
};

enum kind {
	KIND_VALUES, /* it tells all that a tally has */
	KIND_KNOWN,  /* the same, by way of the identity cache */
	KIND_COUNTS, /* it tells how many points there were, no more */
	KIND_PACKED  /* it is given the chunk's zstd frame, and tells nothing */
};

struct reader {
	const char *name;
	enum format format;
	enum kind kind;
	unsigned part;	 /* a slow one reads one chunk of so many */
	unsigned alarms; /* an engine: one on every n-th series; 0: none */
	/* NULL: it needs nothing to be kept. */
	void *(*open)(const struct reader *reader, size_t series);
	void (*read)(void *self, const struct input *in, struct tally *tally);
	/* Not timed, after read(): adds the bytes of names, where that is not
	 * done on the way. */
	void (*names)(void *self, struct tally *tally);
	void (*close)(void *self);
};

extern const struct reader readers[];
extern const size_t readers_count;

/* The oracles, in files of their own. */
void jansson_read(void *self, const struct input *in, struct tally *tally);
void *protobuf_open(const struct reader *reader, size_t series);
void protobuf_read(void *self, const struct input *in, struct tally *tally);
void protobuf_close(void *self);
void *zstd_open(const struct reader *reader, size_t series);
void zstd_read(void *self, const struct input *in, struct tally *tally);
void zstd_close(void *self);
void *simdjson_open(const struct reader *reader, size_t series);
void simdjson_read(void *self, const struct input *in, struct tally *tally);

/* Ours: decoding alone; through an engine, with alarms or without. */
void *decode_open(const struct reader *reader, size_t series);
void decode_read(void *self, const struct input *in, struct tally *tally);
void decode_names(void *self, struct tally *tally);
void decode_close(void *self);
void *through_open(const struct reader *reader, size_t series);
void through_read(void *self, const struct input *in, struct tally *tally);
void through_close(void *self);
#define DECODE decode_open, decode_read, decode_names, decode_close
#define THROUGH through_open, through_read, NULL, through_close

/* Resident bytes a series of an engine that has seen each of them twice. */
void memory_print(size_t series, const struct figures *pool);

#endif
