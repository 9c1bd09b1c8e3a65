/*
 * The Publish request of SNS (Query API, version 2010-03-31), form-encoded.
 * Pure. Rules: SNS API Reference, Publish; CloudWatch user guide on FIFO
 * topics (the group is a hash of the alarm's ARN).
 */
#ifndef SINKS_SNS_PUBLISH_H
#define SINKS_SNS_PUBLISH_H

#include <stdbool.h>

#include "base/buf.h"
#include "schemas/outcome.h"

/* False when the ARN is no SNS topic: arn:PARTITION:sns:REGION:ACCOUNT:NAME,
 * the Region of lower-case letters, digits and '-'. */
bool sns_topic_region(struct span arn, struct span *region);

/*
 * The body of the request. MessageStructure is json. Attributes: alarm, state,
 * region, account and id (the transition's; subscribers of standard topics
 * tell repeats by it), empty ones left out. A FIFO topic's deduplication id
 * is the transition's id.
 */
void sns_publish_print(
    struct buf *out, const struct transition *transition, struct span topic);

#endif
