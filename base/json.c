#include "base/json.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

void
json_init(struct json *json, struct span text)
{
	*json = (struct json){.begin = text.at,
	    .at = text.at,
	    .end = text.len == 0 ? text.at : text.at + text.len};
}

bool
json_fail(struct json *json, const char *fault)
{
	if (json->fault == NULL)
		json->fault = fault;
	return false;
}

static void
json_space(struct json *json)
{
	while (json->at < json->end &&
	    (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' ||
		*json->at == '\t'))
		json->at++;
}

/* Skips space and takes the byte if it is the next one. */
static bool
json_take(struct json *json, char byte)
{
	json_space(json);
	if (json->at == json->end || *json->at != byte)
		return false;
	json->at++;
	return true;
}

bool
json_done(struct json *json)
{
	json_space(json);
	return json->at == json->end;
}

enum json_kind
json_kind(struct json *json)
{
	json_space(json);
	if (json->fault != NULL || json->at == json->end)
		return JSON_NONE;
	switch (*json->at) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return *json->at == '-' ||
			(*json->at >= '0' && *json->at <= '9')
		    ? JSON_NUMBER
		    : JSON_NONE;
	}
}

bool
json_enter(struct json *json, char open)
{
	if (json->fault != NULL)
		return false;
	if (!json_take(json, open))
		return json_fail(json,
		    open == '{' ? "an object was expected"
				: "an array was expected");
	json->fresh = true;
	return true;
}

/* The step between items: true when an item follows, false at the close. */
static bool
json_next(struct json *json, char close)
{
	bool fresh = json->fresh;

	json->fresh = false;
	if (json->fault != NULL)
		return false;
	if (fresh) {
		return !json_take(json, close);
	}
	if (json_take(json, close))
		return false;
	if (!json_take(json, ','))
		return json_fail(json, "a comma or the end was expected");
	return true;
}

bool
json_member(struct json *json, struct json_text *key)
{
	if (!json_next(json, '}'))
		return false;
	if (json_kind(json) != JSON_STRING)
		return json_fail(json, "a key in quotes was expected");
	if (!json_string(json, key))
		return false;
	if (!json_take(json, ':'))
		return json_fail(json, "a colon was expected");
	return true;
}

bool
json_element(struct json *json)
{
	return json_next(json, ']');
}

static int
json_hex(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* Four hex digits at `at`, or -1. */
static int
json_hex4(const char *at, const char *end)
{
	int code = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = json_hex(at[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* Past the escape that begins at json->at. */
static bool
json_escape(struct json *json)
{
	json->at++;
	if (json->at == json->end)
		return json_fail(json, "the string has no end");
	if (*json->at == 'u') {
		if (json_hex4(json->at + 1, json->end) < 0)
			return json_fail(json, "\\u wants four hex digits");
		json->at += 5;
		return true;
	}
	if (*json->at == '\0' || strchr("\"\\/bfnrt", *json->at) == NULL)
		return json_fail(json, "no such escape");
	json->at++;
	return true;
}

bool
json_string(struct json *json, struct json_text *text)
{
	bool wide = false;

	if (json->fault != NULL)
		return false;
	if (!json_take(json, '"'))
		return json_fail(json, "a string was expected");
	*text = (struct json_text){.raw = {json->at, 0}};
	while (json->at < json->end && *json->at != '"') {
		unsigned char byte = (unsigned char)*json->at;

		if (byte < 0x20)
			return json_fail(json, "control byte in a string");
		if (byte == '\\') {
			text->escaped = true;
			if (!json_escape(json))
				return false;
			continue;
		}
		wide |= byte >= 0x80;
		json->at++;
	}
	if (json->at == json->end)
		return json_fail(json, "the string has no end");
	text->raw.len = (size_t)(json->at - text->raw.at);
	json->at++;
	if (wide && !utf8_valid(text->raw))
		return json_fail(json, "the string is not UTF-8");
	return true;
}

bool
json_number(struct json *json, struct span *raw)
{
	if (json_kind(json) != JSON_NUMBER)
		return json_fail(json, "a number was expected");
	raw->at = json->at;
	while (json->at < json->end &&
	    (*json->at == '-' || *json->at == '+' || *json->at == '.' ||
		*json->at == 'e' || *json->at == 'E' ||
		(*json->at >= '0' && *json->at <= '9')))
		json->at++;
	raw->len = (size_t)(json->at - raw->at);
	return true;
}

bool
json_double(struct json *json, double *value)
{
	struct span raw;

	if (!json_number(json, &raw))
		return false;
	if (!text_parse_double(raw, value))
		return json_fail(json, "the number is not one of JSON's");
	return true;
}

static bool
json_word(struct json *json, const char *word)
{
	size_t len = strlen(word);

	json_space(json);
	if ((size_t)(json->end - json->at) < len ||
	    memcmp(json->at, word, len) != 0)
		return json_fail(json, "a value was expected");
	json->at += len;
	return true;
}

bool
json_bool(struct json *json, bool *value)
{
	if (json_kind(json) != JSON_BOOL)
		return json_fail(json, "true or false was expected");
	*value = *json->at == 't';
	return json_word(json, *value ? "true" : "false");
}

/* One value that is no container. */
static bool
json_skip_plain(struct json *json)
{
	struct json_text text;
	double number;
	bool flag;

	switch (json_kind(json)) {
	case JSON_STRING:
		return json_string(json, &text);
	case JSON_NUMBER:
		return json_double(json, &number);
	case JSON_BOOL:
		return json_bool(json, &flag);
	case JSON_NULL:
		return json_word(json, "null");
	default:
		return json_fail(json, "a value was expected");
	}
}

bool
json_skip(struct json *json)
{
	char closes[LIMIT_JSON_DEPTH];
	struct json_text key;
	size_t depth = 0;

	do {
		enum json_kind kind = json_kind(json);

		if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
			if (depth == LIMIT_JSON_DEPTH)
				return json_fail(json, "nested too deeply");
			closes[depth++] = kind == JSON_OBJECT ? '}' : ']';
			json_enter(json, kind == JSON_OBJECT ? '{' : '[');
		} else if (!json_skip_plain(json)) {
			return false;
		} else {
			json->fresh = false;
		}
		while (depth > 0 &&
		    !(closes[depth - 1] == '}' ? json_member(json, &key)
					       : json_element(json))) {
			if (json->fault != NULL)
				return false;
			depth--;
		}
	} while (depth > 0);
	return json->fault == NULL;
}

/* The code point of a \u escape; `at` is behind the 'u' and moves on. */
static unsigned
json_code(const char **at, const char *end)
{
	int high = json_hex4(*at, end), low;

	*at += 4;
	if (high < 0xd800 || high > 0xdfff)
		return (unsigned)high;
	if (high < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' &&
	    (*at)[1] == 'u') {
		low = json_hex4(*at + 2, end);
		if (low >= 0xdc00 && low <= 0xdfff) {
			*at += 6;
			return 0x10000u + ((unsigned)(high - 0xd800) << 10) +
			    (unsigned)(low - 0xdc00);
		}
	}
	return 0xfffd;
}

struct span
json_unescape(struct arena *arena, struct json_text text)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = text.raw.at, *end = at + text.raw.len;
	char *out;
	size_t len = 0;

	if (!text.escaped)
		return text.raw;
	out = arena_alloc(arena, text.raw.len + 1);
	while (at < end) {
		if (*at != '\\') {
			out[len++] = *at++;
		} else if (at[1] == 'u') {
			at += 2;
			len += utf8_put(out + len, json_code(&at, end));
		} else {
			out[len++] = to[strchr(from, at[1]) - from];
			at += 2;
		}
	}
	return span_make(out, len);
}
