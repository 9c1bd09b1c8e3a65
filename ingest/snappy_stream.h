/*
 * Snappy files, told apart by their first bytes: the framing format
 * (google/snappy, framing_format.txt) that Firehose calls Snappy, and the
 * blocks of Hadoop that it calls HADOOP_SNAPPY:
 *
 *   framing   ff 06 00 00 sNaPpY, then chunks: kind, length (3 bytes, little
 *             endian), masked CRC-32C of the plain bytes, data
 *   Hadoop    blocks: plain length of the block (4 bytes, big endian), then
 *             until it is filled: length (the same), raw snappy
 *
 * Ownership. The stream owns what it gives. Threads. One at a time.
 * Limits. LIMIT_SNAPPY_CHUNK of plain bytes at a time (64 KiB in the framing
 * format), never room for more than the compressed bytes could fill.
 */
#ifndef INGEST_SNAPPY_STREAM_H
#define INGEST_SNAPPY_STREAM_H

#include <stdbool.h>

#include "base/rc.h"
#include "base/span.h"

bool snappy_stream_is_framed(struct span begin);
/* Hadoop's blocks have no magic: whether one can begin here. */
bool snappy_stream_is_hadoop(struct span begin);

struct snappy_stream;
struct snappy_stream *snappy_stream_create(bool hadoop);
void snappy_stream_free(struct snappy_stream **stream);

/*
 * Takes the next piece from *in: RC_OK, and *bytes (maybe none) until the next
 * call. RC_AGAIN: *in, of which nothing was taken, must have *want bytes or
 * more. RC_REJECT: the chunk is damaged; nothing follows.
 */
enum rc snappy_stream_next(struct snappy_stream *stream, struct span *in,
    struct span *bytes, size_t *want, struct err *err);
/* The input ended, and RC_AGAIN left `rest` of it: RC_REJECT when it ended
 * within a chunk or block. */
enum rc snappy_stream_end(
    const struct snappy_stream *stream, struct span rest, struct err *err);

#endif
