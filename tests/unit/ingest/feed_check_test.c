#include "ingest/feed_check.h"

#include "testing.h"

#define MOST 4

static const struct {
	const char *fields[MOST + 1]; /* "Name: value" without the space */
	bool body;
	const char *fault; /* NULL: good */
	uint64_t length;
} rows[] = {
    {{"Host:h", "Content-Length:12"}, true, NULL, 12},
    {{"HOST:h", "content-length:0"}, true, NULL, 0},
    {{"Host:h", "Transfer-Encoding:chunked"}, true, NULL, 0},
    {{"Host:h", "Transfer-Encoding:Chunked"}, true, NULL, 0},
    {{"Host:h"}, false, NULL, 0},
    {{"Host:h"}, true, "the body has no length", 0},
    {{"Content-Length:1"}, true, "Host is missing", 0},
    {{"Host:h", "host:h", "Content-Length:1"}, true, "Host stands twice", 0},
    {{"Host:h", "Content-Length:1", "Content-Length:1"}, true,
	"Content-Length stands twice", 0},
    {{"Host:h", "Content-Length:"}, true, "Content-Length is empty", 0},
    {{"Host:h", "Content-Length:+1"}, true, "Content-Length is no number", 0},
    {{"Host:h", "Content-Length:-1"}, true, "Content-Length is no number", 0},
    {{"Host:h", "Content-Length:1,1"}, true, "Content-Length is no number", 0},
    {{"Host:h", "Content-Length:0x1"}, true, "Content-Length is no number", 0},
    {{"Host:h", "Content-Length:1 "}, true, "Content-Length is no number", 0},
    {{"Host:h", "Content-Length:18446744073709551614"}, true, NULL,
	UINT64_MAX - 1},
    {{"Host:h", "Content-Length:18446744073709551616"}, true, NULL, UINT64_MAX},
    {{"Host:h", "Content-Length:99999999999999999999999"}, true, NULL,
	UINT64_MAX},
    {{"Host:h", "Transfer-Encoding:chunked", "Content-Length:1"}, true,
	"Content-Length and Transfer-Encoding in one request", 0},
    {{"Host:h", "Transfer-Encoding:identity"}, true,
	"Transfer-Encoding is not \"chunked\"", 0},
    {{"Host:h",
	 "Transfer-Encoding:\x0b"
	 "chunked"},
	true, "a header holds a control byte", 0},
    {{"Host:h", "Transfer-Encoding:chunked, chunked"}, true,
	"Transfer-Encoding is not \"chunked\"", 0},
    {{"Host:h", "Transfer-Encoding:"}, true,
	"Transfer-Encoding is not \"chunked\"", 0},
    {{"Host:h", "Content-Length :1"}, true, "the name of a header is no token",
	0},
    {{"Host:h", ":1"}, true, "the name of a header is no token", 0},
    {{"Host:h", "X\xff:1"}, true, "the name of a header is no token", 0},
    {{"Host:h", "X:a\tb", "Content-Length:1"}, true, NULL, 1},
    {{"Host:h", "X:a\x7f"}, true, "a header holds a control byte", 0},
    {{"Host:h", "X:a\rb"}, true, "a header holds a control byte", 0},
    {{"Host:h", "X:\xc3\xa9", "Content-Length:1"}, true, NULL, 1},
    {{"Host:h", "Content-Encoding:gzip", "content-encoding:gzip"}, true,
	"Content-Encoding stands twice", 0},
    {{"Host:h", "X-Amz-Firehose-Request-Id:a", "X-Amz-Firehose-Request-Id:a"},
	true, "X-Amz-Firehose-Request-Id stands twice", 0},
};

START_TEST(header_rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct feed_check check;
		const char *fault;

		feed_check_init(&check);
		for (size_t f = 0; rows[i].fields[f] != NULL; f++) {
			const char *field = rows[i].fields[f];
			const char *colon = strchr(field, ':');

			feed_check_field(&check,
			    span_make(field, (size_t)(colon - field)),
			    span_text(colon + 1));
		}
		fault = feed_check_end(&check, rows[i].body);
		if (rows[i].fault == NULL)
			ck_assert_msg(fault == NULL, "%zu: %s", i, fault);
		else
			ck_assert_msg(
			    fault != NULL && strcmp(fault, rows[i].fault) == 0,
			    "%zu: %s", i, fault == NULL ? "good" : fault);
		if (fault == NULL)
			ck_assert_uint_eq(check.content_length, rows[i].length);
	}
}
END_TEST

START_TEST(values_with_nul)
{
	struct feed_check check;

	feed_check_init(&check);
	feed_check_field(&check, SPAN_OF("Host"), SPAN_OF("a\0b"));
	ck_assert_str_eq(
	    feed_check_end(&check, false), "a header holds a control byte");
	feed_check_init(&check);
	feed_check_field(&check, SPAN_OF("Ho\0st"), SPAN_OF("a"));
	ck_assert_str_eq(
	    feed_check_end(&check, false), "the name of a header is no token");
}
END_TEST

START_TEST(attribute_rows)
{
	static const struct {
		const char *text;
		bool good;
	} attributes[] = {{"{\"commonAttributes\":{}}", true},
	    {"{\"commonAttributes\":{\"a\":\"b\",\"c\":\"\"}}", true},
	    {"{\"x\":[1],\"commonAttributes\":{\"a\":\"b\"}}", true},
	    {"malformed", false}, {"", false}, {"{}", false},
	    {"{\"commonAttributes\":[]}", false},
	    {"{\"commonAttributes\":{\"a\":1}}", false},
	    {"{\"commonAttributes\":{}} x", false},
	    {"{\"commonAttributes\":{}", false}};

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		ck_assert_msg(feed_check_attributes(span_text(
				  attributes[i].text)) == attributes[i].good,
		    "%s", attributes[i].text);
}
END_TEST

TEST_MAIN("feed_check", header_rows, values_with_nul, attribute_rows)
