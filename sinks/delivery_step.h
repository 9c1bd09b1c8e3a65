/*
 * One step of a delivery, without a thread or a clock: what delivery.c's
 * worker runs, and what tests drive.
 *
 *   NONE ──next()──▶ HELD ──send()──▶ settled ──▶ NONE
 *     └──RC_REJECT──▶ DEAD ◀──RC_REJECT──┘
 *                      └──line in NAME.dead is durable──▶ settled
 *
 * Threads. One; the atomics are what others read.
 */
#ifndef SINKS_DELIVERY_STEP_H
#define SINKS_DELIVERY_STEP_H

#include <stdatomic.h>

#include "sinks/delivery.h"

#define DELIVERY_NAME 101
#define DELIVERY_IDLE_MS 200
#define DELIVERY_BACKOFF_FIRST_MS 1000
#define DELIVERY_BACKOFF_MOST_MS 20000
/* The position is written this long after it was last written: when items
 * were sent, and when it only moved past entries that are none of ours. */
#define DELIVERY_SAVE_MS 200
#define DELIVERY_SAVE_QUIET_MS 5000
/* Failures in a row that open the breaker. */
#define DELIVERY_BREAKS 5

enum delivery_state { DELIVERY_NONE, DELIVERY_HELD, DELIVERY_TO_BURY };

struct delivery_step {
	struct delivery_source source; /* .name is `name` */
	char name[DELIVERY_NAME];
	char labels[DELIVERY_NAME + 16];
	char *position_path, *dead_path;
	struct counter stats[DELIVERY_STATS];
	_Atomic uint64_t position;

	enum delivery_state state;
	struct delivery_item item;
	bool has_item;	   /* DEAD: dead() has something to say */
	struct err reason; /* DEAD */

	_Atomic uint64_t saved; /* what the file says */
	int64_t saved_ms;
	bool sent;	   /* since it was saved */
	uint64_t settled;  /* of rounds: the file should say this at least */
	bool save_failing; /* and was logged */

	unsigned failures; /* in a row */
	int64_t wait_ms;   /* before the next step, after RC_RETRY */
	int64_t idle_ms;   /* the same, after RC_AGAIN */
	uint64_t random;
};

enum rc delivery_step_init(struct delivery_step *step,
    const struct delivery_source *source, const char *folder, struct err *err);
void delivery_step_fini(struct delivery_step *step);

/* False: only its position is kept. */
bool delivery_step_has_items(const struct delivery_step *step);

/* RC_OK: again at once. RC_AGAIN: nothing to do for step->idle_ms.
 * RC_RETRY: failed; again after step->wait_ms. */
enum rc delivery_step(struct delivery_step *step, int64_t now_ms);

/* delivery_position.c. FOLDER/NAME.SUFFIX, for free(). */
char *delivery_path(const char *folder, const char *name, const char *suffix);
enum rc delivery_position_write(struct delivery_step *step, struct err *err);
/* Writes the position if the file says less. */
void delivery_save(struct delivery_step *step, int64_t now_ms);
/* The same when it is time to. */
void delivery_save_due(struct delivery_step *step, int64_t now_ms);

/* The wait after this many failures in a row: from 0 up to a bound that grows
 * with them, drawn by any `random` number. */
int64_t delivery_backoff_ms(unsigned failures, uint64_t random);

#endif
