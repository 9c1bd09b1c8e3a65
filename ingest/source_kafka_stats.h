/* The counters of one Kafka source, shown while it runs. */
#ifndef INGEST_SOURCE_KAFKA_STATS_H
#define INGEST_SOURCE_KAFKA_STATS_H

#include "ingest/source_kafka.h"

struct source_kafka_stats {
	struct counter rows[SOURCE_KAFKA_STATS];
	struct span name;
	char labels[96];
	struct source_kafka_stats *next;
};

/* From here on source_kafka_print() shows them; they stay where they are. */
void
source_kafka_stats_begin(struct source_kafka_stats *stats, struct span name);
void source_kafka_stats_end(struct source_kafka_stats *stats);

#endif
