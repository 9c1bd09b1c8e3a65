/*
 * Points for the bench, as AWS writes them: the same ones as JSON lines and as
 * OpenTelemetry 1.0 messages. Deterministic; every minute has all series, each
 * minute in another random order.
 *
 * 19 namespaces, 1 to 6 dimensions, about 347 bytes a line; values as Java's
 * Double.toString gives them, 13 % of the lines with an exponent. Messages
 * hold POINTS_MESSAGE points of three Regions, one point to a metric.
 */
#ifndef BENCH_DECODER_POINTS_H
#define BENCH_DECODER_POINTS_H

#include <stdint.h>

#include "base/buf.h"
#include "decoder_tally.h"

#define POINTS_MESSAGE 100
#define POINTS_CHUNK (256 * 1024)
#define POINTS_REGIONS 3
#define POINTS_ACCOUNT "111122223333"

enum format { FORMAT_JSON, FORMAT_OTLP, FORMATS };

/* Whole lines or messages, at most POINTS_CHUNK bytes of them. */
struct chunk {
	size_t from, len;		/* in chunks.plain */
	size_t packed_from, packed_len; /* in chunks.packed: a zstd frame */
	int64_t newest_ms;
	struct tally tally;
};

struct chunks {
	struct buf plain, packed;
	struct chunk *at;
	size_t count, room;
};

void chunks_clear(struct chunks *chunks);
void chunks_fini(struct chunks *chunks);
struct span chunk_plain(const struct chunks *chunks, size_t i);
struct span chunk_packed(const struct chunks *chunks, size_t i);

/* The statistics of one point, and how JSON writes them. */
struct figures {
	double max, min, sum, count;
	char text[112]; /* {"max":…} */
	unsigned len;
};

#define FIGURES_POOL 65536
void figures_make(struct figures *pool, size_t count);

struct points {
	size_t series, at;
	int64_t minute_ms;
	uint64_t state;	 /* of chance */
	uint32_t *order; /* of the series in this minute */
	const struct figures *pool;
	size_t pool_count;
	struct buf scratch[6]; /* of nested messages */
};

void points_init(struct points *points, size_t series,
    const struct figures *pool, size_t pool_count);
void points_fini(struct points *points);
uint32_t bench_random(uint64_t *state);
/* The next `count` points, a multiple of POINTS_MESSAGE, in the formats that
 * are not NULL. */
void points_next(struct points *points, size_t count, struct chunks *json,
    struct chunks *otlp);
/* Makes the frames. */
void chunks_pack(struct chunks *chunks);
/* An alarm's members that name the metric of a series. */
void points_alarm(struct buf *out, size_t series);

/* What names a series. */
#define NAME_DIMENSIONS 6
struct name {
	const char *namespace, *metric, *unit, *otlp_unit, *region;
	size_t ndimensions;
	struct {
		const char *name;
		char value[48];
		unsigned len;
	} dimensions[NAME_DIMENSIONS];
};
void name_make(struct name *name, size_t series);

/* A point to be written. */
struct drawn {
	size_t series;
	const struct figures *figures;
	struct name name;
};

void write_line(struct buf *out, const struct drawn *d, int64_t ms);
void write_varint(struct buf *out, uint64_t value);
/* OTLP: a Metric of one point, as a field of ScopeMetrics; ResourceMetrics of
 * one Region around such metrics, as a field of a request. Both need four
 * buffers to work in. */
void write_metric(
    struct buf scratch[], struct buf *out, const struct drawn *d, int64_t ms);
void write_region(struct buf scratch[], struct buf *out, struct span metrics,
    const char *region);

#endif
