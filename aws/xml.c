#include "aws/xml.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define XML_NAME 64

static const struct {
	const char *name;
	char is;
} xml_entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'},
    {"&quot;", '"'}, {"&apos;", '\''}};

static const char *
xml_find(struct span text, const char *what)
{
	return text.len == 0 ? NULL
			     : memmem(text.at, text.len, what, strlen(what));
}

bool
xml_next(struct span *rest, const char *name, struct span *inside)
{
	char open[XML_NAME], close[XML_NAME];
	const char *from, *to;

	snprintf(open, sizeof(open), "<%s>", name);
	snprintf(close, sizeof(close), "</%s>", name);
	from = xml_find(*rest, open);
	if (from == NULL)
		return false;
	from += strlen(open);
	*rest = span_make(from, rest->len - (size_t)(from - rest->at));
	to = xml_find(*rest, close);
	if (to == NULL)
		return false;
	*inside = span_make(from, (size_t)(to - from));
	to += strlen(close);
	*rest = span_make(to, rest->len - (size_t)(to - rest->at));
	return true;
}

struct span
xml_inside(struct span text, const char *name)
{
	struct span inside = {"", 0};

	xml_next(&text, name, &inside);
	return inside;
}

/* &#38; or &#x26; at the beginning; 0: none. */
static size_t
xml_number(struct buf *out, struct span text)
{
	unsigned long code = 0;
	unsigned base = 10;
	size_t at = 2;
	char utf8[4];

	if (text.len < 4 || !span_starts(text, "&#"))
		return 0;
	if (text.at[at] == 'x') {
		base = 16;
		at++;
	}
	for (; at < text.len && text.at[at] != ';' && code <= 0x10ffff; at++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = memchr(digits, text.at[at] | 0x20, base);

		if (text.at[at] <= '9')
			digit = memchr(digits, text.at[at], 10);
		if (digit == NULL)
			return 0;
		code = code * base + (unsigned long)(digit - digits);
	}
	if (at == text.len || code == 0 || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	buf_put(out, utf8, utf8_put(utf8, (unsigned)code));
	return at + 1;
}

static size_t
xml_entity(struct buf *out, struct span text)
{
	for (size_t i = 0; i < sizeof(xml_entities) / sizeof(*xml_entities);
	     i++)
		if (span_starts(text, xml_entities[i].name)) {
			buf_byte(out, xml_entities[i].is);
			return strlen(xml_entities[i].name);
		}
	return xml_number(out, text);
}

void
xml_text(struct buf *out, struct span text, const char *name)
{
	struct span rest = xml_inside(text, name);

	buf_clear(out);
	while (rest.len > 0) {
		size_t used = rest.at[0] == '&' ? xml_entity(out, rest) : 0;

		if (used == 0) {
			buf_byte(out, rest.at[0]);
			used = 1;
		}
		rest = span_make(rest.at + used, rest.len - used);
	}
}

void
xml_put(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char *name = NULL;

		for (size_t k = 0;
		     k < sizeof(xml_entities) / sizeof(*xml_entities); k++)
			if (text.at[i] == xml_entities[k].is)
				name = xml_entities[k].name;
		if (name != NULL)
			buf_text(out, name);
		else
			buf_byte(out, text.at[i]);
	}
}
