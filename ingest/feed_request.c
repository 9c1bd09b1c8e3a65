#include "ingest/feed_request.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/envelope.h"
#include "ingest/feed_header.h"
#include "ingest/feed_reply.h"
#include "ingest/feed_server.h"
#include "ingest/framing.h"
#include "ingest/inflate.h"

/* Room made for a body before it comes. */
#define FEED_BODY_AHEAD ((size_t)(4 * MIB))

static struct feed_connection *
feed_request_connection(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

static enum MHD_Result
feed_request_reply(
    struct feed_request *request, unsigned status, const char *message)
{
	bool early = request->state == FEED_BODY;

	request->state = FEED_REPLIED;
	return feed_reply(
	    request->connection, status, request->id, message, early);
}

bool
feed_request_hold(struct feed_request *request, int64_t bytes)
{
	struct feed_server *server = request->server;
	bool held;

	pthread_mutex_lock(&server->lock);
	held = bytes <= LIMIT_BODIES_TOTAL - server->bodies;
	if (held) {
		server->bodies += bytes;
		request->held += bytes;
	}
	counter_set(&feed_stats[FEED_BODIES], server->bodies);
	pthread_mutex_unlock(&server->lock);
	return held;
}

static void
feed_request_release(struct feed_request *request)
{
	struct feed_server *server = request->server;

	pthread_mutex_lock(&server->lock);
	server->bodies -= request->held;
	request->held = 0;
	counter_set(&feed_stats[FEED_BODIES], server->bodies);
	pthread_mutex_unlock(&server->lock);
	feed_spares_give(&server->spares, &request->spare);
}

/* Where the body goes; at the first call with room for what was announced. */
static struct buf *
feed_request_body(struct feed_request *request)
{
	size_t announced = (size_t)request->held;

	if (request->spare == NULL) {
		request->spare = feed_spares_take(&request->server->spares);
		buf_reserve(&request->spare->body,
		    announced < FEED_BODY_AHEAD ? announced : FEED_BODY_AHEAD);
	}
	return &request->spare->body;
}

static enum MHD_Result
feed_request_create(struct feed_server *server,
    struct MHD_Connection *connection, const char *method, void **context)
{
	struct feed_request *request = calloc(1, sizeof(*request));
	const char *why = NULL;
	unsigned status;

	if (request == NULL)
		log_die("out of memory: request");
	*context = request;
	request->server = server;
	request->connection = connection;
	arena_init(&request->arena);
	pthread_mutex_lock(&server->lock);
	server->nopen++;
	pthread_mutex_unlock(&server->lock);
	status = feed_header_check(request, method, &why);
	return status == 0 ? MHD_YES : feed_request_reply(request, status, why);
}

/* What is left of the body is read and dropped: libmicrohttpd takes an answer
 * before the body or behind it, not within. */
static void
feed_request_refuse(
    struct feed_request *request, unsigned status, const char *why)
{
	request->state = FEED_REFUSED;
	request->status = status;
	err_set(&request->err, RC_REJECT, "%s", why);
	feed_request_release(request);
}

static void
feed_request_data(struct feed_request *request, struct span data)
{
	struct buf *body;
	int64_t more;

	if (request->state != FEED_BODY)
		return;
	body = feed_request_body(request);
	more = (int64_t)(body->len + data.len) - request->held;
	if ((long long)(body->len + data.len) > LIMIT_BODY_BYTES)
		feed_request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
		    "the body is larger than Firehose may send");
	else if (more > 0 && !feed_request_hold(request, more))
		feed_request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "too many bodies at a time");
	else
		buf_span_put(body, data);
}

/* Undoes the body's own gzip. */
static enum rc
feed_request_plain(struct feed_request *request, struct err *err)
{
	struct buf plain = {0}, *body = feed_request_body(request);
	enum inflate verdict;

	if (!request->gzip)
		return RC_OK;
	verdict =
	    inflate_gzip(&plain, buf_span(body), (size_t)LIMIT_BODY_BYTES);
	buf_fini(body);
	*body = plain;
	if (verdict == INFLATE_DONE)
		return RC_OK;
	return verdict == INFLATE_TOO_LARGE
	    ? err_set(err, RC_REJECT, "the body inflates to more than %lld MiB",
		  LIMIT_BODY_BYTES / MIB)
	    : err_set(err, RC_REJECT, "the body is not gzip, or cut");
}

/* Whether some record is not lost to broken framing; an empty one is not. */
static bool
feed_request_readable(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->nrecords; i++)
		if (!framing_none(envelope->records[i]))
			return true;
	return envelope->nrecords == 0;
}

static enum rc
feed_request_parse(
    struct feed_request *request, struct envelope *envelope, struct err *err)
{
	enum rc rc = feed_request_plain(request, err);

	if (rc == RC_OK)
		rc = envelope_parse(envelope, buf_span(&request->spare->body),
		    &request->spare->arena, err);
	if (rc != RC_OK)
		return rc;
	if (envelope->request_id.len == 0)
		return err_set(
		    err, RC_REJECT, "missing request id in the body");
	if (!span_equal(envelope->request_id, request->id))
		return err_set(err, RC_REJECT,
		    "the body has another request id than the header");
	/* Beside good records it would be quarantined; alone it is most likely
	 * another stream, and Firehose keeps what is not taken. */
	if (!feed_request_readable(envelope))
		return err_set(err, RC_REJECT,
		    "no record holds JSON lines or length-delimited "
		    "OpenTelemetry messages");
	return RC_OK;
}

/* Counted when it is kept, whether or not its sender still waits. */
static void
feed_request_count(const struct feed_request *request, bool repeat)
{
	if (repeat) {
		counter_add(&feed_stats[FEED_REPEATS], 1);
		return;
	}
	counter_add(&feed_stats[FEED_RECORDS], (int64_t)request->nrecords);
	counter_add(&feed_stats[FEED_BYTES], (int64_t)request->nbytes);
}

static void
feed_request_answer(void *cls, enum rc rc, bool repeat, const struct err *err)
{
	struct feed_request *request = cls;
	struct feed_server *server = request->server;
	struct MHD_Connection *connection = request->connection;
	struct feed_connection *line = feed_request_connection(connection);

	pthread_mutex_lock(&server->lock);
	invariant(request->state == FEED_KEEPING);
	request->state = FEED_ANSWERED;
	request->status = rc == RC_OK ? MHD_HTTP_OK
	    : rc == RC_REJECT	      ? MHD_HTTP_BAD_REQUEST
				      : MHD_HTTP_SERVICE_UNAVAILABLE;
	err_set(&request->err, rc, "%s",
	    err == NULL || err->text[0] == '\0' ? "not kept, try again"
						: err->text);
	if (line != NULL) {
		line->waiting = false;
		line->since_ms = feed_clock_ms();
	}
	if (rc == RC_OK)
		feed_request_count(request, repeat);
	pthread_mutex_unlock(&server->lock);
	/* From here on the request is its thread's again. */
	MHD_resume_connection(connection);
}

/* From BODY to KEEPING, unless the server is stopping. */
static bool
feed_request_owe(struct feed_request *request)
{
	struct feed_server *server = request->server;
	struct feed_connection *line =
	    feed_request_connection(request->connection);
	bool goes_on;

	pthread_mutex_lock(&server->lock);
	goes_on = !server->stopping;
	if (goes_on) {
		request->state = FEED_KEEPING;
		request->owed = true;
		server->nowed++;
		if (line != NULL)
			line->waiting = true;
	}
	pthread_mutex_unlock(&server->lock);
	return goes_on;
}

static enum MHD_Result
feed_request_give(struct feed_request *request, const struct envelope *envelope,
    int64_t received_ns)
{
	struct feed_server *server = request->server;
	struct entry batch = {.kind = ENTRY_BATCH,
	    .received_ns = received_ns,
	    .source = request->source,
	    .request_id = request->id,
	    .records = envelope->records,
	    .nrecords = envelope->nrecords};

	if (envelope->nrecords == 0) {
		request->state = FEED_ANSWERED;
		return feed_request_reply(request, MHD_HTTP_OK, NULL);
	}
	request->nrecords = envelope->nrecords;
	if (!feed_request_owe(request)) {
		request->state = FEED_ANSWERED;
		return feed_request_reply(
		    request, MHD_HTTP_SERVICE_UNAVAILABLE, "shutting down");
	}
	/* First, since the answer may come before `keep` returns. */
	MHD_suspend_connection(request->connection);
	server->keep(server->cookie, &batch, feed_request_answer, request);
	return MHD_YES;
}

/* The body is whole. What it took is given back before it is answered. */
static enum MHD_Result
feed_request_whole(struct feed_request *request)
{
	struct envelope envelope;
	struct err err = {""};
	enum MHD_Result result;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	request->nbytes = feed_request_body(request)->len;
	if (feed_request_parse(request, &envelope, &err) == RC_OK) {
		result = feed_request_give(request, &envelope,
		    now.tv_sec * 1000000000LL + now.tv_nsec);
	} else {
		request->state = FEED_REFUSED;
		result =
		    feed_request_reply(request, MHD_HTTP_BAD_REQUEST, err.text);
	}
	feed_request_release(request);
	return result;
}

enum MHD_Result
feed_request_handle(void *cls, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *data,
    size_t *size, void **context)
{
	struct feed_request *request = *context;

	(void)url;
	(void)version;
	if (request == NULL)
		return feed_request_create(cls, connection, method, context);
	if (*size > 0) {
		feed_request_data(request, span_make(data, *size));
		*size = 0;
		return MHD_YES;
	}
	switch (request->state) {
	case FEED_BODY:
		return feed_request_whole(request);
	case FEED_REFUSED:
	case FEED_ANSWERED:
		return feed_request_reply(request, request->status,
		    request->status == MHD_HTTP_OK ? NULL : request->err.text);
	default:
		return MHD_YES;
	}
}

void
feed_request_completed(void *cls, struct MHD_Connection *connection,
    void **context, enum MHD_RequestTerminationCode code)
{
	struct feed_server *server = cls;
	struct feed_request *request = *context;
	struct feed_connection *line = feed_request_connection(connection);

	if (request == NULL)
		return;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		counter_add(&feed_stats[FEED_ABORTED], 1);
	feed_request_release(request);
	pthread_mutex_lock(&server->lock);
	invariant(request->state != FEED_KEEPING);
	server->nopen--;
	if (request->owed)
		server->nowed--;
	if (line != NULL)
		line->since_ms = feed_clock_ms();
	/* Nobody waits for this but who stops the server. */
	if (server->draining)
		pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
	arena_fini(&request->arena);
	free(request);
	*context = NULL;
}
