#include "sinks/replica_put.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"

#define REPLICA_PUT_TIMEOUT_MS 60000

enum rc
replica_put_check(const struct replica_config *config, const char *others,
    size_t most, struct err *err)
{
	const char *service = config->kind->name;
	struct span stream = config->stream;

	if (config->region.len == 0)
		return err_set(err, RC_FATAL,
		    "%s has no Region: set region here or at the top", service);
	for (size_t i = 0; i < stream.len; i++)
		if (!isalnum((unsigned char)stream.at[i]) &&
		    (stream.at[i] == '\0' ||
			strchr(others, stream.at[i]) == NULL))
			return err_set(err, RC_FATAL,
			    "%s: a stream's name has letters, digits, '_', "
			    "'-' and '.', not as \"%.*s\"",
			    service, SPAN_ARGS(stream));
	if (stream.len > most)
		return err_set(err, RC_FATAL,
		    "%s: a stream's name has at most %zu characters", service,
		    most);
	return RC_OK;
}

void
replica_put_open(void **kind, const struct replica_setup *setup,
    const struct replica_put_service *service,
    const struct replica_pack_rule *rule)
{
	struct replica_put *put = calloc(1, sizeof(*put));

	if (put == NULL)
		log_die("out of memory: replica");
	put->service = service;
	put->setup = *setup;
	put->rule = *rule;
	replica_pack_init(&put->pack);
	*kind = put;
}

void
replica_put_close(void **kind)
{
	struct replica_put *put = *kind;

	replica_pack_fini(&put->pack);
	buf_fini(&put->body);
	free(put);
	*kind = NULL;
}

enum rc
replica_put_pack(void *kind, struct replica_load *load, struct err *err)
{
	struct replica_put *put = kind;

	return replica_pack_fill(&put->pack, &put->rule, load, err);
}

void
replica_put_dead(void *kind, struct buf *out)
{
	const struct replica_put *put = kind;

	replica_pack_dead(&put->pack, out);
}

/* The request with the messages that are not done yet. */
static void
replica_put_print(struct replica_put *put)
{
	const struct replica_config *config = put->setup.config;
	struct buf *body = &put->body;
	bool some = false;

	buf_clear(body);
	buf_byte(body, '{');
	put->service->stream(config->stream, body);
	buf_text(body, ",\"Records\":[");
	for (size_t i = 0; i < put->pack.count; i++) {
		if (put->pack.messages[i].done)
			continue;
		if (some)
			buf_byte(body, ',');
		put->service->record(config, &put->pack.messages[i], body);
		some = true;
	}
	buf_text(body, "]}");
}

/* What an answer says: of each record, in the order they were sent. */
struct replica_put_reading {
	struct json json;
	bool *failed; /* room for `most` */
	size_t count, most;
	struct json_text code, message; /* of the first that failed */
};

static void
replica_put_row(struct replica_put_reading *reading)
{
	struct json *json = &reading->json;
	struct json_text key, text, code = {0}, message = {0};

	if (!json_enter(json, '{'))
		return;
	while (json_member(json, &key)) {
		bool is_code = span_is(key.raw, "ErrorCode");

		if ((!is_code && !span_is(key.raw, "ErrorMessage")) ||
		    json_kind(json) != JSON_STRING)
			json_skip(json);
		else if (json_string(json, &text))
			*(is_code ? &code : &message) = text;
	}
	if (reading->count < reading->most)
		reading->failed[reading->count] = code.raw.len > 0;
	reading->count++;
	if (code.raw.len > 0 && reading->code.raw.len == 0) {
		reading->code = code;
		reading->message = message;
	}
}

/* False: not an answer to what was sent. */
static bool
replica_put_read(struct replica_put_reading *reading, const char *results)
{
	struct json *json = &reading->json;
	struct json_text key;

	if (json_enter(json, '{'))
		while (json_member(json, &key)) {
			if (!span_is(key.raw, results) ||
			    json_kind(json) != JSON_ARRAY) {
				json_skip(json);
				continue;
			}
			if (json_enter(json, '['))
				while (json_element(json))
					replica_put_row(reading);
		}
	return json->fault == NULL && json_done(json) &&
	    reading->count == reading->most;
}

static size_t
replica_put_mark(struct replica_pack *pack, const bool *failed)
{
	size_t at = 0, refused = 0;

	for (size_t i = 0; i < pack->count; i++) {
		if (pack->messages[i].done)
			continue;
		refused += failed[at];
		pack->messages[i].done = !failed[at++];
	}
	return refused;
}

enum rc
replica_put_answer(struct replica_put *put, struct span answer, bool *progress,
    struct err *err)
{
	const struct replica_put_service *service = put->service;
	struct replica_put_reading reading = {
	    .most = replica_pack_left(&put->pack)};
	size_t refused;
	enum rc rc = RC_OK;

	reading.failed = calloc(reading.most + 1, sizeof(bool));
	if (reading.failed == NULL)
		log_die("out of memory: answer to a replica");
	json_init(&reading.json, answer);
	if (!replica_put_read(&reading, service->results)) {
		rc = err_set(err, RC_RETRY,
		    "%s %s: answered 200, but not for each of the %zu records",
		    service->service, service->operation, reading.most);
	} else if ((refused = replica_put_mark(&put->pack, reading.failed)) >
	    0) {
		*progress = refused < reading.most;
		if (reading.message.raw.len > 200)
			reading.message.raw.len = 200;
		rc = err_set(err, RC_RETRY,
		    "%s %s: %zu of %zu records were not taken: %.*s: %.*s",
		    service->service, service->operation, refused, reading.most,
		    SPAN_ARGS(reading.code.raw),
		    SPAN_ARGS(reading.message.raw));
	}
	free(reading.failed);
	return rc;
}

/* Whether it is the request itself that cannot be taken. */
static bool
replica_put_is_bad(const struct http_answer *answer)
{
	static const char *const codes[] = {"InvalidArgumentException",
	    "ValidationException", "SerializationException"};
	struct span code = aws_error_code(buf_span(&answer->body));

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (span_is(code, codes[i]))
			return true;
	return answer->status == 413;
}

enum rc
replica_put_send(void *kind, bool *progress, struct err *err)
{
	struct replica_put *put = kind;
	const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/x-amz-json-1.1")},
	    {"X-Amz-Target", span_text(put->service->target)}};
	struct aws_call call = {.service = put->service->service,
	    .region = put->setup.config->region,
	    .endpoint = put->setup.config->endpoint,
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = headers,
	    .nheaders = 2,
	    .timeout_ms = REPLICA_PUT_TIMEOUT_MS};
	struct http_answer answer = {0};
	enum rc rc;

	replica_put_print(put);
	call.body = buf_span(&put->body);
	rc = aws_send(
	    put->setup.aws, &call, put->service->operation, &answer, err);
	if (rc == RC_OK)
		rc = replica_put_answer(
		    put, buf_span(&answer.body), progress, err);
	else if (rc != RC_REJECT || !replica_put_is_bad(&answer))
		rc = RC_RETRY;
	http_answer_fini(&answer);
	return rc;
}
