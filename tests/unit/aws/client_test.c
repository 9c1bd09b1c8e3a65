#include "aws/client.h"

#include <fcntl.h>

#include "aws/sigv4.h"
#include "unit/aws/client_bench.h"

/*
 * Does as the service does: takes the request apart as it came and computes
 * the signature from its parts. `path` is the decoded one.
 */
static void
signature_holds(
    struct buf *request, const char *service, const char *path, bool s3)
{
	char text[512], names[256], method[16], target[512], want[65], *save;
	struct sigv4_header headers[16];
	struct sigv4_request parts = {.headers = headers};
	struct sigv4_scope scope = {
	    SPAN_OF("us-east-2"), span_text(service), ""};
	struct credentials credentials = {.secret_access_key = SPAN_OF(SECRET)};
	struct span given = header_of(request, "authorization");
	const char *body = strstr(buf_cstr(request), "\r\n\r\n") + 4;
	struct buf canonical = {0}, to_sign = {0};
	char hash[65];

	snprintf(text, sizeof(text), "%.*s", SPAN_ARGS(given));
	ck_assert_msg(sscanf(text,
			  "AWS4-HMAC-SHA256 Credential=%*[^,], "
			  "SignedHeaders=%255[^,], Signature=%64s",
			  names, want) == 2,
	    "%s", text);
	ck_assert_int_eq(
	    sscanf(request->bytes, "%15s %511s", method, target), 2);
	for (char *name = strtok_r(names, ";", &save); name != NULL;
	     name = strtok_r(NULL, ";", &save))
		headers[parts.nheaders++] = (struct sigv4_header){
		    span_text(name), header_of(request, name)};
	memcpy(scope.timestamp, header_of(request, "x-amz-date").at, 16);
	sigv4_sha256_hex(hash,
	    span_make(body, request->len - (size_t)(body - request->bytes)));
	parts.method = span_text(method);
	parts.path = span_text(path);
	parts.query = span_text(strchr(target, '?'));
	if (parts.query.len > 0)
		parts.query =
		    span_make(parts.query.at + 1, parts.query.len - 1);
	parts.payload_hash = span_text(hash);
	parts.normalize_path = parts.double_encode = !s3;
	sigv4_canonical_request(&canonical, &parts);
	sigv4_string_to_sign(&to_sign, &scope, buf_span(&canonical));
	sigv4_signature(hash, &scope, &credentials, buf_span(&to_sign));
	ck_assert_msg(strcmp(hash, want) == 0, "%s", buf_cstr(&canonical));
	buf_fini(&canonical);
	buf_fini(&to_sign);
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

START_TEST(publish_is_signed_as_sent)
{
	static const struct reply reply = REPLY_OK;
	struct bench bench;
	struct buf *request = &bench.server.requests[0];

	keys_set("AKIDEXAMPLE", SECRET, "a-session-token");
	bench_open(&bench, &reply, 1);
	send_publish(&bench);
	ck_assert_msg(bench.rc == RC_OK, "%s", bench.err.text);
	ck_assert_int_eq(bench.answer.status, 200);
	ck_assert_str_eq(buf_cstr(&bench.answer.body), "ok");
	ck_assert(span_starts(buf_span(request), "POST / HTTP/1.1\r\n"));
	ck_assert(span_is(
	    header_of(request, "x-amz-security-token"), "a-session-token"));
	ck_assert(span_is(header_of(request, "x-amz-content-sha256"), ""));
	ck_assert_ptr_nonnull(strstr(request->bytes,
	    "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,"
	    " Signature="));
	ck_assert_ptr_null(strstr(request->bytes, SECRET));
	signature_holds(request, "sns", "/", false);
	bench_close(&bench);
}
END_TEST

START_TEST(put_is_signed_as_sent)
{
	static const struct reply reply = REPLY_OK;
	static const struct http_header headers[] = {
	    {"If-None-Match", SPAN_OF("*")},
	    {"x-amz-server-side-encryption", SPAN_OF("aws:kms")}};
	struct bench bench;
	struct buf *request = &bench.server.requests[0];
	struct aws_call call = {.service = "s3",
	    .region = SPAN_OF("us-east-2"),
	    .method = "PUT",
	    .bucket = SPAN_OF("dr-metrics"),
	    .path = SPAN_OF("/tocsin/a b//year=2026/../\xc3\xa9.zst"),
	    .query = SPAN_OF("x-id=PutObject&a"),
	    .headers = headers,
	    .nheaders = 2,
	    .body_fd = file_of("segment"),
	    .body_fd_bytes = 7};
	char hash[65];

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, &reply, 1);
	call.endpoint = span_text(bench.server.url);
	ck_assert_int_eq(
	    aws_sha256_file(hash, call.body_fd, 7, &bench.err), RC_OK);
	call.body_fd_sha256 = hash;
	bench.rc = aws_send(
	    bench.client, &call, "PutObject", &bench.answer, &bench.err);
	ck_assert_msg(bench.rc == RC_OK, "%s", bench.err.text);
	ck_assert_msg(span_starts(buf_span(request),
			  "PUT /dr-metrics/tocsin/a%20b//year%3D2026/../"
			  "%C3%A9.zst?x-id=PutObject&a HTTP/1.1\r\n"),
	    "%s", buf_cstr(request));
	ck_assert(span_is(header_of(request, "x-amz-content-sha256"), hash));
	ck_assert(span_is(header_of(request, "content-length"), "7"));
	ck_assert_ptr_nonnull(strstr(request->bytes,
	    "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;"
	    "x-amz-server-side-encryption, Signature="));
	signature_holds(request, "s3",
	    "/dr-metrics/tocsin/a b//year=2026/../\xc3\xa9.zst", true);
	close(call.body_fd);
	bench_close(&bench);
}
END_TEST

START_TEST(file_hash)
{
	int fd = file_of("Welcome to Amazon S3.!");
	struct err err;
	char hash[65];

	ck_assert_int_eq(aws_sha256_file(hash, fd, 21, &err), RC_OK);
	ck_assert_str_eq(hash,
	    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
	ck_assert_int_eq(aws_sha256_file(hash, fd, 23, &err), RC_REJECT);
	close(fd);
	fd = open("/", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(aws_sha256_file(hash, fd, 21, &err), RC_RETRY);
	close(fd);
}
END_TEST

START_TEST(answers_become_sentences)
{
	static const struct {
		struct reply reply;
		enum rc rc;
		long status;
		const char *text;
	} rows[] = {
	    {{ANSWER("400 Bad", "x-amzn-RequestId: r-1\r\n",
		  XML("Throttling", "<Message>Rate exceeded</Message>")),
		 0, true},
		RC_RETRY, 400,
		"sns Publish in us-east-2: Throttling (request id r-1): "
		"throttled; try later"},
	    {{ANSWER("503 Busy", "", "<html>"), 0, true}, RC_RETRY, 503,
		"sns Publish in us-east-2: status 503: try later"},
	    {{ANSWER("403 No", "x-amzn-RequestId: r-2\r\n",
		  XML("AuthorizationError", "<Message>User x</Message>")),
		 0, true},
		RC_REJECT, 403,
		"sns Publish in us-east-2: AuthorizationError (request id "
		"r-2): allow the IAM action sns:Publish (\"User x\")"},
	    {{ANSWER("404 No", "",
		  XML("NotFound", "<Message>Topic does not exist</Message>")),
		 0, true},
		RC_REJECT, 404,
		"sns Publish in us-east-2: NotFound: "
		"create it, or name another (\"Topic does not exist\")"},
	    {{ANSWER("400 No", "",
		  XML("AuthorizationHeaderMalformed",
		      "<Region>eu-west-1</Region>")),
		 0, true},
		RC_REJECT, 400,
		"sns Publish in us-east-2: AuthorizationHeaderMalformed: "
		"the right Region is eu-west-1"},
	    {{ANSWER("301 Moved", "x-amz-bucket-region: eu-west-2\r\n", ""), 0,
		 true},
		RC_REJECT, 301,
		"sns Publish in us-east-2: status 301: the right Region is "
		"eu-west-2"},
	    {{ANSWER("412 No", "", XML("PreconditionFailed", "")), 0, true},
		RC_REJECT, 412, "sns Publish in us-east-2: PreconditionFailed"},
	    {{ANSWER("200 OK", "", XML("InternalError", "")), 0, true}, RC_OK,
		200, ""},
	};

	keys_set("AKIDEXAMPLE", SECRET, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bench bench;

		bench_open(&bench, &rows[i].reply, 1);
		send_publish(&bench);
		ck_assert_str_eq(bench.err.text, rows[i].text);
		ck_assert_int_eq(bench.rc, rows[i].rc);
		ck_assert_int_eq(bench.answer.status, rows[i].status);
		bench_close(&bench);
	}
}
END_TEST

/* S3 alone answers 200 and then says otherwise. */
START_TEST(error_behind_200)
{
	static const struct reply replies[] = {
	    {ANSWER("200 OK", "", XML("InternalError", "")), 0, true},
	    {ANSWER("200 OK", "", XML("Strange", "")), 0, true},
	    {ANSWER("200 OK", "", XML("InternalError", "")), 0, true}};
	struct bench bench;
	struct aws_call call = {.service = "s3",
	    .region = SPAN_OF("us-east-2"),
	    .method = "POST",
	    .bucket = SPAN_OF("dr-metrics"),
	    .path = SPAN_OF("/key")};

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, replies, 3);
	call.endpoint = span_text(bench.server.url);
	for (int i = 0; i < 2; i++) {
		bench.rc = aws_send(bench.client, &call,
		    "CompleteMultipartUpload", &bench.answer, &bench.err);
		ck_assert_int_eq(bench.rc, RC_RETRY);
	}
	call.method = "GET";
	bench.rc = aws_send(
	    bench.client, &call, "GetObject", &bench.answer, &bench.err);
	ck_assert_int_eq(bench.rc, RC_OK);
	bench_close(&bench);
}
END_TEST

#define LATER_DATE "Date: Sun, 06 Jan 2041 10:00:00 GMT\r\n"

START_TEST(clock_is_followed_for_signing)
{
	static const struct reply replies[] = {
	    {ANSWER("403 No", LATER_DATE, XML("RequestTimeTooSkewed", "")), 0,
		true},
	    REPLY_OK,
	    {ANSWER("403 No", LATER_DATE, XML("SignatureDoesNotMatch", "")), 0,
		true},
	    {ANSWER("403 No", "Date: Sun, 06 Jan 2041 11:00:00 GMT\r\n",
		 XML("SignatureDoesNotMatch", "")),
		0, true},
	    {ANSWER("403 No", "Date: Sun, 06 Jan 2041 12:00:00 GMT\r\n",
		 XML("RequestTimeTooSkewed", "")),
		0, true},
	    {ANSWER("403 No", "Date: Fri, 01 Jan 2990 00:00:00 GMT\r\n",
		 XML("SignatureDoesNotMatch", "")),
		0, true},
	    REPLY_OK};
	static const struct {
		enum rc rc;
		size_t requests;
		const char *text, *last_date;
	} calls[] = {/* Followed, and the call goes out anew. */
	    {RC_OK, 2, "", "20410106T10"},
	    /* Agrees by now: it is the key. */
	    {RC_RETRY, 3, "check the secret access key", "20410106T10"},
	    /* Another hour; and still another, which one call bears not. */
	    {RC_RETRY, 5, "set this machine's clock", "20410106T11"},
	    /* Not to be believed. */
	    {RC_RETRY, 6, "check the secret access key", "20410106T11"},
	    {RC_OK, 7, "", "20410106T11"}};
	struct bench bench;

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, replies, 7);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct span date;

		send_publish(&bench);
		ck_assert_msg(bench.rc == calls[i].rc, "%zu: %d %s", i,
		    bench.rc, bench.err.text);
		ck_assert_msg(strstr(bench.err.text, calls[i].text) != NULL,
		    "%zu: %s", i, bench.err.text);
		ck_assert_uint_eq(
		    server_requests(&bench.server), calls[i].requests);
		date = header_of(&bench.server.requests[calls[i].requests - 1],
		    "x-amz-date");
		ck_assert_msg(span_starts(date, calls[i].last_date),
		    "%zu: %.*s", i, SPAN_ARGS(date));
	}
	ck_assert(span_starts(
	    header_of(&bench.server.requests[0], "x-amz-date"), "20"));
	bench_close(&bench);
}
END_TEST

START_TEST(expired_credentials_are_read_again)
{
	static const struct reply expired = {
	    ANSWER("403 No", "", XML("ExpiredToken", "")), 0, true};
	static const struct reply good = REPLY_OK;
	const struct reply replies[] = {good, expired, good, expired};
	struct bench bench;
	static const char *const ids[] = {"OLD", "OLD", "NEW", "NEW"};

	keys_set("OLD", SECRET, "t");
	bench_open(&bench, replies, 4);
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_OK);
	keys_set("NEW", SECRET, "u");
	send_publish(&bench); /* twice: the second time with the new ones */
	ck_assert_int_eq(bench.rc, RC_OK);
	send_publish(&bench); /* there are no newer ones */
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_str_eq(bench.err.text,
	    "sns Publish in us-east-2: ExpiredToken: renew the credentials");
	ck_assert_uint_eq(server_requests(&bench.server), 4);
	for (size_t i = 0; i < 4; i++) {
		char want[64];

		snprintf(want, sizeof(want), "AWS4-HMAC-SHA256 Credential=%s/",
		    ids[i]);
		ck_assert(span_starts(
		    header_of(&bench.server.requests[i], "authorization"),
		    want));
	}
	bench_close(&bench);
}
END_TEST

START_TEST(credentials_may_come_later)
{
	static const struct reply reply = REPLY_OK;
	struct bench bench;

	keys_set("", "", "");
	bench_open(&bench, &reply, 1);
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_str_eq(bench.err.text,
	    "sns Publish in us-east-2: no AWS credentials: set "
	    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put both keys "
	    "under [default] in /nowhere/.aws/credentials");
	ck_assert_uint_eq(server_requests(&bench.server), 0);
	keys_set("AKIDEXAMPLE", SECRET, "");
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_OK);
	bench_close(&bench);
}
END_TEST

START_TEST(no_service_there)
{
	static const struct reply reply = REPLY_OK;
	struct bench bench;
	struct aws_call call;

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, &reply, 1);
	call = publish(&bench);
	call.endpoint = SPAN_OF("http://127.0.0.1:1");
	bench.answer.status = 7;
	bench.rc =
	    aws_send(bench.client, &call, "Publish", &bench.answer, &bench.err);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_int_eq(bench.answer.status, 0);
	ck_assert_ptr_nonnull(strstr(
	    bench.err.text, "sns Publish in us-east-2: http://127.0.0.1:1: "));
	call.endpoint = SPAN_OF("127.0.0.1:1");
	bench.answer.status = 7;
	bench.rc =
	    aws_send(bench.client, &call, "Publish", &bench.answer, &bench.err);
	ck_assert_int_eq(bench.rc, RC_REJECT);
	ck_assert_int_eq(bench.answer.status, 0);
	bench_close(&bench);
}
END_TEST

static void *
send_often(void *context)
{
	struct bench *bench = context;
	struct http_answer answer = {0};
	struct aws_call call = publish(bench);
	struct err err;

	for (int i = 0; i < 25; i++) {
		enum rc rc =
		    aws_send(bench->client, &call, "Publish", &answer, &err);

		ck_assert(rc == RC_OK || rc == RC_RETRY);
	}
	http_answer_fini(&answer);
	return NULL;
}

START_TEST(threads_share_a_client)
{
	static const struct reply replies[] = {REPLY_OK, REPLY_OK,
	    {.text = "HTTP/1.1 403 No\r\n" LATER_DATE
		     "Content-Length: 35\r\n\r\n"
		     "<Code>RequestTimeTooSkewed</Code>  "},
	    {.text = "HTTP/1.1 403 No\r\nContent-Length: 27\r\n\r\n"
		     "<Code>ExpiredToken</Code>  "},
	    REPLY_OK};
	struct bench bench;
	pthread_t threads[4];

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, replies, 5);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, send_often, &bench);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	/* One goes out anew because of the clock. */
	ck_assert_uint_eq(server_requests(&bench.server), 101);
	signature_holds(&bench.server.requests[100], "sns", "/", false);
	bench_close(&bench);
}
END_TEST

TEST_MAIN("client", publish_is_signed_as_sent, put_is_signed_as_sent, file_hash,
    answers_become_sentences, error_behind_200, clock_is_followed_for_signing,
    expired_credentials_are_read_again, credentials_may_come_later,
    no_service_there, threads_share_a_client)
