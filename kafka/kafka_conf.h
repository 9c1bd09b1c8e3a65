/*
 * librdkafka's configuration, made of a connection's options: addresses,
 * security, and where its log and its errors go.
 */
#ifndef KAFKA_KAFKA_CONF_H
#define KAFKA_KAFKA_CONF_H

#include "kafka/kafka_client.h"

/* Reads the password file. RC_FATAL: it cannot be read, or an option is none
 * that librdkafka takes; err says which, never the password. The conf is for
 * kafka_client_start() or rd_kafka_conf_destroy(). */
enum rc kafka_conf_create(
    rd_kafka_conf_t **conf, struct kafka_client *client, struct err *err);

/* A property that this program sets by itself: it is right. */
void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value);
void kafka_conf_set_int(rd_kafka_conf_t *conf, const char *name, int64_t value);
/* One that a person gave. */
enum rc kafka_conf_take(rd_kafka_conf_t *conf, const char *name,
    struct span value, struct err *err);

#endif
