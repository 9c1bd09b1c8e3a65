#include "base/utf8.h"

static bool
utf8_tail(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t
utf8_length(struct span text)
{
	const unsigned char *s = (const unsigned char *)text.at;

	if (text.len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || text.len < 2 || !utf8_tail(s[1]))
		return 0;
	if (s[0] < 0xe0)
		return 2;
	if (text.len < 3 || !utf8_tail(s[2]))
		return 0;
	if (s[0] == 0xe0 && s[1] < 0xa0)
		return 0;
	if (s[0] == 0xed && s[1] > 0x9f)
		return 0;
	if (s[0] < 0xf0)
		return 3;
	if (text.len < 4 || !utf8_tail(s[3]))
		return 0;
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return 4;
}

bool
utf8_valid(struct span text)
{
	size_t i = 0;

	while (i < text.len) {
		size_t n = utf8_length(span_make(text.at + i, text.len - i));

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t
utf8_put(char out[4], unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}
