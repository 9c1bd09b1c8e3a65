#include "pipeline/window/pane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/slab.h"

#define PANE_EMPTY INT64_MIN
#define PANES_LEAST 8

static void *
panes_alloc(const struct panes *panes, size_t size)
{
	void *at;

	if (panes->slab != NULL)
		return slab_alloc(panes->slab, size);
	at = malloc(size);
	if (at == NULL)
		log_die("out of memory: %zu bytes of panes", size);
	return at;
}

static void
panes_free(const struct panes *panes)
{
	size_t extended =
	    panes->room * panes->columns * sizeof(*panes->extended);

	if (panes->room == 0)
		return;
	if (panes->slab == NULL) {
		free(panes->ring);
		free(panes->extended);
		return;
	}
	slab_free(panes->slab, panes->ring, panes->room * sizeof(*panes->ring));
	if (panes->columns > 0)
		slab_free(panes->slab, panes->extended, extended);
}

void
panes_fini(struct panes *panes)
{
	panes_free(panes);
	*panes = (struct panes){.slab = panes->slab};
}

static size_t
panes_at(const struct panes *panes, int64_t index)
{
	return (size_t)index & (panes->room - 1); /* a power of two */
}

/* Makes both arrays anew; what is not read any more is left behind. */
static void
panes_resize(struct panes *panes, size_t room, size_t columns)
{
	struct panes old = *panes;

	panes->room = room;
	panes->columns = columns;
	panes->ring = panes_alloc(panes, room * sizeof(*panes->ring));
	panes->extended = columns == 0
	    ? NULL
	    : panes_alloc(panes, room * columns * sizeof(*panes->extended));
	for (size_t i = 0; i < room; i++)
		panes->ring[i].index = PANE_EMPTY;
	for (size_t i = 0; i < room * columns; i++)
		panes->extended[i] = NAN;
	for (size_t i = 0; i < old.room; i++) {
		size_t at = panes_at(panes, old.ring[i].index);

		if (old.ring[i].index == PANE_EMPTY ||
		    old.ring[i].index < panes->oldest)
			continue;
		panes->ring[at] = old.ring[i];
		if (old.columns > 0)
			memcpy(&panes->extended[at * columns],
			    &old.extended[i * old.columns],
			    old.columns * sizeof(*old.extended));
	}
	panes_free(&old);
}

void
panes_column(struct panes *panes)
{
	if (panes->room > 0)
		panes_resize(panes, panes->room, panes->columns + 1);
	else
		panes->columns++;
}

/* A slot for `index`, which the caller found to lie within the limit: the ring
 * doubles while a pane that is still read stands there. */
static struct pane *
panes_slot(struct panes *panes, int64_t index)
{
	struct pane *slot;

	if (panes->room == 0)
		panes_resize(panes, PANES_LEAST, panes->columns);
	for (;;) {
		slot = &panes->ring[panes_at(panes, index)];
		if (slot->index == index || slot->index < panes->oldest)
			return slot;
		panes_resize(panes, panes->room * 2, panes->columns);
	}
}

static void
panes_forget(struct panes *panes, int64_t oldest)
{
	if (panes->room == 0 || oldest > panes->oldest)
		panes->oldest = oldest;
}

static bool
pane_same(const struct pane *a, const struct pane *b)
{
	return a->sum == b->sum && a->count == b->count && a->min == b->min &&
	    a->max == b->max;
}

/* Writes the columns; true when they were the same. */
static bool
panes_put_extended(struct panes *panes, size_t at, const double *extended)
{
	double *to = &panes->extended[at * panes->columns];
	bool same = true;

	for (size_t i = 0; i < panes->columns; i++) {
		same = same &&
		    (to[i] == extended[i] ||
			(isnan(to[i]) && isnan(extended[i])));
		to[i] = extended[i];
	}
	return same;
}

enum pane_put
panes_put(struct panes *panes, const struct pane *pane, const double *extended,
    int64_t oldest)
{
	struct pane *slot;
	size_t at;
	bool same = true;

	if (pane->index < oldest ||
	    (panes->room > 0 && pane->index < panes->oldest))
		return PANE_LATE;
	if (pane->index - oldest >= LIMIT_PANES)
		return PANE_FAR;
	panes_forget(panes, oldest);
	slot = panes_slot(panes, pane->index);
	at = (size_t)(slot - panes->ring);
	if (slot->index == pane->index && slot->count > pane->count)
		return PANE_KEPT_OLD;
	if (panes->columns > 0)
		same = panes_put_extended(panes, at, extended);
	if (slot->index != pane->index) {
		*slot = *pane;
		return PANE_NEW;
	}
	same = same && pane_same(slot, pane);
	*slot = *pane;
	return same ? PANE_SAME : PANE_REPLACED;
}

const struct pane *
panes_get(const struct panes *panes, int64_t index)
{
	const struct pane *slot;

	if (panes->room == 0 || index < panes->oldest)
		return NULL;
	slot = &panes->ring[panes_at(panes, index)];
	return slot->index == index ? slot : NULL;
}

const double *
panes_extended(const struct panes *panes, const struct pane *pane)
{
	if (panes->columns == 0)
		return NULL;
	return &panes->extended[(size_t)(pane - panes->ring) * panes->columns];
}

void
panes_restore(struct panes *panes, int64_t oldest)
{
	panes_resize(panes, PANES_LEAST, panes->columns);
	panes->oldest = oldest;
}

int64_t
panes_newest(const struct panes *panes)
{
	int64_t newest = PANE_EMPTY;

	for (size_t i = 0; i < panes->room; i++)
		if (panes->ring[i].index > newest &&
		    panes->ring[i].index >= panes->oldest)
			newest = panes->ring[i].index;
	return newest;
}

struct pane *
panes_set(struct panes *panes, int64_t index, int64_t oldest)
{
	struct pane *slot;

	panes_forget(panes, oldest);
	slot = panes_slot(panes, index);
	if (slot->index != index)
		*slot = (struct pane){.index = index};
	return slot;
}

void
window_add(struct window *window, const struct pane *pane)
{
	if (window->panes == 0 || pane->min < window->min)
		window->min = pane->min;
	if (window->panes == 0 || pane->max > window->max)
		window->max = pane->max;
	window->sum += pane->sum;
	window->count += pane->count;
	window->panes++;
}
