/*
 * What was heard lately: when something last came by each feed, and of each
 * account, Region and namespace. By arrival, not by event time: silence is
 * that nothing comes.
 *
 *   feeds   primary ─▶ 11:23:40        streams  1111/us-east-1/AWS/RDS ─▶ …
 *           dr      ─▶ 11:24:02                 1111/us-east-1/AWS/EC2 ─▶ …
 *
 * A mark is found once for each family of series; a point then costs a store.
 * Nobody listened before the first entry, nor while the log has a gap of
 * HEARD_GAP_MS or more (ticks come every ten seconds, or every minute): that
 * nothing came then is no silence.
 *
 * Ownership. Marks stay where they are until heard_fini(). Threads. None.
 * Limits. LIMIT_HEARD marks; above it none is made, and `refused` counts.
 */
#ifndef PIPELINE_WINDOW_HEARD_H
#define PIPELINE_WINDOW_HEARD_H

#include "base/arena.h"
#include "base/table.h"
#include "pipeline/window/lateness.h"

#define HEARD_GAP_MS (2 * 60 * 1000LL)

/* Batches of a peer (app/peer.h) are of the feed peer/NAME. */
#define HEARD_PEER_PREFIX "peer/"

enum heard_kind {
	HEARD_FEED,
	HEARD_STREAM,
	HEARD_PEER /* what a peer says of a Region */
};

struct heard_mark {
	enum heard_kind kind;
	struct span feed; /* HEARD_FEED; HEARD_PEER: the peer */
	/* HEARD_STREAM; HEARD_PEER: the Region */
	struct span account, region, namespace;
	struct lateness *lateness; /* HEARD_STREAM; of the last hours */
	int64_t last_ms;	   /* INT64_MIN: never */
};

struct heard {
	struct arena arena;
	struct table by_key;
	struct heard_mark **at; /* in the order they were made */
	size_t count, room;
	uint64_t refused;
	int64_t clock_ms;     /* of the entry before; INT64_MIN: none */
	int64_t listening_ms; /* since when somebody listens */
};

void heard_init(struct heard *heard);
void heard_fini(struct heard *heard);
/* The clock of the next entry, which never goes back. With another hour what
 * was late weighs half of what it did. */
void heard_clock(struct heard *heard, int64_t now_ms);
/* Made when they are new; NULL above the limit. Texts are copied. */
struct heard_mark *heard_feed(struct heard *heard, struct span feed);
struct heard_mark *heard_stream(struct heard *heard, struct span account,
    struct span region, struct span namespace);
struct heard_mark *
heard_peer(struct heard *heard, struct span peer, struct span region);
/* tocsin's own metrics, and what peers say: they come while a tocsin runs, and
 * say nothing of a Region. */
bool heard_is_own(const struct heard_mark *mark);

#endif
