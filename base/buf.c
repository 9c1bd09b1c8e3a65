#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/word.h"

void
buf_fini(struct buf *buf)
{
	free(buf->bytes);
	*buf = (struct buf){0};
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

bool
buf_failed(const struct buf *buf)
{
	return buf->failed;
}

char *
buf_reserve(struct buf *buf, size_t more)
{
	size_t room = buf->room == 0 ? 256 : buf->room;
	char *bytes;

	if (buf->failed || more > LIMIT_BUF_BYTES - buf->len) {
		buf->failed = true;
		return NULL;
	}
	if (buf->room - buf->len >= more && buf->bytes != NULL)
		return buf->bytes + buf->len;
	while (room - buf->len < more)
		room *= 2;
	bytes = realloc(buf->bytes, room);
	if (bytes == NULL)
		log_die("out of memory: buffer of %zu bytes", room);
	buf->bytes = bytes;
	buf->room = room;
	return buf->bytes + buf->len;
}

void
buf_put(struct buf *buf, const void *bytes, size_t len)
{
	char *to = buf_reserve(buf, len);

	if (to == NULL || len == 0)
		return;
	memcpy(to, bytes, len);
	buf->len += len;
}

void
buf_span_put(struct buf *buf, struct span span)
{
	buf_put(buf, span.at, span.len);
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void
buf_byte(struct buf *buf, char byte)
{
	buf_put(buf, &byte, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	int len;
	char *to;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	to = buf_reserve(buf, (size_t)len + 1);
	if (to != NULL) {
		vsnprintf(to, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

static void
buf_little(struct buf *buf, unsigned long long value, size_t bytes)
{
	char out[8];

	word_set(out, value, bytes);
	buf_put(buf, out, bytes);
}

void
buf_u16(struct buf *buf, unsigned value)
{
	buf_little(buf, value, 2);
}

void
buf_u32(struct buf *buf, unsigned value)
{
	buf_little(buf, value, 4);
}

void
buf_u64(struct buf *buf, unsigned long long value)
{
	buf_little(buf, value, 8);
}

static void
buf_json_escape(struct buf *buf, unsigned char byte)
{
	static const char names[] = "btnvfr";

	if (byte == '"' || byte == '\\')
		buf_printf(buf, "\\%c", byte);
	else if (byte >= 8 && byte <= 13 && byte != 11)
		buf_printf(buf, "\\%c", names[byte - 8]);
	else
		buf_printf(buf, "\\u%04x", byte);
}

void
buf_json(struct buf *buf, struct span text)
{
	size_t i = 0, plain = 0;

	buf_byte(buf, '"');
	while (i < text.len) {
		unsigned char byte = (unsigned char)text.at[i];
		size_t wide = utf8_length(span_make(text.at + i, text.len - i));

		if (byte >= 0x20 && byte != '"' && byte != '\\' && wide > 0) {
			i += wide;
			continue;
		}
		buf_put(buf, text.at + plain, i - plain);
		if (wide == 0)
			buf_text(buf, "\xef\xbf\xbd");
		else
			buf_json_escape(buf, byte);
		plain = ++i;
	}
	buf_put(buf, text.at + plain, i - plain);
	buf_byte(buf, '"');
}

void
buf_json_text(struct buf *buf, const char *text)
{
	buf_json(buf, span_text(text));
}

const char *
buf_cstr(struct buf *buf)
{
	char *end = buf_reserve(buf, 1);

	if (end == NULL)
		return "";
	*end = '\0';
	return buf->bytes;
}
