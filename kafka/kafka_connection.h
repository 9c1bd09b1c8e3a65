/*
 * Who the brokers are and who we are to them: the options that a source and a
 * replica share. What librdkafka is made of them is in kafka_conf.h.
 */
#ifndef KAFKA_KAFKA_CONNECTION_H
#define KAFKA_KAFKA_CONNECTION_H

#include <stdbool.h>

#include "base/option.h"

struct kafka_connection {
	struct span brokers;   /* host:port, several with commas */
	struct span security;  /* plaintext, tls, sasl_plaintext, sasl_tls */
	struct span mechanism; /* PLAIN, SCRAM-SHA-256, SCRAM-SHA-512,
				  AWS_MSK_IAM; with sasl_… */
	struct span user, password_file;
	struct span ca_file;	      /* "": the system's */
	struct span certificate, key; /* mutual TLS when set; PEM files */
	struct span region;	      /* of AWS_MSK_IAM */
};
extern const struct option kafka_connection_options[];

bool kafka_connection_is_tls(const struct kafka_connection *connection);
bool kafka_connection_is_sasl(const struct kafka_connection *connection);
bool kafka_connection_is_iam(const struct kafka_connection *connection);
/* What does not fit together, as a sentence that says what would be right;
 * NULL: nothing. Files are not looked at. */
const char *kafka_connection_fault(const struct kafka_connection *connection);

#endif
