#include "base/json.h"
#include "testing.h"

START_TEST(skip_accepts_only_json)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"{}", true}, {"[]", true}, {"[1,2,{\"a\":[]}]", true},
	    {"{\"a\":1,\"b\":\"x\\u00e9\\n\"}", true}, {"-0.5E-3", true},
	    {"[1,]", false}, {"{\"a\"}", false}, {"{\"a\":1,}", false},
	    {"01", false}, {"+1", false}, {"1.", false}, {"\"\\x\"", false},
	    {"\"a", false}, {"tru", false}, {"nul", false}, {"", false},
	    {"\"\xff\"", false}, {"\"\xc3\xa9\"", true}, {"[1 2]", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json json;

		json_init(&json, span_text(rows[i].text));
		ck_assert_msg(
		    (json_skip(&json) && json_done(&json)) == rows[i].good,
		    "%s", rows[i].text);
	}
}
END_TEST

START_TEST(depth_is_bounded)
{
	char deep[400];
	struct json json;

	memset(deep, '[', sizeof(deep));
	json_init(&json, span_make(deep, sizeof(deep)));
	ck_assert(!json_skip(&json));
	ck_assert_str_eq(json.fault, "nested too deeply");
}
END_TEST

START_TEST(unescape_makes_utf8)
{
	struct arena arena;
	struct json json;
	struct json_text text;

	arena_init(&arena);
	json_init(&json, SPAN_OF("\"a\\\"\\/\\u00e9\\ud83d\\ude00\\ud800!\""));
	ck_assert(json_string(&json, &text));
	ck_assert(span_is(json_unescape(&arena, text),
	    "a\"/\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd!"));
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("json", skip_accepts_only_json, depth_is_bounded, unescape_makes_utf8)
