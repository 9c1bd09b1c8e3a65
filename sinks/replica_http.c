/* firehose_http: the records posted over the Firehose HTTP protocol to any
 * receiver, another tocsin included. */
#include <stddef.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "sinks/firehose_request.h"
#include "sinks/replica_kind.h"

#define REPLICA_HTTP_TIMEOUT_MS 60000

const struct option firehose_http_options[] = {
    {"url", OPTION_TEXT, offsetof(struct replica_config, url), NULL, 0, 0,
	"address of the receiver"},
    {"access_key_file", OPTION_PATH,
	offsetof(struct replica_config, access_key_file), NULL, 0, 0,
	"file whose first line is the access key to send"},
    {0}};

struct replica_http {
	struct arena arena;
	struct http *http;
	const char *url, *key_file, *arn;
	struct buf key;
	/* The item. */
	uint64_t seq;
	size_t first, count;
	struct buf id, body;
};

/* The first line that is not blank, without the space around it. */
static enum rc
replica_http_key(struct replica_http *self, struct err *err)
{
	struct buf text = {0};
	struct span line;
	enum rc rc;

	if (self->key_file == NULL)
		return RC_OK;
	rc = secret_read(self->key_file, self->key.len == 0, &text, err);
	line = secret_line(&text);
	if (rc == RC_OK && (line.len == 0 || line.len > LIMIT_ACCESS_KEY))
		rc = err_set(err, RC_FATAL,
		    "%s: the first line must be an access key of 1 to %d bytes",
		    self->key_file, LIMIT_ACCESS_KEY);
	if (rc == RC_OK) {
		buf_clear(&self->key);
		buf_span_put(&self->key, line);
	}
	secret_fini(&text);
	return rc;
}

static enum rc
replica_http_check(const struct replica_config *config, struct err *err)
{
	/* It would stand in logs. */
	if (config->url.len > 0 &&
	    memchr(config->url.at, '@', config->url.len) != NULL)
		return err_set(err, RC_FATAL,
		    "no user in the url, please; give access_key_file");
	return RC_OK;
}

static void
replica_http_close(void **kind)
{
	struct replica_http *self = *kind;

	secret_fini(&self->key);
	buf_fini(&self->id);
	buf_fini(&self->body);
	arena_fini(&self->arena);
	free(self);
	*kind = NULL;
}

static enum rc
replica_http_open(
    void **kind, const struct replica_setup *setup, struct err *err)
{
	const struct replica_config *config = setup->config;
	struct replica_http *self = calloc(1, sizeof(*self));
	enum rc rc;

	if (self == NULL)
		log_die("out of memory: replica");
	*kind = self;
	arena_init(&self->arena);
	self->http = setup->http;
	self->url = arena_text(&self->arena, config->url);
	if (config->access_key_file.len > 0)
		self->key_file =
		    arena_text(&self->arena, config->access_key_file);
	self->arn = arena_printf(&self->arena,
	    "arn:aws:firehose:::deliverystream/tocsin-%.*s",
	    SPAN_ARGS(config->name));
	rc = replica_http_key(self, err);
	if (rc != RC_OK)
		replica_http_close(kind);
	return rc;
}

static enum rc
replica_http_pack(void *kind, struct replica_load *load, struct err *err)
{
	struct replica_http *self = kind;

	(void)err;
	if (load->record == load->nrecords)
		return RC_AGAIN;
	self->seq = load->seq;
	self->first = load->record;
	self->count = firehose_request_fit(load, LIMIT_BODY_PLAIN);
	buf_clear(&self->id);
	buf_span_put(&self->id, load->id);
	load->parts++;
	if (self->count < load->nrecords)
		buf_printf(&self->id, "-%zu", load->parts);
	buf_clear(&self->body);
	firehose_request_print(
	    &self->body, buf_span(&self->id), load, self->count);
	load->record += self->count;
	return RC_OK;
}

static enum rc
replica_http_send(void *kind, bool *progress, struct err *err)
{
	struct replica_http *self = kind;
	const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/json")},
	    {"X-Amz-Firehose-Protocol-Version", SPAN_OF("1.0")},
	    {"X-Amz-Firehose-Request-Id", buf_span(&self->id)},
	    {"X-Amz-Firehose-Source-Arn", span_text(self->arn)},
	    {"X-Amz-Firehose-Access-Key", buf_span(&self->key)}};
	const struct http_request request = {.method = "POST",
	    .url = self->url,
	    .headers = headers,
	    .nheaders = self->key_file == NULL ? 4 : 5,
	    .body = buf_span(&self->body),
	    .timeout_ms = REPLICA_HTTP_TIMEOUT_MS};
	struct http_answer answer = {0};
	struct err ignored;
	enum rc rc = http_send(self->http, &request, &answer, err);

	if (rc == RC_OK)
		rc = firehose_answer(answer.status, buf_span(&answer.body),
		    buf_span(&self->id), err);
	else /* the address or the key is bad, not this batch */
		rc = RC_RETRY;
	if (answer.status == 401 || answer.status == 403)
		replica_http_key(self, &ignored);
	http_answer_fini(&answer);
	*progress = rc == RC_OK;
	return rc;
}

/* The records stay in the journal; here is which they are. */
static void
replica_http_dead(void *kind, struct buf *out)
{
	struct replica_http *self = kind;

	buf_printf(
	    out, "{\"seq\":%llu,\"requestId\":", (unsigned long long)self->seq);
	buf_json(out, buf_span(&self->id));
	buf_printf(
	    out, ",\"first\":%zu,\"records\":%zu}", self->first, self->count);
}

static const char *const replica_http_required[] = {"url", NULL};

const struct replica_kind replica_http = {.name = "firehose_http",
    .options = firehose_http_options,
    .required = replica_http_required,
    .check = replica_http_check,
    .open = replica_http_open,
    .pack = replica_http_pack,
    .send = replica_http_send,
    .dead = replica_http_dead,
    .close = replica_http_close};
