/* Records one behind the other, in memory of their own: they are compressed
 * together without being copied again. */
#ifndef INGEST_RECORDS_H
#define INGEST_RECORDS_H

#include "base/buf.h"

struct records {
	struct buf bytes;
	struct span *spans; /* their places, by records_spans() */
	size_t count, room;
};

/* Appends a copy, and `end` (may be empty) behind it. */
void records_put(struct records *records, struct span record, struct span end);
/* All of them; until the next put. */
const struct span *records_spans(struct records *records);
/* Forgets them and gives their memory back. */
void records_fini(struct records *records);

#endif
