#include "aws/attempt.h"

#include <stdio.h>

#include "aws/aws_stats.h"
#include "base/log.h"

/* Services bear 5 to 15 minutes; less than this is not what they mean. */
#define SKEW_MS (5 * 60 * 1000LL)
/* 2000-01-01 and 2100-01-01: a Date outside is no clock to follow. */
#define DATE_MIN_MS 946684800000LL
#define DATE_MAX_MS 4102444800000LL

/* What one attempt needs while it lasts. */
struct sending {
	struct attempt *attempt;
	const struct aws_call *call;
	struct arena arena;
	struct endpoint endpoint;
	char hash[65];
	struct sigv4_scope scope;
	struct http_header *headers;
	size_t nheaders;
	const char *url;
};

static bool
is_s3(const struct sending *sending)
{
	return strcmp(sending->call->service, "s3") == 0;
}

static void
header_put(struct sending *sending, const char *name, struct span value)
{
	sending->headers[sending->nheaders++] =
	    (struct http_header){name, value};
}

/* All that is signed, and then the signature itself gets its place. */
static void
headers_make(struct sending *sending)
{
	const struct aws_call *call = sending->call;
	const struct credentials *credentials = sending->attempt->credentials;

	sending->headers = arena_alloc(
	    &sending->arena, (call->nheaders + 5) * sizeof(*sending->headers));
	header_put(sending, "host", sending->endpoint.host);
	header_put(sending, "x-amz-date", span_text(sending->scope.timestamp));
	if (is_s3(sending))
		header_put(
		    sending, "x-amz-content-sha256", span_text(sending->hash));
	if (credentials != NULL && credentials->session_token.len > 0)
		header_put(sending, "x-amz-security-token",
		    credentials->session_token);
	for (size_t i = 0; i < call->nheaders; i++)
		header_put(
		    sending, call->headers[i].name, call->headers[i].value);
}

/* Over TLS nobody can change the bytes on their way; what is sent in the clear
 * is signed in any case. */
static enum rc
payload_hash(struct sending *sending, struct err *err)
{
	const struct aws_call *call = sending->call;

	if (call->unsigned_payload && is_s3(sending) &&
	    strcmp(sending->endpoint.scheme, "https") == 0) {
		snprintf(
		    sending->hash, sizeof(sending->hash), "UNSIGNED-PAYLOAD");
		return RC_OK;
	}
	if (call->body_fd <= 0) {
		sigv4_sha256_hex(sending->hash, call->body);
		return RC_OK;
	}
	if (call->body_fd_sha256 == NULL)
		return aws_sha256_file(
		    sending->hash, call->body_fd, call->body_fd_bytes, err);
	invariant(strlen(call->body_fd_sha256) == 64);
	memcpy(sending->hash, call->body_fd_sha256, 65);
	return RC_OK;
}

static void
sending_sign(struct sending *sending, struct span path)
{
	const struct aws_call *call = sending->call;
	struct sigv4_header *signs =
	    arena_alloc(&sending->arena, sending->nheaders * sizeof(*signs));
	struct sigv4_request request = {.method = span_text(call->method),
	    .path = path,
	    .query = call->query,
	    .headers = signs,
	    .nheaders = sending->nheaders,
	    .payload_hash = span_text(sending->hash),
	    .normalize_path = !is_s3(sending),
	    .double_encode = !is_s3(sending)};
	struct buf value = {0};

	for (size_t i = 0; i < sending->nheaders; i++)
		signs[i] =
		    (struct sigv4_header){span_text(sending->headers[i].name),
			sending->headers[i].value};
	sigv4_authorization(
	    &value, &request, &sending->scope, sending->attempt->credentials);
	header_put(sending, "authorization",
	    arena_copy(&sending->arena, buf_span(&value)));
	buf_fini(&value);
}

/* The URL is made by the encoder that the signature uses, so that what is
 * sent is what was signed. */
static void
sending_make(struct sending *sending)
{
	const struct aws_call *call = sending->call;
	struct buf path = {0}, url = {0};

	sending->scope = (struct sigv4_scope){
	    .region = call->region, .service = span_text(call->service)};
	sigv4_timestamp(sending->scope.timestamp,
	    aws_clock_ms() + sending->attempt->skew_ms);
	buf_span_put(&path, sending->endpoint.path);
	buf_span_put(&path, call->path);
	headers_make(sending);
	if (sending->attempt->credentials != NULL)
		sending_sign(sending, buf_span(&path));

	buf_printf(&url, "%s://", sending->endpoint.scheme);
	buf_span_put(&url, sending->endpoint.host);
	sigv4_encode(&url, buf_span(&path), true);
	if (call->query.len > 0) {
		buf_byte(&url, '?');
		buf_span_put(&url, call->query);
	}
	sending->url = arena_text(&sending->arena, buf_span(&url));
	buf_fini(&path);
	buf_fini(&url);
}

/* S3 may begin a long answer with 200 and end it with an error
 * (CompleteMultipartUpload, CopyObject); objects themselves come by GET. */
static bool
succeeded(const struct sending *sending, const struct http_answer *answer)
{
	if (answer->status < 200 || answer->status > 299)
		return false;
	return !is_s3(sending) || strcmp(sending->call->method, "GET") == 0 ||
	    answer->body.len == 0 ||
	    memmem(answer->body.bytes, answer->body.len, "<Error>", 7) == NULL;
}

static void
advice_put(struct buf *out, const struct sending *sending,
    const struct verdict *verdict, const struct http_answer *answer)
{
	struct span body = buf_span(&answer->body);
	struct span region = verdict_region(body);
	struct span message = verdict_message(body);

	if (region.len == 0)
		region = span_text(answer->bucket_region);
	if (verdict->cause == VERDICT_ACCESS) {
		buf_text(out, ": allow the IAM action ");
		verdict_action(
		    out, sending->call->service, sending->attempt->operation);
	} else if (verdict->cause == VERDICT_REGION && region.len > 0) {
		buf_printf(
		    out, ": the right Region is %.*s", SPAN_ARGS(region));
	} else if (verdict->advice != NULL) {
		buf_printf(out, ": %s", verdict->advice);
	}
	if (message.len > 0 && verdict->rc == RC_REJECT)
		buf_printf(out, " (\"%.*s\")", SPAN_ARGS(message));
}

/* SERVICE OPERATION in REGION: CODE (request id …): what to do ("…") */
static enum rc
verdict_say(const struct sending *sending, const struct verdict *verdict,
    const struct http_answer *answer, struct err *err)
{
	struct span code =
	    verdict_code_of(buf_span(&answer->body), answer->error_type);
	struct buf text = {0};

	if (code.len > 0)
		buf_printf(&text, "%.*s", SPAN_ARGS(code));
	else
		buf_printf(&text, "status %ld", answer->status);
	if (answer->request_id[0] != '\0')
		buf_printf(&text, " (request id %s)", answer->request_id);
	advice_put(&text, sending, verdict, answer);
	err_set(err, verdict->rc, "%s %s in %.*s: %s", sending->call->service,
	    sending->attempt->operation, SPAN_ARGS(sending->call->region),
	    buf_cstr(&text));
	buf_fini(&text);
	return verdict->rc;
}

static enum rc
answer_read(
    struct sending *sending, const struct http_answer *answer, struct err *err)
{
	struct verdict *verdict = &sending->attempt->verdict;

	if (succeeded(sending, answer))
		return RC_OK;
	/* An error behind a 200 is one of the service. */
	*verdict = verdict_of(answer->status < 300 ? 500 : answer->status,
	    verdict_code_of(buf_span(&answer->body), answer->error_type));
	return verdict_say(sending, verdict, answer, err);
}

static enum rc
sending_run(struct sending *sending, struct http *http,
    struct http_answer *answer, struct err *err)
{
	const struct aws_call *call = sending->call;
	struct http_request request = {.method = call->method,
	    .body = call->body,
	    .body_fd = call->body_fd,
	    .body_fd_bytes = call->body_fd_bytes,
	    .timeout_ms = sending->attempt->timeout_ms,
	    .wanted = call->wanted};
	enum rc rc = endpoint_find(&sending->arena, sending->attempt->rules,
	    call->service, call->region, call->bucket, call->endpoint,
	    &sending->endpoint, err);

	if (rc == RC_OK)
		rc = payload_hash(sending, err);
	if (rc == RC_OK) {
		sending_make(sending);
		request.url = sending->url;
		request.headers = sending->headers;
		request.nheaders = sending->nheaders;
		rc = http_send(http, &request, answer, err);
	}
	if (rc == RC_OK)
		return answer_read(sending, answer, err);
	err_prefix(err, "%s %s in %.*s", call->service,
	    sending->attempt->operation, SPAN_ARGS(call->region));
	return rc;
}

enum rc
attempt_make(struct attempt *attempt, struct http *http,
    struct http_answer *answer, struct err *err)
{
	struct sending sending = {.attempt = attempt, .call = attempt->call};
	enum rc rc;

	attempt->verdict = (struct verdict){0};
	http_answer_clear(answer);
	arena_init(&sending.arena);
	rc = sending_run(&sending, http, answer, err);
	arena_fini(&sending.arena);
	return rc;
}

bool
attempt_adjust(const struct attempt *attempt, const struct http_answer *answer,
    _Atomic int64_t *skew_ms)
{
	int64_t new_ms = answer->date_ms - aws_clock_ms();
	int64_t change_ms = new_ms - attempt->skew_ms;

	if ((attempt->verdict.cause != VERDICT_CLOCK &&
		attempt->verdict.cause != VERDICT_SIGNED) ||
	    answer->date_ms < DATE_MIN_MS || answer->date_ms > DATE_MAX_MS ||
	    (change_ms <= SKEW_MS && change_ms >= -SKEW_MS))
		return false;
	atomic_store(skew_ms, new_ms);
	counter_set(&aws_stats[AWS_CLOCK_OFF], new_ms);
	log_warn("clock_off",
	    "service=%s seconds=%lld note=\"signing goes by the service's "
	    "clock; set this machine's\"",
	    attempt->call->service, (long long)new_ms / 1000);
	return true;
}
