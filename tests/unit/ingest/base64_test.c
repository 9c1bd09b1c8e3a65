#include "ingest/base64.h"

#include "ingest/base64_path.h"
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

/* Each way that this processor can go: *path is the first, or the next. */
static bool
next_path(const struct base64_path *const **path)
{
	*path = *path == NULL ? base64_paths : *path + 1;
	while (**path != NULL && !(**path)->usable())
		++*path;
	return **path != NULL;
}

#define EACH_PATH(path)                                                        \
	for (const struct base64_path *const *path = NULL; next_path(&path);)

static unsigned seed = 1;

static unsigned
below(unsigned bound)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % bound;
}

/* Decodes from and into memory of the exact sizes, so that reading or writing
 * beyond is seen. The bytes are to be freed. */
static bool
decode(const struct base64_path *path, struct span text, char **back,
    size_t *len, size_t *bad)
{
	char *exact = malloc(text.len > 0 ? text.len : 1);
	bool good;

	*back = malloc(base64_room(text.len));
	memcpy(exact, text.at, text.len);
	good =
	    base64_decode_by(path, *back, len, span_make(exact, text.len), bad);
	free(exact);
	return good;
}

START_TEST(every_length_comes_back)
{
	unsigned char bytes[300];
	char text[404], *back;

	EACH_PATH(path)
	for (size_t len = 0; len < sizeof(bytes); len++) {
		size_t out, bad, chars;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)below(256);
		chars = encode(text, bytes, len);
		ck_assert(
		    decode(*path, span_make(text, chars), &back, &out, &bad));
		ck_assert_uint_eq(out, len);
		ck_assert_mem_eq(back, bytes, len);
		free(back);
	}
}
END_TEST

/* Each byte at each place of a text with several blocks of any width. */
START_TEST(every_stranger_is_found)
{
	unsigned char bytes[156];
	char text[208], *back;
	size_t out, bad, chars;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)below(256);
	chars = encode(text, bytes, sizeof(bytes));
	text[chars - 1] = 'M'; /* with '=' there, bits would be left over */
	text[chars - 2] = 'X';
	EACH_PATH(path)
	for (size_t at = 0; at < chars; at++)
		for (int byte = 0; byte < 256; byte++) {
			char saved = text[at];
			bool good = byte != '\0' && strchr(digits, byte);
			bool pad = at == chars - 1 && byte == '=';

			text[at] = (char)byte;
			bad = SIZE_MAX;
			ck_assert_msg(decode(*path, span_make(text, chars),
					  &back, &out, &bad) == good,
			    "%s: %d at %zu", (*path)->name, byte, at);
			if (!good) {
				ck_assert_uint_eq(bad, pad ? chars - 1 : at);
				/* What comes before has been decoded. */
				ck_assert_uint_eq(out, at / 4 * 3);
			}
			free(back);
			text[at] = saved;
		}
}
END_TEST

static const struct {
	const char *text;
	const char *bytes; /* NULL: refused */
	size_t bad;
} strict[] = {{"", "", 0}, {"YQ==", "a", 0}, {"YWI=", "ab", 0},
    {"YWJj", "abc", 0}, {"YQ", NULL, 2}, {"YQ=", NULL, 2}, {"Y", NULL, 1},
    {"Y===", NULL, 1}, {"====", NULL, 0}, {"YQ==YQ==", NULL, 2},
    {"YWI=YQ==", NULL, 3}, {"YR==", NULL, 2}, {"YWJ=", NULL, 3},
    {" YQ==", NULL, 0}, {"YQ==\n", NULL, 2}, {"YW\nJj", NULL, 2},
    {"YQ= =", NULL, 2}, {"-_-_", NULL, 0}, {"XXXXXaGVsbG8=", NULL, 12},
    {"+/+/", "\xfb\xff\xbf", 0}};

/* The same at the beginning, and behind whole groups of every number. */
START_TEST(strict_rows)
{
	char text[512], *back;

	EACH_PATH(path)
	for (size_t i = 0; i < sizeof(strict) / sizeof(*strict); i++)
		for (size_t groups = 0; groups < 64; groups++) {
			struct span row = span_text(strict[i].text);
			size_t out, bad = 0, before = groups * 4;
			bool good;

			for (size_t k = 0; k < before; k++)
				text[k] = digits[below(64)];
			memcpy(text + before, row.at, row.len);
			good = decode(*path, span_make(text, before + row.len),
			    &back, &out, &bad);
			ck_assert_msg(good == (strict[i].bytes != NULL),
			    "%s: %s", (*path)->name, row.at);
			if (good)
				ck_assert(span_is(span_make(back + groups * 3,
						      out - groups * 3),
				    strict[i].bytes));
			else
				ck_assert_msg(bad == before + strict[i].bad,
				    "%s: %s: %zu", (*path)->name, row.at, bad);
			free(back);
		}
}
END_TEST

/* Texts of any length, most with a fault or two: every path as the portable
 * one, in what comes out and in what is wrong. */
START_TEST(all_paths_agree)
{
	const char *rounds = getenv("TOCSIN_ROUNDS");
	long left = rounds != NULL ? atol(rounds) : 20000;
	char text[700], *back, *same;

	for (; left > 0; left--) {
		size_t len = below(sizeof(text)), out, bad = 0;
		const struct base64_path *const *last = base64_paths;
		bool good;

		if (below(8) > 0)
			len -= len % 4;
		for (size_t i = 0; i < len; i++)
			text[i] = digits[below(64)];
		for (unsigned n = below(3); n > 0 && len > 0; n--)
			text[below(4) == 0 ? below((unsigned)len)
					   : len - 1 - below(2) % len] =
			    below(2) ? '=' : (char)below(256);
		while (last[1] != NULL)
			last++;
		good = decode(*last, span_make(text, len), &back, &out, &bad);
		EACH_PATH(path)
		{
			size_t out2, bad2 = 0;

			ck_assert_int_eq(decode(*path, span_make(text, len),
					     &same, &out2, &bad2),
			    good);
			ck_assert_uint_eq(out2, out);
			ck_assert_uint_eq(bad2, bad);
			ck_assert_mem_eq(same, back, out);
			free(same);
		}
		free(back);
	}
}
END_TEST

START_TEST(the_best_is_chosen)
{
	char back[64];
	size_t len, bad, usable = 0;

	EACH_PATH(path) usable++;
	ck_assert_uint_ge(usable, 1);
#if defined(__aarch64__)
	ck_assert_uint_eq(usable, 2);
#endif
	ck_assert(base64_decode(back, &len, SPAN_OF("aGVsbG8="), &bad));
	ck_assert(span_is(span_make(back, len), "hello"));
	ck_assert(!base64_decode(back, &len, SPAN_OF("aGV bG8="), &bad));
	ck_assert_uint_eq(bad, 3);
}
END_TEST

TEST_MAIN("base64", every_length_comes_back, every_stranger_is_found,
    strict_rows, all_paths_agree, the_best_is_chosen)
