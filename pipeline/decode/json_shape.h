/*
 * The usual shape of a line, as AWS writes it:
 *
 *   {"metric_stream_name":…,"dimensions":{…},"timestamp":1611929698000,
 *   "value":{"max":18.0,"min":0.0,"sum":20.0,"count":3.0},"unit":"Count"}
 *
 * What stands before the timestamp's digits and behind the last number names
 * the series; between them are thirteen digits, four numbers and nothing else.
 * Whether the ends are good JSON is not looked at: only of a line whose ends
 * the full parser took before may the numbers be believed.
 */
#ifndef PIPELINE_DECODE_JSON_SHAPE_H
#define PIPELINE_DECODE_JSON_SHAPE_H

#include "pipeline/decode/decode.h"
#include "pipeline/decode/json_index.h"

struct json_shape {
	const char *value; /* where the object of the numbers begins */
	int64_t timestamp_ms;
	struct json_figures figures; /* none beyond LIMIT_VALUE */
	struct identity_key key;     /* without hash */
};

/* `digits` is what json_index_next() gave, not NULL; up to `end`, which may be
 * behind the line's, may be looked at. False: another shape, or numbers that
 * want the full parser. */
bool json_shape_read(struct json_shape *shape, struct span line,
    const char *digits, const char *end, const struct json_path *path);

/* A line by the full parser: points or a reject. Its only point is made to
 * teach where `shape`, of this line or NULL, is what was read. */
void json_line(struct decoded *out, struct span record, struct span line,
    size_t index, size_t number, const struct json_shape *shape);

/* A record with out->identities, by the path given; the same points and
 * rejects as without. */
void json_record(struct decoded *out, struct span record, size_t index,
    const struct json_path *path);

#endif
