/*
 * Notifications: each transition's actions, sent to where they lead: SNS
 * topics, Lambda functions, webhooks; and every change of state to EventBridge
 * if there is a bus. Transitions at or before the durable position are not
 * sent again.
 *
 *   push ──▶ lane of topic A ──▶ delivery sns-us-east-2-A-… ──▶ SNS there
 *        └─▶ lane of topic B ──▶ delivery sns-us-west-2-B-… ──▶ SNS there
 *
 * A destination has a queue, a worker and a position of its own, made at its
 * first notification, so that one that cannot be reached holds nothing back in
 * the others (until the queues together are full). The position "sns" says up
 * to where the log has been given to the lanes; a lane made later begins
 * there, or where "sns-REGION" stands, which earlier versions kept.
 *
 * What is not yet sent is part of a checkpoint. A start from one queues it
 * again (notifier_load), and the log goes on behind it; a lane's own position,
 * which may have gone further since, says what was sent. So each is sent at
 * least once, under the same id, also when its log is gone. The position of a
 * lane that has nothing to send stays where it was.
 *
 *   positions:  lane ≤ "sns" ≤ the log;   a checkpoint stands anywhere
 *
 * Several notifications may come from one log entry, so a position passes an
 * entry only after notifier_advance() has said that it is complete.
 *
 * Order: an alarm's notifications reach a destination in the order of the log,
 * those of different alarms in any.
 *
 * Ownership. Everything needed is encoded in push; definitions may vanish.
 * Threads. push, advance: one (the pipeline's). abandon, stuck: any.
 * Limits. LIMIT_NOTIFICATIONS, LIMIT_NOTIFICATION_BYTES, LIMIT_DESTINATIONS.
 */
#ifndef SINKS_NOTIFIER_H
#define SINKS_NOTIFIER_H

#include "base/option.h"
#include "schemas/outcome.h"
#include "sinks/action.h"
#include "sinks/delivery.h"

struct notifier;

struct notifier_options {
	struct action_means means;
	/* Where to begin when there is no position yet. The app gives the
	 * log's end at the start, so that notifications switched on over an
	 * old log do not tell its history. */
	uint64_t begin;
	uint64_t beyond; /* as in struct delivery_source */
};

enum {
	NOTIFIER_SUPPRESSED,  /* actions disabled, muted or suppressed */
	NOTIFIER_UNSUPPORTED, /* actions of no kind that runs here, and those
				 of destinations above the limit */
	NOTIFIER_STOOD_IN,    /* notifications given to a stand-in too */
	NOTIFIER_WAITING,     /* gauge */
	NOTIFIER_BYTES,	      /* gauge: the same in bytes */
	NOTIFIER_STATS
};
extern struct counter notifier_stats[NOTIFIER_STATS];

enum rc notifier_start(struct notifier **notifier,
    const struct notifier_options *options, const char *folder,
    struct err *err);
/*
 * Encodes and queues the transition's actions: those of the state entered, if
 * the state changed or its actions were released, and they are not disabled,
 * muted or suppressed. Of a query with GROUP BY the contributors run them, and
 * the alarm itself none. A bus is told each change, whatever the actions. In
 * log order. Waits when the queues are full, or when the position of a new
 * destination cannot be written.
 */
void
notifier_push(struct notifier *notifier, const struct transition *transition);
/* Every transition of the log up to `seq` has been pushed. */
void notifier_advance(struct notifier *notifier, uint64_t seq);
/* Ends a push that waits; from now on pushes and advances do nothing: what
 * they would have sent is sent after the next start. For stopping while a
 * queue is full. */
void notifier_abandon(struct notifier *notifier);
/* Up to where the log has been given to the lanes; sends nothing itself. The
 * lanes' own rows are in delivery_print(). */
const struct delivery *notifier_delivery(const struct notifier *notifier);
/* Appends why a push waits now; false when none does. */
bool notifier_stuck(struct notifier *notifier, struct buf *why);

/*
 * For checkpoints. Between hold and release nothing of the notifier's memory
 * changes, so that a fork() in between copies it whole. notifier_save()
 * appends what is not delivered, as of the last notifier_advance(): in the
 * forked child, or after notifier_drain(); it takes no lock and logs nothing.
 */
void notifier_hold(struct notifier *notifier);
void notifier_release(struct notifier *notifier);
void notifier_save(const struct notifier *notifier, struct buf *out);
/* RC_REJECT: these are no bytes that notifier_load() would take. */
enum rc notifier_check(struct span bytes, struct err *err);
/* At the start, before the first push, which is of the entry behind it. Also
 * RC_FATAL: a destination's position cannot be read or written. */
enum rc
notifier_load(struct notifier *notifier, struct span bytes, struct err *err);
/* Up to here everything is sent or dead. */
uint64_t notifier_position(struct notifier *notifier);
/* Ends the deliveries; what they leave is for notifier_save(). All lanes
 * together have `within_ms`, as in delivery_stop(). */
void notifier_drain(struct notifier *notifier, int64_t within_ms);
/* The same, and frees. */
void notifier_stop(struct notifier **notifier, int64_t within_ms);

#endif
