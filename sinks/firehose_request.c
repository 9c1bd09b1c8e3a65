#include "sinks/firehose_request.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "sinks/base64.h"

/* Room for the body's own words, the id among them. */
#define FIREHOSE_AROUND 512
#define FIREHOSE_RECORD_AROUND 12 /* {"data":""}, */

size_t
firehose_request_fit(const struct replica_load *load, size_t limit_bytes)
{
	size_t left = load->nrecords - load->record;
	size_t bytes = FIREHOSE_AROUND, count = 0;

	while (count < left && count < LIMIT_RECORDS) {
		bytes += FIREHOSE_RECORD_AROUND +
		    base64_size(load->records[load->record + count].len);
		if (bytes > limit_bytes && count > 0)
			break;
		count++;
	}
	return count;
}

void
firehose_request_print(struct buf *out, struct span id,
    const struct replica_load *load, size_t count)
{
	const struct span *record = load->records + load->record;

	buf_text(out, "{\"requestId\":");
	buf_json(out, id);
	buf_printf(out, ",\"timestamp\":%lld,\"records\":[",
	    (long long)load->arrival_ms);
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i > 0 ? ",{\"data\":\"" : "{\"data\":\"");
		base64_print(out, record[i]);
		buf_text(out, "\"}");
	}
	buf_text(out, "]}");
}

/* False when the body is not the answer that the protocol wants. */
static bool
firehose_answer_read(struct span body, struct arena *arena, struct span *id,
    struct span *message)
{
	struct json_text key, text;
	struct json json;

	json_init(&json, body);
	if (json_enter(&json, '{'))
		while (json_member(&json, &key)) {
			bool is_id = span_is(key.raw, "requestId");

			if ((!is_id && !span_is(key.raw, "errorMessage")) ||
			    json_kind(&json) != JSON_STRING)
				json_skip(&json);
			else if (json_string(&json, &text))
				*(is_id ? id : message) =
				    json_unescape(arena, text);
		}
	return json.fault == NULL && json_done(&json);
}

enum rc
firehose_answer(long status, struct span body, struct span id, struct err *err)
{
	struct span answered = {"", 0}, message = {"", 0};
	struct arena arena;
	enum rc rc = RC_RETRY;
	bool good;

	arena_init(&arena);
	good = firehose_answer_read(body, &arena, &answered, &message);
	if (status == 200 && good && span_equal(answered, id)) {
		rc = RC_OK;
	} else if (status == 200) {
		err_set(err, rc,
		    "the receiver answered 200 without our requestId %.*s; is "
		    "it a Firehose HTTP endpoint?",
		    SPAN_ARGS(id));
	} else {
		rc = status == 413 ? RC_REJECT : RC_RETRY;
		if (message.len > 300)
			message.len = 300;
		err_set(err, rc, "the receiver answered %ld%s%.*s", status,
		    message.len > 0 ? ": " : "", SPAN_ARGS(message));
	}
	arena_fini(&arena);
	return rc;
}
