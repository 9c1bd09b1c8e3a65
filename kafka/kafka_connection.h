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

/* The rows of a table that has a connection's keys among others; AT(field) is
 * the field's offset into what the table fills. */
#define KAFKA_CONNECTION_OPTIONS(AT)                                           \
	{"brokers", OPTION_TEXT, AT(brokers), NULL, 0, 0,                      \
	    "host:port of some of the brokers, with commas between; "          \
	    "required"},                                                       \
	    {"security", OPTION_TEXT, AT(security), "plaintext", 0, 0,         \
		"plaintext, tls, sasl_plaintext or sasl_tls"},                 \
	    {"mechanism", OPTION_TEXT, AT(mechanism), NULL, 0, 0,              \
		"of sasl: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or "             \
		"AWS_MSK_IAM"},                                                \
	    {"user", OPTION_TEXT, AT(user), NULL, 0, 0,                        \
		"who we are, for PLAIN and SCRAM"},                            \
	    {"password_file", OPTION_PATH, AT(password_file), NULL, 0, 0,      \
		"the first line of this file is the password"},                \
	    {"ca_file", OPTION_PATH, AT(ca_file), NULL, 0, 0,                  \
		"PEM file: brokers must show a certificate of these; without " \
		"it those that the system trusts"},                            \
	    {"certificate", OPTION_PATH, AT(certificate), NULL, 0, 0,          \
		"PEM file: the certificate that we show, for mutual TLS"},     \
	    {"key", OPTION_PATH, AT(key), NULL, 0, 0,                          \
		"PEM file: the private key of that certificate"},              \
	{                                                                      \
		"region", OPTION_TEXT, AT(region), NULL, 0, 0,                 \
		    "of the MSK cluster, for AWS_MSK_IAM; without it the one " \
		    "at the top"                                               \
	}

bool kafka_connection_is_tls(const struct kafka_connection *connection);
bool kafka_connection_is_sasl(const struct kafka_connection *connection);
bool kafka_connection_is_iam(const struct kafka_connection *connection);
/* What does not fit together, as a sentence that says what would be right;
 * NULL: nothing. Files are not looked at. */
const char *kafka_connection_fault(const struct kafka_connection *connection);

#endif
