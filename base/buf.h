/*
 * A buffer that grows. Writers never check: a failure (the limit) sticks, and
 * the one who uses the bytes asks buf_failed() once at the end.
 *
 * Ownership. The buffer owns its bytes; buf_span() borrows until the next put.
 * Limits. LIMIT_BUF_BYTES. Out of memory ends the process.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct buf {
	char *bytes;
	size_t len;
	size_t room;
	bool failed;
};

void buf_fini(struct buf *buf);
void buf_clear(struct buf *buf);
bool buf_failed(const struct buf *buf);

/* Room for `more` bytes behind the end; NULL when the limit refuses. The
 * caller writes there and adds to `len` itself. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_put(struct buf *buf, const void *bytes, size_t len);
void buf_span_put(struct buf *buf, struct span span);
void buf_text(struct buf *buf, const char *text);
void buf_byte(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Little-endian integers, for formats of our own. */
void buf_u16(struct buf *buf, unsigned value);
void buf_u32(struct buf *buf, unsigned value);
void buf_u64(struct buf *buf, unsigned long long value);

/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void buf_json(struct buf *buf, struct span text);
void buf_json_text(struct buf *buf, const char *text);

static inline struct span
buf_span(const struct buf *buf)
{
	return span_make(buf->bytes, buf->len);
}

/* The bytes with a NUL behind them, for C interfaces. */
const char *buf_cstr(struct buf *buf);

#endif
