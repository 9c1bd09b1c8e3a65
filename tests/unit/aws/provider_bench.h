/* One fetch of credentials with a server that plays who is asked. */
#ifndef TESTS_UNIT_AWS_PROVIDER_BENCH_H
#define TESTS_UNIT_AWS_PROVIDER_BENCH_H

#include <limits.h>
#include <sys/stat.h>

#include "aws/provider.h"
#include "unit/aws/server.h"

static char home[] = "/tmp/provider_test.XXXXXX";

struct bench {
	struct server server;
	struct http *http;
	struct credentials_held held;
	struct err err;
	_Atomic int64_t skew_ms;
	enum rc rc;
	bool remote;
};

static inline void
path_of(char path[PATH_MAX], const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", home, name);
}

static inline void
file_make(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static inline void
variable_set(const char *name, const struct bench *bench, const char *rest)
{
	struct buf value = {0};

	buf_printf(&value, "%s%s", bench->server.url, rest);
	setenv(name, buf_cstr(&value), 1);
	buf_fini(&value);
}

static inline void
bench_open(struct bench *bench, const struct reply *replies, size_t nreplies)
{
	char path[PATH_MAX];

	*bench = (struct bench){0};
	clearenv();
	memcpy(home + strlen(home) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("HOME", home, 1);
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_REGION", "us-east-2", 1);
	path_of(path, ".aws");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	server_start(&bench->server, replies, nreplies);
	variable_set("AWS_ENDPOINT_URL_STS", bench, "");
	bench->http = http_create(NULL);
}

static inline void
bench_close(struct bench *bench)
{
	char command[PATH_MAX];

	credentials_wipe(&bench->held);
	server_stop(&bench->server);
	http_free(&bench->http);
	snprintf(command, sizeof(command), "rm -r %s", home);
	ck_assert_int_eq(system(command), 0);
}

static inline void
fetch(struct bench *bench)
{
	credentials_wipe(&bench->held);
	bench->err.text[0] = '\0';
	bench->rc = provider_fetch(bench->http, NULL, &bench->skew_ms,
	    SPAN_OF("eu-west-1"), &bench->held, &bench->remote, &bench->err);
}

static inline void
gives(struct bench *bench, const char *id, const char *source)
{
	fetch(bench);
	ck_assert_msg(bench->rc == RC_OK, "%s", bench->err.text);
	ck_assert_msg(span_is(bench->held.credentials.access_key_id, id),
	    "%.*s", SPAN_ARGS(bench->held.credentials.access_key_id));
	ck_assert_str_eq(bench->held.source, source);
	ck_assert_int_gt(bench->held.taken_ms, 0);
}

static inline void
fails(struct bench *bench, const char *words)
{
	fetch(bench);
	ck_assert_int_eq(bench->rc, RC_RETRY);
	ck_assert_msg(strstr(bench->err.text, words) != NULL, "%s, not %s",
	    bench->err.text, words);
	ck_assert_ptr_null(bench->held.bytes);
	/* Every secret of these tests has this in it. */
	ck_assert_ptr_null(strstr(bench->err.text, "hush"));
}

static inline bool
request_has(struct bench *bench, size_t i, const char *words)
{
	return strstr(buf_cstr(&bench->server.requests[i]), words) != NULL;
}

#define ANSWER(status, body)                                                   \
	{                                                                      \
		.text =                                                        \
		    "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" body,   \
		.hang_up = true                                                \
	}
#define STS(id)                                                                \
	ANSWER("200 OK",                                                       \
	    "<AssumeRoleResponse><AssumeRoleResult><Credentials><"             \
	    "AccessKeyId>" id "</AccessKeyId><SecretAccessKey>hush-" id        \
	    "</SecretAccessKey><SessionToken>hush-token/+=</SessionToken>"     \
	    "<Expiration>2040-01-02T03:04:05Z</Expiration></Credentials>"      \
	    "</AssumeRoleResult></AssumeRoleResponse>")
#define JSON(id)                                                               \
	ANSWER("200 OK",                                                       \
	    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id                      \
	    "\",\"SecretAccessKey\":\"hush\",\"Token\":\"hush\","              \
	    "\"Expiration\":\"2040-01-02T03:04:05Z\"}")

#endif
