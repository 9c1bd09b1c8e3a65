#include "aws/http.h"

#include <fcntl.h>
#include <time.h>

#include "base/limits.h"
#include "unit/aws/server.h"

static enum rc
get(struct http *http, const char *url, int64_t timeout_ms,
    struct http_answer *answer, struct err *err)
{
	struct http_request request = {
	    .method = "GET", .url = url, .timeout_ms = timeout_ms};

	return http_send(http, &request, answer, err);
}

static int
file_of(const char *text)
{
	FILE *file = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

START_TEST(answers_are_taken_apart)
{
	static const struct reply replies[] = {
	    {.text = "HTTP/1.1 503 Slow\r\nDate: Thu, 01 Jan 2026 00:00:10 GMT"
		     "\r\nx-amzn-RequestId:  abc \r\nretry-after: 7\r\n"
		     "X-Amz-Bucket-Region: eu-west-1\r\n"
		     "Content-Length: 4\r\n\r\nbusy"},
	    {.text = "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n"
		     "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
		     "x-amz-request-id: R2\r\nContent-Length: 0\r\n\r\n"},
	    {.text = "HTTP/1.1 204 None\r\nDate: never\r\n\r\n"}};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct server server;
	struct err err;

	server_start(&server, replies, 3);
	ck_assert_int_eq(get(http, server.url, 5000, &answer, &err), RC_OK);
	ck_assert_int_eq(answer.status, 503);
	ck_assert_str_eq(buf_cstr(&answer.body), "busy");
	ck_assert_str_eq(answer.date, "Thu, 01 Jan 2026 00:00:10 GMT");
	ck_assert_int_eq(answer.date_ms, 1767225610000);
	ck_assert_str_eq(answer.request_id, "abc");
	ck_assert_str_eq(answer.retry_after, "7");
	ck_assert_str_eq(answer.bucket_region, "eu-west-1");
	/* Not followed; and nothing of the answer before is left. */
	ck_assert_int_eq(get(http, server.url, 5000, &answer, &err), RC_OK);
	ck_assert_int_eq(answer.status, 302);
	ck_assert_uint_eq(answer.body.len, 0);
	ck_assert_str_eq(answer.date, "");
	ck_assert_int_eq(answer.date_ms, 0);
	ck_assert_str_eq(answer.request_id, "R2");
	ck_assert_str_eq(answer.retry_after, "");
	ck_assert_int_eq(get(http, server.url, 5000, &answer, &err), RC_OK);
	ck_assert_int_eq(answer.status, 204);
	ck_assert_int_eq(answer.date_ms, 0);
	server_stop(&server);
	/* Three requests over one connection. */
	ck_assert_uint_eq(server.nconnections, 1);
	ck_assert_uint_eq(server.nrequests, 3);
	http_answer_fini(&answer);
	http_free(&http);
	ck_assert_ptr_null(http);
}
END_TEST

START_TEST(wanted_headers_are_kept)
{
	static const char *const wanted[] = {
	    "etag", "Content-Length", "x-amz-version-id", NULL};
	static const struct reply replies[] = {
	    {.text = "HTTP/1.1 200 OK\r\nETag:  \"a\x01 b\" \r\n"
		     "content-length: 99999999999\r\n\r\n"},
	    {.text = "HTTP/1.1 100 Continue\r\nx-amz-version-id: 1\r\n\r\n"
		     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct http_request request = {.method = "HEAD", .wanted = wanted};
	struct server server;
	struct err err;

	server_start(&server, replies, 2);
	request.url = server.url;
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	ck_assert_str_eq(answer.wanted[0], "\"a b\"");
	ck_assert_str_eq(answer.wanted[1], "99999999999");
	ck_assert_str_eq(answer.wanted[2], "");
	/* Nothing is left of the answer before, or of one on the way. */
	request.method = "PUT";
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	ck_assert_str_eq(answer.wanted[0], "");
	ck_assert_str_eq(answer.wanted[1], "0");
	ck_assert_str_eq(answer.wanted[2], "");
	server_stop(&server);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(requests_go_out_as_given)
{
	static const struct reply reply = REPLY_OK;
	struct http_header headers[] = {{"Host", SPAN_OF("other.example")},
	    {"X-Empty", SPAN_OF("")}, {"authorization", SPAN_OF("A b")}};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct http_request request = {.headers = headers, .nheaders = 3};
	struct server server;
	struct buf url = {0};
	struct err err;
	char want[512];
	int fd = file_of("0123456789");

	server_start(&server, &reply, 1);
	buf_printf(&url, "%s/a/../b//%%2F~?q=%%41&r", server.url);
	request.url = buf_cstr(&url);
	request.method = "POST";
	request.body = SPAN_OF("x=1");
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	request.method = "PUT";
	request.body_fd = fd;
	request.body_fd_bytes = 10;
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	request.body_fd = 0;
	request.body = (struct span){0};
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	request.method = "DELETE";
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_OK);
	for (int i = 0; i < 4; i++) {
		static const char *const ends[] = {
		    "Content-Length: 3\r\n\r\nx=1",
		    "Content-Length: 10\r\n\r\n0123456789",
		    "Content-Length: 0\r\n\r\n", "\r\n"};
		static const char *const methods[] = {
		    "POST", "PUT", "PUT", "DELETE"};

		snprintf(want, sizeof(want),
		    "%s /a/../b//%%2F~?q=%%41&r HTTP/1.1\r\n"
		    "Host: other.example\r\n"
		    "User-Agent: tocsin/" TOCSIN_VERSION "\r\nAccept: */*\r\n"
		    "X-Empty:\r\nauthorization: A b\r\n%s",
		    methods[i], ends[i]);
		ck_assert_str_eq(buf_cstr(&server.requests[i]), want);
	}
	server_stop(&server);
	ck_assert_uint_eq(server.nconnections, 1);
	buf_fini(&url);
	close(fd);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

/* A kept connection that the server closes instead of answering: the file is
 * sent again from its start. */
START_TEST(closed_connections_are_replaced)
{
	static const struct reply replies[] = {
	    REPLY_OK, {.hang_up = true}, REPLY_OK};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct http_request request = {.method = "PUT", .timeout_ms = 5000};
	struct server server;
	struct err err;
	int fd = file_of("content");

	server_start(&server, replies, 3);
	request.url = server.url;
	request.body_fd = fd;
	request.body_fd_bytes = 7;
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(http_send(http, &request, &answer, &err) == RC_OK,
		    "%s", err.text);
		ck_assert_int_eq(answer.status, 200);
	}
	ck_assert_uint_eq(server_requests(&server), 3);
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&server.requests[2]), "\r\n\r\ncontent"));
	server_stop(&server);
	ck_assert_uint_eq(server.nconnections, 2);
	close(fd);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(no_answer_is_retry)
{
	static const struct {
		struct reply reply;
		const char *words;
	} rows[] = {
	    {{.text = NULL}, "timed out"},
	    {{.text = "HTTP/1.1 200 OK\r\n\r\n",
		 .flood = LIMIT_HTTP_ANSWER + 1,
		 .hang_up = true},
		"larger than 8 MiB"},
	    {{.text = "HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n"},
		"larger than 8 MiB"},
	    {{.text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		 .hang_up = true},
		"127.0.0.1"},
	    {{.text = "no HTTP at all\r\n\r\n", .hang_up = true}, "127.0.0.1"},
	    {{.hang_up = true}, "mpty reply"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_answer answer = {0};
		struct http *http = http_create(NULL);
		struct server server;
		struct err err = {{0}};
		enum rc rc;

		server_start(&server, &rows[i].reply, 1);
		rc = get(http, server.url, i == 0 ? 100 : 5000, &answer, &err);
		ck_assert_msg(rc == RC_RETRY, "row %zu: %d", i, rc);
		ck_assert_msg(strstr(err.text, rows[i].words) != NULL,
		    "row %zu: %s", i, err.text);
		ck_assert_int_eq(answer.status, 0);
		ck_assert_uint_eq(answer.body.len, 0);
		server_stop(&server);
		http_answer_fini(&answer);
		http_free(&http);
	}
}
END_TEST

START_TEST(deadline_is_kept)
{
	static const struct reply reply = {.text = NULL};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct timespec from, to;
	struct server server;
	struct err err;

	server_start(&server, &reply, 1);
	clock_gettime(CLOCK_MONOTONIC, &from);
	ck_assert_int_eq(get(http, server.url, 50, &answer, &err), RC_RETRY);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_int_lt(to.tv_sec - from.tv_sec, 3);
	server_stop(&server);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(answer_at_the_limit)
{
	static const struct reply reply = {.text = "HTTP/1.1 200 OK\r\n\r\n",
	    .flood = LIMIT_HTTP_ANSWER,
	    .hang_up = true};
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct server server;
	struct err err;

	server_start(&server, &reply, 1);
	ck_assert_int_eq(get(http, server.url, 20000, &answer, &err), RC_OK);
	ck_assert_uint_eq(answer.body.len, LIMIT_HTTP_ANSWER);
	server_stop(&server);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(refused_connection_is_retry)
{
	static const struct reply reply = REPLY_OK;
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct server server;
	struct err err = {{0}};
	struct buf url = {0};

	server_start(&server, &reply, 1);
	server_stop(&server);
	buf_printf(&url, "%s/secret?token=1", server.url);
	ck_assert_int_eq(
	    get(http, buf_cstr(&url), 5000, &answer, &err), RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, server.url));
	ck_assert_ptr_nonnull(strstr(err.text, "onnection refused"));
	ck_assert_ptr_null(strstr(err.text, "secret"));
	buf_fini(&url);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(what_cannot_be_sent_is_rejected)
{
	static const struct {
		const char *url, *name, *value;
	} rows[] = {{"ftp://127.0.0.1/x", "A", "b"},
	    {"file:///etc/passwd", "A", "b"}, {"http://", "A", "b"},
	    {"http://127.0.0.1:1/", "A", "b\r\nEvil: 1"},
	    {"http://127.0.0.1:1/", "A", "b\nc"},
	    {"http://127.0.0.1:1/", "A", "\x7f"},
	    {"http://127.0.0.1:1/", "A: x", "b"},
	    {"http://127.0.0.1:1/", "A;", "b"},
	    {"http://127.0.0.1:1/", "", "b"}};
	struct http *http = http_create(NULL);
	struct http_answer answer = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_header header = {
		    rows[i].name, span_text(rows[i].value)};
		struct http_request request = {.method = "GET",
		    .url = rows[i].url,
		    .headers = &header,
		    .nheaders = 1};
		struct err err = {{0}};
		enum rc rc = http_send(http, &request, &answer, &err);

		ck_assert_msg(
		    rc == RC_REJECT, "row %zu: %d %s", i, rc, err.text);
	}
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(short_file_is_rejected)
{
	static const struct reply reply = REPLY_OK;
	struct http_answer answer = {0};
	struct http *http = http_create(NULL);
	struct http_request request = {.method = "PUT", .timeout_ms = 5000};
	struct server server;
	struct err err = {{0}};

	server_start(&server, &reply, 1);
	request.url = server.url;
	request.body_fd = file_of("short");
	request.body_fd_bytes = 6;
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_REJECT);
	ck_assert_str_eq(err.text, "the file to send ends at byte 5 of 6");
	close(request.body_fd);
	/* A folder is read no better. */
	request.body_fd = open("/", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "reading the file to send"));
	close(request.body_fd);
	server_stop(&server);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

static void *
get_often(void *context)
{
	struct http *http = ((void **)context)[0];
	const char *url = ((void **)context)[1];
	struct http_answer answer = {0};
	struct err err;

	for (int i = 0; i < 25; i++)
		ck_assert_int_eq(get(http, url, 5000, &answer, &err), RC_OK);
	http_answer_fini(&answer);
	return NULL;
}

START_TEST(threads_share_the_pool)
{
	static const struct reply reply = REPLY_OK;
	struct http *http = http_create(NULL);
	struct server server;
	pthread_t threads[4];
	void *context[2];

	server_start(&server, &reply, 1);
	context[0] = http;
	context[1] = server.url;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, get_often, context);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	server_stop(&server);
	ck_assert_uint_eq(server.nrequests, 100);
	ck_assert_uint_le(server.nconnections, 4);
	http_free(&http);
}
END_TEST

TEST_MAIN("http", answers_are_taken_apart, wanted_headers_are_kept,
    requests_go_out_as_given, closed_connections_are_replaced,
    no_answer_is_retry, deadline_is_kept, answer_at_the_limit,
    refused_connection_is_retry, what_cannot_be_sent_is_rejected,
    short_file_is_rejected, threads_share_the_pool)
