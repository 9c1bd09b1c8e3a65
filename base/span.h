/* Bytes that somebody else owns: a place and a length, no terminator. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

/* For printf("%.*s", SPAN_ARGS(s)). */
#define SPAN_ARGS(s) (int)(s).len, (s).at
#define SPAN_OF(literal) ((struct span){literal, sizeof(literal) - 1})

static inline struct span
span_make(const void *at, size_t len)
{
	return (struct span){at, len};
}

/* NULL makes the empty span. */
static inline struct span
span_text(const char *text)
{
	return (struct span){text, text == NULL ? 0 : strlen(text)};
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool
span_is(struct span a, const char *text)
{
	return span_equal(a, span_text(text));
}

/* Byte order, a shorter prefix first: the order dimensions are kept in. */
static inline int
span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.at, b.at, n);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static inline bool
span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && memcmp(a.at, prefix, n) == 0;
}

#endif
