#include "sinks/firehose_request.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/table.h"
#include "sinks/base64.h"

/* Room for the body's own words, the id among them. */
#define FIREHOSE_AROUND 512
#define FIREHOSE_RECORD_AROUND 12 /* {"data":""}, */

static bool
firehose_digits(struct span text, const char *digits)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\0' || strchr(digits, text.at[i]) == NULL)
			return false;
	return text.len > 0;
}

/* tocsin-0123456789abcdef-42 or tocsin-0123456789abcdef-42-1 */
static bool
firehose_id_is_ours(struct span id)
{
	return id.len > 24 && id.len < 64 && span_starts(id, "tocsin-") &&
	    firehose_digits(span_make(id.at + 7, 16), "0123456789abcdef") &&
	    id.at[23] == '-' &&
	    firehose_digits(span_make(id.at + 24, id.len - 24), "0123456789-");
}

static void
firehose_hash_part(struct buf *of, struct span part)
{
	buf_u64(of, part.len);
	buf_span_put(of, part);
}

void
firehose_request_id(
    struct buf *out, struct span replica, const struct entry *entry)
{
	struct buf of = {0};

	if (firehose_id_is_ours(entry->request_id)) {
		buf_span_put(out, entry->request_id);
		return;
	}
	firehose_hash_part(&of, replica);
	firehose_hash_part(&of, entry->source);
	firehose_hash_part(&of, entry->request_id);
	buf_u64(&of, entry->seq);
	buf_u64(&of, (unsigned long long)entry->arrival_ms);
	buf_printf(out, "tocsin-%016llx-%llu",
	    (unsigned long long)hash_stable(buf_span(&of)),
	    (unsigned long long)entry->seq);
	buf_fini(&of);
}

size_t
firehose_request_fit(
    const struct entry *entry, size_t first, size_t limit_bytes)
{
	size_t bytes = FIREHOSE_AROUND, count = 0;

	while (first + count < entry->nrecords && count < LIMIT_RECORDS) {
		bytes += FIREHOSE_RECORD_AROUND +
		    base64_size(entry->records[first + count].len);
		if (bytes > limit_bytes && count > 0)
			break;
		count++;
	}
	return count;
}

void
firehose_request_print(struct buf *out, struct span id,
    const struct entry *entry, size_t first, size_t count)
{
	buf_text(out, "{\"requestId\":");
	buf_json(out, id);
	buf_printf(out, ",\"timestamp\":%lld,\"records\":[",
	    (long long)entry->arrival_ms);
	for (size_t i = first; i < first + count; i++) {
		buf_text(out, i > first ? ",{\"data\":\"" : "{\"data\":\"");
		base64_print(out, entry->records[i]);
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
