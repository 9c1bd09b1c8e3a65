#include "sinks/base64.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_size(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

static void
base64_group(char *to, const unsigned char *at, size_t len)
{
	unsigned bits = (unsigned)at[0] << 16 |
	    (len > 1 ? (unsigned)at[1] << 8 : 0) | (len > 2 ? at[2] : 0);

	to[0] = base64_digits[bits >> 18];
	to[1] = base64_digits[bits >> 12 & 63];
	to[2] = len > 1 ? base64_digits[bits >> 6 & 63] : '=';
	to[3] = len > 2 ? base64_digits[bits & 63] : '=';
}

void
base64_print(struct buf *out, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	size_t size = base64_size(bytes.len), left = bytes.len;
	char *to = buf_reserve(out, size);

	if (to == NULL)
		return;
	for (; left >= 3; left -= 3, at += 3, to += 4)
		base64_group(to, at, 3);
	if (left > 0)
		base64_group(to, at, left);
	out->len += size;
}
