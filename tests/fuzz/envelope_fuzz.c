/*
 * The Firehose request body: records, or one sentence about what is wrong;
 * and the same records as jansson and a base64 of another kind give.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/log.h"
#include "ingest/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int
envelope_digit(char byte)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = byte == '\0' ? NULL : strchr(digits, byte);

	return at == NULL ? -1 : (int)(at - digits);
}

/* A character at a time; false when it is none, or could be written in
 * another way. */
static bool
envelope_base64(struct span text, char *out, size_t *len)
{
	unsigned bits = 0, have = 0;
	size_t end = text.len;

	*len = 0;
	if (text.len % 4 != 0)
		return false;
	while (end > 0 && text.len - end < 2 && text.at[end - 1] == '=')
		end--;
	for (size_t i = 0; i < end; i++) {
		int digit = envelope_digit(text.at[i]);

		if (digit < 0)
			return false;
		bits = (bits << 6 | (unsigned)digit) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[(*len)++] = (char)(bits >> have);
	}
	return (bits & ((1u << have) - 1)) == 0;
}

/* The data of one element of "records"; NULL when it has none. */
static const json_t *
envelope_data_of(const json_t *element)
{
	const json_t *data = json_object_get(element, "data");

	return json_is_string(data) ? data : NULL;
}

/* What is wrong with an element, as jansson sees it; false: nothing. Bytes
 * that begin like gzip have their own tests. */
static bool
envelope_same(const json_t *element, const struct span *record)
{
	const json_t *data = envelope_data_of(element);
	size_t len, most;
	bool good;
	char *out;

	if (data == NULL)
		return false;
	most = json_string_length(data);
	out = malloc(most + 1);
	good = envelope_base64(
	    span_make(json_string_value(data), most), out, &len);
	if (good && record != NULL && strncmp(out, "\x1f\x8b\x08", 3) != 0)
		good = len <= record->len && record->len <= len + 1 &&
		    memcmp(out, record->at, len) == 0 &&
		    (record->len == len || record->at[len] == '\n');
	free(out);
	return good;
}

static void
envelope_compare(
    const json_t *body, const struct envelope *envelope, bool taken)
{
	const json_t *records = json_object_get(body, "records");
	const json_t *id = json_object_get(body, "requestId");
	bool good =
	    json_is_array(records) && (id == NULL || json_is_string(id));

	for (size_t i = 0; good && i < json_array_size(records); i++)
		good = envelope_same(json_array_get(records, i),
		    taken ? &envelope->records[i] : NULL);
	invariant(good == taken);
	if (!taken)
		return;
	invariant(json_array_size(records) == envelope->nrecords);
	if (id != NULL)
		invariant(span_equal(envelope->request_id,
		    span_make(json_string_value(id), json_string_length(id))));
}

/* For reasons that jansson does not have: the reader's own limits. */
static bool
envelope_is_meant(const struct err *err)
{
	return strstr(err->text, "nested too deeply") != NULL ||
	    strstr(err->text, "inflates to more") != NULL ||
	    strstr(err->text, "more than") != NULL ||
	    strstr(err->text, "is longer than") != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct envelope envelope = {0};
	struct arena arena;
	struct err err = {0};
	json_t *body;
	enum rc rc;

	arena_init(&arena);
	rc = envelope_parse(&envelope, span_make(bytes, len), &arena, &err);
	invariant(rc == RC_OK || (rc == RC_REJECT && err.text[0] != '\0'));
	/* What jansson refuses is syntax_fuzz's; over NUL it steps. */
	body = len > 0 && memchr(bytes, '\0', len) != NULL
	    ? NULL
	    : json_loadb((const char *)bytes, len,
		  JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES,
		  NULL);
	if (body != NULL && (rc == RC_OK || !envelope_is_meant(&err)))
		envelope_compare(body, &envelope, rc == RC_OK);
	json_decref(body);
	arena_fini(&arena);
	return 0;
}
