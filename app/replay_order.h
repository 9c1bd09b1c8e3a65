/*
 * Event order: points of archives without arrival times, put in the order in
 * which they would have come (contract, "Replay order").
 *
 *   points, in any order ──▶ one version a series and step ──▶ entries
 *
 *   steps  |  10:00  |  10:01  |  10:02  |  10:03  |
 *   points |  a b    |  a      |         |  b a    |
 *   entry  |  points |  points |  tick   |  points |
 *   clock         10:01     10:02     10:03     10:04
 *
 * Of two versions of a series' step the one with the higher count stands, of
 * equal counts the later. An entry's points are sorted by series, so that the
 * order of the input shows nowhere.
 *
 * A decoder that is given replay_order_identities() reads a line of a known
 * series by its bytes, as the engine's does; what it knows is ours.
 *
 * Ownership. Points are copied. Threads. None.
 * Limits. LIMIT_REPLAY_POINTS, LIMIT_SERIES, LIMIT_REPLAY_STEPS.
 */
#ifndef APP_REPLAY_ORDER_H
#define APP_REPLAY_ORDER_H

#include <stdint.h>

#include "base/rc.h"
#include "schemas/entry.h"
#include "schemas/point.h"

struct identities;
struct replay_order;

/* INT64_MIN: from the first point on; to the last point. */
struct replay_range {
	int64_t from_ms; /* the first clock is this + one step */
	int64_t to_ms;	 /* the last clock is this */
};

/* Both bounds come to whole steps: from up, to down. */
struct replay_order *
replay_order_create(int64_t step_ms, const struct replay_range *range);
void replay_order_free(struct replay_order **order);
struct identities *replay_order_identities(struct replay_order *order);
/* Points behind the range are not kept. RC_FATAL: a limit is reached. */
enum rc replay_order_add(
    struct replay_order *order, const struct point *point, struct err *err);

/*
 * After the last point. RC_REJECT when the range has more steps than
 * LIMIT_REPLAY_STEPS: one wrong timestamp would make years of ticks.
 */
enum rc replay_order_seal(struct replay_order *order, struct err *err);
/*
 * The next entry; it lives until the next call. RC_AGAIN at the end. Entries
 * whose arrival is at or before replay_order_from() are there to fill windows.
 */
enum rc replay_order_next(struct replay_order *order, struct entry *entry);
/* A from as it is taken: at whole steps. INT64_MIN stays. */
int64_t replay_order_from(int64_t from_ms, int64_t step_ms);

struct replay_order_counts {
	uint64_t points;     /* added */
	uint64_t superseded; /* another version of the same stood */
	uint64_t behind;     /* behind the range */
	uint64_t steps;	     /* entries that replay_order_next() gives */
};
struct replay_order_counts replay_order_counts(const struct replay_order *);

#endif
