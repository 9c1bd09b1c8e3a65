#include "ingest/feed_reply.h"

#include "base/buf.h"
#include "ingest/feed_server.h"

static void
feed_reply_count(unsigned status)
{
	static const struct {
		unsigned status;
		int row;
	} rows[] = {{MHD_HTTP_OK, FEED_REQUESTS_200},
	    {MHD_HTTP_BAD_REQUEST, FEED_REQUESTS_400},
	    {MHD_HTTP_UNAUTHORIZED, FEED_REQUESTS_401},
	    {MHD_HTTP_METHOD_NOT_ALLOWED, FEED_REQUESTS_405},
	    {MHD_HTTP_CONTENT_TOO_LARGE, FEED_REQUESTS_413},
	    {MHD_HTTP_SERVICE_UNAVAILABLE, FEED_REQUESTS_503}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].status == status)
			counter_add(&feed_stats[rows[i].row], 1);
}

enum MHD_Result
feed_reply(struct MHD_Connection *connection, unsigned status,
    struct span request_id, const char *message, bool close)
{
	struct buf body = {0};
	struct MHD_Response *response;
	enum MHD_Result result;

	buf_text(&body, "{\"requestId\":");
	buf_json(&body, request_id);
	buf_printf(&body, ",\"timestamp\":%lld", (long long)feed_calendar_ms());
	if (message != NULL) {
		buf_text(&body, ",\"errorMessage\":");
		buf_json_text(&body, message);
	}
	buf_byte(&body, '}');
	response = MHD_create_response_from_buffer(
	    body.len, body.bytes, MHD_RESPMEM_MUST_COPY);
	buf_fini(&body);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(
		    response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_POST);
	if (close)
		MHD_add_response_header(
		    response, MHD_HTTP_HEADER_CONNECTION, "close");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	if (result == MHD_YES)
		feed_reply_count(status);
	return result;
}
