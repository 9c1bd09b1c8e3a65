#include "kafka/kafka_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "kafka/kafka_iam.h"

/* Topics are looked for every half minute. */
#define CLIENT_QUIET_MS 45000
/* While brokers do not answer they are asked for so long, each time. */
#define CLIENT_ASK_MS 200
#define CLIENT_POLL_MS 50

int64_t
kafka_client_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

struct kafka_client *
kafka_client_create(const struct kafka_connection *connection,
    struct aws_client *aws, const char *what, void *cookie,
    struct counter *errors)
{
	struct kafka_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		log_die("out of memory: Kafka client");
	client->connection = connection;
	client->aws = aws;
	client->cookie = cookie;
	client->errors = errors;
	snprintf(client->what, sizeof(client->what), "%s", what);
	return client;
}

enum rc
kafka_client_start(struct kafka_client *client, rd_kafka_type_t type,
    rd_kafka_conf_t *conf, struct err *err)
{
	char text[256];

	client->rk = rd_kafka_new(type, conf, text, sizeof(text));
	if (client->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, RC_FATAL, "%s: %s", client->what, text);
	}
	if (type == RD_KAFKA_CONSUMER)
		rd_kafka_poll_set_consumer(client->rk);
	return kafka_connection_is_iam(client->connection)
	    ? kafka_iam_start(client->rk, err)
	    : RC_OK;
}

/* Many words for one thing: nobody answers. */
static rd_kafka_resp_err_t
client_class(rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__RESOLVE:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__WAIT_COORD:
	case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
	case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
	case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
		return RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
	default:
		return code;
	}
}

/* librdkafka repeated a number of its own there until 2.6.1, which brokers took
 * until Kafka 4.0 (librdkafka pull request 4895). */
static bool
client_scram_is_old(const struct kafka_client *client)
{
	return span_starts(client->connection->mechanism, "SCRAM") &&
	    rd_kafka_version() < 0x02060100;
}

/* What an operator can do about it; "": the reason says enough. */
static const char *
client_advice(const struct kafka_client *client, rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
		if (client_scram_is_old(client))
			return "; look at user and password_file; and brokers "
			       "from Kafka 4.0 on take SCRAM only from "
			       "librdkafka 2.6.1 or later, which this is not: "
			       "use PLAIN over TLS, or certificates";
		return "; look at user, password_file and mechanism";
	case RD_KAFKA_RESP_ERR__SSL:
		return "; look at ca_file, certificate and key";
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return "; it needs READ and DESCRIBE of the topic (MSK: "
		       "kafka-cluster:ReadData, DescribeTopic), to write "
		       "WRITE (WriteData)";
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		return "; it needs READ of the group (MSK: "
		       "kafka-cluster:AlterGroup, DescribeGroup)";
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
		return "; another consumer of the group uses the same "
		       "`instance`";
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		return "; the topic is looked for again";
	default:
		return "";
	}
}

/* Who is refused has no connection either: the cause is said already. */
static bool
client_follows(const struct kafka_client *client, rd_kafka_resp_err_t class)
{
	return class == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
	    (client->trouble == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
		client->trouble == RD_KAFKA_RESP_ERR__SSL);
}

void
kafka_client_trouble(
    struct kafka_client *client, rd_kafka_resp_err_t code, const char *reason)
{
	rd_kafka_resp_err_t class;
	char text[256];

	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		client->fatal = true;
		code = rd_kafka_fatal_error(client->rk, text, sizeof(text));
		reason = text;
	}
	class = client_class(code);
	if (client->errors != NULL)
		counter_add(client->errors, 1);
	client->trouble_ms = kafka_client_now_ms();
	if (class == client->trouble || client_follows(client, class))
		return;
	client->trouble = class;
	log_error("kafka_trouble", "client=\"%s\" code=%s %s%s", client->what,
	    rd_kafka_err2name(code), reason, client_advice(client, class));
}

void
kafka_client_well(struct kafka_client *client)
{
	if (client->trouble == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	log_info("kafka_well", "client=\"%s\" after=%s", client->what,
	    rd_kafka_err2name(client->trouble));
	client->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* librdkafka tells one error once in half a minute: silence says nothing. */
static bool
client_answered(const struct kafka_client *client)
{
	const struct rd_kafka_metadata *metadata;

	if (rd_kafka_metadata(client->rk, 0, NULL, &metadata, CLIENT_ASK_MS) !=
	    RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	rd_kafka_metadata_destroy(metadata);
	return true;
}

void
kafka_client_look(struct kafka_client *client)
{
	bool well;

	if (client->trouble == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	switch (client->trouble) {
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR__SSL:
		well = client_answered(client);
		break;
	default:
		well = kafka_client_now_ms() - client->trouble_ms >
		    CLIENT_QUIET_MS;
	}
	if (well)
		kafka_client_well(client);
}

/* The end, on a thread of its own: it may hang. */
struct client_end {
	struct kafka_client *client;
	bool consumer;
	int64_t until_ms;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done, left;
};

/* Serves the queue of the close, until it is closed or the time is over. */
static void
client_close(struct client_end *end)
{
	rd_kafka_t *rk = end->client->rk;
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(rk, queue);

	while (error == NULL && !rd_kafka_consumer_closed(rk) &&
	    kafka_client_now_ms() < end->until_ms) {
		rd_kafka_event_t *event =
		    rd_kafka_queue_poll(queue, CLIENT_POLL_MS);

		/* What is still assigned was of no use to the caller. */
		if (event != NULL &&
		    rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			rd_kafka_assign(rk, NULL);
		if (event != NULL)
			rd_kafka_event_destroy(event);
	}
	if (error != NULL)
		rd_kafka_error_destroy(error);
	rd_kafka_queue_destroy(queue);
}

static void
client_end_free(struct client_end *end)
{
	free(end->client);
	pthread_mutex_destroy(&end->lock);
	pthread_cond_destroy(&end->ended);
	free(end);
}

static void *
client_end_run(void *cookie)
{
	struct client_end *end = cookie;
	bool left;

	pthread_setname_np(pthread_self(), "kafka-end");
	if (end->consumer)
		client_close(end);
	rd_kafka_destroy_flags(
	    end->client->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	pthread_mutex_lock(&end->lock);
	end->done = true;
	left = end->left;
	pthread_cond_signal(&end->ended);
	pthread_mutex_unlock(&end->lock);
	if (left)
		client_end_free(end);
	return NULL;
}

static void
client_end_wait(struct client_end *end)
{
	struct timespec until = {.tv_sec = end->until_ms / 1000,
	    .tv_nsec = end->until_ms % 1000 * 1000000};
	bool done;

	pthread_mutex_lock(&end->lock);
	while (!end->done &&
	    pthread_cond_timedwait(&end->ended, &end->lock, &until) == 0)
		continue;
	done = end->done;
	end->left = !done;
	if (!done)
		end->client->aws = NULL; /* it will not outlive this */
	if (!done)
		log_warn("kafka_left",
		    "client=\"%s\" does not end; it is left behind",
		    end->client->what);
	pthread_mutex_unlock(&end->lock);
	if (done)
		client_end_free(end);
}

void
kafka_client_free(struct kafka_client **client, int64_t within_ms)
{
	struct kafka_client *self = *client;
	pthread_condattr_t monotonic;
	struct client_end *end;
	pthread_t thread;

	*client = NULL;
	if (self == NULL || self->rk == NULL) {
		free(self);
		return;
	}
	end = calloc(1, sizeof(*end));
	if (end == NULL)
		log_die("out of memory: Kafka client");
	end->client = self;
	end->consumer = rd_kafka_type(self->rk) == RD_KAFKA_CONSUMER;
	end->until_ms = kafka_client_now_ms() + within_ms;
	pthread_mutex_init(&end->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&end->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&thread, NULL, client_end_run, end) != 0)
		log_die("no thread to end a Kafka client");
	pthread_detach(thread);
	client_end_wait(end);
}
