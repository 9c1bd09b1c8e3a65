#include "base/crc32c.h"
#include "base/limits.h"
#include "base/word.h"
#include "journal/codec.h"
#include "journal/reader.h"
#include "journal/segment.h"
#include "testing.h"

#define ID 0x1122334455667788u

/* A whole frame: header and payload. */
static void
make(struct buf *out, enum segment_kind kind, const struct span *records,
    size_t nrecords)
{
	struct segment_frame frame = {.kind = kind,
	    .coding = CODING_ZSTD,
	    .nrecords = nrecords,
	    .source = SPAN_OF("primary"),
	    .request_id = SPAN_OF("5a3c")};
	struct buf payload = {0};
	const struct span config = SPAN_OF("{}");

	for (size_t i = 0; i < nrecords; i++)
		frame.plain_len += records[i].len;
	codec_squeeze(&payload, records, nrecords);
	if (kind == SEGMENT_CONFIG) {
		frame.plain_len = config.len;
		codec_squeeze(&payload, &config, 1);
	}
	frame.payload_len = payload.len;
	buf_clear(out);
	segment_build(out, &frame, records);
	segment_stamp(
	    buf_span(out), crc32c(0, payload.bytes, payload.len), ID, 7, 1234);
	buf_span_put(out, buf_span(&payload));
	buf_fini(&payload);
}

static const char *
parse(const struct buf *bytes, struct segment_frame *frame)
{
	const char *reason = segment_measure(buf_span(bytes), frame);

	if (reason != NULL)
		return reason;
	if (frame->header_len + frame->payload_len > bytes->len)
		return "cut short";
	return segment_check(
	    span_make(bytes->bytes, frame->header_len + frame->payload_len),
	    frame);
}

START_TEST(a_frame_reads_back)
{
	const struct span records[] = {
	    SPAN_OF("{\"a\":1}\n"), SPAN_OF(""), SPAN_OF("x")};
	struct expander *expander = expander_create();
	struct segment_frame frame;
	struct buf bytes = {0}, plain = {0};
	struct span lengths;
	size_t len;

	make(&bytes, SEGMENT_BATCH, records, 3);
	ck_assert_ptr_null(parse(&bytes, &frame));
	ck_assert_uint_eq(frame.segment_id, ID);
	ck_assert_uint_eq(frame.seq, 7);
	ck_assert_int_eq(frame.arrival_ms, 1234);
	ck_assert(span_is(frame.source, "primary"));
	ck_assert(span_is(frame.request_id, "5a3c"));
	lengths = frame.lengths;
	for (int i = 0; i < 3; i++) {
		ck_assert(segment_length(&lengths, &len));
		ck_assert_uint_eq(len, records[i].len);
	}
	ck_assert(!segment_length(&lengths, &len));
	ck_assert(expander_run(expander, &frame, &plain));
	ck_assert(span_is(buf_span(&plain), "{\"a\":1}\nx"));
	/* A payload that says more, or less, than the header. */
	frame.plain_len--;
	ck_assert(!expander_run(expander, &frame, &plain));
	frame.plain_len += 2;
	ck_assert(!expander_run(expander, &frame, &plain));
	expander_free(&expander);
	buf_fini(&plain);
	buf_fini(&bytes);
}
END_TEST

START_TEST(every_bit_is_covered)
{
	static const enum segment_kind kinds[] = {
	    SEGMENT_BATCH, SEGMENT_TICK, SEGMENT_CONFIG, SEGMENT_HEAD};
	const struct span records[] = {SPAN_OF("{\"a\":1}\n")};
	struct segment_frame frame;
	struct buf bytes = {0};

	for (size_t k = 0; k < 4; k++) {
		make(&bytes, kinds[k], records, kinds[k] == SEGMENT_BATCH);
		ck_assert_ptr_null(parse(&bytes, &frame));
		for (size_t bit = 0; bit < bytes.len * 8; bit++) {
			char *at = &bytes.bytes[bit / 8];

			*at = (char)(*at ^ 1 << bit % 8);
			ck_assert_msg(parse(&bytes, &frame) != NULL,
			    "kind %d bit %zu", (int)kinds[k], bit);
			*at = (char)(*at ^ 1 << bit % 8);
		}
		ck_assert_ptr_null(parse(&bytes, &frame));
	}
	buf_fini(&bytes);
}
END_TEST

/* What a hostile file can say with a good checksum. */
START_TEST(lengths_are_bounded)
{
	static const struct {
		size_t at, len;
		uint64_t good, bad;
	} rows[] = {{56, 4, LIMIT_ENTRY_BYTES, LIMIT_ENTRY_BYTES + MIB + 1},
	    {56, 4, 0, UINT32_MAX},
	    {60, 4, LIMIT_ENTRY_BYTES, LIMIT_ENTRY_BYTES + 1},
	    {28, 4, 1, LIMIT_ENTRY_RECORDS + 1}, {28, 4, 1, 0},
	    {64, 2, 7, LIMIT_NAME + 1}, {66, 2, 4, LIMIT_REQUEST_ID + 1},
	    {4, 4, 72, 60}, {4, 4, 72, UINT32_MAX}, {4, 4, 72, 78},
	    {16, 2, 1, 0}, {16, 2, 1, 2}, {18, 1, 1, 0}, {18, 1, 1, 4},
	    {18, 1, 1, SEGMENT_TICK}, {40, 8, 1, 0}};
	const struct span records[] = {SPAN_OF("{\"a\":1}\n")};
	struct segment_frame frame;
	struct buf bytes = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make(&bytes, SEGMENT_BATCH, records, 1);
		word_set(bytes.bytes + rows[i].at, rows[i].good, rows[i].len);
		ck_assert_msg(segment_measure(buf_span(&bytes), &frame) == NULL,
		    "row %zu: %s", i,
		    segment_measure(buf_span(&bytes), &frame));
		word_set(bytes.bytes + rows[i].at, rows[i].bad, rows[i].len);
		ck_assert_msg(segment_measure(buf_span(&bytes), &frame) != NULL,
		    "row %zu", i);
	}
	buf_fini(&bytes);
}
END_TEST

START_TEST(record_lengths_must_add_up)
{
	const struct span records[] = {SPAN_OF("{\"a\":1}\n")};
	struct segment_frame frame;
	struct buf bytes = {0};
	size_t header = 68 + 7 + 4 + 1;
	uint32_t crc;

	make(&bytes, SEGMENT_BATCH, records, 1);
	crc = crc32c(0, bytes.bytes + header, bytes.len - header);
	word_set(bytes.bytes + header - 1, 9, 1);
	segment_stamp(span_make(bytes.bytes, header), crc, ID, 7, 1234);
	ck_assert_str_eq(parse(&bytes, &frame), "record lengths wrong");
	word_set(bytes.bytes + header - 1, 0x88, 1);
	segment_stamp(span_make(bytes.bytes, header), crc, ID, 7, 1234);
	ck_assert_str_eq(parse(&bytes, &frame), "record lengths wrong");
	word_set(bytes.bytes + header - 1, 8, 1);
	segment_stamp(span_make(bytes.bytes, header), crc, ID, 7, 1234);
	ck_assert_ptr_null(parse(&bytes, &frame));
	buf_fini(&bytes);
}
END_TEST

START_TEST(a_segment_is_known_by_its_beginning)
{
	struct buf bytes = {0};

	make(&bytes, SEGMENT_HEAD, NULL, 0);
	ck_assert(segment_is(buf_span(&bytes)));
	ck_assert(segment_is(span_make(bytes.bytes, 16)));
	ck_assert(!segment_is(span_make(bytes.bytes, 15)));
	ck_assert(!segment_is(span_text("")));
	ck_assert(!segment_is(SPAN_OF("{\"metric_stream_name\":\"x\"}")));
	bytes.bytes[8] = 'T';
	ck_assert(!segment_is(buf_span(&bytes)));
	buf_fini(&bytes);
}
END_TEST

START_TEST(a_later_version_is_told_from_damage)
{
	struct buf bytes = {0};
	unsigned version;

	make(&bytes, SEGMENT_HEAD, NULL, 0);
	ck_assert(!segment_is_later(buf_span(&bytes), &version));
	word_set(bytes.bytes + 16, 3, 2);
	ck_assert(!segment_is_later(buf_span(&bytes), &version));
	segment_stamp(buf_span(&bytes), 0, ID, 7, 1234);
	ck_assert(segment_is_later(buf_span(&bytes), &version));
	ck_assert_uint_eq(version, 3);
	for (size_t len = 0; len < bytes.len; len++)
		ck_assert(
		    !segment_is_later(span_make(bytes.bytes, len), &version));
	buf_fini(&bytes);
}
END_TEST

START_TEST(the_format_is_a_hint)
{
	static const struct {
		const char *text;
		enum segment_format format;
	} rows[] = {{"{\"a\":1}\n", FORMAT_JSON}, {" {\n\"a\":1}", FORMAT_JSON},
	    {"\x7b\x0a\x79", FORMAT_OTLP}, {"\x0a\x01", FORMAT_OTLP},
	    {"", FORMAT_UNKNOWN}, {"\n \n", FORMAT_UNKNOWN}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct span record = span_text(rows[i].text);

		ck_assert_msg(
		    codec_format(&record, 1) == rows[i].format, "row %zu", i);
	}
	ck_assert_int_eq(codec_format(NULL, 0), FORMAT_UNKNOWN);
}
END_TEST

START_TEST(payloads_are_frames_of_bounded_size)
{
	const size_t size = 3 * SEGMENT_CHUNK + 5;
	char *bytes = calloc(1, size);
	const struct span pieces[] = {{bytes, 10}, {bytes, SEGMENT_CHUNK},
	    {bytes, 2 * SEGMENT_CHUNK - 5}};
	struct segment_frame frame = {.coding = CODING_ZSTD, .plain_len = size};
	struct expander *expander = expander_create();
	struct buf squeezed = {0}, plain = {0};
	int frames = 0;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * i >> 7);
	codec_squeeze(&squeezed, pieces, 3);
	/* RFC 8878: single segment, content size in 2 or 4 bytes. */
	for (size_t i = 0; i + 4 < squeezed.len; i++)
		if (memcmp(squeezed.bytes + i, "\x28\xb5\x2f\xfd", 4) == 0) {
			frames++;
			ck_assert(squeezed.bytes[i + 4] & 0x20);
		}
	ck_assert_int_eq(frames, 4);
	frame.payload = buf_span(&squeezed);
	ck_assert(expander_run(expander, &frame, &plain));
	ck_assert(memcmp(plain.bytes, bytes, 10) == 0);
	ck_assert(memcmp(plain.bytes + 10, bytes, SEGMENT_CHUNK) == 0);
	ck_assert(memcmp(plain.bytes + 10 + SEGMENT_CHUNK, bytes,
		      pieces[2].len) == 0);
	expander_free(&expander);
	buf_fini(&squeezed);
	buf_fini(&plain);
	free(bytes);
}
END_TEST

TEST_MAIN("segment", a_frame_reads_back, every_bit_is_covered,
    lengths_are_bounded, record_lengths_must_add_up,
    a_segment_is_known_by_its_beginning, a_later_version_is_told_from_damage,
    the_format_is_a_hint, payloads_are_frames_of_bounded_size)
