/*
 * The archive: every sealed segment, as it is, by PUT. The key is a function
 * of log position:
 *
 *   PREFIX/NAME/year=2026/month=09/day=14/hour=11/SEQ.zst
 *
 * with the segment's first arrival time (UTC) and its first log position in 20
 * digits, so that keys sort as the log does.
 *
 * A PUT never replaces (If-None-Match: *). An object that is there already is
 * compared by its last 64 KiB, where every entry carries the segment's id and
 * checksum: the same is done, another (a second tocsin of that name, or a log
 * begun anew) is a dead letter. Where reading is not allowed, it is taken for
 * the same and said so.
 * What the configuration or the bucket's policy gets wrong is tried again
 * until it is mended: a segment is not given up for it.
 *
 * Ownership. The configuration's texts are copied.
 */
#ifndef SINKS_SINK_S3_H
#define SINKS_SINK_S3_H

#include "aws/client.h"
#include "base/option.h"
#include "journal/journal.h"
#include "sinks/delivery.h"

struct sink_s3;

/* The `sinks: s3:` section. */
struct s3_config {
	struct span bucket, prefix, region, endpoint, sse;
};
extern const struct option s3_options[];

/* `name` is the configuration's; it stands in the keys. RC_FATAL when bucket
 * or Region is missing. */
enum rc sink_s3_start(struct sink_s3 **sink, struct aws_client *aws,
    const struct s3_config *config, const char *name, struct journal *journal,
    const char *folder, struct err *err);
const struct delivery *sink_s3_delivery(const struct sink_s3 *sink);
void sink_s3_stop(struct sink_s3 **sink, int64_t within_ms);
/* The key of a segment, without the bucket. */
void sink_s3_key(struct buf *out, const struct s3_config *config,
    const char *name, const struct journal_segment *segment);
/* What x-amz-checksum-crc32c says: base64 of the big-endian digest. */
void sink_s3_checksum(struct buf *out, uint32_t crc);

#endif
