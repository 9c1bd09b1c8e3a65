#include "ingest/snappy_stream.h"

#include <stdio.h>

#include "base/limits.h"
#include "packing.h"
#include "testing.h"

/* What a stream gives when its bytes come `step` at a time. */
struct undone {
	struct buf bytes;
	enum rc rc; /* RC_AGAIN: all of it, and it may end here */
	struct err err;
	size_t most; /* the most that was wanted at once */
};

static struct undone
undo(struct span packed, bool hadoop, size_t step)
{
	struct snappy_stream *stream = snappy_stream_create(hadoop);
	struct undone out = {.rc = RC_OK};
	size_t have = 0, want;
	struct span in = span_make(packed.at, 0), bytes;

	while (out.rc != RC_REJECT) {
		out.rc =
		    snappy_stream_next(stream, &in, &bytes, &want, &out.err);
		if (out.rc == RC_OK)
			buf_span_put(&out.bytes, bytes);
		if (out.rc != RC_AGAIN)
			continue;
		ck_assert_uint_gt(want, in.len);
		out.most = want > out.most ? want : out.most;
		if (have == packed.len)
			break;
		have = packed.len - have < step ? packed.len : have + step;
		in.len = (size_t)(packed.at + have - in.at);
	}
	if (out.rc == RC_AGAIN &&
	    snappy_stream_end(stream, in, &out.err) != RC_OK)
		out.rc = RC_REJECT;
	snappy_stream_free(&stream);
	ck_assert(stream == NULL);
	return out;
}

static struct buf
some_text(size_t len)
{
	struct buf text = {0};

	for (unsigned i = 0; text.len < len; i++)
		buf_printf(&text, "{\"line\":%u}\n", i * 2654435761u);
	text.len = len;
	return text;
}

START_TEST(the_sum_is_castagnoli)
{
	ck_assert_uint_eq(pack_crc32c(SPAN_OF("123456789")), 0xe3069283);
}
END_TEST

START_TEST(every_size_and_step)
{
	static const size_t sizes[] = {
	    0, 1, 60, 61, 65535, 65536, 65537, 200000, 700000};
	static const size_t steps[] = {7, 4096, SIZE_MAX};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t k = 0; k < 6; k++) {
			struct buf plain = some_text(sizes[i]), packed = {0};
			struct undone out;

			if (k < 3)
				pack_snappy(&packed, buf_span(&plain));
			else
				pack_hadoop(&packed, buf_span(&plain),
				    k == 3 ? 1000 : 256 * KIB, 50000);
			ck_assert_int_eq(
			    snappy_stream_is_framed(buf_span(&packed)), k < 3);
			ck_assert_int_eq(
			    snappy_stream_is_hadoop(buf_span(&packed)),
			    k >= 3 && plain.len > 0);
			out = undo(buf_span(&packed), k >= 3, steps[k % 3]);
			ck_assert_msg(out.rc == RC_AGAIN, "%s", out.err.text);
			ck_assert(
			    span_equal(buf_span(&out.bytes), buf_span(&plain)));
			buf_fini(&out.bytes);
			buf_fini(&packed);
			buf_fini(&plain);
		}
}
END_TEST

/* Each cut of a file is told as one, unless it ends a chunk or block. */
START_TEST(every_cut)
{
	struct buf plain = some_text(3000);

	for (int hadoop = 0; hadoop < 2; hadoop++) {
		struct buf packed = {0};
		size_t ends = 0;

		if (hadoop)
			pack_hadoop(&packed, buf_span(&plain), 1000, 500);
		else
			pack_snappy(&packed, buf_span(&plain));
		for (size_t cut = 0; cut <= packed.len; cut++) {
			struct undone out = undo(
			    span_make(packed.bytes, cut), hadoop, SIZE_MAX);

			ends += out.rc == RC_AGAIN;
			ck_assert_mem_eq(
			    out.bytes.bytes == NULL ? "" : out.bytes.bytes,
			    plain.bytes, out.bytes.len);
			if (out.rc == RC_REJECT)
				ck_assert_ptr_nonnull(strstr(out.err.text,
				    "snappy ends within the chunk at byte"));
			buf_fini(&out.bytes);
		}
		/* Nothing, magic, data, padding; or nothing and 3 blocks. */
		ck_assert_uint_eq(ends, 4);
		buf_fini(&packed);
	}
	buf_fini(&plain);
}
END_TEST

#define MAGIC "\xff\x06\0\0sNaPpY"

START_TEST(damaged_chunks)
{
	static const struct {
		bool hadoop;
		struct span packed;
		const char *text;
	} rows[] = {
	    {false, SPAN_OF(MAGIC "\x02\0\0\0"), "at byte 10: its kind"},
	    {false, SPAN_OF(MAGIC "\x7f\0\0\0"), "at byte 10: its kind"},
	    {false, SPAN_OF(MAGIC "\xff\x06\0\0sNaPpy"), "should say sNaPpY"},
	    {false, SPAN_OF(MAGIC "\xff\x07\0\0sNaPpYY"), "its length"},
	    {false, SPAN_OF(MAGIC "\x01\x03\0\0abc"), "its length"},
	    {false, SPAN_OF(MAGIC "\x00\x04\0\0abcd"), "its length"},
	    {false, SPAN_OF(MAGIC "\x01\x05\0\x01"), "its length"},
	    {false, SPAN_OF(MAGIC "\x00\x00\x00\x02"), "its length"},
	    {false, SPAN_OF(MAGIC "\x01\x05\0\0abcde"), "its checksum"},
	    {false, SPAN_OF(MAGIC "\x00\x07\0\0abcd\x01\x00x"), "its checksum"},
	    {false, SPAN_OF(MAGIC "\x00\x07\0\0abcd\x02\x00x"), "be undone"},
	    /* A length that so few bytes cannot fill. */
	    {false, SPAN_OF(MAGIC "\x00\x07\0\0abcd\xff\xff\x7f"),
		"its length"},
	    {true, SPAN_OF("\x80\0\0\0"), "at byte 0: no block"},
	    {true, SPAN_OF("\0\0\0\1\0\0\0\x40"), "at byte 4: its length"},
	    {true, SPAN_OF("\0\0\0\2\0\0\0\0"), "its length"},
	    {true, SPAN_OF("\0\0\0\1\0\0\0\4\2\4ab"), "more than its block"},
	    {true, SPAN_OF("\0\0\0\2\0\0\0\4\2\3ab"), "be undone"},
	    {true, SPAN_OF("\x7f\xff\xff\xff\x70\0\0\0"), "its length"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct undone out =
		    undo(rows[i].packed, rows[i].hadoop, SIZE_MAX);

		ck_assert_msg(out.rc == RC_REJECT &&
			strstr(out.err.text, rows[i].text) != NULL &&
			strstr(out.err.text, "snappy is damaged in the chunk"),
		    "row %zu: %s", i, out.err.text);
		ck_assert_uint_eq(out.bytes.len, 0);
		buf_fini(&out.bytes);
	}
}
END_TEST

/* Every byte of the data changed: the sum sees it. */
START_TEST(every_byte_is_summed)
{
	struct buf plain = some_text(400), packed = {0};

	pack_snappy_chunk(&packed, 0xff, SPAN_OF("sNaPpY"));
	pack_snappy_data(&packed, 0, buf_span(&plain));
	for (size_t at = 14; at < packed.len; at++) {
		struct undone out;

		packed.bytes[at] ^= 0x10;
		out = undo(buf_span(&packed), false, SIZE_MAX);
		packed.bytes[at] ^= 0x10;
		ck_assert_msg(out.rc == RC_REJECT, "byte %zu", at);
		ck_assert_uint_eq(out.bytes.len, 0);
		buf_fini(&out.bytes);
	}
	buf_fini(&packed);
	buf_fini(&plain);
}
END_TEST

/* More plain bytes than a chunk of the format may hold, and a chunk of
 * Hadoop's at the limit's edge, which no memory is made for. */
START_TEST(chunks_are_bounded)
{
	struct buf plain = {0}, packed = {0};
	struct undone out;

	memset(buf_reserve(&plain, 65537), 'a', 65537);
	plain.len = 65537;
	pack_snappy_chunk(&packed, 0xff, SPAN_OF("sNaPpY"));
	pack_snappy_data(&packed, 0, buf_span(&plain));
	out = undo(buf_span(&packed), false, SIZE_MAX);
	ck_assert_ptr_nonnull(strstr(out.err.text, "more than 64 KiB"));
	buf_fini(&out.bytes);
	/* 64 MiB and one byte more, said in five bytes. */
	out = undo(
	    SPAN_OF("\x7f\0\0\0\0\0\0\5\x81\x80\x80\x20\0"), true, SIZE_MAX);
	ck_assert_ptr_nonnull(strstr(out.err.text, "its length"));
	ck_assert_uint_eq(out.bytes.len, 0);
	buf_fini(&out.bytes);
	buf_fini(&packed);
	buf_fini(&plain);
}
END_TEST

START_TEST(what_is_none)
{
	static const struct span rows[] = {SPAN_OF(""), SPAN_OF("\xff\x06\0\0"),
	    SPAN_OF("\xff\x06\0\0sNaPpy"), SPAN_OF("{\"metric_stream_name\":"),
	    SPAN_OF("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0"),
	    SPAN_OF("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	    /* A block of 3 bytes, a chunk of 5; then: more than the block, a
	     * copy first, a length of nothing. */
	    SPAN_OF("\0\0\0\3\0\0\0\5\4\x08zzz"),
	    SPAN_OF("\0\0\0\3\0\0\0\5\3\x09zzz"),
	    SPAN_OF("\0\0\0\3\0\0\0\5\0\x08zzz")};

	ck_assert(
	    snappy_stream_is_hadoop(SPAN_OF("\0\0\0\3\0\0\0\5\3\x08zzz")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert_msg(!snappy_stream_is_framed(rows[i]), "row %zu", i);
		ck_assert_msg(!snappy_stream_is_hadoop(rows[i]), "row %zu", i);
	}
}
END_TEST

TEST_MAIN("snappy_stream", the_sum_is_castagnoli, every_size_and_step,
    every_cut, damaged_chunks, every_byte_is_summed, chunks_are_bounded,
    what_is_none)
