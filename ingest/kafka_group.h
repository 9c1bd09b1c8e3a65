/*
 * A source's membership in its consumer group: the handle, which partitions
 * are ours and where they begin, commits, pauses.
 *
 * Eager `range` assignment, and static membership with `instance`; never the
 * cooperative protocol, whose bugs in librdkafka 2.0.2 lose assignments
 * (issues 4059, 4252, 4800). Partitions are paused all together, and resumed
 * only when they are paused (4636).
 *
 * Threads. One, that polls; the callbacks run there too.
 */
#ifndef INGEST_KAFKA_GROUP_H
#define INGEST_KAFKA_GROUP_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

#include "ingest/kafka_partition.h"
#include "kafka/kafka_client.h"

struct kafka_group {
	const struct source_kafka_config *config;
	struct aws_client *aws;
	struct kafka_partitions *all;
	struct counter *stats;
	const atomic_bool *stop;     /* ends what waits */
	struct kafka_client *client; /* NULL: it is to be opened */
	bool hold;		     /* no messages are wanted */
	bool paused;		     /* what is assigned is */
	bool broken;		     /* the handle is to be made anew */
	bool strays;		     /* among the partitions */
};

/* Joins. RC_FATAL: a file or an option is no good; err says which. */
enum rc kafka_group_open(struct kafka_group *group, struct err *err);
/* Commits what is durable, leaves (a static member stays one for
 * `session_timeout`), drops what is not with the journal. */
void kafka_group_close(struct kafka_group *group, int64_t within_ms);

/* Wants messages or not. */
void kafka_group_hold(struct kafka_group *group, bool hold);
/* Tells the brokers what is durable; does not wait. */
void kafka_group_commit(struct kafka_group *group);
/* The next message of this one is not there (it was removed, or the topic is
 * another one now). */
void kafka_group_stray(struct kafka_group *group, struct kafka_partition *p);
/* Finds where they go on, when nothing of them is on its way. */
void kafka_group_find_strays(struct kafka_group *group);
/* Sets the gauges of lag, by what was fetched last. */
void kafka_group_look(struct kafka_group *group);

#endif
