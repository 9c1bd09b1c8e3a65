#include "kafka/kafka_connection.h"

static bool
kafka_connection_among(struct span value, const char *const *words)
{
	for (; *words != NULL; words++)
		if (span_is(value, *words))
			return true;
	return false;
}

bool
kafka_connection_is_tls(const struct kafka_connection *connection)
{
	return span_is(connection->security, "tls") ||
	    span_is(connection->security, "sasl_tls");
}

bool
kafka_connection_is_sasl(const struct kafka_connection *connection)
{
	return span_starts(connection->security, "sasl_");
}

bool
kafka_connection_is_iam(const struct kafka_connection *connection)
{
	return kafka_connection_is_sasl(connection) &&
	    span_is(connection->mechanism, "AWS_MSK_IAM");
}

static const char *
kafka_connection_sasl_fault(const struct kafka_connection *connection)
{
	static const char *const mechanisms[] = {
	    "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "AWS_MSK_IAM", NULL};

	if (!kafka_connection_among(connection->mechanism, mechanisms))
		return "mechanism must be PLAIN, SCRAM-SHA-256, "
		       "SCRAM-SHA-512 or AWS_MSK_IAM";
	if (kafka_connection_is_iam(connection)) {
		if (!kafka_connection_is_tls(connection))
			return "AWS_MSK_IAM wants security: sasl_tls";
		if (connection->user.len > 0 ||
		    connection->password_file.len > 0)
			return "AWS_MSK_IAM has no user and password: it is "
			       "signed with AWS credentials";
		if (connection->region.len == 0)
			return "AWS_MSK_IAM wants the region of the cluster";
		return NULL;
	}
	if (connection->user.len == 0 || connection->password_file.len == 0)
		return "this mechanism wants user and password_file";
	return NULL;
}

const char *
kafka_connection_fault(const struct kafka_connection *connection)
{
	static const char *const securities[] = {
	    "plaintext", "tls", "sasl_plaintext", "sasl_tls", NULL};

	if (connection->brokers.len == 0)
		return "brokers is missing: host:port, with commas between";
	if (!kafka_connection_among(connection->security, securities))
		return "security must be plaintext, tls, sasl_plaintext or "
		       "sasl_tls";
	if (!kafka_connection_is_tls(connection) &&
	    (connection->ca_file.len > 0 || connection->certificate.len > 0 ||
		connection->key.len > 0))
		return "ca_file, certificate and key want security: tls or "
		       "sasl_tls";
	if ((connection->certificate.len > 0) != (connection->key.len > 0))
		return "certificate and key go together";
	if (kafka_connection_is_sasl(connection))
		return kafka_connection_sasl_fault(connection);
	if (connection->mechanism.len > 0 || connection->user.len > 0 ||
	    connection->password_file.len > 0)
		return "mechanism, user and password_file want security: "
		       "sasl_plaintext or sasl_tls";
	return NULL;
}
