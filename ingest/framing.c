#include "ingest/framing.h"

#include <stdint.h>

#include "base/utf8.h"
#include "ingest/inflate.h"

#define FIELD_1_BYTES 0x0a

/* Reads a varint of at most 32 bits; 0 bytes: CUT when the bytes end in it. */
static size_t
framing_varint(struct span bytes, uint32_t *value, bool *cut)
{
	uint64_t sum = 0;

	*cut = false;
	for (size_t i = 0; i < 5; i++) {
		unsigned char byte;

		if (i == bytes.len) {
			*cut = true;
			return 0;
		}
		byte = (unsigned char)bytes.at[i];
		sum |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte >= 0x80)
			continue;
		*value = (uint32_t)sum;
		return sum > UINT32_MAX ? 0 : i + 1;
	}
	return 0;
}

enum framing
framing_next(struct span bytes, size_t *len)
{
	uint32_t value;
	bool cut;
	size_t prefix = framing_varint(bytes, &value, &cut);

	*len = bytes.len + 1;
	if (prefix == 0)
		return cut ? FRAMING_CUT : FRAMING_BROKEN;
	*len = prefix + (size_t)value;
	return *len <= bytes.len ? FRAMING_WHOLE : FRAMING_CUT;
}

/* Whether a message of `len` bytes, of which these are there, is nothing but
 * field 1. */
static bool
framing_message(struct span bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t inner;
		bool cut;
		size_t prefix;

		if (at >= bytes.len)
			return true;
		if (bytes.at[at] != FIELD_1_BYTES)
			return false;
		at++;
		prefix = framing_varint(
		    span_make(bytes.at + at, bytes.len - at), &inner, &cut);
		if (prefix == 0)
			return cut && bytes.len < len;
		at += prefix + inner;
	}
	return at == len;
}

bool
framing_is(struct span bytes, bool cut)
{
	bool some = bytes.len > 0;

	while (bytes.len > 0) {
		uint32_t len;
		bool ended;
		size_t prefix = framing_varint(bytes, &len, &ended), here;

		if (prefix == 0)
			return ended && cut;
		bytes = span_make(bytes.at + prefix, bytes.len - prefix);
		here = len < bytes.len ? len : bytes.len;
		if ((here < len && !cut) ||
		    !framing_message(span_make(bytes.at, here), len))
			return false;
		bytes = span_make(bytes.at + here, bytes.len - here);
	}
	return some;
}

bool
framing_is_json(struct span record)
{
	size_t at = 0;

	while (at < record.len && strchr(" \t\r\n", record.at[at]) != NULL &&
	    record.at[at] != '\0')
		at++;
	return at < record.len && record.at[at] == '{' &&
	    !framing_is(record, false);
}

static bool
framing_is_control(unsigned char byte)
{
	return byte == 0x7f ||
	    (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
}

/* How many bytes at the beginning are printable ASCII, by eights. */
static size_t
framing_plain(struct span record)
{
	const uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
	size_t at = 0;

	for (; record.len - at >= 8; at += 8) {
		uint64_t word, low, delete;

		memcpy(&word, record.at + at, 8);
		low = (word - 0x20 * ones) & ~word;
		delete = word ^ 0x7f * ones;
		delete = (delete -ones) & ~delete;
		if (((word | low | delete) & high) != 0)
			break;
	}
	return at;
}

/* What a person may have written: UTF-8 without control bytes. */
static bool
framing_is_text(struct span record)
{
	while (record.len > 0) {
		size_t at = framing_plain(record), n;

		record = span_make(record.at + at, record.len - at);
		if (record.len == 0)
			break;
		n = utf8_length(record);
		if (n == 0 || framing_is_control((unsigned char)*record.at))
			return false;
		record = span_make(record.at + n, record.len - n);
	}
	return true;
}

bool
framing_none(struct span record)
{
	struct span rest = record;
	size_t len;

	if (framing_is_text(record) || inflate_is_gzip(record))
		return false;
	while (rest.len > 0 && framing_next(rest, &len) == FRAMING_WHOLE) {
		if (framing_is(span_make(rest.at, len), false))
			return false;
		rest = span_make(rest.at + len, rest.len - len);
	}
	return rest.len > 0;
}
