/*
 * A lane: the notifications of one Region, in log order, and their delivery.
 *
 * Threads. push and open: the notifier's caller. The rest: the lane's worker.
 * What is shared lies under lanes->mutex.
 */
#ifndef SINKS_NOTIFIER_LANE_H
#define SINKS_NOTIFIER_LANE_H

#include <pthread.h>

#include "aws/client.h"
#include "sinks/delivery.h"

struct lane;

/* What the lanes have in common. */
struct lanes {
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* less waits, or abandoned */
	struct aws_client *aws;
	char *endpoint, *folder;
	struct lane *first;
	size_t count;
	size_t waiting, waiting_bytes;
	uint64_t beyond;   /* as in struct delivery_source */
	uint64_t advanced; /* the log is pushed up to here, in this run */
	bool abandoned;
	bool stuck; /* a push waits for room */
};

/* One Publish, ready to be sent. */
struct notification {
	struct notification *next;
	uint64_t seq;
	int64_t time_ms; /* the entry's clock */
	char *topic, *id;
	struct buf request;
};

struct lane {
	struct lanes *lanes;
	struct lane *next;
	struct delivery *delivery; /* NULL: ended */
	uint64_t ended_at;	   /* its last position then */
	uint64_t skip;		   /* up to here all was sent before this run */
	char region[64], name[80];
	struct notification *head, **tail;
	bool held; /* the head is the delivery's item */
};

void notification_free(struct notification **notification);

struct lane *lane_find(struct lanes *lanes, struct span region);
/* Makes the lane and its delivery; `begin` is its position, and what it need
 * not send, when it has no file yet. `known`: also when the file is of another
 * log; else it goes on from this log's end then. */
enum rc lane_open(struct lane **lane, struct lanes *lanes, struct span region,
    uint64_t begin, bool known, struct err *err);
/* Up to here all is delivered. */
uint64_t lane_position(const struct lane *lane);
/* Takes the notification; the caller has waited for room. */
void lane_push(struct lane *lane, struct notification *notification);
/* Stops the delivery; what waits stays. */
void lane_end(struct lane *lane, int64_t within_ms);
/* The same, and frees what waits. */
void lane_close(struct lane **lane, int64_t within_ms);

/* The delivery's calls; `sink` is the lane. */
enum rc lane_next(
    void *sink, uint64_t after, struct delivery_item *item, struct err *err);
enum rc lane_send(void *sink, struct err *err);
void lane_dead(void *sink, struct buf *out);

#endif
