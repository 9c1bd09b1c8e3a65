/*
 * The partitions that a source reads, and their way into the journal:
 *
 *   message ─▶ pieces:  [flying] [flying] │ [open] [open] ◀─ the next message
 *                 ▲                       '- waits until all of them landed
 *                 '- refused (the journal is full): appended again
 *
 * A piece becomes an entry. It is messages one after another, named by their
 * offsets; or one message that another tocsin sent, named by the id that came
 * with it (journal/replica_id.h), so that it is kept once by whatever way it
 * comes. The latter may fly together. A piece that sets a mark flies alone, and
 * only when all before it is durable: the mark says that it is.
 *
 * Threads. One, that of the source; the journal's answers come from others.
 * Limits. LIMIT_KAFKA_BATCH, LIMIT_KAFKA_OPEN.
 */
#ifndef INGEST_KAFKA_PARTITION_H
#define INGEST_KAFKA_PARTITION_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/table.h"
#include "ingest/kafka_position.h"
#include "ingest/payload.h"
#include "ingest/source_kafka.h"

enum kafka_flight {
	KAFKA_GROUNDED,
	KAFKA_FLYING,
	KAFKA_LANDED,  /* the journal answered */
	KAFKA_REFUSED, /* not now; to be appended again */
};

struct kafka_piece {
	struct kafka_piece *next;
	struct kafka_partition *of;
	struct records records;
	int64_t first, last; /* offsets */
	size_t messages;
	char *id; /* NULL: named by its offsets */
	/* Under the lock: */
	enum kafka_flight flight;
	enum rc answer;
	bool repeat;
	struct err err;
};

struct kafka_partition {
	struct kafka_partition *next; /* of the source's list */
	struct kafka_partitions *all;
	char *topic;
	int32_t number;
	struct span source; /* kafka/NAME/TOPIC/NUMBER */
	struct kafka_position position;
	bool assigned;
	bool stray; /* its next message is not there: to be found */
	struct kafka_piece *first, *last;
	size_t aloft;		      /* pieces, the first ones */
	size_t open_bytes, open_rows; /* of the others: bytes, records + ids */
};

struct kafka_partitions {
	struct journal *journal;
	struct span name;
	struct counter *stats;
	struct table table; /* source -> partition */
	struct kafka_partition *first, *recent;
	struct payload payload;
	size_t open_bytes;
	int64_t oldest_ms; /* when the oldest open piece was begun; 0: none */
	size_t refused;	   /* pieces */
	bool unreadable;   /* some message was; said once */
	pthread_mutex_t lock;
	pthread_cond_t landed;
	size_t flying; /* under the lock */
	atomic_bool answers;
};

/* A message, as the client gives it. */
struct kafka_message {
	int64_t offset;
	struct span value, id; /* id "": none came with it */
};

void kafka_partitions_init(struct kafka_partitions *all,
    struct journal *journal, struct span name, struct counter *stats);
/* Nothing may be flying. */
void kafka_partitions_fini(struct kafka_partitions *all);

/* The one of that name; makes it. NULL: the name is too long for an entry's
 * source. */
struct kafka_partition *kafka_partitions_get(
    struct kafka_partitions *all, const char *topic, int32_t number);

/* A message of an assigned partition. One that was taken before is counted and
 * dropped. */
void kafka_partition_take(
    struct kafka_partition *partition, const struct kafka_message *message);
/* Whether it must wait before it may be given another: what is open is full
 * and waits for what is with the journal. */
bool kafka_partitions_full(const struct kafka_partitions *all);
/* Appends what is open, where nothing is flying. */
void kafka_partitions_flush(struct kafka_partitions *all);
/* The same when it has waited for its time. */
void kafka_partitions_flush_due(struct kafka_partitions *all);
/* Appends again what was refused. */
void kafka_partitions_retry(struct kafka_partitions *all);
/* Takes the journal's answers. */
void kafka_partitions_settle(struct kafka_partitions *all);
/* Whether something is with the journal. */
bool kafka_partitions_flying(struct kafka_partitions *all);
/* Waits for an answer, for so long. */
void kafka_partitions_wait(struct kafka_partitions *all, int64_t within_ms);
/* Settles until nothing is flying, or the time is over: false. */
bool kafka_partitions_land(struct kafka_partitions *all, int64_t within_ms);
/* They are not ours any more: drops what is not with the journal. */
void kafka_partitions_revoke(struct kafka_partitions *all);

#endif
