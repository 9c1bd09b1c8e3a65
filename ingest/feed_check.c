#include "ingest/feed_check.h"

#include <strings.h>

#include "base/json.h"

enum {
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_TRANSFER_ENCODING,
	FIELD_FIREHOSE /* those of Firehose, and what tells how to read it */
};

/* Fields that may stand once. */
static const struct {
	const char *name, *fault;
} feed_check_once[] = {
    [FIELD_HOST] = {"Host", "Host stands twice"},
    [FIELD_CONTENT_LENGTH] = {"Content-Length", "Content-Length stands twice"},
    [FIELD_TRANSFER_ENCODING] = {"Transfer-Encoding",
	"Transfer-Encoding stands twice"},
    [FIELD_FIREHOSE] = {"Content-Encoding", "Content-Encoding stands twice"},
    {"X-Amz-Firehose-Request-Id", "X-Amz-Firehose-Request-Id stands twice"},
    {"X-Amz-Firehose-Access-Key", "X-Amz-Firehose-Access-Key stands twice"},
    {"X-Amz-Firehose-Protocol-Version",
	"X-Amz-Firehose-Protocol-Version stands twice"},
    {"X-Amz-Firehose-Common-Attributes",
	"X-Amz-Firehose-Common-Attributes stands twice"},
};

#define ONCE (sizeof(feed_check_once) / sizeof(*feed_check_once))

void
feed_check_init(struct feed_check *check)
{
	*check = (struct feed_check){0};
}

static void
feed_check_fail(struct feed_check *check, const char *fault)
{
	if (check->fault == NULL)
		check->fault = fault;
}

bool
feed_check_same(struct span a, const char *b)
{
	return a.len == strlen(b) && strncasecmp(a.at, b, a.len) == 0;
}

/* RFC 9110 section 5.6.2. */
static bool
feed_check_token(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char byte = (unsigned char)name.at[i];

		if (!((byte >= '0' && byte <= '9') ||
			(byte >= 'A' && byte <= 'Z') ||
			(byte >= 'a' && byte <= 'z') ||
			(byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte))))
			return false;
	}
	return name.len > 0;
}

static bool
feed_check_clean(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char byte = (unsigned char)value.at[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static void
feed_check_length(struct feed_check *check, struct span value)
{
	uint64_t length = 0;

	if (value.len == 0)
		feed_check_fail(check, "Content-Length is empty");
	for (size_t i = 0; i < value.len; i++) {
		unsigned digit = (unsigned)(value.at[i] - '0');

		if (digit > 9) {
			feed_check_fail(check, "Content-Length is no number");
			return;
		}
		if (length > (UINT64_MAX - digit) / 10)
			length = UINT64_MAX;
		else
			length = length * 10 + digit;
	}
	check->content_length = length;
}

void
feed_check_field(struct feed_check *check, struct span name, struct span value)
{
	if (!feed_check_token(name))
		feed_check_fail(check, "the name of a header is no token");
	if (!feed_check_clean(value))
		feed_check_fail(check, "a header holds a control byte");
	for (size_t i = 0; i < ONCE; i++) {
		if (!feed_check_same(name, feed_check_once[i].name))
			continue;
		if ((check->seen & 1u << i) != 0)
			feed_check_fail(check, feed_check_once[i].fault);
		check->seen |= 1u << i;
		if (i == FIELD_CONTENT_LENGTH)
			feed_check_length(check, value);
		if (i == FIELD_TRANSFER_ENCODING) {
			check->chunked = true;
			if (!feed_check_same(value, "chunked"))
				feed_check_fail(check,
				    "Transfer-Encoding is not \"chunked\"");
		}
	}
}

const char *
feed_check_end(struct feed_check *check, bool body)
{
	bool length = (check->seen & 1u << FIELD_CONTENT_LENGTH) != 0;

	if ((check->seen & 1u << FIELD_HOST) == 0)
		feed_check_fail(check, "Host is missing");
	if (length && check->chunked)
		feed_check_fail(check,
		    "Content-Length and Transfer-Encoding in one request");
	if (body && !length && !check->chunked)
		feed_check_fail(check, "the body has no length");
	return check->fault;
}

bool
feed_check_attributes(struct span value)
{
	struct json json;
	struct json_text key, text;
	bool found = false;

	json_init(&json, value);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		if (!span_is(key.raw, "commonAttributes")) {
			json_skip(&json);
			continue;
		}
		found = json_enter(&json, '{');
		while (found && json_member(&json, &key))
			json_string(&json, &text);
	}
	return found && json.fault == NULL && json_done(&json);
}
