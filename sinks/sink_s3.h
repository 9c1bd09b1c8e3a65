/*
 * The archive: every sealed segment, as it is, in a bucket (names: s3_key.h;
 * putting: s3_object.h, in parts: s3_upload.h), a manifest a day
 * (s3_manifest.h), and where it is asked for the transitions and lines of
 * rollups beside it (s3_lines.h). One sink a bucket: each has its own
 * positions, so that a bucket that is away holds up no other.
 *
 * What the configuration or the bucket's policy gets wrong is tried again
 * until it is mended: a segment is not given up for it.
 */
#ifndef SINKS_SINK_S3_H
#define SINKS_SINK_S3_H

#include "journal/journal.h"
#include "journal/outcomes.h"
#include "sinks/delivery.h"
#include "sinks/s3_bucket.h"

struct sink_s3;

/* `name` is the configuration's; it stands in the keys. In files and metrics
 * the sink is "s3", or "s3-NAME" of the bucket's own name. RC_FATAL when what
 * the configuration says cannot be. */
enum rc sink_s3_start(struct sink_s3 **sink, struct aws_client *aws,
    const struct s3_config *config, const char *name, struct journal *journal,
    struct outcomes *outcomes, const char *folder, struct err *err);
/* Up to here all is in the bucket, on record. */
uint64_t sink_s3_durable(const struct sink_s3 *sink);
void sink_s3_stop(struct sink_s3 **sink, int64_t within_ms);

#endif
