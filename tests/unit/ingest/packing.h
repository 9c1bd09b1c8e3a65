/* Gzip and zstd for the tests. */
#ifndef TESTS_UNIT_INGEST_PACKING_H
#define TESTS_UNIT_INGEST_PACKING_H

#include <libdeflate.h>
#include <zstd.h>

#include "base/buf.h"

static inline void
pack_gzip(struct buf *out, struct span plain)
{
	struct libdeflate_compressor *deflate = libdeflate_alloc_compressor(6);
	size_t most = libdeflate_gzip_compress_bound(deflate, plain.len);
	char *to = buf_reserve(out, most);

	out->len +=
	    libdeflate_gzip_compress(deflate, plain.at, plain.len, to, most);
	libdeflate_free_compressor(deflate);
}

static inline void
pack_zstd(struct buf *out, struct span plain)
{
	size_t most = ZSTD_compressBound(plain.len);
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *to = buf_reserve(out, most);

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	out->len += ZSTD_compress2(zstd, to, most, plain.at, plain.len);
	ZSTD_freeCCtx(zstd);
}

#endif
