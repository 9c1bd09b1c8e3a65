#include "kafka/kafka_iam.h"

#include <openssl/crypto.h>

#include "aws/msk_token.h"
#include "base/log.h"
#include "kafka/kafka_conf.h"

/* The brokers take the principal from the token. */
#define IAM_PRINCIPAL "tocsin"

static enum rc
iam_token(rd_kafka_t *rk, const struct kafka_client *client, struct err *err)
{
	struct buf token = {0};
	int64_t expires_ms;
	char text[256];
	enum rc rc = aws_msk_token(
	    client->aws, client->connection->region, &token, &expires_ms, err);

	if (rc == RC_OK &&
	    rd_kafka_oauthbearer_set_token(rk, buf_cstr(&token), expires_ms,
		IAM_PRINCIPAL, NULL, 0, text,
		sizeof(text)) != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = err_set(err, RC_RETRY, "a token for MSK: %s", text);
	if (token.bytes != NULL)
		OPENSSL_cleanse(token.bytes, token.room);
	buf_fini(&token);
	return rc;
}

static void
iam_refresh(rd_kafka_t *rk, const char *config, void *opaque)
{
	const struct kafka_client *client = opaque;
	struct err err = {"there is no AWS client any more"};

	(void)config;
	if (client->aws != NULL && iam_token(rk, client, &err) == RC_OK)
		return;
	/* It becomes an error of the client, and is asked for again. */
	rd_kafka_oauthbearer_set_token_failure(rk, err.text);
}

void
kafka_iam_conf(rd_kafka_conf_t *conf)
{
	kafka_conf_set(conf, "sasl.mechanisms", "OAUTHBEARER");
	rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, iam_refresh);
	rd_kafka_conf_enable_sasl_queue(conf, 1);
}

enum rc
kafka_iam_start(rd_kafka_t *rk, struct err *err)
{
	rd_kafka_error_t *error = rd_kafka_sasl_background_callbacks_enable(rk);

	if (error == NULL)
		return RC_OK;
	err_set(err, RC_FATAL, "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return RC_FATAL;
}
