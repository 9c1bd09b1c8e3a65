/*
 * Series, their panes and the groups that read them are all over the memory:
 * what a record's next points will need is asked for while its first are still
 * worked on. Nothing depends on it but time.
 */
#ifndef PIPELINE_AHEAD_H
#define PIPELINE_AHEAD_H

#include "pipeline/decode/decode.h"

struct ahead {
	int64_t step_ms;   /* width of a pane */
	int64_t ms, index; /* the last timestamp, and of its pane */
	bool groups;	   /* there are queries: groups read series */
};

/* Before the point `next` is applied. */
void
ahead_prefetch(struct ahead *ahead, const struct decoded *decoded, size_t next);

#endif
