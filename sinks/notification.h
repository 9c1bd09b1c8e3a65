/*
 * A notification: one transition for one destination, ready to be sent, and
 * what became of it so far.
 */
#ifndef SINKS_NOTIFICATION_H
#define SINKS_NOTIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

struct action_kind;

struct notification {
	struct notification *next;
	const struct action_kind *kind;
	char *destination;   /* a topic's ARN, say: the kind knows what */
	char *id;	     /* the transition's */
	char *stands_in_for; /* the topic in whose place this one is; NULL */
	uint64_t seq;	     /* the log entry that caused it */
	uint64_t group;	     /* the alarm: its notifications keep their order */
	int64_t time_ms;     /* the entry's clock */
	int64_t queued_ms;   /* this machine's clock, when it was first queued;
				over restarts */
	int64_t tried_ms;    /* the same of the first attempt; 0: none was */
	struct buf request;  /* what is sent, in the kind's own form */
	size_t weight;	     /* bytes of it as the service counts them */
	/* In this run only, on the monotonic clock. */
	int64_t since_ms;      /* queued_ms there */
	int64_t stand_in_ms;   /* from then on a stand-in is told too */
	int64_t not_before_ms; /* the next attempt */
	int64_t received_ns;   /* last byte of what caused it; 0: not known */
	unsigned failures;
	bool stood_in;	/* the stand-in was given it, or has it anyway */
	bool uncertain; /* an attempt long ago may have arrived */
	bool settled;	/* sent, or its dead letter is on the disk */
};

/* What an attempt came to. RC_OK, RC_RETRY or RC_REJECT. */
struct attempt {
	enum rc rc;
	struct err err;
	char request_id[64];
};

void notification_free(struct notification **notification);
/* With copies of the texts; `stands_in_for` may be NULL. */
struct notification *notification_make(const struct action_kind *kind,
    struct span destination, struct span id, struct span stands_in_for);

/* The same for every notification of a request. */
void attempts_set(struct attempt *attempts, size_t count, enum rc rc,
    const struct err *err, const char *request_id);

#endif
