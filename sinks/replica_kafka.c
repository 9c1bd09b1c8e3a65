/*
 * kafka: a topic, by an idempotent producer. A message is a lane's lines (see
 * replica_pack.h), its key the lane, its header `tocsin-id` the id; so a series
 * has one partition, and its order there. All replicas that are in sync have a
 * message before it counts as sent (acks=all).
 *
 *   send:  produce what is not taken ─▶ poll until each was reported
 *          a fatal error: the producer is of no use, the next try makes another
 */
#include <stddef.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "kafka/kafka_conf.h"
#include "sinks/replica_pack.h"

/* Until a message is taken or given up; after that it is purged. */
#define REPLICA_KAFKA_MESSAGE_MS 20000
#define REPLICA_KAFKA_SEND_MS (REPLICA_KAFKA_MESSAGE_MS + 5000)
#define REPLICA_KAFKA_POLL_MS 100
/* A topic that is not there may be on its way to this broker for so long. */
#define REPLICA_KAFKA_TOPIC_MS 5000
#define REPLICA_KAFKA_CLOSE_MS 2000
/* Of a message: key, header and what stands around. */
#define REPLICA_KAFKA_AROUND 512

#define AT(field) offsetof(struct replica_config, field)
#define CONNECTION(field) AT(kafka.field)

const struct option replica_kafka_options[] = {
    KAFKA_CONNECTION_OPTIONS(CONNECTION),
    {"topic", OPTION_TEXT, AT(topic), NULL, 0, 0,
	"where the messages go; it must be there, unless the brokers make "
	"topics by themselves"},
    {"message_size", OPTION_SIZE, AT(record_size_bytes), "960KiB", 64 * KIB,
	64 * MIB,
	"largest message; the topic's max.message.bytes must allow it"},
    {0}};

struct replica_kafka {
	struct replica_setup setup;
	struct replica_pack pack;
	struct kafka_client *client; /* NULL: it is to be made */
	size_t waiting;		     /* messages that were not reported */
	size_t taken;		     /* of this attempt */
	size_t large;		     /* the same, that brokers never take */
	rd_kafka_resp_err_t code;    /* of the first that was not */
};

static enum rc
replica_kafka_check(const struct replica_config *config, struct err *err)
{
	const char *fault = kafka_connection_fault(&config->kafka);

	return fault == NULL ? RC_OK
			     : err_set(err, RC_FATAL, "kafka: %s", fault);
}

static void
kafka_failed(struct replica_kafka *self, rd_kafka_resp_err_t code)
{
	self->large += code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
	if (self->code == RD_KAFKA_RESP_ERR_NO_ERROR)
		self->code = code;
}

static void
kafka_reported(rd_kafka_t *rk, const rd_kafka_message_t *report, void *opaque)
{
	struct kafka_client *client = opaque;
	struct replica_kafka *self = client->cookie;
	struct replica_message *message = report->_private;

	(void)rk;
	self->waiting--;
	if (report->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		message->done = true;
		self->taken++;
	} else {
		kafka_failed(self, report->err);
	}
}

static enum rc
kafka_connect(struct replica_kafka *self, struct err *err)
{
	const struct replica_config *config = self->setup.config;
	rd_kafka_conf_t *conf;
	char what[128];
	enum rc rc;

	snprintf(what, sizeof(what), "replica %.*s", SPAN_ARGS(config->name));
	self->client = kafka_client_create(
	    &config->kafka, self->setup.aws, what, self, NULL);
	rc = kafka_conf_create(&conf, self->client, err);
	if (rc == RC_OK) {
		rd_kafka_conf_set_dr_msg_cb(conf, kafka_reported);
		kafka_conf_set(conf, "enable.idempotence", "true");
		kafka_conf_set(conf, "compression.codec", "zstd");
		kafka_conf_set(conf, "partitioner", "murmur2_random");
		kafka_conf_set(conf, "linger.ms", "0");
		kafka_conf_set_int(conf, "topic.metadata.propagation.max.ms",
		    REPLICA_KAFKA_TOPIC_MS);
		kafka_conf_set_int(
		    conf, "message.timeout.ms", REPLICA_KAFKA_MESSAGE_MS);
		kafka_conf_set_int(conf, "message.max.bytes",
		    config->record_size_bytes + REPLICA_KAFKA_AROUND);
		rc = kafka_client_start(
		    self->client, RD_KAFKA_PRODUCER, conf, err);
	}
	if (rc != RC_OK)
		kafka_client_free(&self->client, 0);
	return rc;
}

static enum rc
kafka_open(void **kind, const struct replica_setup *setup, struct err *err)
{
	struct replica_kafka *self = calloc(1, sizeof(*self));

	if (self == NULL)
		log_die("out of memory: replica");
	self->setup = *setup;
	replica_pack_init(&self->pack);
	if (kafka_connect(self, err) != RC_OK) {
		replica_pack_fini(&self->pack);
		free(self);
		return RC_FATAL;
	}
	*kind = self;
	return RC_OK;
}

static void
kafka_close(void **kind)
{
	struct replica_kafka *self = *kind;

	kafka_client_free(&self->client, REPLICA_KAFKA_CLOSE_MS);
	replica_pack_fini(&self->pack);
	free(self);
	*kind = NULL;
}

static enum rc
kafka_pack(void *kind, struct replica_load *load, struct err *err)
{
	struct replica_kafka *self = kind;
	size_t most = (size_t)self->setup.config->record_size_bytes;
	const struct replica_pack_rule rule = {.how = PACK_LANES,
	    .messages = PACK_LANE_COUNT,
	    .bytes = most * 8,
	    .message_bytes = most - REPLICA_KAFKA_AROUND,
	    .around = REPLICA_KAFKA_AROUND};

	return replica_pack_fill(&self->pack, &rule, load, err);
}

static void
kafka_dead(void *kind, struct buf *out)
{
	const struct replica_kafka *self = kind;

	replica_pack_dead(&self->pack, out);
}

static rd_kafka_resp_err_t
kafka_produce(struct replica_kafka *self, struct replica_message *message)
{
	return rd_kafka_producev(self->client->rk,
	    RD_KAFKA_V_TOPIC(self->setup.config->topic.at),
	    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	    RD_KAFKA_V_KEY(message->key.at, message->key.len),
	    RD_KAFKA_V_VALUE(
		(void *)(uintptr_t)message->payload.at, message->payload.len),
	    RD_KAFKA_V_HEADER(
		KAFKA_ID_HEADER, message->id.at, (ssize_t)message->id.len),
	    RD_KAFKA_V_OPAQUE(message), RD_KAFKA_V_END);
}

static void
kafka_produce_all(struct replica_kafka *self)
{
	for (size_t i = 0; i < self->pack.count; i++) {
		struct replica_message *message = &self->pack.messages[i];
		rd_kafka_resp_err_t code;

		if (message->done)
			continue;
		code = kafka_produce(self, message);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			self->waiting++;
		else
			kafka_failed(self, code);
	}
}

/* Until each was reported: the time-out of messages sees to that, and when it
 * does not they are thrown out, which reports them too. */
static void
kafka_await(struct replica_kafka *self)
{
	int64_t until_ms = kafka_client_now_ms() + REPLICA_KAFKA_SEND_MS;
	rd_kafka_t *rk = self->client->rk;

	while (self->waiting > 0 && kafka_client_now_ms() < until_ms)
		rd_kafka_poll(rk, REPLICA_KAFKA_POLL_MS);
	if (self->waiting == 0)
		return;
	rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_flush(rk, REPLICA_KAFKA_CLOSE_MS);
	self->client->fatal = true;
}

static enum rc
kafka_verdict(struct replica_kafka *self, struct err *err)
{
	const struct span topic = self->setup.config->topic;
	rd_kafka_resp_err_t code = self->code;
	size_t left = replica_pack_left(&self->pack);

	if (rd_kafka_fatal_error(self->client->rk, NULL, 0) != 0)
		self->client->fatal = true;
	if (left == 0) {
		kafka_client_well(self->client);
	} else {
		kafka_client_trouble(
		    self->client, code, rd_kafka_err2str(code));
		err_set(err, RC_RETRY, "topic %.*s: %s: %s", SPAN_ARGS(topic),
		    rd_kafka_err2name(code), rd_kafka_err2str(code));
	}
	/* Its reports have all come, or never will. */
	if (self->client->fatal)
		kafka_client_free(&self->client, REPLICA_KAFKA_CLOSE_MS);
	if (left == 0)
		return RC_OK;
	return left == self->large ? RC_REJECT : RC_RETRY;
}

static enum rc
kafka_send(void *kind, bool *progress, struct err *err)
{
	struct replica_kafka *self = kind;

	self->waiting = self->taken = self->large = 0;
	self->code = RD_KAFKA_RESP_ERR_NO_ERROR;
	if (self->client == NULL && kafka_connect(self, err) != RC_OK)
		return RC_RETRY;
	kafka_produce_all(self);
	kafka_await(self);
	*progress = self->taken > 0;
	return kafka_verdict(self, err);
}

static const char *const replica_kafka_required[] = {"brokers", "topic", NULL};

const struct replica_kind replica_kafka = {.name = "kafka",
    .options = replica_kafka_options,
    .required = replica_kafka_required,
    .check = replica_kafka_check,
    .open = kafka_open,
    .pack = kafka_pack,
    .send = kafka_send,
    .dead = kafka_dead,
    .close = kafka_close};
