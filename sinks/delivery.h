/*
 * Delivery: the one place that retries. A sink sends one item and gives a
 * verdict; delivery owns order, back-off, the durable position and the dead
 * letters.
 *
 *   log ──▶ next() ──▶ item ──▶ send() ──▶ RC_OK      position moves
 *                        ▲        │        RC_RETRY   again, after back-off
 *                        └────────┘        RC_REJECT  dead letter, go on
 *
 * The position ("all up to here is delivered") is a file, NAME.position,
 * replaced durably some time after it moves: after a crash the last items may
 * be delivered again, under the same ids; none is left out. It passes an item
 * only when that was sent or its dead letter is on the disk.
 * A dead letter is a line of NAME.dead:
 *   {"position","time","sink","reason","item"}, item as dead() gave it.
 * Back-off with full jitter: any time up to 1 s, doubled by each failure in a
 * row, at most 20 s (as the SDKs' standard mode). RC_FATAL is told as an error
 * and tried again after 20 s: a sink that cannot go on delivers nothing, but
 * loses nothing either.
 *
 * Breaker: after five failures in a row it is open, told once and as a gauge;
 * then one attempt at the end of each back-off (half open) looks whether the
 * sink is back, and its success closes it. Each sink has its own.
 *
 * Threads. One worker a delivery; all calls of the source are on it. The
 * functions here may be called from any thread.
 * Limits. An attempt is not interrupted: stopping waits for it.
 */
#ifndef SINKS_DELIVERY_H
#define SINKS_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/counter.h"
#include "base/rc.h"
#include "base/span.h"

struct delivery;

enum {
	DELIVERY_SENT,
	DELIVERY_RETRIES,
	DELIVERY_DEAD,
	DELIVERY_POSITION, /* gauge: log position delivered */
	DELIVERY_FAILING,  /* gauge: 1 from a failure to the next success */
	DELIVERY_SINCE,	   /* gauge: arrival of the item that is waited for,
			      on the journal's clock; 0: none is */
	DELIVERY_BREAKER,  /* gauge: enum delivery_breaker */
	DELIVERY_STATS
};

enum delivery_breaker { BREAKER_CLOSED, BREAKER_HALF_OPEN, BREAKER_OPEN };

struct delivery_item {
	uint64_t seq;	  /* the log position that caused it */
	uint64_t reach;	  /* "all up to here is delivered" once it is settled;
			     below seq while that entry has more items */
	int64_t since_ms; /* when it came, on the journal's clock */
};

/* What a round came to: each number one of items. */
struct delivery_round {
	size_t sent, failed, dead;
	uint64_t settled; /* the highest position among sent and dead; 0 */
	uint64_t reach;	  /* "all up to here is delivered" now */
};

/*
 * What a sink gives.
 *
 * next   prepares the item that follows the one before it, at a start the
 *        first after the position `after`. Called only when the last item is
 *        settled. It does not block.
 *        RC_OK: here it is. RC_AGAIN: none yet; item->reach says how far the
 *        log holds nothing for this sink. RC_REJECT: what stands there can
 *        never be an item (err says why); it becomes a dead letter and the
 *        position moves to item->reach. Else: failed, asked again.
 * send   one attempt at the item. NULL: the source gives no items, only its
 *        position is kept.
 * dead   appends the item as one JSON value, enough to send it by hand.
 *
 * round  in place of send and dead, for a sink that holds many items, of which
 *        next() says that there are some: makes a round of attempts, writes
 *        dead letters itself, and says what it came to, also when it fails.
 *        RC_OK: next() is asked at once; RC_RETRY, RC_FATAL: after a back-off.
 *        Its position is written after items were settled, and not while it
 *        only passes entries that are none of its own.
 */
struct delivery_source {
	const char *name;  /* of files and metrics: [A-Za-z0-9._-], at most 100:
			      s3, sns-us-east-2, replica-west */
	uint64_t begin;	   /* the position when there is no file yet */
	uint64_t beyond;   /* the log's last entry at the start, plus one: a
			      position that reaches it is of another log and
			      goes on from the last entry; 0: not known */
	bool begin_beyond; /* such a position goes on from `begin` instead */
	enum rc (*next)(void *sink, uint64_t after, struct delivery_item *item,
	    struct err *err);
	enum rc (*send)(void *sink, struct err *err);
	void (*dead)(void *sink, struct buf *out);
	/* After RC_AGAIN: it looks again after so long, if not woken before;
	 * NULL: soon. */
	int64_t (*idle_ms)(void *sink);
	enum rc (*round)(
	    void *sink, struct delivery_round *round, struct err *err);
	void *sink;
};

/* `folder` (it is made) holds NAME.position, written before this returns when
 * it was missing, and NAME.dead. The source's struct is copied. */
enum rc delivery_start(struct delivery **delivery,
    const struct delivery_source *source, const char *folder, struct err *err);
/* Asks it to stop, as delivery_stop() does, and returns at once: so that many
 * come to their end together. */
void delivery_ask_stop(struct delivery *delivery, int64_t within_ms);
/* Ends a wait for the next item; not a back-off. */
void delivery_wake(struct delivery *delivery);
/* The rows of this sink, labelled with its name. */
const struct counter *delivery_stats(const struct delivery *delivery);
/* The rows of all deliveries with items, each metric's together, for
 * /metrics (counter_print() of one after another would break its format). */
void delivery_print(struct buf *out);
uint64_t delivery_position(const struct delivery *delivery);
/* The same, as it is on the disk: what lies before it may be deleted. */
uint64_t delivery_durable(const struct delivery *delivery);
/* Calls `look` for each delivery with items: its name, and the arrival time
 * of the item that it tries to deliver now (0: it waits for none). */
typedef void delivery_look(void *cookie, const char *name, int64_t since_ms);
void delivery_each(delivery_look *look, void *cookie);
/*
 * Goes on until next() has nothing more, at most `within_ms` from now (0: no
 * more attempts), writes the position, ends the worker and frees. A back-off
 * ends at once for one more attempt. Gives the position; NULL is fine.
 */
uint64_t delivery_stop(struct delivery **delivery, int64_t within_ms);

/* Reads a position file; RC_AGAIN and 0 when there is none. */
enum rc delivery_position_read(
    const char *folder, const char *name, uint64_t *position, struct err *err);

#endif
