/*
 * Topics of Kafka as a source: a consumer of a group, whose messages carry
 * records of metric streams (payload.h).
 *
 * What it promises. A message is in the journal exactly once, through kill -9
 * of this process and of brokers: the messages of a partition that arrive
 * together are one entry, named by topic, partition and offsets; the journal
 * remembers the last of them (journal/marks.h), and reading goes on behind it.
 * Offsets are committed only when the journal has them on its disk. What
 * cannot be read is kept too, and goes to the quarantine. When another
 * instance takes a partition over without our having given it up (we hung, or
 * died), it begins at the last commit: what we wrote after that is in both
 * journals.
 *
 * When the journal takes nothing, reading pauses and the membership stays.
 *
 * Threads. One of its own, and librdkafka's. Start and stop: one.
 * Limits. LIMIT_MARKS partitions; a batch of LIMIT_KAFKA_BATCH bytes and one
 * message, LIMIT_KAFKA_OPEN of all that are being filled; `prefetch:`.
 */
#ifndef INGEST_SOURCE_KAFKA_H
#define INGEST_SOURCE_KAFKA_H

#include "aws/client.h"
#include "base/counter.h"
#include "journal/journal.h"
#include "kafka/kafka_connection.h"

struct source_kafka_config {
	struct span name;
	struct kafka_connection connection;
	const struct span *topics; /* NUL behind each */
	size_t ntopics;
	struct span group, instance;
	struct span reset; /* earliest, latest */
	int64_t session_timeout_ms;
	int64_t prefetch_bytes;
};
extern const struct option source_kafka_options[];

enum {
	SOURCE_KAFKA_MESSAGES,
	SOURCE_KAFKA_BYTES,
	SOURCE_KAFKA_ENTRIES,
	SOURCE_KAFKA_REPEATS,
	SOURCE_KAFKA_EMPTY,
	SOURCE_KAFKA_UNREADABLE,
	SOURCE_KAFKA_DROPPED,
	SOURCE_KAFKA_LOST,
	SOURCE_KAFKA_ANEW,
	SOURCE_KAFKA_ERRORS,
	SOURCE_KAFKA_REBALANCES,
	SOURCE_KAFKA_RECREATED,
	SOURCE_KAFKA_PAUSES,
	SOURCE_KAFKA_PAUSED, /* gauge, and those below */
	SOURCE_KAFKA_PARTITIONS,
	SOURCE_KAFKA_LAG,
	SOURCE_KAFKA_LAG_MOST,
	SOURCE_KAFKA_TROUBLED,
	SOURCE_KAFKA_STATS
};

struct source_kafka;

/* What is wrong with it, as a sentence; NULL: nothing. */
const char *source_kafka_fault(const struct source_kafka_config *config);

/* `config`, `journal` and `aws` (for AWS_MSK_IAM; NULL without) outlive it.
 * RC_FATAL: a file or an option is no good.
 * Brokers that do not answer are no error: it goes on trying. */
enum rc source_kafka_start(struct source_kafka **source,
    const struct source_kafka_config *config, struct journal *journal,
    struct aws_client *aws, struct err *err);
/* Takes no more, waits for the journal, commits, closes: for at most
 * `within_ms`, but always for what the journal has not answered. NULL is
 * fine. */
void source_kafka_stop(struct source_kafka **source, int64_t within_ms);

/* The counters of all that run, labelled by their names. */
void source_kafka_print(struct buf *out);
/* Their lags: messages that are in the topics and not in the journal. */
typedef void source_kafka_look(void *cookie, struct span name, int64_t lag);
void source_kafka_each(source_kafka_look *look, void *cookie);

#endif
