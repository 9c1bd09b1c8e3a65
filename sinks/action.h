/*
 * What alarms do when they change: a kind of action is a row of a table, and
 * a file sinks/action_NAME.c.
 *
 *   an alarm's action ──▶ the kind that knows it ──▶ a destination, a label
 *   transition ──encode──▶ request ──send (one request, one or many)──▶ verdict
 *
 * Threads. encode: the notifier's caller. send: any, several at a time.
 */
#ifndef SINKS_ACTION_H
#define SINKS_ACTION_H

#include "aws/client.h"
#include "base/option.h"
#include "schemas/outcome.h"
#include "sinks/notification.h"

/* Of files and metrics: the label of a destination, also as a stand-in. */
#define ACTION_LABEL 80
/* A request may take so long. */
#define ACTION_TIMEOUT_MS 15000

/* `sinks: sns: stand_in:`, a row. */
struct sns_stand_in {
	struct span topic, stand_in;
};

/* `sinks: sns:` */
struct sns_config {
	struct span endpoint;
	int64_t give_up_ms; /* 0: never */
	int64_t stand_in_after_ms;
	const struct sns_stand_in *stand_ins;
	size_t nstand_ins;
};

/* `sinks: lambda:` */
struct lambda_config {
	struct span endpoint;
	int64_t give_up_ms;
};

/* `sinks: events:` */
struct events_config {
	struct span bus; /* "": no events */
	struct span region, endpoint, source;
	int64_t give_up_ms;
};

/* An item of `sinks: webhooks:` */
struct webhook_config {
	struct span name, url, secret_file;
	int64_t give_up_ms;
};

extern const struct option sns_options[], lambda_options[], events_options[],
    webhook_options[];

/* What the kinds need; all of it outlives its users. */
struct action_means {
	struct http *http;
	struct aws_client *aws;
	struct sns_config sns;
	struct lambda_config lambda;
	struct events_config events;
	const struct webhook_config *webhooks;
	size_t nwebhooks;
};

struct action_kind {
	const char *name; /* sns; in outboxes and dead letters too */
	size_t batch;	  /* the most in one request, and their weight */
	size_t batch_weight;
	/* An alarm's action that this kind runs. NULL: none is. */
	bool (*knows)(const struct action_means *means, struct span action);
	/* The destination as a label of files and metrics; false when it can
	 * be none of this kind's. */
	bool (*label)(struct span destination, char label[ACTION_LABEL]);
	/* How it was labelled by an earlier version, whose position counts
	 * while the label has none; NULL: never otherwise. */
	bool (*former)(struct span destination, char label[ACTION_LABEL]);
	void (*encode)(const struct action_means *means,
	    struct span destination, const struct transition *transition,
	    struct buf *request);
	size_t (*weigh)(struct span request); /* NULL: its bytes */
	int64_t (*give_up_ms)(
	    const struct action_means *means, struct span destination);
	/* One request with all of them, at most `batch`, all for one
	 * destination; fills an attempt for each. */
	void (*send)(const struct action_means *means,
	    const struct notification *const *batch, size_t count,
	    struct attempt *attempts);
};

extern const struct action_kind action_sns, action_lambda, action_webhook,
    action_events;

/* The kind that runs the action; NULL: none does. */
const struct action_kind *
action_kind_of(const struct action_means *means, struct span action);
/* NULL: there is none of that name. */
const struct action_kind *action_kind_named(struct span name);
size_t action_weight(const struct action_kind *kind, struct span request);

/* What an alarm's notifications have in common: notification.group. */
uint64_t action_group(const struct alarm *alarm);
/* PREFIX-REGION-NAME-HASH of the whole text; what a label may not hold is
 * '_', long names are cut. An empty region is left out. */
void action_label(char label[ACTION_LABEL], const char *prefix,
    struct span region, struct span name, struct span whole);
/* arn:PARTITION:SERVICE:REGION:ACCOUNT:REST; false when it is none of that
 * service's, or its Region cannot be one. */
bool action_arn(struct span arn, const char *service, struct span *region,
    struct span *rest);

/* A call of AWS: its verdict for all of them. Only the service itself may
 * refuse, not a proxy before it: RC_REJECT without a sign of it is RC_RETRY. */
enum rc action_call(const struct action_means *means,
    const struct aws_call *call, const char *operation,
    struct http_answer *answer, struct attempt *attempts, size_t count);

#endif
