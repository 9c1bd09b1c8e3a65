/*
 * Loads out of the outcomes log: the lines of one kind, those of one entry
 * together, or as many of them as LIMIT_REPLICA_LINES says; then more loads of
 * that entry follow. Cut by number alone, so that they are the same ones after
 * a crash.
 *
 * Threads. The replica's. Ownership. A load lives until the next call.
 */
#ifndef SINKS_REPLICA_LINES_H
#define SINKS_REPLICA_LINES_H

#include "journal/outcomes.h"
#include "sinks/delivery.h"
#include "sinks/replica_kind.h"

struct replica_lines {
	struct outcomes_reader *reader;
	enum outcomes_kind kind;
	struct span source; /* of the loads: transitions, rollups */
	bool sought;	    /* the reader is behind the position */

	struct buf text, id; /* lines of one entry, one behind another */
	size_t *ends;	     /* where each ends in `text` */
	struct span *records;
	size_t count;
	uint64_t seq;
	int64_t arrival_ms;
	size_t loads; /* made of that entry so far */
	/* Told when what was read before it is given out. */
	bool lost;
	uint64_t lost_reach;
	struct err lost_err;
};

/* `reader` becomes theirs. */
void
replica_lines_init(struct replica_lines *lines, struct outcomes_reader *reader,
    enum outcomes_kind kind, struct span source);
void replica_lines_fini(struct replica_lines *lines);
/* See replica_tap_next(). */
enum rc replica_lines_next(struct replica_lines *lines, struct span origin,
    uint64_t after, struct replica_load *load, struct delivery_item *item,
    struct err *err);

#endif
