/*
 * Where partitions that are given to us begin: behind what the brokers were
 * told, or what the journal has, whichever is more (kafka_position.h).
 *
 * Threads. The group's. Asks the brokers, and waits for them.
 */
#ifndef INGEST_KAFKA_BEGIN_H
#define INGEST_KAFKA_BEGIN_H

#include "ingest/kafka_group.h"

/* All of the list; false: the brokers did not say, and why was logged. */
bool kafka_begin(
    struct kafka_group *group, const rd_kafka_topic_partition_list_t *list);
/* Those strays of which nothing is on its way; false: none of them was
 * found. */
bool kafka_begin_strays(struct kafka_group *group);

#endif
