/*
 * Notifications: each transition's actions, published to SNS in the Region
 * that the topic's ARN names. Transitions at or before the durable position
 * are not sent again.
 */
#ifndef SINKS_NOTIFIER_H
#define SINKS_NOTIFIER_H

#include "aws/client.h"
#include "base/option.h"
#include "schemas/outcome.h"
#include "sinks/delivery.h"

struct notifier;

/* The `sinks: sns:` section. */
struct sns_config {
	struct span endpoint;
};
extern const struct option sns_options[];

enum {
	NOTIFIER_SUPPRESSED,  /* ActionsEnabled is false */
	NOTIFIER_UNSUPPORTED, /* actions that are no SNS topic */
	NOTIFIER_WAITING,     /* gauge */
	NOTIFIER_STATS
};
extern struct stat notifier_stats[NOTIFIER_STATS];

enum rc notifier_start(struct notifier **notifier, struct aws_client *aws,
    const struct sns_config *config, const char *folder, struct err *err);
/* Encodes and queues the transition's actions. Waits when
 * LIMIT_NOTIFICATIONS are queued. */
void
notifier_push(struct notifier *notifier, const struct transition *transition);
const struct delivery *notifier_delivery(const struct notifier *notifier);
void notifier_stop(struct notifier **notifier, int64_t deadline_ms);

#endif
