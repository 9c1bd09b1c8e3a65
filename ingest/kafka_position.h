/*
 * Where one partition of a topic stands: offsets only, no client and no
 * journal.
 *
 *   messages   0 ... committed ... durable ... next ... high
 *                       |            |          '- the next one to be taken
 *                       |            '- all below are in the journal
 *                       '- what the brokers were told, and said yes to
 *
 * Threads. None.
 */
#ifndef INGEST_KAFKA_POSITION_H
#define INGEST_KAFKA_POSITION_H

#include <stdbool.h>
#include <stdint.h>

struct kafka_position {
	int64_t next, durable, committed;
};

/* Why a partition is read from there. */
enum kafka_start {
	KAFKA_START_COMMITTED, /* what the brokers were told */
	KAFKA_START_MARK,      /* the journal has more than that */
	KAFKA_START_RESET,     /* nothing is known: `reset:` decides */
	KAFKA_START_REMOVED,   /* what was next is gone: the first there is */
	KAFKA_START_ANEW       /* what was next is beyond the end: the topic was
				  made anew, or cut back */
};

/* What is known when a partition is given to us; -1: nothing. */
struct kafka_known {
	int64_t committed, mark;
	int64_t low, high; /* the first message that is there; behind the last
			      one */
	bool latest;	   /* `reset: latest` */
};

/* Sets where to begin. `lost`: messages that nobody can give any more. */
enum kafka_start kafka_position_begin(struct kafka_position *position,
    const struct kafka_known *known, int64_t *lost);

/* A message was given: true when it is the next one or later (offsets may have
 * gaps), which `next` then passes; false when it was taken before. */
bool kafka_position_take(struct kafka_position *position, int64_t offset);
/* All up to this offset is in the journal. */
void kafka_position_settle(struct kafka_position *position, int64_t last);
/* Whether there is something to tell the brokers. */
bool kafka_position_uncommitted(const struct kafka_position *position);

#endif
