/* What S3 answers, taken apart and put together. */
#include "aws/xml.h"

#include "testing.h"

START_TEST(elements_follow_one_another)
{
	struct span rest =
	    SPAN_OF("<L><C><K>a</K></C><C><K>b</K><S>2</S></C><C></C><C><K>x");
	struct span one;

	ck_assert(xml_next(&rest, "C", &one));
	ck_assert(span_is(one, "<K>a</K>"));
	ck_assert(span_is(xml_inside(one, "K"), "a"));
	ck_assert(span_is(xml_inside(one, "S"), ""));
	ck_assert(xml_next(&rest, "C", &one));
	ck_assert(span_is(xml_inside(one, "S"), "2"));
	ck_assert(xml_next(&rest, "C", &one));
	ck_assert(span_is(one, ""));
	/* Cut short. */
	ck_assert(!xml_next(&rest, "C", &one));
	rest = span_make(NULL, 0);
	ck_assert(!xml_next(&rest, "C", &one));
}
END_TEST

START_TEST(entities_are_undone)
{
	static const struct {
		const char *text, *is;
	} rows[] = {{"a b+c", "a b+c"}, {"a&amp;b", "a&b"},
	    {"&lt;&gt;&quot;&apos;", "<>\"'"},
	    {"&#38;&#x26;&#xe9;", "&&\xc3\xa9"},
	    {"&#x1F600;", "\xf0\x9f\x98\x80"}, {"&#13;", "\r"},
	    /* None of these is one. */
	    {"&", "&"}, {"&am", "&am"}, {"&#", "&#"}, {"&#;", "&#;"},
	    {"&#0;", "&#0;"}, {"&#xd800;", "&#xd800;"}, {"&#12", "&#12"},
	    {"&#9999999999;", "&#9999999999;"}, {"&#xg;", "&#xg;"},
	    {"&amp;lt;", "&lt;"}};
	struct buf out = {0}, text = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&text);
		buf_printf(&text, "<K>%s</K>", rows[i].text);
		xml_text(&out, buf_span(&text), "K");
		ck_assert_str_eq(buf_cstr(&out), rows[i].is);
	}
	buf_clear(&out);
	xml_put(&out, SPAN_OF("\"a\" & <b>"));
	ck_assert_str_eq(buf_cstr(&out), "&quot;a&quot; &amp; &lt;b&gt;");
	buf_fini(&out);
	buf_fini(&text);
}
END_TEST

TEST_MAIN("xml", elements_follow_one_another, entities_are_undone)
