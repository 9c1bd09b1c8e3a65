#include "kafka/kafka_connection.h"

#include <stddef.h>
#include <stdio.h>

#include "base/tree.h"
#include "testing.h"

#define AT(field) offsetof(struct kafka_connection, field)
static const struct option options[] = {KAFKA_CONNECTION_OPTIONS(AT), {0}};

/* Options as they are written, and a part of the fault; NULL: none. */
static const struct {
	const char *text, *says;
} rows[] = {{"x: {brokers: 'a:1'}", NULL}, {"x: {brokers: 'a:1,b:2'}", NULL},
    {"x: {a: b}", "brokers is missing"},
    {"x: {brokers: a, security: plaintext}", NULL},
    {"x: {brokers: a, security: ssl}", "security must be"},
    {"x: {brokers: a, security: tls}", NULL},
    {"x: {brokers: a, security: tls, ca_file: f}", NULL},
    {"x: {brokers: a, ca_file: f}", "want security: tls"},
    {"x: {brokers: a, security: tls, certificate: c, key: k}", NULL},
    {"x: {brokers: a, security: tls, certificate: c}", "go together"},
    {"x: {brokers: a, security: tls, key: k}", "go together"},
    {"x: {brokers: a, user: u}", "want security: sasl"},
    {"x: {brokers: a, security: sasl_tls}", "mechanism must be"},
    {"x: {brokers: a, security: sasl_tls, mechanism: GSSAPI}",
	"mechanism must be"},
    {"x: {brokers: a, security: sasl_tls, mechanism: PLAIN}",
	"user and password_file"},
    {"x: {brokers: a, security: sasl_tls, mechanism: PLAIN, user: u, "
     "password_file: f}",
	NULL},
    {"x: {brokers: a, security: sasl_plaintext, mechanism: SCRAM-SHA-512, "
     "user: u, password_file: f}",
	NULL},
    {"x: {brokers: a, security: sasl_tls, mechanism: AWS_MSK_IAM, region: r}",
	NULL},
    {"x: {brokers: a, security: sasl_tls, mechanism: AWS_MSK_IAM}",
	"wants the region"},
    {"x: {brokers: a, security: sasl_plaintext, mechanism: AWS_MSK_IAM}",
	"wants security: sasl_tls"},
    {"x: {brokers: a, security: sasl_tls, mechanism: AWS_MSK_IAM, region: r, "
     "user: u}",
	"no user and password"}};

START_TEST(what_fits_together)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kafka_connection connection = {0};
		struct faults faults;
		struct arena arena;
		const struct tree *root;
		const char *fault;

		arena_init(&arena);
		faults_init(&faults);
		root = tree_parse(
		    &arena, span_text(rows[i].text), "t", false, &faults);
		option_load(
		    options, tree_get(root, "x"), &connection, &arena, &faults);
		ck_assert_uint_eq(faults.count, 0);
		fault = kafka_connection_fault(&connection);
		ck_assert_msg((fault == NULL) == (rows[i].says == NULL) &&
			(fault == NULL || strstr(fault, rows[i].says) != NULL),
		    "%s: %s", rows[i].text, fault);
		faults_fini(&faults);
		arena_fini(&arena);
	}
}
END_TEST

TEST_MAIN("kafka_connection", what_fits_together)
