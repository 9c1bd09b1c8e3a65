/* Gzip, zstd and snappy for the tests. */
#ifndef TESTS_UNIT_INGEST_PACKING_H
#define TESTS_UNIT_INGEST_PACKING_H

#include <libdeflate.h>
#include <snappy-c.h>
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

/* Bit by bit, not as the reader does it. */
static inline uint32_t
pack_crc32c(struct span bytes)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < bytes.len * 8; i++) {
		uint32_t bit =
		    sum ^ (uint32_t)((unsigned char)bytes.at[i / 8] >> i % 8);

		sum = sum >> 1 ^ ((bit & 1) != 0 ? 0x82f63b78u : 0);
	}
	return ~sum;
}

static inline void
pack_snappy_raw(struct buf *out, struct span plain)
{
	size_t len = snappy_max_compressed_length(plain.len);
	char *to = buf_reserve(out, len);

	snappy_compress(plain.at, plain.len, to, &len);
	out->len += len;
}

/* A chunk of the framing format: kind and length, low byte first. */
static inline void
pack_snappy_chunk(struct buf *out, int kind, struct span data)
{
	buf_byte(out, (char)kind);
	for (int shift = 0; shift < 24; shift += 8)
		buf_byte(out, (char)(data.len >> shift));
	buf_span_put(out, data);
}

/* A chunk with data. */
static inline void
pack_snappy_data(struct buf *out, int kind, struct span plain)
{
	uint32_t sum = pack_crc32c(plain);
	struct buf data = {0};

	sum = (sum >> 15 | sum << 17) + 0xa282ead8;
	for (int shift = 0; shift < 32; shift += 8)
		buf_byte(&data, (char)(sum >> shift));
	if (kind == 0)
		pack_snappy_raw(&data, plain);
	else
		buf_span_put(&data, plain);
	pack_snappy_chunk(out, kind, buf_span(&data));
	buf_fini(&data);
}

/* As many chunks as it takes; every third as it is, and others that mean
 * nothing among them. */
static inline void
pack_snappy(struct buf *out, struct span plain)
{
	pack_snappy_chunk(out, 0xff, SPAN_OF("sNaPpY"));
	for (int i = 0; plain.len > 0; i++) {
		size_t len = plain.len < 65536 ? plain.len : 65536;

		pack_snappy_data(out, i % 3 == 1, span_make(plain.at, len));
		if (i % 4 == 0)
			pack_snappy_chunk(out, 0xfe, SPAN_OF("\0\0\0"));
		if (i % 4 == 1)
			pack_snappy_chunk(out, 0x80 + i % 0x7e, SPAN_OF(""));
		plain = span_make(plain.at + len, plain.len - len);
	}
}

static inline void
pack_hadoop_length(struct buf *out, size_t len)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_byte(out, (char)(len >> shift));
}

/* Blocks of so many bytes, of chunks of at most so many. */
static inline void
pack_hadoop(struct buf *out, struct span plain, size_t block, size_t chunk)
{
	while (plain.len > 0) {
		size_t left = plain.len < block ? plain.len : block;

		pack_hadoop_length(out, left);
		while (left > 0) {
			size_t len = left < chunk ? left : chunk;
			struct buf raw = {0};

			pack_snappy_raw(&raw, span_make(plain.at, len));
			pack_hadoop_length(out, raw.len);
			buf_span_put(out, buf_span(&raw));
			buf_fini(&raw);
			plain = span_make(plain.at + len, plain.len - len);
			left -= len;
		}
	}
}

#endif
