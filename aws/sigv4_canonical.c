#include <ctype.h>
#include <stdlib.h>

#include "aws/sigv4.h"
#include "base/arena.h"
#include "base/log.h"

/* A header or a query parameter in its canonical form. */
struct pair {
	struct span name, value;
};

static bool
encode_plain(unsigned char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	    (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
	    byte == '.' || byte == '~';
}

void
sigv4_encode(struct buf *out, struct span text, bool keep_slash)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (encode_plain(byte) || (keep_slash && byte == '/'))
			buf_byte(out, (char)byte);
		else
			buf_printf(out, "%%%02X", byte);
	}
}

/* Without empty, "." and ".." segments; a slash at the end stays. */
static void
path_normalize(struct buf *out, struct span path)
{
	size_t start = out->len, i = 0;

	while (i < path.len) {
		size_t from = ++i;
		struct span segment;

		while (i < path.len && path.at[i] != '/')
			i++;
		segment = span_make(path.at + from, i - from);
		if (segment.len == 0 || span_is(segment, "."))
			continue;
		if (span_is(segment, "..")) {
			while (
			    out->len > start && out->bytes[--out->len] != '/')
				;
			continue;
		}
		buf_byte(out, '/');
		buf_span_put(out, segment);
	}
	if (out->len == start || path.at[path.len - 1] == '/')
		buf_byte(out, '/');
}

static void
canonical_path(struct buf *out, const struct sigv4_request *request)
{
	struct buf once = {0}, normal = {0};
	struct span path = request->path;

	invariant(path.len > 0 && path.at[0] == '/');
	if (request->normalize_path) {
		path_normalize(&normal, path);
		path = buf_span(&normal);
	}
	sigv4_encode(&once, path, true);
	if (request->double_encode)
		sigv4_encode(out, buf_span(&once), true);
	else
		buf_span_put(out, buf_span(&once));
	buf_fini(&once);
	buf_fini(&normal);
}

static int
hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char)tolower((unsigned char)digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Decoded and encoded anew: however it was written, one form comes out. */
static struct span
query_canon(struct arena *arena, struct span text)
{
	struct buf plain = {0}, coded = {0};
	struct span made;

	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;

		if (text.at[i] == '%' && text.len - i > 2) {
			high = hex_digit(text.at[i + 1]);
			low = hex_digit(text.at[i + 2]);
		}
		if (high < 0 || low < 0) {
			buf_byte(&plain, text.at[i]);
			continue;
		}
		buf_byte(&plain, (char)(high * 16 + low));
		i += 2;
	}
	sigv4_encode(&coded, buf_span(&plain), false);
	made = arena_copy(arena, buf_span(&coded));
	buf_fini(&plain);
	buf_fini(&coded);
	return made;
}

static int
pair_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = span_compare(x->name, y->name);

	return order != 0 ? order : span_compare(x->value, y->value);
}

static struct pair
query_pair(struct arena *arena, struct span text)
{
	const char *equals =
	    text.len == 0 ? NULL : memchr(text.at, '=', text.len);
	size_t name = equals == NULL ? text.len : (size_t)(equals - text.at);
	size_t value = equals == NULL ? text.len : name + 1;

	return (struct pair){query_canon(arena, span_make(text.at, name)),
	    query_canon(arena, span_make(text.at + value, text.len - value))};
}

static void
canonical_query(struct buf *out, struct arena *arena, struct span query)
{
	struct pair *pairs =
	    arena_alloc(arena, (query.len / 2 + 1) * sizeof(*pairs));
	size_t npairs = 0, i = 0;

	while (i < query.len) {
		size_t from = i;

		while (i < query.len && query.at[i] != '&')
			i++;
		if (i > from)
			pairs[npairs++] = query_pair(
			    arena, span_make(query.at + from, i - from));
		i++;
	}
	qsort(pairs, npairs, sizeof(*pairs), pair_order);
	for (i = 0; i < npairs; i++) {
		if (i > 0)
			buf_byte(out, '&');
		buf_span_put(out, pairs[i].name);
		buf_byte(out, '=');
		buf_span_put(out, pairs[i].value);
	}
}

static struct span
header_name(struct arena *arena, struct span name)
{
	char *lower = arena_text(arena, name);

	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	return span_make(lower, name.len);
}

/* Trimmed, each run of white space one space. */
static void
header_value(struct buf *out, struct span value)
{
	size_t start = out->len;
	bool space = false;

	for (size_t i = 0; i < value.len; i++) {
		char byte = value.at[i];

		if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
			space = true;
			continue;
		}
		if (space && out->len > start)
			buf_byte(out, ' ');
		space = false;
		buf_byte(out, byte);
	}
}

/* By name; those of one name stay in the order they were given. */
static struct pair *
headers_sorted(struct arena *arena, const struct sigv4_request *request)
{
	struct pair *sorted =
	    arena_alloc(arena, (request->nheaders + 1) * sizeof(*sorted));

	for (size_t i = 0; i < request->nheaders; i++) {
		struct pair pair = {
		    header_name(arena, request->headers[i].name),
		    request->headers[i].value};
		size_t at = i;

		while (at > 0 &&
		    span_compare(sorted[at - 1].name, pair.name) > 0) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = pair;
	}
	return sorted;
}

static bool
header_repeats(const struct pair *sorted, size_t i)
{
	return i > 0 && span_equal(sorted[i].name, sorted[i - 1].name);
}

static void
canonical_headers(struct buf *out, const struct pair *sorted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!header_repeats(sorted, i))
			buf_span_put(out, sorted[i].name);
		buf_byte(out, header_repeats(sorted, i) ? ',' : ':');
		header_value(out, sorted[i].value);
		if (i + 1 == n || !header_repeats(sorted, i + 1))
			buf_byte(out, '\n');
	}
}

void
sigv4_signed_headers(struct buf *out, const struct sigv4_request *request)
{
	struct arena arena;
	struct pair *sorted;

	arena_init(&arena);
	sorted = headers_sorted(&arena, request);
	for (size_t i = 0; i < request->nheaders; i++) {
		if (header_repeats(sorted, i))
			continue;
		if (i > 0)
			buf_byte(out, ';');
		buf_span_put(out, sorted[i].name);
	}
	arena_fini(&arena);
}

void
sigv4_canonical_request(struct buf *out, const struct sigv4_request *request)
{
	struct arena arena;

	arena_init(&arena);
	buf_span_put(out, request->method);
	buf_byte(out, '\n');
	canonical_path(out, request);
	buf_byte(out, '\n');
	canonical_query(out, &arena, request->query);
	buf_byte(out, '\n');
	canonical_headers(
	    out, headers_sorted(&arena, request), request->nheaders);
	buf_byte(out, '\n');
	sigv4_signed_headers(out, request);
	buf_byte(out, '\n');
	buf_span_put(out, request->payload_hash);
	arena_fini(&arena);
}
