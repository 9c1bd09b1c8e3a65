/*
 * Panes: what a series said, minute by minute.
 *
 *   index  …  1041  1042  1043  1044          (start of the minute / step)
 *            ┌─────┬─────┬─────┬─────┐
 *   ring     │ 1044│ 1041│ 1042│ 1043│        slot = index modulo room
 *            └─────┴─────┴─────┴─────┘
 *
 * A later version of a minute replaces the one that is there, unless its
 * sample count is lower: late samples make the count grow, and Firehose may
 * reorder (aws-formats: "Updates of the same series+timestamp"). Windows are
 * panes merged, never subtracted.
 *
 * Beside the ring stand, by the same slots, the extended statistics that
 * somebody reads (p99 …), a column each: NAN where a point did not carry it.
 *
 * Limits. LIMIT_PANES a series, LIMIT_STATISTICS columns; the ring grows only
 * when two panes that are still read ask for one slot.
 */
#ifndef PIPELINE_WINDOW_PANE_H
#define PIPELINE_WINDOW_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pane {
	int64_t index;
	double sum, count, min, max;
};

struct slab;

struct panes {
	struct pane *ring;
	int64_t oldest; /* nothing older is read any more; never decreases */
	size_t room;
	double *extended; /* room × columns */
	size_t columns;
	struct slab *slab; /* where both arrays are of; NULL: malloc's */
};

enum pane_put {
	PANE_NEW,
	PANE_REPLACED, /* by other values */
	PANE_SAME,     /* by the same values: nothing changes */
	PANE_KEPT_OLD, /* the version that is there has the higher count */
	PANE_LATE,     /* older than `oldest` */
	PANE_FAR       /* further ahead than the ring may grow */
};

void panes_fini(struct panes *panes);
/* One more column of extended statistics, NAN so far. */
void panes_column(struct panes *panes);
/* `oldest` is the first index that is still read from now on: what is older
 * is gone, also where a later call reaches further back.
 * `extended`: a value a column, or NULL when there are no columns. */
enum pane_put panes_put(struct panes *panes, const struct pane *pane,
    const double *extended, int64_t oldest);
const struct pane *panes_get(const struct panes *panes, int64_t index);
/* The columns of a pane that panes_get() gave; NULL when there are none. */
const double *
panes_extended(const struct panes *panes, const struct pane *pane);
/* Asks the memory for a pane that is needed soon, there or not. Always inline:
 * GCC takes a function that only asks for one without effect, and drops it. */
__attribute__((always_inline)) static inline void
panes_prefetch(const struct panes *panes, int64_t index)
{
	size_t at = (size_t)index & (panes->room - 1);

	if (panes->room == 0)
		return;
	__builtin_prefetch(&panes->ring[at]);
	if (panes->columns > 0)
		__builtin_prefetch(&panes->extended[at * panes->columns]);
}
/* The highest index there is; INT64_MIN when there is none. */
int64_t panes_newest(const struct panes *panes);
/* An empty ring, for loading what was saved. */
void panes_restore(struct panes *panes, int64_t oldest);
/* The pane of this index, replaced or made whatever was there: for what is
 * merged from other panes. */
struct pane *panes_set(struct panes *panes, int64_t index, int64_t oldest);

/* A run of panes merged: max of max, min of min, sum of sums and counts. */
struct window {
	double sum, count, min, max;
	size_t panes; /* how many were there; 0: the rest means nothing */
};
void window_add(struct window *window, const struct pane *pane);

#endif
