#include "ingest/base64.h"

#include "testing.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The other direction, bit by bit. */
static size_t
encode(char *to, const unsigned char *bytes, size_t len)
{
	size_t out = 0;

	for (size_t bit = 0; bit < len * 8; bit += 6) {
		unsigned value = 0;

		for (size_t i = bit; i < bit + 6; i++)
			value = value << 1 |
			    (i < len * 8 ? bytes[i / 8] >> (7 - i % 8) & 1u
					 : 0u);
		to[out++] = digits[value];
	}
	while (out % 4 != 0)
		to[out++] = '=';
	return out;
}

START_TEST(every_length_comes_back)
{
	unsigned char bytes[300];
	char text[404], *exact, back[400];
	unsigned seed = 1;

	for (size_t len = 0; len < sizeof(bytes); len++) {
		size_t out, bad, chars;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[i] = (unsigned char)(seed >> 24);
		}
		chars = encode(text, bytes, len);
		/* Exact sizes, so that reading or writing beyond is seen. */
		exact = malloc(chars + 1);
		memcpy(exact, text, chars);
		ck_assert(
		    base64_decode(back, &out, span_make(exact, chars), &bad));
		ck_assert_uint_eq(out, len);
		ck_assert_uint_le(out, base64_room(chars));
		ck_assert_mem_eq(back, bytes, len);
		free(exact);
	}
}
END_TEST

START_TEST(every_stranger_is_found)
{
	char text[] = "QUJDREVGR0hJSktM"; /* 4 groups */
	char back[64];
	size_t out, bad;

	for (size_t at = 0; at < 16; at++)
		for (int byte = 0; byte < 256; byte++) {
			char saved = text[at];
			bool good = byte != '\0' && strchr(digits, byte);

			text[at] = (char)byte;
			/* "M=" would be padding with bits left over. */
			ck_assert_msg(base64_decode(back, &out,
					  span_make(text, 16), &bad) == good ||
				(at == 15 && byte == '='),
			    "%d at %zu", byte, at);
			if (!good && !(at == 15 && byte == '='))
				ck_assert_uint_eq(bad, at);
			text[at] = saved;
		}
}
END_TEST

START_TEST(strict_rows)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: refused */
		size_t bad;
	} rows[] = {{"", "", 0}, {"YQ==", "a", 0}, {"YWI=", "ab", 0},
	    {"YWJj", "abc", 0}, {"YQ", NULL, 2}, {"YQ=", NULL, 2},
	    {"Y", NULL, 1}, {"Y===", NULL, 1}, {"====", NULL, 0},
	    {"YQ==YQ==", NULL, 2}, {"YWI=YQ==", NULL, 3}, {"YR==", NULL, 2},
	    {"YWJ=", NULL, 3}, {" YQ==", NULL, 0}, {"YQ==\n", NULL, 2},
	    {"YW\nJj", NULL, 2}, {"YQ= =", NULL, 2}, {"-_-_", NULL, 0},
	    {"XXXXXaGVsbG8=", NULL, 12}, {"+/+/", "\xfb\xff\xbf", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char back[64];
		size_t out, bad = 0;
		bool good =
		    base64_decode(back, &out, span_text(rows[i].text), &bad);

		ck_assert_msg(
		    good == (rows[i].bytes != NULL), "%s", rows[i].text);
		if (good)
			ck_assert(span_is(span_make(back, out), rows[i].bytes));
		else
			ck_assert_msg(
			    bad == rows[i].bad, "%s: %zu", rows[i].text, bad);
	}
}
END_TEST

TEST_MAIN(
    "base64", every_length_comes_back, every_stranger_is_found, strict_rows)
