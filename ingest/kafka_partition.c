#include "ingest/kafka_partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/kafka_piece.h"

/* Messages that arrive within this time share an entry. */
#define PARTITION_GATHER_MS 100
/* Below LIMIT_ENTRY_RECORDS by what one message may hold. */
#define PARTITION_RECORDS (LIMIT_ENTRY_RECORDS - LIMIT_RECORDS)

static int64_t
partition_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void
kafka_partitions_init(struct kafka_partitions *all, struct journal *journal,
    struct span name, struct counter *stats)
{
	pthread_condattr_t monotonic;

	*all = (struct kafka_partitions){
	    .journal = journal, .name = name, .stats = stats};
	payload_init(&all->payload);
	pthread_mutex_init(&all->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&all->landed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void
kafka_partitions_fini(struct kafka_partitions *all)
{
	struct kafka_partition *next;

	invariant(all->flying == 0);
	for (struct kafka_partition *p = all->first; p != NULL; p = next) {
		next = p->next;
		kafka_pieces_drop(p);
		free(p->topic);
		free((char *)(uintptr_t)p->source.at);
		free(p);
	}
	table_fini(&all->table);
	payload_fini(&all->payload);
	pthread_cond_destroy(&all->landed);
	pthread_mutex_destroy(&all->lock);
}

static struct kafka_partition *
partition_create(struct kafka_partitions *all, const char *topic,
    int32_t number, const char *source)
{
	struct kafka_partition *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_die("out of memory: partition");
	p->all = all;
	p->topic = strdup(topic);
	p->source = span_text(strdup(source));
	if (p->topic == NULL || p->source.at == NULL)
		log_die("out of memory: partition");
	p->number = number;
	p->next = all->first;
	all->first = p;
	table_put(&all->table, p->source, p);
	return p;
}

struct kafka_partition *
kafka_partitions_get(
    struct kafka_partitions *all, const char *topic, int32_t number)
{
	struct kafka_partition *p = all->recent;
	char source[LIMIT_NAME + 1];
	int len;

	if (p != NULL && p->number == number && strcmp(p->topic, topic) == 0)
		return p;
	len = snprintf(source, sizeof(source), "kafka/%.*s/%s/%d",
	    SPAN_ARGS(all->name), topic, number);
	if (len >= (int)sizeof(source))
		return NULL;
	p = table_get(&all->table, span_make(source, (size_t)len));
	if (p == NULL)
		p = partition_create(all, topic, number, source);
	all->recent = p;
	return p;
}

static bool
partition_full(const struct kafka_partition *p)
{
	return (long long)p->open_bytes >= LIMIT_KAFKA_BATCH ||
	    p->open_rows >= PARTITION_RECORDS;
}

static void
partition_tell_unreadable(
    const struct kafka_partition *p, int64_t offset, const struct err *err)
{
	struct kafka_partitions *all = p->all;

	counter_add(&all->stats[SOURCE_KAFKA_UNREADABLE], 1);
	if (!all->unreadable)
		log_warn("kafka_unreadable",
		    "source=%.*s offset=%lld kept as it came, for the "
		    "quarantine; further ones are only counted: %s",
		    SPAN_ARGS(p->source), (long long)offset, err->text);
	all->unreadable = true;
}

/* Puts its records into a piece. */
static void
partition_put(struct kafka_partition *p, const struct kafka_message *message)
{
	struct kafka_partitions *all = p->all;
	struct kafka_piece *piece = kafka_piece_for(p, message);
	struct records *records = &piece->records;
	size_t bytes = records->bytes.len, count = records->count;
	struct err err;

	if (message->value.len == 0)
		counter_add(&all->stats[SOURCE_KAFKA_EMPTY], 1);
	else if (payload_unpack(&all->payload, message->value, records, &err) !=
	    RC_OK)
		partition_tell_unreadable(p, message->offset, &err);
	p->open_bytes += records->bytes.len - bytes;
	all->open_bytes += records->bytes.len - bytes;
	p->open_rows += records->count - count + (piece->messages == 1);
	if (all->oldest_ms == 0)
		all->oldest_ms = partition_now_ms();
}

void
kafka_partition_take(
    struct kafka_partition *p, const struct kafka_message *message)
{
	struct kafka_partitions *all = p->all;

	if (!kafka_position_take(&p->position, message->offset)) {
		counter_add(&all->stats[SOURCE_KAFKA_REPEATS], 1);
		return;
	}
	counter_add(&all->stats[SOURCE_KAFKA_MESSAGES], 1);
	counter_add(
	    &all->stats[SOURCE_KAFKA_BYTES], (int64_t)message->value.len);
	partition_put(p, message);
	if (partition_full(p))
		kafka_pieces_launch(p);
	else if ((long long)all->open_bytes >= LIMIT_KAFKA_OPEN)
		kafka_partitions_flush(all);
}

bool
kafka_partitions_full(const struct kafka_partitions *all)
{
	return (all->recent != NULL && partition_full(all->recent)) ||
	    (long long)all->open_bytes >= LIMIT_KAFKA_OPEN;
}

void
kafka_partitions_flush(struct kafka_partitions *all)
{
	int64_t oldest_ms = 0;

	for (struct kafka_partition *p = all->first; p != NULL; p = p->next) {
		kafka_pieces_launch(p);
		if (p->open_rows > 0)
			oldest_ms = all->oldest_ms;
	}
	all->oldest_ms = oldest_ms;
}

void
kafka_partitions_flush_due(struct kafka_partitions *all)
{
	if (all->oldest_ms > 0 &&
	    partition_now_ms() - all->oldest_ms >= PARTITION_GATHER_MS)
		kafka_partitions_flush(all);
}

void
kafka_partitions_retry(struct kafka_partitions *all)
{
	for (struct kafka_partition *p = all->first; p != NULL; p = p->next)
		kafka_pieces_retry(p);
}

void
kafka_partitions_settle(struct kafka_partitions *all)
{
	if (!atomic_exchange(&all->answers, false))
		return;
	for (struct kafka_partition *p = all->first; p != NULL; p = p->next) {
		if (p->aloft == 0)
			continue;
		kafka_pieces_settle(p);
		if (partition_full(p) ||
		    (long long)all->open_bytes >= LIMIT_KAFKA_OPEN)
			kafka_pieces_launch(p);
	}
}

void
kafka_partitions_wait(struct kafka_partitions *all, int64_t within_ms)
{
	int64_t until_ms = partition_now_ms() + within_ms;
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	pthread_mutex_lock(&all->lock);
	while (!atomic_load(&all->answers) &&
	    pthread_cond_timedwait(&all->landed, &all->lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&all->lock);
}

bool
kafka_partitions_flying(struct kafka_partitions *all)
{
	bool flying;

	pthread_mutex_lock(&all->lock);
	flying = all->flying > 0 || atomic_load(&all->answers);
	pthread_mutex_unlock(&all->lock);
	return flying;
}

bool
kafka_partitions_land(struct kafka_partitions *all, int64_t within_ms)
{
	int64_t until_ms = partition_now_ms() + within_ms;

	for (;;) {
		int64_t left_ms = until_ms - partition_now_ms();

		kafka_partitions_settle(all);
		if (!kafka_partitions_flying(all))
			return true;
		if (left_ms <= 0)
			return false;
		kafka_partitions_wait(all, left_ms);
	}
}

void
kafka_partitions_revoke(struct kafka_partitions *all)
{
	for (struct kafka_partition *p = all->first; p != NULL; p = p->next) {
		p->assigned = p->stray = false;
		kafka_pieces_drop(p);
	}
	all->oldest_ms = 0;
}
