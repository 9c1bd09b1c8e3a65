#include "sinks/sns_form.h"

void
sns_form_encode(struct buf *out, struct span text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if ((byte >= '0' && byte <= '9') ||
		    (byte >= 'A' && byte <= 'Z') ||
		    (byte >= 'a' && byte <= 'z') || byte == '-' ||
		    byte == '.' || byte == '_' || byte == '~') {
			buf_byte(out, (char)byte);
			continue;
		}
		if (byte == ' ') {
			buf_byte(out, '+');
			continue;
		}
		buf_byte(out, '%');
		buf_byte(out, hex[byte >> 4]);
		buf_byte(out, hex[byte & 15]);
	}
}

void
sns_form_pair(struct buf *out, const char *name, struct span text)
{
	if (out->len > 0)
		buf_byte(out, '&');
	buf_text(out, name);
	buf_byte(out, '=');
	sns_form_encode(out, text);
}

bool
sns_form_next(struct span *form, struct span *name, struct span *text)
{
	size_t end = 0, equals;

	if (form->len == 0)
		return false;
	while (end < form->len && form->at[end] != '&')
		end++;
	for (equals = 0; equals < end && form->at[equals] != '=';)
		equals++;
	*name = span_make(form->at, equals);
	*text = equals < end
	    ? span_make(form->at + equals + 1, end - equals - 1)
	    : span_make(form->at + end, 0);
	end += end < form->len;
	*form = span_make(form->at + end, form->len - end);
	return true;
}
