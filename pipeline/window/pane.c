#include "pipeline/window/pane.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

#define PANE_EMPTY INT64_MIN

void
panes_fini(struct panes *panes)
{
	free(panes->ring);
	*panes = (struct panes){0};
}

static struct pane *
panes_slot(const struct panes *panes, int64_t index)
{
	int64_t room = (int64_t)panes->room;

	return &panes->ring[((index % room) + room) % room];
}

static void
panes_grow(struct panes *panes, size_t room, int64_t oldest)
{
	struct panes old = *panes;

	panes->room = room;
	panes->ring = malloc(room * sizeof(*panes->ring));
	if (panes->ring == NULL)
		log_die("out of memory: %zu panes", room);
	for (size_t i = 0; i < room; i++)
		panes->ring[i].index = PANE_EMPTY;
	for (size_t i = 0; i < old.room; i++)
		if (old.ring[i].index >= oldest)
			*panes_slot(panes, old.ring[i].index) = old.ring[i];
	free(old.ring);
}

static bool
pane_same(const struct pane *a, const struct pane *b)
{
	return a->sum == b->sum && a->count == b->count && a->min == b->min &&
	    a->max == b->max;
}

enum pane_put
panes_put(struct panes *panes, const struct pane *pane, int64_t oldest)
{
	size_t room = panes->room == 0 ? 8 : panes->room;
	struct pane *slot;
	bool same;

	if (pane->index < oldest)
		return PANE_LATE;
	if (pane->index - oldest >= LIMIT_PANES)
		return PANE_FAR;
	while ((int64_t)room <= pane->index - oldest)
		room *= 2;
	if (room != panes->room)
		panes_grow(panes, room, oldest);
	slot = panes_slot(panes, pane->index);
	if (slot->index != pane->index) {
		*slot = *pane;
		return PANE_NEW;
	}
	if (slot->count > pane->count)
		return PANE_KEPT_OLD;
	same = pane_same(slot, pane);
	*slot = *pane;
	return same ? PANE_SAME : PANE_REPLACED;
}

const struct pane *
panes_get(const struct panes *panes, int64_t index)
{
	const struct pane *slot;

	if (panes->room == 0)
		return NULL;
	slot = panes_slot(panes, index);
	return slot->index == index ? slot : NULL;
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
