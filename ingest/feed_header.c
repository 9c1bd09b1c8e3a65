#include "ingest/feed_header.h"

#include "base/limits.h"
#include "ingest/feed_check.h"
#include "ingest/feed_request.h"
#include "ingest/feed_server.h"

static struct span
feed_header(struct feed_request *request, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(request->connection, MHD_HEADER_KIND,
		name, strlen(name), &value, &len) != MHD_YES)
		return span_make(NULL, 0);
	return span_make(value, value == NULL ? 0 : len);
}

static enum MHD_Result
feed_header_field(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	feed_check_field(cls, span_make(name, name_len),
	    span_make(value, value == NULL ? 0 : value_len));
	return MHD_YES;
}

/* What Firehose's own headers say. 0: good, else the status. */
static unsigned
feed_header_firehose(struct feed_request *request, const char **why)
{
	struct span version =
	    feed_header(request, "X-Amz-Firehose-Protocol-Version");
	struct span coding = feed_header(request, "Content-Encoding");
	struct span attributes =
	    feed_header(request, "X-Amz-Firehose-Common-Attributes");

	*why = NULL;
	if (request->id.len == 0)
		*why = "missing request id: the header "
		       "X-Amz-Firehose-Request-Id";
	else if (request->id.len > LIMIT_REQUEST_ID)
		*why = "the request id is too long";
	else if (version.at != NULL && !span_is(version, "1.0"))
		*why = "X-Amz-Firehose-Protocol-Version is not 1.0";
	request->gzip = feed_check_same(coding, "gzip");
	if (*why == NULL && coding.at != NULL && !request->gzip &&
	    !feed_check_same(coding, "identity"))
		*why = "Content-Encoding is neither gzip nor identity";
	if (attributes.at != NULL && !feed_check_attributes(attributes))
		counter_add(&feed_stats[FEED_ATTRIBUTES_BAD], 1);
	return *why == NULL ? 0 : MHD_HTTP_BAD_REQUEST;
}

static bool
feed_header_draining(struct feed_server *server)
{
	bool draining;

	pthread_mutex_lock(&server->lock);
	draining = server->draining;
	pthread_mutex_unlock(&server->lock);
	return draining;
}

/* Who it is, before anything else is told to them. */
static unsigned
feed_header_sender(struct feed_request *request, const char **why)
{
	struct feed_server *server = request->server;
	struct span key = feed_header(request, "X-Amz-Firehose-Access-Key");

	if (!feed_tls_peer(&server->tls, request->connection)) {
		*why = "a client certificate is wanted";
		return MHD_HTTP_UNAUTHORIZED;
	}
	if (!feed_keys_match(&server->keys, key, &request->source)) {
		*why = "invalid access key";
		return MHD_HTTP_UNAUTHORIZED;
	}
	if (feed_header_draining(server)) {
		*why = "shutting down";
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return 0;
}

/* Room for the body. */
static unsigned
feed_header_room(struct feed_request *request, const struct feed_check *check,
    const char **why)
{
	if (check->content_length > (uint64_t)LIMIT_BODY_BYTES) {
		*why = "the body is larger than Firehose may send";
		return MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (!feed_request_hold(request, (int64_t)check->content_length)) {
		*why = "too many bodies at a time";
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return 0;
}

unsigned
feed_header_check(
    struct feed_request *request, const char *method, const char **why)
{
	bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	struct feed_check check;
	unsigned status = 0;

	request->id = arena_copy(
	    &request->arena, feed_header(request, "X-Amz-Firehose-Request-Id"));
	feed_check_init(&check);
	MHD_get_connection_values_n(
	    request->connection, MHD_HEADER_KIND, feed_header_field, &check);
	*why = feed_check_end(&check, post);
	if (*why != NULL)
		return MHD_HTTP_BAD_REQUEST;
	if (!post) {
		*why = "only POST is taken";
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	status = feed_header_sender(request, why);
	if (status == 0)
		status = feed_header_firehose(request, why);
	if (status == 0)
		status = feed_header_room(request, &check, why);
	return status;
}
