#include "journal/segment.h"

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/word.h"
#include "journal/reader.h"

#define SEGMENT_SKIPPABLE 0x184D2A5Cu

/* Where the fields of a header stand; see segment.h. */
enum {
	AT_SKIPPABLE = 0,
	AT_SIZE = 4,
	AT_MAGIC = 8,
	AT_VERSION = 16,
	AT_KIND = 18,
	AT_CODING = 19,
	AT_FORMAT = 20,
	AT_ZERO = 21,
	AT_CRC = 24,
	AT_RECORDS = 28,
	AT_ID = 32,
	AT_SEQ = 40,
	AT_ARRIVAL = 48,
	AT_PAYLOAD = 56,
	AT_PLAIN = 60,
	AT_SOURCE = 64,
	AT_REQUEST = 66
};

const struct span segment_magic = {"tocsinJL", 8};

static void
segment_varint(struct buf *out, size_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_byte(out, (char)(0x80 | (value & 0x7f)));
	buf_byte(out, (char)value);
}

bool
segment_length(struct span *lengths, size_t *len)
{
	*len = 0;
	for (unsigned i = 0; i < 5 && i < lengths->len; i++) {
		unsigned char byte = (unsigned char)lengths->at[i];

		*len |= (size_t)(byte & 0x7f) << (7 * i);
		if (byte >= 0x80)
			continue;
		*lengths = span_make(lengths->at + i + 1, lengths->len - i - 1);
		return true;
	}
	return false;
}

/* The payload of a config is hidden from zstd inside the skippable frame. */
static size_t
segment_hidden(const struct segment_frame *frame)
{
	return frame->kind == SEGMENT_CONFIG ? frame->payload_len : 0;
}

void
segment_build(struct buf *out, const struct segment_frame *frame,
    const struct span *records)
{
	size_t begin = out->len;
	char fixed[SEGMENT_FIXED] = {0};

	word_set(fixed + AT_SKIPPABLE, SEGMENT_SKIPPABLE, 4);
	memcpy(fixed + AT_MAGIC, segment_magic.at, segment_magic.len);
	word_set(fixed + AT_VERSION, SEGMENT_VERSION, 2);
	word_set(fixed + AT_KIND, frame->kind, 1);
	word_set(fixed + AT_CODING, frame->coding, 1);
	word_set(fixed + AT_FORMAT, frame->format, 1);
	word_set(fixed + AT_RECORDS, frame->nrecords, 4);
	word_set(fixed + AT_PAYLOAD, frame->payload_len, 4);
	word_set(fixed + AT_PLAIN, frame->plain_len, 4);
	word_set(fixed + AT_SOURCE, frame->source.len, 2);
	word_set(fixed + AT_REQUEST, frame->request_id.len, 2);
	buf_put(out, fixed, sizeof(fixed));
	buf_span_put(out, frame->source);
	buf_span_put(out, frame->request_id);
	for (size_t i = 0; i < frame->nrecords; i++)
		segment_varint(out, records[i].len);
	if (!buf_failed(out))
		word_set(out->bytes + begin + AT_SIZE,
		    out->len - begin - AT_MAGIC + segment_hidden(frame), 4);
}

/* Of a header, with its CRC field as zero, behind a payload's. */
static uint32_t
segment_crc(uint32_t payload_crc, struct span header)
{
	static const char zero[4];
	uint32_t crc = crc32c(payload_crc, header.at, AT_CRC);

	crc = crc32c(crc, zero, sizeof(zero));
	return crc32c(crc, header.at + AT_RECORDS, header.len - AT_RECORDS);
}

void
segment_stamp(struct span header, uint32_t payload_crc, uint64_t segment_id,
    uint64_t seq, int64_t arrival_ms)
{
	char *at = (char *)header.at;

	word_set(at + AT_ID, segment_id, 8);
	word_set(at + AT_SEQ, seq, 8);
	word_set(at + AT_ARRIVAL, (uint64_t)arrival_ms, 8);
	word_set(at + AT_CRC, segment_crc(payload_crc, header), 4);
}

/* What the fields say, before anything is believed. */
static void
segment_read(const char *at, struct segment_frame *frame)
{
	*frame = (struct segment_frame){
	    .kind = (enum segment_kind)word_get(at + AT_KIND, 1),
	    .coding = (enum segment_coding)word_get(at + AT_CODING, 1),
	    .format = (enum segment_format)word_get(at + AT_FORMAT, 1),
	    .segment_id = word_get(at + AT_ID, 8),
	    .seq = word_get(at + AT_SEQ, 8),
	    .arrival_ms = (int64_t)word_get(at + AT_ARRIVAL, 8),
	    .nrecords = word_get(at + AT_RECORDS, 4),
	    .plain_len = word_get(at + AT_PLAIN, 4),
	    .payload_len = word_get(at + AT_PAYLOAD, 4),
	    .source.len = word_get(at + AT_SOURCE, 2),
	    .request_id.len = word_get(at + AT_REQUEST, 2)};
}

static bool
segment_bounded(const struct segment_frame *frame)
{
	bool carries =
	    frame->kind == SEGMENT_BATCH || frame->kind == SEGMENT_CONFIG;

	if (!carries && frame->kind != SEGMENT_TICK &&
	    frame->kind != SEGMENT_HEAD)
		return false;
	if (!carries && (frame->plain_len > 0 || frame->payload_len > 0))
		return false;
	if (frame->kind != SEGMENT_BATCH && frame->nrecords > 0)
		return false;
	return frame->seq > 0 && frame->plain_len <= LIMIT_ENTRY_BYTES &&
	    frame->payload_len <= LIMIT_ENTRY_BYTES + MIB &&
	    frame->nrecords <= LIMIT_ENTRY_RECORDS &&
	    frame->source.len <= LIMIT_NAME &&
	    frame->request_id.len <= LIMIT_REQUEST_ID;
}

const char *
segment_measure(struct span begin, struct segment_frame *frame)
{
	size_t size, named;

	if (begin.len < SEGMENT_FIXED)
		return "cut short";
	if (!segment_is(begin))
		return "no frame begins here";
	if (word_get(begin.at + AT_VERSION, 2) != SEGMENT_VERSION)
		return "unknown version";
	segment_read(begin.at, frame);
	if (!segment_bounded(frame))
		return "header out of bounds";
	size = AT_MAGIC + word_get(begin.at + AT_SIZE, 4);
	named = SEGMENT_FIXED + frame->source.len + frame->request_id.len +
	    segment_hidden(frame);
	if (size < named || size - named > 5 * frame->nrecords)
		return "header length wrong";
	frame->lengths.len = size - named;
	frame->header_len = size - segment_hidden(frame);
	return NULL;
}

static bool
segment_lengths_fit(const struct segment_frame *frame)
{
	struct span lengths = frame->lengths;
	size_t len, sum = 0;

	for (size_t i = 0; i < frame->nrecords; i++) {
		if (!segment_length(&lengths, &len))
			return false;
		sum += len;
	}
	return lengths.len == 0 &&
	    (frame->kind != SEGMENT_BATCH || sum == frame->plain_len);
}

const char *
segment_check(struct span bytes, struct segment_frame *frame)
{
	struct span header = span_make(bytes.at, frame->header_len);
	const char *at = bytes.at + SEGMENT_FIXED;

	if (bytes.len != frame->header_len + frame->payload_len)
		return "cut short";
	frame->source.at = at;
	frame->request_id.at = at + frame->source.len;
	frame->lengths.at = frame->request_id.at + frame->request_id.len;
	frame->payload =
	    span_make(bytes.at + frame->header_len, frame->payload_len);
	if (word_get(bytes.at + AT_CRC, 4) !=
	    segment_crc(
		crc32c(0, frame->payload.at, frame->payload.len), header))
		return "checksum wrong";
	return segment_lengths_fit(frame) ? NULL : "record lengths wrong";
}

bool
segment_is(struct span begin)
{
	return begin.len >= AT_MAGIC + segment_magic.len &&
	    word_get(begin.at, 4) == SEGMENT_SKIPPABLE &&
	    memcmp(begin.at + AT_MAGIC, segment_magic.at, segment_magic.len) ==
	    0;
}

bool
segment_is_later(struct span begin, unsigned *version)
{
	size_t size;

	if (begin.len < AT_RECORDS || !segment_is(begin))
		return false;
	*version = (unsigned)word_get(begin.at + AT_VERSION, 2);
	size = AT_MAGIC + word_get(begin.at + AT_SIZE, 4);
	return *version > SEGMENT_VERSION && size >= AT_RECORDS &&
	    size <= begin.len &&
	    word_get(begin.at + AT_KIND, 1) == SEGMENT_HEAD &&
	    word_get(begin.at + AT_CRC, 4) ==
	    segment_crc(0, span_make(begin.at, size));
}
