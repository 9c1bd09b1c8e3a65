/*
 * What one message of a queue carries: JSON lines, length-delimited OTLP, or
 * the body of a Firehose request; as it is, or in gzip, zstd or snappy
 * (framing format, Hadoop's blocks). All is told by content.
 *
 * Threads. One at a time. Limits. LIMIT_BODY_BYTES of plain bytes; what would
 * be more is given as it came.
 */
#ifndef INGEST_PAYLOAD_H
#define INGEST_PAYLOAD_H

#include "base/arena.h"
#include "base/rc.h"
#include "ingest/records.h"

/* What the next message can use again. */
struct payload {
	struct inflate_zstd *zstd;
	struct buf plain;
	struct arena arena;
};

void payload_init(struct payload *payload);
void payload_fini(struct payload *payload);

/*
 * Appends the message's records. RC_REJECT: it cannot be undone or read, err
 * says why; then the message itself was appended, as one record, for the
 * pipeline to put into quarantine.
 */
enum rc payload_unpack(struct payload *payload, struct span message,
    struct records *out, struct err *err);

#endif
