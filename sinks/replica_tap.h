/*
 * Where a replica's loads come from, one after another: the batches of the
 * journal, or the lines of the outcomes log.
 *
 * Threads. The replica's. Ownership. A load lives until the next call.
 */
#ifndef SINKS_REPLICA_TAP_H
#define SINKS_REPLICA_TAP_H

#include "journal/journal.h"
#include "sinks/replica_lines.h"

/* What there is to read; it outlives the replicas. */
struct replica_log {
	struct journal *journal;
	const char *journal_folder;
	struct outcomes *outcomes; /* not started yet */
};

struct replica_tap {
	struct replica_log log;
	struct reader *reader; /* NULL: opened behind the position */
	uint64_t expected;     /* the seq that must follow; 0: any */
	struct entry entry;
	bool has_entry; /* read, but not given out yet */
	struct buf id;
	struct replica_lines lines; /* without a reader: batches */
};

void replica_tap_init(struct replica_tap *tap, enum replica_what what,
    const struct replica_log *log);
void replica_tap_fini(struct replica_tap *tap);
/*
 * The next load, at a start the first after the position. RC_AGAIN: none yet;
 * item->reach says how far the log holds nothing to send. RC_REJECT: something
 * is lost up to item->reach, err says what; the next call goes on behind it.
 */
enum rc replica_tap_next(struct replica_tap *tap, uint64_t after,
    struct replica_load *load, struct delivery_item *item, struct err *err);

#endif
