/*
 * Decoding: one record's bytes into points, or rejects with a reason. Pure.
 *
 * Formats (AWS, CloudWatch User Guide "CloudWatch-metric-streams-formats"):
 * JSON lines; OpenTelemetry 0.7 and 1.0 as length-delimited
 * ExportMetricsServiceRequest messages. Told by content, per record.
 *
 * Ownership. Points borrow from the record's bytes and from the arena. A
 * reject leaves nothing of itself in the arena.
 */
#ifndef PIPELINE_DECODE_DECODE_H
#define PIPELINE_DECODE_DECODE_H

#include "base/arena.h"
#include "pipeline/decode/identity.h"
#include "schemas/outcome.h"
#include "schemas/point.h"

/* What decoding gives; grows in the arena, in the order of the input. */
struct decoded {
	struct arena *arena;
	struct point *points;
	size_t npoints, points_room;
	struct reject *rejects;
	size_t nrejects, rejects_room;
	size_t rejects_max;  /* more are only counted; 0: no bound */
	size_t rejects_over; /* those that were */
	/* For points of known series; NULL: every point is read in full. */
	struct identities *identities;
	size_t drained; /* points that decoded_drain() took away */
};

void decoded_init(struct decoded *out, struct arena *arena);
/* The caller is done with the points so far: their room is used again. They
 * still count against LIMIT_ENTRY_POINTS. */
void decoded_drain(struct decoded *out);
/* For the decoders. Room for `more` points, so that an arena mark taken after
 * it can be rolled back without losing the points. */
void decoded_reserve(struct decoded *out, size_t more);
/* A zeroed point behind the last; it counts once the decoder has added one to
 * npoints. */
struct point *decoded_point(struct decoded *out);
void decoded_reject(struct decoded *out, size_t record, size_t item,
    size_t offset, size_t len, const char *reason);

/* Decodes a record of any format; `index` names it in rejects. An empty
 * record has no points and is no reject. */
void decode_record(struct decoded *out, struct span record, size_t index);

/* The decoders by name, for those who know: --format of the command. */
struct decoder {
	const char *name; /* json, otlp */
	void (*decode)(struct decoded *out, struct span record, size_t index);
};
extern const struct decoder decoders[]; /* ends with name NULL */

/* Which decoder fits the bytes; never NULL. A '{' that is also a message of
 * 123 bytes is told apart by whether its framing fills the record. */
const struct decoder *decoder_guess(struct span record);

/* Sorts by name; false when a name stands twice. */
bool dimensions_sort(struct dimension *dimensions, size_t count);

#endif
