/*
 * Messages out of records, for kinds that send many at once. Pure.
 *
 * What is not cut without need is a record. One that is too long for a message
 * is cut between lines of JSON and between messages of OpenTelemetry; JSON is
 * not joined with OpenTelemetry, nor anything with what is neither. So what is
 * in a message can always be read by itself.
 *
 *   PACK_RECORDS  a record is a message
 *   PACK_JOINED   records one behind another, as many as a message holds
 *   PACK_LANES    the same for each of PACK_LANE_COUNT lanes: JSON lines go by
 *                 their series, all else by its source; and of one lane there
 *                 is one message an item at most. So order holds in a lane
 *                 even where a receiver takes some messages and others not,
 *                 and those are sent again behind them.
 *
 * A series' lane: a hash of the line up to "timestamp" or "value", which is
 * its identity as long as its sender writes the keys in the same order.
 *
 * Ownership. Messages live until the next fill. Those of PACK_RECORDS borrow
 * from the load.
 */
#ifndef SINKS_REPLICA_PACK_H
#define SINKS_REPLICA_PACK_H

#include "base/arena.h"
#include "base/rc.h"
#include "sinks/replica_kind.h"
#include "sinks/replica_unit.h"

#define PACK_LANE_COUNT 64

enum replica_pack_how { PACK_RECORDS, PACK_JOINED, PACK_LANES };

struct replica_pack_rule {
	enum replica_pack_how how;
	size_t messages;      /* of an item, at most */
	size_t bytes;	      /* the same, with `around` for each */
	size_t message_bytes; /* of a message, at most; without it */
	size_t around;
};

struct replica_message {
	struct span id;	 /* for receivers, to drop repeats */
	struct span key; /* order is kept among those of one key: of a lane
			    tocsin-00 to tocsin-63, else the load's source */
	struct span payload;
	unsigned lane;
	enum replica_form form;
	bool done; /* taken: the sender's */
};

struct replica_pack {
	struct arena arena; /* ids, keys */
	struct replica_message *messages;
	size_t count, room;
	struct buf *payloads; /* one a message, but for PACK_RECORDS */
	size_t bytes;
	short lanes[PACK_LANE_COUNT]; /* its message; -1: none */
	/* What the item was made of. */
	uint64_t seq;
	struct span id;
	size_t record, offset;
};

void replica_pack_init(struct replica_pack *pack);
void replica_pack_fini(struct replica_pack *pack);
/* See replica_kind.pack. */
enum rc replica_pack_fill(struct replica_pack *pack,
    const struct replica_pack_rule *rule, struct replica_load *load,
    struct err *err);
/* Messages that are not taken yet. */
size_t replica_pack_left(const struct replica_pack *pack);
/* See replica_kind.dead. */
void replica_pack_dead(const struct replica_pack *pack, struct buf *out);

#endif
