#include "ingest/kafka_partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"

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

static void
batch_clear(struct kafka_batch *batch)
{
	records_fini(&batch->records);
	*batch = (struct kafka_batch){0};
}

void
kafka_partitions_fini(struct kafka_partitions *all)
{
	struct kafka_partition *next;

	invariant(all->flying == 0);
	for (struct kafka_partition *p = all->first; p != NULL; p = next) {
		next = p->next;
		batch_clear(&p->open);
		batch_clear(&p->flying);
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

static void
partition_kept(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	struct kafka_partition *p = cookie;
	struct kafka_partitions *all = p->all;

	(void)seq;
	(void)repeat;
	pthread_mutex_lock(&all->lock);
	p->flight = KAFKA_LANDED;
	p->answer = rc;
	if (rc != RC_OK)
		p->err = *err;
	all->flying--;
	atomic_store(&all->answers, true);
	pthread_cond_signal(&all->landed);
	pthread_mutex_unlock(&all->lock);
}

static void
partition_append(struct kafka_partition *p)
{
	struct kafka_batch *batch = &p->flying;
	struct entry entry = {.kind = ENTRY_BATCH, .source = p->source};
	char range[48];

	snprintf(range, sizeof(range), "%lld-%lld", (long long)batch->first,
	    (long long)batch->last);
	entry.request_id = span_text(range);
	entry.records = records_spans(&batch->records);
	entry.nrecords = batch->records.count;
	pthread_mutex_lock(&p->all->lock);
	p->flight = KAFKA_FLYING;
	p->all->flying++;
	pthread_mutex_unlock(&p->all->lock);
	journal_append(p->all->journal, &entry, partition_kept, p);
}

static enum kafka_flight
partition_flight(struct kafka_partition *p)
{
	enum kafka_flight flight;

	pthread_mutex_lock(&p->all->lock);
	flight = p->flight;
	pthread_mutex_unlock(&p->all->lock);
	return flight;
}

/* Whatever is open goes, unless something is on its way. */
static void
partition_launch(struct kafka_partition *p)
{
	if (p->open.messages == 0 || partition_flight(p) != KAFKA_GROUNDED)
		return;
	p->all->open_bytes -= p->open.records.bytes.len;
	p->flying = p->open;
	p->open = (struct kafka_batch){0};
	partition_append(p);
}

static bool
partition_full(const struct kafka_partition *p)
{
	return (long long)p->open.records.bytes.len >= LIMIT_KAFKA_BATCH ||
	    p->open.records.count >= PARTITION_RECORDS;
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

void
kafka_partition_take(
    struct kafka_partition *p, int64_t offset, struct span value)
{
	struct kafka_partitions *all = p->all;
	struct kafka_batch *open = &p->open;
	size_t before = open->records.bytes.len;
	struct err err;

	if (!kafka_position_take(&p->position, offset)) {
		counter_add(&all->stats[SOURCE_KAFKA_REPEATS], 1);
		return;
	}
	counter_add(&all->stats[SOURCE_KAFKA_MESSAGES], 1);
	counter_add(&all->stats[SOURCE_KAFKA_BYTES], (int64_t)value.len);
	if (open->messages++ == 0)
		open->first = offset;
	open->last = offset;
	if (value.len == 0)
		counter_add(&all->stats[SOURCE_KAFKA_EMPTY], 1);
	else if (payload_unpack(&all->payload, value, &open->records, &err) !=
	    RC_OK)
		partition_tell_unreadable(p, offset, &err);
	all->open_bytes += open->records.bytes.len - before;
	if (all->oldest_ms == 0)
		all->oldest_ms = partition_now_ms();
	if (partition_full(p))
		partition_launch(p);
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
		partition_launch(p);
		if (p->open.messages > 0)
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
		if (partition_flight(p) == KAFKA_REFUSED) {
			all->refused--;
			partition_append(p);
		}
}

/* An entry that can never be kept: no message may stand in the way of all
 * that follow. */
static void
partition_drop(struct kafka_partition *p)
{
	counter_add(
	    &p->all->stats[SOURCE_KAFKA_DROPPED], (int64_t)p->flying.messages);
	log_error("kafka_dropped",
	    "source=%.*s first=%lld last=%lld the journal cannot keep them: %s",
	    SPAN_ARGS(p->source), (long long)p->flying.first,
	    (long long)p->flying.last, p->err.text);
}

static void
partition_settle(struct kafka_partition *p)
{
	struct kafka_partitions *all = p->all;
	bool refused = p->answer != RC_OK && p->answer != RC_REJECT;

	pthread_mutex_lock(&all->lock);
	p->flight = refused ? KAFKA_REFUSED : KAFKA_GROUNDED;
	pthread_mutex_unlock(&all->lock);
	if (refused) {
		all->refused++;
		return;
	}
	if (p->answer == RC_REJECT)
		partition_drop(p);
	else
		counter_add(&all->stats[SOURCE_KAFKA_ENTRIES], 1);
	kafka_position_settle(&p->position, p->flying.last);
	batch_clear(&p->flying);
	if (partition_full(p) || (long long)all->open_bytes >= LIMIT_KAFKA_OPEN)
		partition_launch(p);
}

void
kafka_partitions_settle(struct kafka_partitions *all)
{
	if (!atomic_exchange(&all->answers, false))
		return;
	for (struct kafka_partition *p = all->first; p != NULL; p = p->next)
		if (partition_flight(p) == KAFKA_LANDED)
			partition_settle(p);
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
		p->assigned = false;
		batch_clear(&p->open);
		if (partition_flight(p) != KAFKA_REFUSED)
			continue;
		batch_clear(&p->flying);
		p->flight = KAFKA_GROUNDED;
		all->refused--;
	}
	all->open_bytes = 0;
	all->oldest_ms = 0;
}
