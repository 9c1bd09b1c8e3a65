#include "sinks/replica_unit.h"

#include <stdint.h>

#include "journal/codec.h"

static size_t
replica_unit_line(struct span rest)
{
	const char *end = memchr(rest.at, '\n', rest.len);

	return end == NULL ? rest.len : (size_t)(end + 1 - rest.at);
}

/* A length as a varint of at most five bytes, and so many bytes; more than
 * there are when they do not make a message. */
static size_t
replica_unit_message(struct span rest)
{
	uint64_t len = 0;
	size_t at = 0;

	do {
		if (at == rest.len || at == 5)
			return rest.len + 1;
		len |= (uint64_t)(rest.at[at] & 0x7f) << (7 * at);
	} while ((rest.at[at++] & 0x80) != 0);
	return len > rest.len - at ? rest.len + 1 : at + (size_t)len;
}

size_t
replica_unit_len(struct span rest, enum replica_form form)
{
	return form == FORM_JSON ? replica_unit_line(rest)
	    : form == FORM_OTLP	 ? replica_unit_message(rest)
				 : rest.len;
}

enum replica_form
replica_unit_form(struct span record)
{
	enum segment_format format = codec_format(&record, 1);
	size_t at = 0;

	if (format == FORMAT_JSON)
		return record.at[record.len - 1] == '\n' ? FORM_JSON : FORM_ODD;
	while (format == FORMAT_OTLP && at < record.len)
		at += replica_unit_message(
		    span_make(record.at + at, record.len - at));
	return format == FORMAT_OTLP && at == record.len ? FORM_OTLP : FORM_ODD;
}

struct span
replica_unit_series(struct span line)
{
	static const char *const ends[] = {"\"timestamp\"", "\"value\""};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *end =
		    memmem(line.at, line.len, ends[i], strlen(ends[i]));

		if (end != NULL)
			line.len = (size_t)(end - line.at);
	}
	return line;
}
