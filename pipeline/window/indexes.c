#include "pipeline/window/indexes.h"

#include <stdlib.h>

#include "base/log.h"

#define INDEXES_LEAST 8

void
indexes_fini(struct indexes *indexes)
{
	free(indexes->at);
	*indexes = (struct indexes){0};
}

static int
index_compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void
indexes_sort(struct indexes *indexes, int64_t oldest)
{
	size_t kept = 0;

	if (indexes->count > 1)
		qsort(indexes->at, indexes->count, sizeof(*indexes->at),
		    index_compare);
	for (size_t i = 0; i < indexes->count; i++) {
		int64_t index = indexes->at[i];

		if (index >= oldest &&
		    (kept == 0 || indexes->at[kept - 1] != index))
			indexes->at[kept++] = index;
	}
	indexes->count = kept;
}

static void
indexes_grow(struct indexes *indexes)
{
	indexes->room = indexes->room == 0 ? INDEXES_LEAST : indexes->room * 2;
	indexes->at =
	    realloc(indexes->at, indexes->room * sizeof(*indexes->at));
	if (indexes->at == NULL)
		log_die("out of memory: %zu indexes", indexes->room);
}

/* Grows only when it is half full of different ones, however often one of
 * them comes. */
void
indexes_put(struct indexes *indexes, int64_t index, int64_t oldest)
{
	if (indexes->count > 0 && indexes->at[indexes->count - 1] == index)
		return;
	if (indexes->count == indexes->room) {
		indexes_sort(indexes, oldest);
		if (indexes->count * 2 >= indexes->room)
			indexes_grow(indexes);
	}
	indexes->at[indexes->count++] = index;
}
