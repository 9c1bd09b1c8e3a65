#include "kafka/kafka_conf.h"

#include <stdio.h>

#include "base/log.h"
#include "base/secret.h"
#include "kafka/kafka_iam.h"

void
kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[256];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) !=
	    RD_KAFKA_CONF_OK)
		log_die("Kafka property %s: %s", name, text);
}

void
kafka_conf_set_int(rd_kafka_conf_t *conf, const char *name, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	kafka_conf_set(conf, name, digits);
}

enum rc
kafka_conf_take(
    rd_kafka_conf_t *conf, const char *name, struct span value, struct err *err)
{
	char text[256];

	if (value.len == 0 ||
	    rd_kafka_conf_set(conf, name, value.at, text, sizeof(text)) ==
		RD_KAFKA_CONF_OK)
		return RC_OK;
	return err_set(err, RC_FATAL, "%s: %s", name, text);
}

/* Its words are for those who look closely: what matters of them comes as an
 * error too. */
static void
conf_log(
    const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	const struct kafka_client *client = rd_kafka_opaque(rk);

	if (level <= 2)
		log_error("kafka_log", "client=\"%s\" facility=%s %s",
		    client->what, facility, text);
	else
		log_debug("kafka_log", "client=\"%s\" facility=%s %s",
		    client->what, facility, text);
}

static void
conf_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	(void)rk;
	kafka_client_trouble(opaque, code, reason);
}

static const char *
conf_protocol(const struct kafka_connection *connection)
{
	if (kafka_connection_is_sasl(connection))
		return kafka_connection_is_tls(connection) ? "sasl_ssl"
							   : "sasl_plaintext";
	return kafka_connection_is_tls(connection) ? "ssl" : "plaintext";
}

static enum rc
conf_tls(rd_kafka_conf_t *conf, const struct kafka_connection *connection,
    struct err *err)
{
	enum rc rc = RC_OK;

	kafka_conf_set(conf, "enable.ssl.certificate.verification", "true");
	kafka_conf_set(conf, "ssl.endpoint.identification.algorithm", "https");
	rc = kafka_conf_take(conf, "ssl.ca.location", connection->ca_file, err);
	if (rc == RC_OK)
		rc = kafka_conf_take(conf, "ssl.certificate.location",
		    connection->certificate, err);
	if (rc == RC_OK)
		rc = kafka_conf_take(
		    conf, "ssl.key.location", connection->key, err);
	return rc;
}

/* The password alone, for a library that wants a text. */
static enum rc
conf_password(struct buf *password, const char *path, struct err *err)
{
	struct buf file = {0};
	enum rc rc = secret_read(path, true, &file, err);

	buf_span_put(password, secret_line(&file));
	secret_fini(&file);
	if (rc == RC_OK && password->len == 0)
		rc = err_set(err, RC_FATAL, "%s has no password in it", path);
	return rc;
}

static enum rc
conf_sasl(rd_kafka_conf_t *conf, const struct kafka_connection *connection,
    struct err *err)
{
	struct buf password = {0};
	enum rc rc =
	    conf_password(&password, connection->password_file.at, err);

	if (rc == RC_OK)
		rc = kafka_conf_take(
		    conf, "sasl.mechanisms", connection->mechanism, err);
	if (rc == RC_OK)
		rc = kafka_conf_take(
		    conf, "sasl.username", connection->user, err);
	if (rc == RC_OK)
		rc = kafka_conf_take(
		    conf, "sasl.password", span_text(buf_cstr(&password)), err);
	secret_fini(&password);
	return rc;
}

static void
conf_common(rd_kafka_conf_t *conf, struct kafka_client *client)
{
	rd_kafka_conf_set_opaque(conf, client);
	rd_kafka_conf_set_log_cb(conf, conf_log);
	rd_kafka_conf_set_error_cb(conf, conf_error);
	kafka_conf_set(conf, "client.id", "tocsin");
	kafka_conf_set(
	    conf, "security.protocol", conf_protocol(client->connection));
	kafka_conf_set(conf, "log.connection.close", "false");
	kafka_conf_set(conf, "socket.keepalive.enable", "true");
	kafka_conf_set_int(conf, "reconnect.backoff.max.ms", 5000);
}

enum rc
kafka_conf_create(
    rd_kafka_conf_t **out, struct kafka_client *client, struct err *err)
{
	const struct kafka_connection *connection = client->connection;
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	enum rc rc;

	conf_common(conf, client);
	rc = kafka_conf_take(
	    conf, "bootstrap.servers", connection->brokers, err);
	if (rc == RC_OK && kafka_connection_is_tls(connection))
		rc = conf_tls(conf, connection, err);
	if (rc == RC_OK && kafka_connection_is_iam(connection))
		kafka_iam_conf(conf);
	else if (rc == RC_OK && kafka_connection_is_sasl(connection))
		rc = conf_sasl(conf, connection, err);
	if (rc != RC_OK) {
		rd_kafka_conf_destroy(conf);
		conf = NULL;
	}
	*out = conf;
	return rc;
}
