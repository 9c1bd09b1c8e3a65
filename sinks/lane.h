/*
 * A lane: the notifications of one destination, in log order, and their
 * delivery. A lane may stand in for another one's destination.
 *
 *   push ──▶ queue: a1 b1 a2 c1 … ──pick──▶ round: a1 b1 c1 ──▶ requests
 *                 ▲                                              │ │ │
 *                 └── failed ones stay where they are ◀──────────┴─┴─┘
 *
 * A round takes the oldest notification of each alarm, so that different
 * alarms go side by side and the same alarm's one behind the other. What was
 * sent leaves the queue; the position is what lies before the oldest that is
 * still in it.
 *
 * A stand-in takes, from the queue of the lane that it stands in for, what has
 * waited there for too long; both send it from then on. The position of a
 * stand-in says: up to here each was sent by one of the two, and what the
 * stand-in was given, it has sent. So after a crash it is not sent again.
 *
 * Threads. push and open: the notifier's caller. The rest: the lane's worker
 * and those that help it for one round. What is shared lies under
 * lanes->mutex.
 */
#ifndef SINKS_LANE_H
#define SINKS_LANE_H

#include <pthread.h>

#include "sinks/action.h"
#include "sinks/delivery.h"

/* Label of the destination, and of whom it stands in for. */
#define LANE_NAME (ACTION_LABEL + 16)
/* So many of the queue are looked at for a round. */
#define LANE_WINDOW 4096
/* In a run that begins, a topic has this long before its stand-in is told of
 * what is overdue. */
#define LANE_GRACE_MS 2000

struct lane;

/* What the lanes have in common. */
struct lanes {
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* less waits, or abandoned */
	struct action_means means;
	char *folder;
	struct lane *first;
	size_t count;
	size_t waiting, waiting_bytes;
	size_t senders;	   /* threads that help rounds now */
	uint64_t beyond;   /* as in struct delivery_source */
	uint64_t advanced; /* the log is pushed up to here, in this run */
	bool abandoned;
	bool stuck; /* a push waits for room */
};

struct lane {
	struct lanes *lanes;
	struct lane *next;
	const struct action_kind *kind;
	char *destination;
	struct lane *stand_in; /* of this one; NULL: none */
	struct lane *original; /* whom this one stands in for; NULL: nobody */
	char *stands_in_for;   /* its destination, also when it has no lane */
	char name[LANE_NAME];
	char *dead_path;
	struct delivery *delivery; /* NULL: ended */
	uint64_t ended_at;	   /* its last position then */
	uint64_t skip;		   /* up to here all was sent before this run */
	struct notification *head, **tail;
	size_t waiting;
	uint64_t pushed; /* the last one's position */
	/* Of the worker: */
	struct notification **round;
	size_t nround;
	bool failing; /* the last round sent nothing */
	int64_t idle_ms;
	uint64_t settled; /* the highest position among sent and dead */
	uint64_t random;
};

int64_t lane_now_ms(void);

/* `stands_in_for` is "" but for stand-ins. */
struct lane *
lane_find(const struct lanes *lanes, const struct action_kind *kind,
    struct span destination, struct span stands_in_for);
/*
 * Makes the lane and its delivery; `begin` is its position, and what it need
 * not send, when it has no file yet. `known`: also when the file is of another
 * log; else it goes on from this log's end then.
 */
enum rc lane_open(struct lane **lane, struct lanes *lanes,
    const struct action_kind *kind, struct span destination,
    struct span stands_in_for, uint64_t begin, bool known, struct err *err);
/* From now on `stand_in` takes what is overdue with `original`. */
void lane_original(struct lane *stand_in, struct lane *original);
/* Up to here all is delivered. */
uint64_t lane_position(const struct lane *lane);
/* Takes the notification; the caller has waited for room. */
void lane_push(struct lane *lane, struct notification *notification);
/* The same under the mutex, and wakes nobody. */
void lane_append(struct lane *lane, struct notification *notification);
/* Stops the delivery; what waits stays. */
void lane_end(struct lane *lane, int64_t within_ms);
/* The same, and frees what waits. */
void lane_close(struct lane **lane);

/* "All up to here is delivered", under the mutex. */
uint64_t lane_reach(const struct lane *lane);
/* Takes out of the queue what is settled, under the mutex. */
void lane_sweep(struct lane *lane);

/* The delivery's calls; `sink` is the lane. lane_pick.c, lane_round.c. */
enum rc lane_next(
    void *sink, uint64_t after, struct delivery_item *item, struct err *err);
int64_t lane_idle_ms(void *sink);
enum rc lane_round(void *sink, struct delivery_round *round, struct err *err);

/* lane_stand_in.c; under the mutex. Gives the lane that stands in what is
 * overdue with its original, and how long it is until something else is. */
int64_t lane_stand_in_take(struct lane *lane, int64_t now_ms);

#endif
