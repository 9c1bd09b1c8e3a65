#include "ingest/snappy_stream.h"

#include <snappy-c.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#define SNAPPY_MAGIC "\xff\x06\x00\x00sNaPpY"
#define SNAPPY_MAGIC_LEN 10
#define SNAPPY_HEADER 4 /* of a chunk, of a block */
#define SNAPPY_SUM 4	/* the checksum that data begin with */
/* Plain bytes of a chunk of the framing format. */
#define SNAPPY_CHUNK 65536
/* A copy of 64 bytes takes three. */
#define SNAPPY_RATIO 22

enum snappy_kind {
	SNAPPY_COMPRESSED = 0x00,
	SNAPPY_PLAIN = 0x01,
	SNAPPY_SKIPPABLE = 0x80, /* and above; padding (fe) too */
	SNAPPY_IDENTIFIER = 0xff
};

struct snappy_stream {
	bool hadoop;
	size_t at;   /* of the chunk, in the file */
	size_t skip; /* bytes of a chunk that means nothing here */
	size_t left; /* plain bytes of Hadoop's block still to come */
	struct buf out;
	uint32_t sums[256];
};

static size_t
snappy_number(const char *at, const int order[4])
{
	size_t number = 0;

	for (int i = 0; i < 4; i++)
		number |= (size_t)(unsigned char)at[i] << order[i];
	return number;
}

static size_t
snappy_big(const char *at)
{
	return snappy_number(at, (const int[]){24, 16, 8, 0});
}

static size_t
snappy_little(const char *at)
{
	return snappy_number(at, (const int[]){0, 8, 16, 24});
}

/* CRC-32C (Castagnoli), a byte at a time. */
static void
snappy_sums(uint32_t *sums)
{
	for (uint32_t i = 0; i < 256; i++) {
		sums[i] = i;
		for (int bit = 0; bit < 8; bit++)
			sums[i] = sums[i] >> 1 ^ (0x82f63b78 & -(sums[i] & 1));
	}
}

/* As the format stores it: a sum of bytes that hold sums is a bad one. */
static uint32_t
snappy_masked_sum(const struct snappy_stream *stream, struct span bytes)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < bytes.len; i++)
		sum = stream->sums[(sum ^ (unsigned char)bytes.at[i]) & 0xff] ^
		    sum >> 8;
	sum = ~sum;
	return (sum >> 15 | sum << 17) + 0xa282ead8;
}

struct snappy_stream *
snappy_stream_create(bool hadoop)
{
	struct snappy_stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		log_die("out of memory: snappy decompressor");
	stream->hadoop = hadoop;
	snappy_sums(stream->sums);
	return stream;
}

void
snappy_stream_free(struct snappy_stream **stream)
{
	if (*stream == NULL)
		return;
	buf_fini(&(*stream)->out);
	free(*stream);
	*stream = NULL;
}

bool
snappy_stream_is_framed(struct span begin)
{
	return begin.len >= SNAPPY_MAGIC_LEN &&
	    memcmp(begin.at, SNAPPY_MAGIC, SNAPPY_MAGIC_LEN) == 0;
}

/* The plain length that raw snappy names: no more than it can fill. */
static bool
snappy_plain_length(struct span raw, size_t *len)
{
	return snappy_uncompressed_length(raw.at, raw.len, len) == SNAPPY_OK &&
	    *len > 0 && *len <= raw.len * SNAPPY_RATIO &&
	    *len <= (size_t)LIMIT_SNAPPY_CHUNK;
}

/* A block's length, a chunk's that can be of such a block, and raw snappy,
 * which begins with a literal: there is nothing yet to copy from. */
bool
snappy_stream_is_hadoop(struct span begin)
{
	size_t block, chunk, plain, tag = 0;
	struct span raw;

	if (begin.len < 2 * SNAPPY_HEADER + 2)
		return false;
	block = snappy_big(begin.at);
	chunk = snappy_big(begin.at + SNAPPY_HEADER);
	raw = span_make(
	    begin.at + 2 * SNAPPY_HEADER, begin.len - 2 * SNAPPY_HEADER);
	while (tag + 1 < raw.len && (raw.at[tag] & 0x80) != 0)
		tag++;
	if (++tag >= raw.len || (raw.at[tag] & 3) != 0)
		return false;
	return chunk <= snappy_max_compressed_length(LIMIT_SNAPPY_CHUNK) &&
	    snappy_uncompressed_length(raw.at, tag, &plain) == SNAPPY_OK &&
	    plain > 0 && plain <= block && block <= INT32_MAX &&
	    plain <= chunk * SNAPPY_RATIO &&
	    chunk <= snappy_max_compressed_length(plain);
}

static enum rc
snappy_damage(
    const struct snappy_stream *stream, const char *why, struct err *err)
{
	return err_set(err, RC_REJECT,
	    "snappy is damaged in the chunk at byte %zu: %s", stream->at, why);
}

static void
snappy_take(struct snappy_stream *stream, struct span *in, size_t len)
{
	*in = span_make(in->at + len, in->len - len);
	stream->at += len;
}

/* What raw snappy holds, into the stream's own buffer. */
static enum rc
snappy_undo(struct snappy_stream *stream, struct span raw, struct span *bytes,
    struct err *err)
{
	size_t len;
	char *to;

	if (!snappy_plain_length(raw, &len))
		return snappy_damage(
		    stream, "its length is none that it can have", err);
	buf_clear(&stream->out);
	to = buf_reserve(&stream->out, len);
	invariant(to != NULL);
	if (snappy_uncompress(raw.at, raw.len, to, &len) != SNAPPY_OK)
		return snappy_damage(
		    stream, "what it holds cannot be undone", err);
	stream->out.len = len;
	*bytes = buf_span(&stream->out);
	return RC_OK;
}

/* A chunk with data, all of it at `data`. */
static enum rc
snappy_data(struct snappy_stream *stream, unsigned kind, struct span data,
    struct span *bytes, struct err *err)
{
	struct span rest =
	    span_make(data.at + SNAPPY_SUM, data.len - SNAPPY_SUM);
	enum rc rc = RC_OK;

	if (kind == SNAPPY_PLAIN)
		*bytes = rest;
	else
		rc = snappy_undo(stream, rest, bytes, err);
	if (rc == RC_OK && bytes->len > SNAPPY_CHUNK)
		rc = snappy_damage(stream, "it holds more than 64 KiB", err);
	if (rc == RC_OK &&
	    snappy_masked_sum(stream, *bytes) != snappy_little(data.at))
		rc = snappy_damage(stream, "its checksum is another", err);
	return rc;
}

/* Whether a chunk may be of this length, before it is waited for. */
static bool
snappy_length_fits(unsigned kind, size_t len)
{
	if (kind == SNAPPY_COMPRESSED)
		return len > SNAPPY_SUM &&
		    len - SNAPPY_SUM <=
		    snappy_max_compressed_length(SNAPPY_CHUNK);
	if (kind == SNAPPY_PLAIN)
		return len >= SNAPPY_SUM && len - SNAPPY_SUM <= SNAPPY_CHUNK;
	return kind != SNAPPY_IDENTIFIER ||
	    len == SNAPPY_MAGIC_LEN - SNAPPY_HEADER;
}

static enum rc
snappy_next_framed(struct snappy_stream *stream, struct span *in,
    struct span *bytes, size_t *want, struct err *err)
{
	unsigned kind = (unsigned char)in->at[0];
	size_t len = snappy_little(in->at) >> 8;
	enum rc rc = RC_OK;

	if (kind > SNAPPY_PLAIN && kind < SNAPPY_SKIPPABLE)
		return snappy_damage(stream, "its kind is not known", err);
	if (!snappy_length_fits(kind, len))
		return snappy_damage(
		    stream, "its length is none that it can have", err);
	if (kind >= SNAPPY_SKIPPABLE && kind != SNAPPY_IDENTIFIER) {
		snappy_take(stream, in, SNAPPY_HEADER);
		stream->skip = len;
		return RC_OK;
	}
	*want = SNAPPY_HEADER + len;
	if (in->len < *want)
		return RC_AGAIN;
	if (kind != SNAPPY_IDENTIFIER)
		rc = snappy_data(stream, kind,
		    span_make(in->at + SNAPPY_HEADER, len), bytes, err);
	else if (!snappy_stream_is_framed(*in))
		rc = snappy_damage(stream, "it should say sNaPpY", err);
	if (rc == RC_OK)
		snappy_take(stream, in, *want);
	return rc;
}

static enum rc
snappy_next_hadoop(struct snappy_stream *stream, struct span *in,
    struct span *bytes, size_t *want, struct err *err)
{
	size_t len = snappy_big(in->at), most = stream->left;
	enum rc rc;

	if (stream->left == 0) {
		if (len > INT32_MAX)
			return snappy_damage(
			    stream, "no block is so long", err);
		stream->left = len;
		snappy_take(stream, in, SNAPPY_HEADER);
		return RC_OK;
	}
	if (most > (size_t)LIMIT_SNAPPY_CHUNK)
		most = (size_t)LIMIT_SNAPPY_CHUNK;
	if (len > snappy_max_compressed_length(most))
		return snappy_damage(
		    stream, "its length is none that it can have", err);
	*want = SNAPPY_HEADER + len;
	if (in->len < *want)
		return RC_AGAIN;
	rc = snappy_undo(
	    stream, span_make(in->at + SNAPPY_HEADER, len), bytes, err);
	if (rc == RC_OK && bytes->len > stream->left)
		rc = snappy_damage(stream, "it holds more than its block", err);
	if (rc != RC_OK)
		return rc;
	stream->left -= bytes->len;
	snappy_take(stream, in, *want);
	return RC_OK;
}

enum rc
snappy_stream_next(struct snappy_stream *stream, struct span *in,
    struct span *bytes, size_t *want, struct err *err)
{
	size_t skip = stream->skip < in->len ? stream->skip : in->len;

	*bytes = span_make(NULL, 0);
	*want = stream->skip > 0 ? 1 : SNAPPY_HEADER;
	if (in->len < *want)
		return RC_AGAIN;
	if (skip > 0) {
		stream->skip -= skip;
		snappy_take(stream, in, skip);
		return RC_OK;
	}
	return stream->hadoop
	    ? snappy_next_hadoop(stream, in, bytes, want, err)
	    : snappy_next_framed(stream, in, bytes, want, err);
}

enum rc
snappy_stream_end(
    const struct snappy_stream *stream, struct span rest, struct err *err)
{
	if (rest.len == 0 && stream->skip == 0 && stream->left == 0)
		return RC_OK;
	return err_set(err, RC_REJECT,
	    "snappy ends within the chunk at byte %zu", stream->at);
}
