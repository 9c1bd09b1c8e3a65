#include "ingest/envelope.h"

#include "base/json.h"
#include "base/limits.h"
#include "ingest/base64.h"
#include "ingest/framing.h"
#include "ingest/inflate.h"

/* A newline may have been added by who sends it on. */
#define ENVELOPE_DATA_LIMIT ((LIMIT_RECORD_BYTES + 3) / 3 * 4)

struct envelope_parse {
	struct envelope *out;
	struct arena *arena;
	struct err *err;
	struct json json;
	struct buf scratch;   /* what a gzip record inflates into */
	struct span *records; /* grows by doubling */
	size_t room;
	char *bytes; /* where the next record goes, and what is left there */
	size_t left;
	size_t inflated; /* bytes that gzip records came to */
	bool seen_records, seen_id;
};

/* Room for a record, behind the one before it where that can be: neighbours
 * are compressed together without being copied. */
static char *
envelope_room(struct envelope_parse *parse, size_t size)
{
	if (parse->left < size) {
		parse->bytes = arena_room(parse->arena, size);
		parse->left = size;
	}
	return parse->bytes;
}

/* Takes of envelope_room() what was filled, and puts the newline that a JSON
 * record lacks behind it; there is room. */
static struct span
envelope_finish(struct envelope_parse *parse, size_t len)
{
	char *bytes = parse->bytes;
	struct span record = span_make(bytes, len);

	if (len > 0 && bytes[len - 1] != '\n' && framing_is_json(record))
		bytes[record.len++] = '\n';
	parse->bytes += record.len;
	parse->left -= record.len;
	return record;
}

/*
 * A gzip record's content. Bytes that only begin like gzip stay as they are:
 * the envelope is right, the payload is wrong, and that is the pipeline's to
 * quarantine.
 */
static enum rc
envelope_inflate(struct envelope_parse *parse, struct span *record)
{
	size_t left = LIMIT_BODY_BYTES - parse->inflated;
	size_t limit = left < LIMIT_RECORD_BYTES ? left : LIMIT_RECORD_BYTES;
	char *bytes;

	buf_clear(&parse->scratch);
	switch (inflate_gzip(&parse->scratch, *record, limit)) {
	case INFLATE_TOO_LARGE:
		return err_set(parse->err, RC_REJECT,
		    "record %zu inflates to more than %zu bytes",
		    parse->out->nrecords, limit);
	case INFLATE_DONE:
		break;
	default:
		return RC_OK;
	}
	/* Gzip within gzip stays as it came, for the quarantine: undone here
	 * it would be undone again by who receives it from us. */
	if (inflate_is_gzip(buf_span(&parse->scratch)))
		return RC_OK;
	parse->inflated += parse->scratch.len;
	bytes = envelope_room(parse, parse->scratch.len + 1);
	memcpy(bytes, parse->scratch.bytes, parse->scratch.len);
	*record = envelope_finish(parse, parse->scratch.len);
	return RC_OK;
}

/* What gzip holds is undone too. */
static enum rc
envelope_unpack(struct envelope_parse *parse, size_t len, struct span *record)
{
	*record = envelope_finish(parse, len);
	return inflate_is_gzip(*record) ? envelope_inflate(parse, record)
					: RC_OK;
}

/*
 * A "data" string as Firehose writes it: nothing but base64 up to the quote,
 * so it is decoded without being read as JSON first. False, and nothing is
 * taken: read it the long way, which says what is wrong.
 */
static bool
envelope_quick(struct envelope_parse *parse, size_t *len)
{
	struct json *json = &parse->json;
	struct span text;
	const char *quote;
	size_t bad;

	if (json->fault != NULL || json_kind(json) != JSON_STRING)
		return false;
	text = span_make(json->at + 1, (size_t)(json->end - json->at - 1));
	quote = memchr(text.at, '"', text.len);
	if (quote == NULL || quote - text.at > ENVELOPE_DATA_LIMIT)
		return false;
	text.len = (size_t)(quote - text.at);
	if (!base64_decode(envelope_room(parse, base64_room(text.len) + 1), len,
		text, &bad))
		return false;
	json->at = quote + 1;
	return true;
}

/* The bytes of one "data" string. */
static enum rc
envelope_data(
    struct envelope_parse *parse, struct json_text text, struct span *record)
{
	struct span data = json_unescape(parse->arena, text);
	size_t index = parse->out->nrecords, len, bad;
	char *bytes;

	if ((long long)data.len > ENVELOPE_DATA_LIMIT)
		return err_set(parse->err, RC_REJECT,
		    "record %zu is longer than %lld bytes", index,
		    LIMIT_RECORD_BYTES);
	bytes = envelope_room(parse, base64_room(data.len) + 1);
	if (!base64_decode(bytes, &len, data, &bad))
		return err_set(parse->err, RC_REJECT,
		    "record %zu is not base64: wrong at character %zu", index,
		    bad);
	return envelope_unpack(parse, len, record);
}

static void
envelope_push(struct envelope_parse *parse, struct span record)
{
	struct envelope *out = parse->out;

	if (out->nrecords == parse->room) {
		size_t room = parse->room == 0 ? 16 : parse->room * 2;
		struct span *records =
		    arena_alloc(parse->arena, room * sizeof(*records));

		if (out->nrecords > 0)
			memcpy(records, parse->records,
			    out->nrecords * sizeof(*records));
		parse->records = records;
		parse->room = room;
	}
	parse->records[out->nrecords++] = record;
	out->records = parse->records;
}

/* One element of "records". What is wrong with the JSON sticks in it. */
static enum rc
envelope_record(struct envelope_parse *parse)
{
	struct json *json = &parse->json;
	struct json_text key, text = {0};
	struct span record;
	bool found = false, quick = false;
	size_t len = 0;
	enum rc rc;

	if (parse->out->nrecords == LIMIT_RECORDS)
		return err_set(parse->err, RC_REJECT, "more than %d records",
		    LIMIT_RECORDS);
	if (!json_enter(json, '{'))
		return RC_OK;
	while (json_member(json, &key)) {
		if (!span_is(json_unescape(parse->arena, key), "data")) {
			json_skip(json);
		} else if (found) {
			json_fail(json, "data stands twice in a record");
		} else {
			quick = envelope_quick(parse, &len);
			if (!quick)
				json_string(json, &text);
			found = true;
		}
	}
	if (json->fault != NULL)
		return RC_OK;
	if (!found)
		return err_set(parse->err, RC_REJECT, "record %zu has no data",
		    parse->out->nrecords);
	rc = quick ? envelope_unpack(parse, len, &record)
		   : envelope_data(parse, text, &record);
	if (rc == RC_OK)
		envelope_push(parse, record);
	return rc;
}

static enum rc
envelope_records(struct envelope_parse *parse)
{
	enum rc rc = RC_OK;

	if (parse->seen_records)
		json_fail(&parse->json, "records stands twice");
	parse->seen_records = true;
	if (!json_enter(&parse->json, '['))
		return RC_OK;
	while (rc == RC_OK && json_element(&parse->json))
		rc = envelope_record(parse);
	return rc;
}

static void
envelope_request_id(struct envelope_parse *parse)
{
	struct json_text text;

	if (parse->seen_id)
		json_fail(&parse->json, "requestId stands twice");
	parse->seen_id = true;
	if (json_string(&parse->json, &text))
		parse->out->request_id = json_unescape(parse->arena, text);
}

static enum rc
envelope_members(struct envelope_parse *parse)
{
	struct json *json = &parse->json;
	struct json_text key;
	enum rc rc = RC_OK;

	if (!json_enter(json, '{'))
		return RC_OK;
	while (rc == RC_OK && json_member(json, &key)) {
		struct span name = json_unescape(parse->arena, key);

		if (span_is(name, "records"))
			rc = envelope_records(parse);
		else if (span_is(name, "requestId"))
			envelope_request_id(parse);
		else
			json_skip(json);
	}
	if (rc == RC_OK && json->fault == NULL && !json_done(json))
		json_fail(json, "something stands behind the object");
	return rc;
}

enum rc
envelope_parse(struct envelope *out, struct span body, struct arena *arena,
    struct err *err)
{
	struct envelope_parse parse = {.out = out, .arena = arena, .err = err};
	enum rc rc;

	*out = (struct envelope){0};
	/* No more than this comes out of it, but for gzip. */
	parse.left = base64_room(body.len);
	parse.bytes = arena_room(arena, parse.left);
	json_init(&parse.json, body);
	rc = envelope_members(&parse);
	buf_fini(&parse.scratch);
	if (rc == RC_OK && parse.json.fault != NULL)
		rc = err_set(err, RC_REJECT,
		    "the body is not what Firehose sends: %s at byte %zu",
		    parse.json.fault,
		    (size_t)(parse.json.at - parse.json.begin));
	if (rc == RC_OK && !parse.seen_records)
		rc = err_set(err, RC_REJECT, "the body has no records");
	if (rc != RC_OK)
		out->nrecords = 0;
	return rc;
}
