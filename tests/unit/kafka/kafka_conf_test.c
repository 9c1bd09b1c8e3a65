#include "kafka/kafka_conf.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "testing.h"

#define SECRET "a secret of tests"

/* What librdkafka has of a property. */
static const char *
property(const rd_kafka_conf_t *conf, const char *name)
{
	static char value[512];
	size_t size = sizeof(value);

	if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
		return "";
	return value;
}

static struct kafka_connection
with_password(const char *path)
{
	return (struct kafka_connection){.brokers = SPAN_OF("127.0.0.1:1"),
	    .security = SPAN_OF("sasl_tls"),
	    .mechanism = SPAN_OF("SCRAM-SHA-256"),
	    .user = SPAN_OF("someone"),
	    .password_file = span_text(path)};
}

static enum rc
make(const struct kafka_connection *connection, rd_kafka_conf_t **conf,
    struct err *err)
{
	struct counter errors = {0};
	struct kafka_client *client =
	    kafka_client_create(connection, NULL, "test", NULL, &errors);
	enum rc rc = kafka_conf_create(conf, client, err);

	kafka_client_free(&client, 0);
	return rc;
}

static void
write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(a_connection_becomes_properties)
{
	char path[] = "/tmp/tocsin-password-XXXXXX";
	struct kafka_connection connection;
	rd_kafka_conf_t *conf;
	struct err err;

	write_file(path, SECRET "\r\nand more\n");
	connection = with_password(path);
	ck_assert_int_eq(make(&connection, &conf, &err), RC_OK);
	ck_assert_str_eq(property(conf, "bootstrap.servers"), "127.0.0.1:1");
	ck_assert_str_eq(property(conf, "security.protocol"), "sasl_ssl");
	ck_assert_str_eq(property(conf, "sasl.mechanisms"), "SCRAM-SHA-256");
	ck_assert_str_eq(property(conf, "sasl.username"), "someone");
	ck_assert_str_eq(property(conf, "sasl.password"), SECRET);
	ck_assert_str_eq(
	    property(conf, "enable.ssl.certificate.verification"), "true");
	ck_assert_str_eq(
	    property(conf, "ssl.endpoint.identification.algorithm"), "https");
	rd_kafka_conf_destroy(conf);
	unlink(path);
}
END_TEST

START_TEST(plain_connections_have_no_more)
{
	const struct kafka_connection connection = {
	    .brokers = SPAN_OF("a:1"), .security = SPAN_OF("plaintext")};
	rd_kafka_conf_t *conf;
	struct err err;

	ck_assert_int_eq(make(&connection, &conf, &err), RC_OK);
	ck_assert_str_eq(property(conf, "security.protocol"), "plaintext");
	ck_assert_str_eq(property(conf, "sasl.username"), "");
	rd_kafka_conf_destroy(conf);
}
END_TEST

START_TEST(faults_name_the_file_and_no_secret)
{
	char path[] = "/tmp/tocsin-password-XXXXXX";
	struct kafka_connection connection;
	rd_kafka_conf_t *conf;
	struct err err;

	write_file(path, "\n \n");
	connection = with_password(path);
	ck_assert_int_eq(make(&connection, &conf, &err), RC_FATAL);
	ck_assert(conf == NULL);
	ck_assert(strstr(err.text, path) != NULL);
	ck_assert(strstr(err.text, SECRET) == NULL);
	unlink(path);
	ck_assert_int_eq(make(&connection, &conf, &err), RC_FATAL);
	ck_assert(strstr(err.text, path) != NULL);
}
END_TEST

START_TEST(what_librdkafka_refuses_is_said)
{
	const struct kafka_connection connection = {.brokers = SPAN_OF("a:1"),
	    .security = SPAN_OF("tls"),
	    .ca_file = SPAN_OF("/nowhere/ca.pem")};
	struct counter errors = {0};
	struct kafka_client *client =
	    kafka_client_create(&connection, NULL, "test", NULL, &errors);
	rd_kafka_conf_t *conf;
	struct err err;

	ck_assert_int_eq(kafka_conf_create(&conf, client, &err), RC_OK);
	ck_assert_int_eq(
	    kafka_client_start(client, RD_KAFKA_PRODUCER, conf, &err),
	    RC_FATAL);
	ck_assert_msg(strstr(err.text, "ca.location") != NULL, "%s", err.text);
	kafka_client_free(&client, 0);
	ck_assert(client == NULL);
}
END_TEST

TEST_MAIN("kafka_conf", a_connection_becomes_properties,
    plain_connections_have_no_more, faults_name_the_file_and_no_secret,
    what_librdkafka_refuses_is_said)
