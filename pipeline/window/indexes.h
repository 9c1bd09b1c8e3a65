/*
 * Indexes of panes that have to be looked at: put as they come, some twice,
 * read in ascending order, each once.
 *
 * Limits. None of its own: no longer than twice the different indexes.
 */
#ifndef PIPELINE_WINDOW_INDEXES_H
#define PIPELINE_WINDOW_INDEXES_H

#include <stddef.h>
#include <stdint.h>

struct indexes {
	int64_t *at;
	size_t count, room;
};

void indexes_fini(struct indexes *indexes);
/* Those below `oldest` may go. */
void indexes_put(struct indexes *indexes, int64_t index, int64_t oldest);
/* Each once, ascending, none below `oldest`. */
void indexes_sort(struct indexes *indexes, int64_t oldest);

#endif
