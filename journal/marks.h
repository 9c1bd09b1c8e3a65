/*
 * Marks: how far a source that numbers what it sends was taken, so that after
 * a crash nothing of it is taken twice. Such a source is a partition of a
 * Kafka topic; its entries say so by their names:
 *
 *   source       kafka/NAME/TOPIC/PARTITION
 *   request id   FIRST-LAST, offsets of the messages that are in the entry
 *   mark         LAST + 1 of its newest entry
 *
 * The newest in the order of the log, not the highest: a topic that was made
 * anew begins at 0 again. Their request ids are not remembered one by one
 * (requests.h); the one who appends asks for the mark before.
 *
 * Threads. None: the journal's lock. Limits. LIMIT_MARKS; the one whose entry
 * is the oldest goes first, and JOURNAL_MARKS_FORGOTTEN counts it.
 */
#ifndef JOURNAL_MARKS_H
#define JOURNAL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct mark {
	int64_t next;
	uint64_t seq; /* of the entry that set it */
	size_t source_len;
	char source[];
};

struct marks {
	struct table table;
	size_t limit;
};

void marks_init(struct marks *marks);
void marks_fini(struct marks *marks);

/* Whether an entry of these names sets a mark, and to what. */
bool marks_range(struct span source, struct span request_id, int64_t *next);
/* The entry at `seq` is durable. */
void
marks_note(struct marks *marks, struct span source, int64_t next, uint64_t seq);
/* -1: none is known. */
int64_t marks_next(const struct marks *marks, struct span source);

#endif
