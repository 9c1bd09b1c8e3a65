/*
 * The Publish and PublishBatch requests of SNS (Query API, version
 * 2010-03-31), form-encoded, and PublishBatch's answer. Pure. Rules: SNS API
 * Reference, Publish and PublishBatch; CloudWatch user guide on FIFO topics
 * (the group is a hash of the alarm's ARN).
 */
#ifndef SINKS_SNS_PUBLISH_H
#define SINKS_SNS_PUBLISH_H

#include <stdbool.h>

#include "base/buf.h"
#include "schemas/outcome.h"
#include "sinks/notification.h"

/* False when the ARN is no SNS topic: arn:PARTITION:sns:REGION:ACCOUNT:NAME,
 * the Region of lower-case letters, digits and '-'. */
bool sns_topic_region(struct span arn, struct span *region);

/*
 * The body of a Publish. MessageStructure is json. Attributes: alarm, state,
 * region, account, severity and id (the transition's; subscribers of standard
 * topics tell repeats by it), empty ones left out. A FIFO topic's
 * deduplication id is the transition's id.
 */
void sns_publish_print(
    struct buf *out, const struct transition *transition, struct span topic);
/* The same notification for another topic: one attribute more, stand_in, says
 * whose it is. */
void sns_publish_stand_in(
    struct buf *out, const struct notification *original, struct span stand_in);
/* The body as it is sent now: to a FIFO topic that may have forgotten an
 * earlier attempt with the attribute dedup_uncertain, "true". */
void sns_publish_body(struct buf *out, const struct notification *one);
/* Bytes that count toward SNS's limit, or a few more. */
size_t sns_publish_weight(struct span request);

/* One PublishBatch of several Publish bodies, at most ten. */
void sns_batch_print(
    struct buf *out, const struct notification *const *batch, size_t count);
/*
 * What its answer, of status 200, says of each: RC_REJECT what SNS calls the
 * sender's fault; RC_RETRY what failed otherwise, and what it does not name.
 */
void sns_batch_read(struct span answer, struct attempt *attempts, size_t count);

#endif
