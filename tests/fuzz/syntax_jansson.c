#include "fuzz/syntax_jansson.h"

#include <jansson.h>

void
syntax_tell_text(struct buf *story, char kind, struct span text)
{
	buf_byte(story, kind);
	buf_u32(story, (unsigned)text.len);
	buf_span_put(story, text);
}

/* jansson has integers, which know no -0. */
void
syntax_tell_number(struct buf *story, double number)
{
	number += 0.0;
	buf_byte(story, 'n');
	buf_put(story, &number, sizeof(number));
}

static void
syntax_jansson_tell(struct buf *story, json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		buf_byte(story, '{');
		json_object_foreach(value, key, inner)
		{
			syntax_tell_text(story, 'k', span_text(key));
			syntax_jansson_tell(story, inner);
		}
		buf_byte(story, '}');
		break;
	case JSON_ARRAY:
		buf_byte(story, '[');
		json_array_foreach(value, i, inner)
		    syntax_jansson_tell(story, inner);
		buf_byte(story, ']');
		break;
	case JSON_STRING:
		syntax_tell_text(story, 's',
		    span_make(
			json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		syntax_tell_number(story, json_number_value(value));
		break;
	case JSON_TRUE:
		buf_byte(story, 't');
		break;
	case JSON_FALSE:
		buf_byte(story, 'f');
		break;
	case JSON_NULL:
		buf_byte(story, '0');
	}
}

enum syntax_jansson
syntax_jansson_read(struct span text, struct buf *story)
{
	json_error_t error;
	json_t *value = json_loadb(text.at, text.len,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);

	if (value != NULL) {
		syntax_jansson_tell(story, value);
		json_decref(value);
		return SYNTAX_TAKEN;
	}
	switch (json_error_code(&error)) {
	case json_error_null_byte_in_key:
	case json_error_numeric_overflow:
	case json_error_duplicate_key:
		return SYNTAX_BEYOND;
	default:
		return SYNTAX_REFUSED;
	}
}
