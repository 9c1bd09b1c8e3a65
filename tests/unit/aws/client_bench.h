/* A client with a server before it, for tests of both. */
#ifndef TESTS_UNIT_AWS_CLIENT_BENCH_H
#define TESTS_UNIT_AWS_CLIENT_BENCH_H

#include <strings.h>

#include "aws/client.h"
#include "unit/aws/server.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

struct bench {
	struct server server;
	struct http *http;
	struct aws_client *client;
	struct http_answer answer;
	struct err err;
	enum rc rc;
};

static inline void
keys_set(const char *id, const char *secret, const char *token)
{
	static const char *const others[] = {"AWS_SECURITY_TOKEN",
	    "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
	    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SNS"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		unsetenv(others[i]);
	setenv("HOME", "/nowhere", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_ACCESS_KEY_ID", id, 1);
	setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
	setenv("AWS_SESSION_TOKEN", token, 1);
}

static inline void
bench_open(struct bench *bench, const struct reply *replies, size_t nreplies)
{
	*bench = (struct bench){0};
	server_start(&bench->server, replies, nreplies);
	bench->http = http_create(NULL);
	bench->client = aws_client_create(bench->http);
}

static inline void
bench_close(struct bench *bench)
{
	server_stop(&bench->server);
	aws_client_free(&bench->client);
	ck_assert_ptr_null(bench->client);
	http_free(&bench->http);
	http_answer_fini(&bench->answer);
}

static inline struct aws_call
publish(const struct bench *bench)
{
	static const struct http_header type = {"Content-Type",
	    SPAN_OF("application/x-www-form-urlencoded; charset=utf-8")};

	return (struct aws_call){.service = "sns",
	    .region = SPAN_OF("us-east-2"),
	    .endpoint = span_text(bench->server.url),
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = &type,
	    .nheaders = 1,
	    .body = SPAN_OF("Action=Publish&Version=2010-03-31"),
	    .timeout_ms = 5000};
}

static inline void
send_publish(struct bench *bench)
{
	struct aws_call call = publish(bench);

	bench->err.text[0] = '\0';
	bench->rc = aws_send(
	    bench->client, &call, "Publish", &bench->answer, &bench->err);
}

/* The header's value in a request as the server got it; "" without. */
static inline struct span
header_of(const struct buf *request, const char *name)
{
	const char *at = request->bytes;
	const char *end = memmem(at, request->len, "\r\n\r\n", 4);
	size_t len = strlen(name);

	while (at != NULL && at < end) {
		const char *line = strstr(at, "\r\n") + 2;
		const char *stop = strstr(line, "\r\n");

		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return span_make(
			    line + len + 2, (size_t)(stop - line) - len - 2);
		at = line < end ? line : NULL;
	}
	return span_make("", 0);
}

#define ANSWER(status, headers, body)                                          \
	"HTTP/1.1 " status "\r\n" headers "Connection: close\r\n\r\n" body
#define XML(code, more)                                                        \
	"<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code>" more  \
	"</Error></ErrorResponse>"

#endif
