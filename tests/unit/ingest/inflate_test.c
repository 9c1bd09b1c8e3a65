#include "ingest/inflate.h"

#include <sys/resource.h>

#include "base/limits.h"
#include "packing.h"
#include "testing.h"

/* Bytes that compress to about a half. */
static struct buf
some_text(size_t len)
{
	struct buf text = {0};
	unsigned seed = 7;

	while (text.len < len) {
		seed = seed * 1664525u + 1013904223u;
		buf_byte(&text, "0123456789abcdef"[seed >> 28]);
	}
	return text;
}

START_TEST(gzip_of_every_size)
{
	static const size_t sizes[] = {
	    0, 1, 100, 4095, 4096, 4097, 8192, 8193, 100000, 1 << 20, 5000000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct buf plain = some_text(sizes[i]), packed = {0}, out = {0};

		pack_gzip(&packed, buf_span(&plain));
		buf_text(&out, "before");
		ck_assert_int_eq(
		    inflate_gzip(&out, buf_span(&packed), plain.len),
		    INFLATE_DONE);
		ck_assert_uint_eq(out.len, plain.len + 6);
		ck_assert(span_equal(
		    span_make(out.bytes + 6, plain.len), buf_span(&plain)));
		/* One byte too many for the limit. */
		out.len = 6;
		if (plain.len > 0)
			ck_assert_int_eq(inflate_gzip(&out, buf_span(&packed),
					     plain.len - 1),
			    INFLATE_TOO_LARGE);
		ck_assert_uint_eq(out.len, 6);
		buf_fini(&plain);
		buf_fini(&packed);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(gzip_of_many_members)
{
	struct buf plain = some_text(100), packed = {0}, out = {0};

	for (int i = 0; i < 1000; i++)
		pack_gzip(&packed, buf_span(&plain));
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), 100000), INFLATE_DONE);
	ck_assert_uint_eq(out.len, 100000);
	ck_assert_mem_eq(out.bytes + 99900, plain.bytes, 100);
	buf_clear(&out);
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), 99999), INFLATE_TOO_LARGE);
	buf_fini(&plain);
	buf_fini(&packed);
	buf_fini(&out);
}
END_TEST

START_TEST(gzip_damaged)
{
	struct buf plain = some_text(5000), packed = {0}, out = {0};

	pack_gzip(&packed, buf_span(&plain));
	for (size_t len = 0; len < packed.len; len += 1 + len / 16)
		ck_assert_int_eq(
		    inflate_gzip(&out, span_make(packed.bytes, len), 10000),
		    INFLATE_DAMAGED);
	packed.bytes[packed.len - 6] ^= 1; /* in the CRC */
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), 10000), INFLATE_DAMAGED);
	packed.bytes[packed.len - 6] ^= 1;
	buf_byte(&packed, '\0');
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), 10000), INFLATE_DAMAGED);
	ck_assert_uint_eq(out.len, 0);
	buf_fini(&plain);
	buf_fini(&packed);
	buf_fini(&out);
}
END_TEST

/* R06: about 3 MiB that would be 3 GiB. */
START_TEST(gzip_bomb)
{
	size_t member = 96 * (size_t)MIB;
	char *zeros = calloc(1, member);
	struct buf packed = {0}, out = {0};
	struct rusage before, after;

	pack_gzip(&packed, span_make(zeros, member));
	free(zeros);
	for (size_t one = packed.len, i = 1; i < 32; i++) {
		buf_reserve(&packed, one);
		buf_put(&packed, packed.bytes, one);
	}
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), (size_t)LIMIT_BODY_BYTES),
	    INFLATE_TOO_LARGE);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 400 * 1024);
	/* A lying trailer gets no more room than deflate could fill. */
	buf_fini(&out);
	buf_clear(&packed);
	pack_gzip(&packed, SPAN_OF("small"));
	memset(packed.bytes + packed.len - 4, 0x7f, 4);
	ck_assert_int_eq(
	    inflate_gzip(&out, buf_span(&packed), (size_t)LIMIT_BODY_BYTES),
	    INFLATE_DAMAGED);
	ck_assert_uint_lt(out.room, 1 << 20);
	buf_fini(&packed);
	buf_fini(&out);
}
END_TEST

/* Feeds the stream `step` bytes at a time with `room` for what comes. */
static enum inflate
zstd_all(struct buf *out, struct span in, size_t step, size_t room)
{
	struct inflate_zstd *zstd = inflate_zstd_create();
	enum inflate verdict = INFLATE_MORE;
	const char *why;

	while (in.len > 0 && verdict != INFLATE_DAMAGED) {
		struct span some =
		    span_make(in.at, in.len < step ? in.len : step);
		size_t before = some.len, got = 1;

		while (verdict != INFLATE_DAMAGED && (some.len > 0 || got)) {
			verdict = inflate_zstd(zstd, &some,
			    buf_reserve(out, room), room, &got, &why);
			out->len += got;
		}
		in = span_make(in.at + before, in.len - before);
	}
	inflate_zstd_free(&zstd);
	return verdict;
}

START_TEST(zstd_streams)
{
	static const char skippable[] = "\x55\x2a\x4d\x18\x03\0\0\0abc";
	struct buf plain = some_text(300000), packed = {0}, out = {0};

	buf_put(&packed, skippable, sizeof(skippable) - 1);
	pack_zstd(&packed, span_make(plain.bytes, 100000));
	buf_put(&packed, skippable, sizeof(skippable) - 1);
	pack_zstd(&packed, span_make(plain.bytes + 100000, 200000));
	ck_assert(inflate_is_zstd(buf_span(&packed)));
	ck_assert(!inflate_is_gzip(buf_span(&packed)));
	for (size_t step = 7; step < 1000000; step *= 7) {
		buf_clear(&out);
		ck_assert_int_ne(
		    zstd_all(&out, buf_span(&packed), step, 1000 + step),
		    INFLATE_DAMAGED);
		ck_assert(span_equal(buf_span(&out), buf_span(&plain)));
	}
	packed.bytes[packed.len - 1] ^= 1; /* in the checksum */
	ck_assert_int_eq(
	    zstd_all(&out, buf_span(&packed), 1000, 1000), INFLATE_DAMAGED);
	buf_fini(&plain);
	buf_fini(&packed);
	buf_fini(&out);
}
END_TEST

TEST_MAIN("inflate", gzip_of_every_size, gzip_of_many_members, gzip_damaged,
    gzip_bomb, zstd_streams)
