/*
 * Delivery: the one place that retries. A sink sends one item and gives a
 * verdict; delivery owns order, back-off, the durable position and the dead
 * letters.
 *
 *   log ──▶ next() ──▶ item ──▶ send() ──▶ RC_OK      position moves
 *                        ▲        │        RC_RETRY   again, after back-off
 *                        └────────┘        RC_REJECT  dead letter, go on
 *
 * The position ("all up to here is delivered") is a file, replaced durably;
 * after a crash what follows it is delivered again under the same ids.
 * Back-off: 1 s doubled, ±15 %, at most 120 s.
 *
 * Threads. One worker a delivery.
 */
#ifndef SINKS_DELIVERY_H
#define SINKS_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/span.h"
#include "base/stat.h"

struct delivery;

enum {
	DELIVERY_SENT,
	DELIVERY_RETRIES,
	DELIVERY_DEAD,
	DELIVERY_POSITION, /* gauge: log position delivered */
	DELIVERY_STATS
};

/*
 * What a sink gives. `next` fetches the first item after the position:
 * RC_OK with its log position, RC_AGAIN when there is none yet (it may wait
 * some 200 ms for one). `send` is one attempt at that item. After RC_REJECT
 * `dead` is asked for the words that go to the dead-letter file.
 */
struct delivery_source {
	const char *name; /* of the sink: sns, s3, replica-west */
	enum rc (*next)(
	    void *sink, uint64_t after, uint64_t *position, struct err *err);
	enum rc (*send)(void *sink, struct err *err);
	struct span (*dead)(void *sink);
	void *sink;
};

/* `folder` holds NAME.position and NAME.dead. */
enum rc delivery_start(struct delivery **delivery,
    const struct delivery_source *source, const char *folder, struct err *err);
/* The rows of this sink, labelled with its name. */
const struct stat *delivery_stats(const struct delivery *delivery);
uint64_t delivery_position(const struct delivery *delivery);
/* Tries until nothing is left or the deadline; then stops. */
void delivery_stop(struct delivery **delivery, int64_t deadline_ms);

/* Reads a position file; 0 when there is none. */
enum rc delivery_position_read(
    const char *folder, const char *name, uint64_t *position, struct err *err);

#endif
