/*
 * A client of Kafka: librdkafka's handle, what it says, and its end.
 *
 * What it promises. What librdkafka says goes to our log, never a secret:
 * troubles once when they begin and once when they end, the rest at debug
 * level. Ending it takes no longer than it is given: a handle that hangs (as
 * 2.0.2's may, librdkafka issues 4187, 4527, 4724) is left behind, and said.
 *
 * Ownership. The client is the opaque of all callbacks and stays where it is.
 * Threads. librdkafka's own call the log; all else is one thread's, which
 * polls.
 */
#ifndef KAFKA_KAFKA_CLIENT_H
#define KAFKA_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#include "aws/client.h"
#include "base/counter.h"
#include "base/rc.h"
#include "kafka/kafka_connection.h"

/* The header of a message that carries a replica's id. */
#define KAFKA_ID_HEADER "tocsin-id"

struct kafka_client {
	char what[128]; /* "source stream", in logs */
	rd_kafka_t *rk;
	void *cookie; /* the user's */
	const struct kafka_connection *connection;
	struct aws_client *_Atomic aws; /* whose credentials AWS_MSK_IAM uses */
	struct counter *errors;		/* each is counted here; may be NULL */
	/* The trouble that was told and is not over: */
	rd_kafka_resp_err_t trouble;
	int64_t trouble_ms; /* monotonic, when it was seen last */
	bool fatal;	    /* the handle is of no use any more */
};

struct kafka_client *kafka_client_create(
    const struct kafka_connection *connection, struct aws_client *aws,
    const char *what, void *cookie, struct counter *errors);
/*
 * Makes the handle; takes the conf of kafka_conf_create(). RC_FATAL: files or
 * options are no good, err says which. That brokers do not answer is no error
 * here.
 */
enum rc kafka_client_start(struct kafka_client *client, rd_kafka_type_t type,
    rd_kafka_conf_t *conf, struct err *err);
/* Frees it, and waits for that for `within_ms` at most. A consumer is closed
 * first; no callback of its user is called any more. NULL is fine. */
void kafka_client_free(struct kafka_client **client, int64_t within_ms);

/* Something went wrong: counted; logged when it is another trouble than the
 * one before. A fatal one makes the client `fatal`. */
void kafka_client_trouble(
    struct kafka_client *client, rd_kafka_resp_err_t code, const char *reason);
/* Something went well that needs the brokers. */
void kafka_client_well(struct kafka_client *client);
/* Every second or so: whether a trouble is over. */
void kafka_client_look(struct kafka_client *client);

int64_t kafka_client_now_ms(void);

#endif
