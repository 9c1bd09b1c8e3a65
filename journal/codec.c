#include "journal/codec.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/log.h"

/* speed.md 4: level 3 saves next to nothing on JSON and costs a third more. */
#define CODEC_LEVEL 1

struct expander {
	ZSTD_DCtx *zstd;
};

static void
codec_chunk(ZSTD_CCtx *zstd, struct buf *out, struct span plain)
{
	size_t room = ZSTD_compressBound(plain.len), len;
	char *to = buf_reserve(out, room);

	if (to == NULL)
		return;
	len = ZSTD_compress2(zstd, to, room, plain.at, plain.len);
	/* With room for the bound, only memory can be missing. */
	if (ZSTD_isError(len))
		log_die("zstd: %s", ZSTD_getErrorName(len));
	out->len += len;
}

/* Cuts the pieces into chunks, copying only those that span pieces. */
static void
codec_pieces(ZSTD_CCtx *zstd, struct buf *out, const struct span *pieces,
    size_t npieces, char *chunk)
{
	size_t filled = 0;

	for (size_t i = 0; i < npieces; i++) {
		struct span rest = pieces[i];

		while (rest.len > 0) {
			size_t take = SEGMENT_CHUNK - filled;

			if (take > rest.len)
				take = rest.len;
			if (take == SEGMENT_CHUNK) {
				codec_chunk(
				    zstd, out, span_make(rest.at, take));
			} else {
				memcpy(chunk + filled, rest.at, take);
				filled += take;
			}
			if (filled == SEGMENT_CHUNK) {
				codec_chunk(
				    zstd, out, span_make(chunk, filled));
				filled = 0;
			}
			rest = span_make(rest.at + take, rest.len - take);
		}
	}
	if (filled > 0)
		codec_chunk(zstd, out, span_make(chunk, filled));
}

void
codec_squeeze(struct buf *out, const struct span *pieces, size_t npieces)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *chunk = malloc(SEGMENT_CHUNK);

	if (zstd == NULL || chunk == NULL)
		log_die("out of memory: compressing an entry");
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, CODEC_LEVEL);
	codec_pieces(zstd, out, pieces, npieces, chunk);
	free(chunk);
	ZSTD_freeCCtx(zstd);
}

struct expander *
expander_create(void)
{
	struct expander *expander = calloc(1, sizeof(*expander));

	if (expander == NULL)
		log_die("out of memory: expander");
	expander->zstd = ZSTD_createDCtx();
	if (expander->zstd == NULL)
		log_die("out of memory: zstd");
	return expander;
}

void
expander_free(struct expander **expander)
{
	if (*expander == NULL)
		return;
	ZSTD_freeDCtx((*expander)->zstd);
	free(*expander);
	*expander = NULL;
}

bool
expander_run(struct expander *expander, const struct segment_frame *frame,
    struct buf *out)
{
	struct span payload = frame->payload;
	char *to;
	size_t len;

	buf_clear(out);
	to = buf_reserve(out, frame->plain_len);
	if (to == NULL)
		return false;
	if (frame->coding == CODING_PLAIN) {
		if (payload.len != frame->plain_len)
			return false;
		buf_span_put(out, payload);
		return true;
	}
	if (frame->coding != CODING_ZSTD)
		return false;
	len = ZSTD_decompressDCtx(
	    expander->zstd, to, frame->plain_len, payload.at, payload.len);
	if (ZSTD_isError(len) || len != frame->plain_len)
		return false;
	out->len = len;
	return true;
}

/* A JSON record begins with {" and maybe white space in between; the byte {
 * alone may also be an OTLP message's length. */
enum segment_format
codec_format(const struct span *records, size_t nrecords)
{
	struct span first = nrecords == 0 ? span_text("") : records[0];
	bool open = false;

	for (size_t i = 0; i < first.len; i++) {
		if (memchr(" \t\r\n", first.at[i], 4) != NULL)
			continue;
		if (open)
			return first.at[i] == '"' ? FORMAT_JSON : FORMAT_OTLP;
		if (first.at[i] != '{')
			return FORMAT_OTLP;
		open = true;
	}
	return FORMAT_UNKNOWN;
}
