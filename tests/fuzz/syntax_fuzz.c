/*
 * Our JSON reader against jansson: both take a text or both refuse it, and
 * what they take has the same values. Where they are meant to differ, ours is
 * the one that takes it: numbers too large for a double, members that stand
 * twice, lone surrogates; or the one that does not: nested deeper than 64,
 * numbers of more than 511 characters.
 */
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"
#include "fuzz/syntax_jansson.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
syntax_tell(struct json *json, struct arena *arena, struct buf *story)
{
	struct json_text text;
	double number;
	bool truth;

	switch (json_kind(json)) {
	case JSON_OBJECT:
		json_enter(json, '{');
		buf_byte(story, '{');
		while (json_member(json, &text)) {
			syntax_tell_text(
			    story, 'k', json_unescape(arena, text));
			syntax_tell(json, arena, story);
		}
		buf_byte(story, '}');
		break;
	case JSON_ARRAY:
		json_enter(json, '[');
		buf_byte(story, '[');
		while (json_element(json))
			syntax_tell(json, arena, story);
		buf_byte(story, ']');
		break;
	case JSON_STRING:
		json_string(json, &text);
		syntax_tell_text(story, 's', json_unescape(arena, text));
		break;
	case JSON_NUMBER:
		invariant(json_double(json, &number));
		syntax_tell_number(story, number);
		break;
	case JSON_BOOL:
		json_bool(json, &truth);
		buf_byte(story, truth ? 't' : 'f');
		break;
	case JSON_NULL:
		json_skip(json);
		buf_byte(story, '0');
		break;
	case JSON_NONE:
		invariant(false);
	}
}

static bool
syntax_has_surrogates(struct span text)
{
	return memmem(text.at, text.len, "\\ud", 3) != NULL ||
	    memmem(text.at, text.len, "\\uD", 3) != NULL;
}

/* Whether ours may refuse what jansson takes. */
static bool
syntax_is_beyond(const struct json *json, size_t len)
{
	return json->fault != NULL &&
	    (strcmp(json->fault, "nested too deeply") == 0 ||
		(len > 511 &&
		    strcmp(json->fault, "the number is not one of JSON's") ==
			0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make(bytes, len);
	struct buf theirs = {0}, ours = {0};
	enum syntax_jansson verdict;
	struct arena arena;
	struct json json;
	bool good;

	/* jansson steps over it. */
	if (len > 0 && memchr(bytes, '\0', len) != NULL)
		return 0;
	verdict = syntax_jansson_read(text, &theirs);
	arena_init(&arena);
	json_init(&json, text);
	good = json_skip(&json) && json_done(&json);
	if (good && verdict == SYNTAX_REFUSED)
		invariant(syntax_has_surrogates(text));
	if (!good && verdict == SYNTAX_TAKEN)
		invariant(syntax_is_beyond(&json, len));
	if (good && verdict == SYNTAX_TAKEN) {
		json_init(&json, text);
		syntax_tell(&json, &arena, &ours);
		invariant(json.fault == NULL && json_done(&json));
		invariant(span_equal(buf_span(&ours), buf_span(&theirs)));
	}
	buf_fini(&ours);
	buf_fini(&theirs);
	arena_fini(&arena);
	return 0;
}
