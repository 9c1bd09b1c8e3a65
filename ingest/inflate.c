#include "ingest/inflate.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/log.h"

/* Header and trailer of a member that holds nothing. */
#define GZIP_LEAST 20

bool
inflate_is_gzip(struct span begin)
{
	return span_starts(begin, "\x1f\x8b\x08");
}

bool
inflate_is_zstd(struct span begin)
{
	/* A skippable frame (184d2a50 to 5f) begins a zstd file as well. */
	return span_starts(begin, "\x28\xb5\x2f\xfd") ||
	    (begin.len >= 4 && (begin.at[0] & 0xf0) == 0x50 &&
		memcmp(begin.at + 1, "\x2a\x4d\x18", 3) == 0);
}

enum inflate
inflate_member(struct span in, char *to, size_t room, size_t *used, size_t *len)
{
	struct libdeflate_decompressor *deflate;
	enum libdeflate_result result;

	if (!inflate_is_gzip(in))
		return INFLATE_DAMAGED;
	deflate = libdeflate_alloc_decompressor();
	if (deflate == NULL)
		log_die("out of memory: gzip decompressor");
	result = libdeflate_gzip_decompress_ex(
	    deflate, in.at, in.len, to, room, used, len);
	libdeflate_free_decompressor(deflate);
	if (result == LIBDEFLATE_SUCCESS)
		return INFLATE_DONE;
	return result == LIBDEFLATE_INSUFFICIENT_SPACE ? INFLATE_TOO_LARGE
						       : INFLATE_DAMAGED;
}

size_t
inflate_hint(struct span in)
{
	const unsigned char *end = (const unsigned char *)in.at + in.len;

	if (in.len < GZIP_LEAST)
		return 0;
	return (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 |
	    (size_t)end[-1] << 24;
}

/* A first guess at the output's size. What the trailer says is free to be a
 * lie, so it never makes more room than deflate could fill. */
static size_t
inflate_room(struct span in, size_t limit)
{
	size_t most = in.len < limit / LIMIT_INFLATE_RATIO
	    ? in.len * LIMIT_INFLATE_RATIO
	    : limit;
	size_t room = inflate_hint(in);

	if (room < 2 * in.len)
		room = 2 * in.len;
	if (room < 4 * KIB)
		room = 4 * KIB;
	if (room > most && most >= 4 * KIB)
		room = most;
	return room < limit ? room : limit;
}

enum inflate
inflate_gzip(struct buf *out, struct span in, size_t limit)
{
	size_t before = out->len, room = inflate_room(in, limit);
	enum inflate verdict = INFLATE_DAMAGED;

	while (in.len > 0) {
		size_t left = limit - (out->len - before), used, len;
		char *to;

		room = room < left ? room : left;
		/* One byte more: libdeflate wants an address to write to. */
		to = buf_reserve(out, room + 1);
		if (to == NULL) {
			verdict = INFLATE_TOO_LARGE;
			break;
		}
		verdict = inflate_member(in, to, room, &used, &len);
		if (verdict == INFLATE_TOO_LARGE && room < left) {
			room = room < left / 2 ? room * 2 : left;
			continue;
		}
		if (verdict != INFLATE_DONE)
			break;
		out->len += len;
		in = span_make(in.at + used, in.len - used);
	}
	if (verdict != INFLATE_DONE) {
		out->len = before;
		out->failed = false;
	}
	return verdict;
}

struct inflate_zstd {
	ZSTD_DStream *stream;
};

struct inflate_zstd *
inflate_zstd_create(void)
{
	struct inflate_zstd *zstd = calloc(1, sizeof(*zstd));

	if (zstd == NULL || (zstd->stream = ZSTD_createDStream()) == NULL)
		log_die("out of memory: zstd decompressor");
	ZSTD_DCtx_setParameter(
	    zstd->stream, ZSTD_d_windowLogMax, INFLATE_WINDOW_LOG);
	return zstd;
}

void
inflate_zstd_free(struct inflate_zstd **zstd)
{
	if (*zstd == NULL)
		return;
	ZSTD_freeDStream((*zstd)->stream);
	free(*zstd);
	*zstd = NULL;
}

enum inflate
inflate_zstd(struct inflate_zstd *zstd, struct span *in, char *to, size_t room,
    size_t *got, const char **why)
{
	ZSTD_inBuffer from = {in->at, in->len, 0};
	ZSTD_outBuffer out = {to, room, 0};
	size_t left = ZSTD_decompressStream(zstd->stream, &out, &from);

	*got = out.pos;
	*in = span_make(in->at + from.pos, in->len - from.pos);
	if (ZSTD_isError(left)) {
		*why = ZSTD_getErrorName(left);
		return INFLATE_DAMAGED;
	}
	return left == 0 ? INFLATE_DONE : INFLATE_MORE;
}
