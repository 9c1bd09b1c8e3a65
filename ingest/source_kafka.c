#include "ingest/source_kafka.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/kafka_group.h"
#include "ingest/source_kafka_stats.h"
#include "journal/replica_id.h"

/* How long a poll may wait: when something is to be flushed, is with the
 * journal, or when there is nothing at all. */
#define SOURCE_BUSY_MS 5
#define SOURCE_IDLE_MS 100
/* The journal may take so long before reading pauses. */
#define SOURCE_BLOCKED_MS 1000
/* What was refused is appended again after this time. */
#define SOURCE_RETRY_MS 500
#define SOURCE_SECOND_MS 1000
/* Before a handle that failed is made anew: at first, and at most. */
#define SOURCE_AGAIN_MS 1000
#define SOURCE_AGAIN_MOST_MS 60000
#define SOURCE_CLOSE_MS 5000

#define AT(field) offsetof(struct source_kafka_config, field)

#define CONNECTION(field) AT(connection.field)

const struct option source_kafka_options[] = {
    KAFKA_CONNECTION_OPTIONS(CONNECTION),
    {"group", OPTION_TEXT, AT(group), "tocsin", 0, 0,
	"the consumer group: its members share the partitions"},
    {"instance", OPTION_TEXT, AT(instance), NULL, 0, 0,
	"this member's name in the group: one that comes back within "
	"session_timeout has its partitions again, and no other moves"},
    {"reset", OPTION_TEXT, AT(reset), "earliest", 0, 0,
	"where a partition begins of which nothing is known: earliest or "
	"latest"},
    {"session_timeout", OPTION_DURATION, AT(session_timeout_ms), "45s", 6000,
	300000, "a member that is silent for so long loses its partitions"},
    {"prefetch", OPTION_SIZE, AT(prefetch_bytes), "64MiB", 64 * KIB, 1 * GIB,
	"messages that are fetched ahead; when so many wait, fetching rests "
	"for a second"},
    {0}};

struct source_kafka {
	struct kafka_group group;
	struct kafka_partitions all;
	struct source_kafka_stats stats;
	atomic_bool stop;
	int64_t close_ms; /* for the end; before `stop` */
	pthread_t thread;
	/* The thread's, monotonic: */
	int64_t second_ms;  /* when it looked last */
	int64_t retry_ms;   /* when what was refused goes again */
	int64_t blocked_ms; /* since when no batch is free; 0: one is */
	int64_t again_ms, again_wait_ms;
};

const char *
source_kafka_fault(const struct source_kafka_config *config)
{
	const char *fault = kafka_connection_fault(&config->connection);

	if (fault != NULL)
		return fault;
	if (config->ntopics == 0)
		return "topics is missing: a list of names";
	if (config->group.len == 0)
		return "group is empty";
	if (!span_is(config->reset, "earliest") &&
	    !span_is(config->reset, "latest"))
		return "reset must be earliest or latest";
	/* kafka/NAME/TOPIC/2147483647 */
	for (size_t i = 0; i < config->ntopics; i++)
		if (config->name.len + config->topics[i].len + 18 > LIMIT_NAME)
			return "the names of the source and of a topic are "
			       "longer than 237 characters together";
	return NULL;
}

/* The id that came with what another tocsin sent; "": none. */
static struct span
source_id(const rd_kafka_message_t *message)
{
	rd_kafka_headers_t *headers;
	const void *value;
	struct span id;
	size_t len;

	if (rd_kafka_message_headers(message, &headers) !=
		RD_KAFKA_RESP_ERR_NO_ERROR ||
	    rd_kafka_header_get_last(headers, KAFKA_ID_HEADER, &value, &len) !=
		RD_KAFKA_RESP_ERR_NO_ERROR ||
	    len > LIMIT_REQUEST_ID)
		return (struct span){0};
	id = span_make(value, len);
	return replica_id_is(id) ? id : (struct span){0};
}

static void
source_message(struct source_kafka *self, const rd_kafka_message_t *message)
{
	struct kafka_client *client = self->group.client;
	struct kafka_partition *p = message->rkt == NULL
	    ? NULL
	    : kafka_partitions_get(&self->all,
		  rd_kafka_topic_name(message->rkt), message->partition);

	if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && p != NULL) {
		kafka_group_stray(&self->group, p);
	} else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		kafka_client_trouble(
		    client, message->err, rd_kafka_message_errstr(message));
	} else if (p != NULL && p->assigned) {
		self->again_wait_ms = 0;
		kafka_client_well(client);
		kafka_partition_take(p,
		    &(struct kafka_message){.offset = message->offset,
			.value = span_make(message->payload, message->len),
			.id = source_id(message)});
	}
}

/* Reading stops while the journal takes nothing, and goes on after it; the
 * membership stays, for polling goes on. */
static void
source_hold(struct source_kafka *self, int64_t now_ms)
{
	struct counter *stats = self->stats.rows;
	bool hold = self->all.refused > 0 ||
	    (self->blocked_ms > 0 &&
		now_ms - self->blocked_ms > SOURCE_BLOCKED_MS);

	if (hold == self->group.hold)
		return;
	kafka_group_hold(&self->group, hold);
	counter_set(&stats[SOURCE_KAFKA_PAUSED], hold);
	counter_add(&stats[SOURCE_KAFKA_PAUSES], hold);
	self->retry_ms = now_ms + SOURCE_RETRY_MS;
	if (hold)
		log_warn("kafka_paused",
		    "source=%.*s the journal takes nothing; reading waits",
		    SPAN_ARGS(self->all.name));
	else
		log_info(
		    "kafka_resumed", "source=%.*s", SPAN_ARGS(self->all.name));
}

/* What is to be done between two messages. */
static void
source_tend(struct source_kafka *self, int64_t now_ms)
{
	kafka_partitions_settle(&self->all);
	kafka_partitions_flush_due(&self->all);
	if (!kafka_partitions_full(&self->all))
		self->blocked_ms = 0;
	else if (self->blocked_ms == 0)
		self->blocked_ms = now_ms;
	if (self->all.refused > 0 && self->group.hold &&
	    now_ms >= self->retry_ms) {
		self->retry_ms = now_ms + SOURCE_RETRY_MS;
		kafka_partitions_retry(&self->all);
	} else {
		source_hold(self, now_ms);
	}
	kafka_group_find_strays(&self->group);
	if (now_ms - self->second_ms < SOURCE_SECOND_MS)
		return;
	self->second_ms = now_ms;
	kafka_group_commit(&self->group);
	kafka_group_look(&self->group);
	kafka_client_look(self->group.client);
}

static void
source_read(struct source_kafka *self)
{
	bool busy = self->all.open_bytes > 0 || self->all.oldest_ms > 0 ||
	    kafka_partitions_flying(&self->all);
	rd_kafka_message_t *message = rd_kafka_consumer_poll(
	    self->group.client->rk, busy ? SOURCE_BUSY_MS : SOURCE_IDLE_MS);

	if (message == NULL) {
		kafka_partitions_flush(&self->all);
		return;
	}
	source_message(self, message);
	rd_kafka_message_destroy(message);
}

/* The handle is of no use any more: another one, after a while. */
static void
source_close(struct source_kafka *self)
{
	self->again_wait_ms = self->again_wait_ms == 0
	    ? SOURCE_AGAIN_MS
	    : self->again_wait_ms * 2;
	if (self->again_wait_ms > SOURCE_AGAIN_MOST_MS)
		self->again_wait_ms = SOURCE_AGAIN_MOST_MS;
	counter_add(&self->stats.rows[SOURCE_KAFKA_RECREATED], 1);
	counter_set(&self->stats.rows[SOURCE_KAFKA_TROUBLED], 1);
	log_error("kafka_again",
	    "source=%.*s wait_ms=%lld the consumer cannot go on and is made "
	    "anew",
	    SPAN_ARGS(self->all.name), (long long)self->again_wait_ms);
	kafka_group_close(&self->group, SOURCE_CLOSE_MS);
	self->again_ms = kafka_client_now_ms() + self->again_wait_ms;
}

static void
source_open(struct source_kafka *self)
{
	struct err err;

	kafka_partitions_wait(&self->all, SOURCE_IDLE_MS);
	kafka_partitions_settle(&self->all);
	if (kafka_client_now_ms() < self->again_ms)
		return;
	if (kafka_group_open(&self->group, &err) == RC_OK)
		return;
	log_error("kafka_again", "source=%.*s %s", SPAN_ARGS(self->all.name),
	    err.text);
	self->again_ms = kafka_client_now_ms() + SOURCE_AGAIN_MOST_MS;
}

/* What is here goes into the journal, and the brokers hear of it. */
static void
source_end(struct source_kafka *self)
{
	int64_t until_ms = kafka_client_now_ms() + self->close_ms;

	kafka_partitions_flush(&self->all);
	kafka_partitions_land(&self->all, self->close_ms / 2);
	kafka_group_close(&self->group, until_ms - kafka_client_now_ms());
	while (!kafka_partitions_land(&self->all, SOURCE_SECOND_MS))
		continue;
}

static void *
source_run(void *cookie)
{
	struct source_kafka *self = cookie;

	pthread_setname_np(pthread_self(), "kafka");
	while (!atomic_load(&self->stop)) {
		if (self->group.client == NULL) {
			source_open(self);
			continue;
		}
		source_tend(self, kafka_client_now_ms());
		if (self->blocked_ms > 0 && !self->group.hold)
			kafka_partitions_wait(&self->all, SOURCE_BUSY_MS);
		else
			source_read(self);
		if (self->group.client->fatal || self->group.broken)
			source_close(self);
	}
	source_end(self);
	return NULL;
}

enum rc
source_kafka_start(struct source_kafka **source,
    const struct source_kafka_config *config, struct journal *journal,
    struct aws_client *aws, struct err *err)
{
	struct source_kafka *self = calloc(1, sizeof(*self));
	enum rc rc;

	if (self == NULL)
		log_die("out of memory: Kafka source");
	source_kafka_stats_begin(&self->stats, config->name);
	kafka_partitions_init(
	    &self->all, journal, config->name, self->stats.rows);
	self->group = (struct kafka_group){.config = config,
	    .aws = aws,
	    .all = &self->all,
	    .stats = self->stats.rows,
	    .stop = &self->stop};
	rc = kafka_group_open(&self->group, err);
	if (rc != RC_OK) {
		source_kafka_stats_end(&self->stats);
		kafka_partitions_fini(&self->all);
		free(self);
		return rc;
	}
	if (pthread_create(&self->thread, NULL, source_run, self) != 0)
		log_die("no thread for a Kafka source");
	*source = self;
	return RC_OK;
}

void
source_kafka_stop(struct source_kafka **source, int64_t within_ms)
{
	struct source_kafka *self = *source;

	if (self == NULL)
		return;
	self->close_ms = within_ms;
	atomic_store(&self->stop, true);
	pthread_join(self->thread, NULL);
	source_kafka_stats_end(&self->stats);
	kafka_partitions_fini(&self->all);
	free(self);
	*source = NULL;
}
