/*
 * SASL/OAUTHBEARER with the tokens of Amazon MSK's IAM access control
 * (aws/msk_token.h): librdkafka asks for one when it connects, and again when
 * four fifths of its life are over.
 *
 * Threads. librdkafka's background thread makes them, so that nobody's poll
 * waits for credentials.
 */
#ifndef KAFKA_KAFKA_IAM_H
#define KAFKA_KAFKA_IAM_H

#include "kafka/kafka_client.h"

/* Before and after the handle is made. */
void kafka_iam_conf(rd_kafka_conf_t *conf);
enum rc kafka_iam_start(rd_kafka_t *rk, struct err *err);

#endif
