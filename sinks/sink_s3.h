/*
 * The archive: every sealed segment, as it is, by PUT. The key is a function
 * of log position: PREFIX/NAME/year=…/month=…/day=…/hour=…/SEQ.zst.
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

/* `name` is the configuration's; it stands in the keys. */
enum rc sink_s3_start(struct sink_s3 **sink, struct aws_client *aws,
    const struct s3_config *config, const char *name, struct journal *journal,
    const char *folder, struct err *err);
const struct delivery *sink_s3_delivery(const struct sink_s3 *sink);
void sink_s3_stop(struct sink_s3 **sink, int64_t deadline_ms);
/* The key of a segment, without the bucket. */
void sink_s3_key(struct buf *out, const struct s3_config *config,
    const char *name, const struct journal_segment *segment);

#endif
