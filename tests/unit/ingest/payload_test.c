#include "ingest/payload.h"

#include <stdio.h>

#include "base/limits.h"
#include "packing.h"
#include "testing.h"

#define LINE "{\"metric_stream_name\":\"s\",\"value\":{}}"
/* An empty message of OTLP, and one with an empty resource. */
#define OTLP "\x02\x0a\x00\x02\x0a\x00"
/* LINE in base64, twice. */
#define DATA "eyJtZXRyaWNfc3RyZWFtX25hbWUiOiJzIiwidmFsdWUiOnt9fQ=="
#define BODY                                                                   \
	"{\"requestId\":\"r\",\"timestamp\":1,\"records\":[{\"data\":\"" DATA  \
	"\"},{\"data\":\"" DATA "\"}]}"

static const struct {
	const char *what;
	struct span message;
	const char *records; /* with | between */
} rows[] = {{"a line", SPAN_OF(LINE "\n"), LINE "\n"},
    {"without its newline", SPAN_OF(LINE), LINE "\n"},
    {"several", SPAN_OF(LINE "\n" LINE), LINE "\n" LINE "\n"},
    {"messages", SPAN_OF(OTLP), OTLP},
    {"a body", SPAN_OF(BODY), LINE "\n|" LINE "\n"},
    {"a body without records", SPAN_OF("{\"records\":[]}"), ""},
    {"neither", SPAN_OF("what is this"), "what is this"}};

/* What it comes to, with | between the records. */
static void
unpack(struct span message, enum rc rc, struct buf *out, struct err *err)
{
	struct records records = {0};
	struct payload payload;
	const struct span *spans;

	payload_init(&payload);
	ck_assert_msg(payload_unpack(&payload, message, &records, err) == rc,
	    "%.*s", SPAN_ARGS(message));
	spans = records_spans(&records);
	buf_clear(out);
	for (size_t i = 0; i < records.count; i++) {
		if (i > 0)
			buf_byte(out, '|');
		buf_span_put(out, spans[i]);
	}
	records_fini(&records);
	payload_fini(&payload);
}

static void
check(const char *what, const char *how, struct span message, struct span want)
{
	struct buf got = {0};
	struct err err;

	unpack(message, RC_OK, &got, &err);
	ck_assert_msg(span_equal(buf_span(&got), want), "%s, %s: %.*s", what,
	    how, SPAN_ARGS(buf_span(&got)));
	buf_fini(&got);
}

START_TEST(every_form_in_every_wrapping)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span want = rows[i].message.at[0] == '\x02'
		    ? rows[i].message
		    : span_text(rows[i].records);
		struct buf packed = {0};

		check(rows[i].what, "plain", rows[i].message, want);
		pack_gzip(&packed, rows[i].message);
		check(rows[i].what, "gzip", buf_span(&packed), want);
		buf_clear(&packed);
		pack_zstd(&packed, rows[i].message);
		check(rows[i].what, "zstd", buf_span(&packed), want);
		/* Frames may follow one another. */
		buf_clear(&packed);
		pack_zstd(&packed, (struct span){rows[i].message.at, 0});
		pack_zstd(&packed, rows[i].message);
		check(rows[i].what, "two frames", buf_span(&packed), want);
		buf_clear(&packed);
		pack_snappy(&packed, rows[i].message);
		check(rows[i].what, "snappy", buf_span(&packed), want);
		buf_clear(&packed);
		pack_hadoop(&packed, rows[i].message, 1 << 16, 1 << 16);
		check(rows[i].what, "hadoop", buf_span(&packed), want);
		buf_fini(&packed);
	}
}
END_TEST

static void
check_kept(struct span message, const char *says)
{
	struct buf got = {0};
	struct err err;

	unpack(message, RC_REJECT, &got, &err);
	ck_assert_msg(span_equal(buf_span(&got), message), "%s", says);
	ck_assert_msg(strstr(err.text, says) != NULL, "%s: %s", says, err.text);
	buf_fini(&got);
}

START_TEST(what_is_damaged_is_kept_as_it_came)
{
	struct buf packed = {0};

	pack_gzip(&packed, SPAN_OF(LINE "\n"));
	packed.bytes[packed.len - 1] ^= 1;
	check_kept(buf_span(&packed), "gzip is damaged");
	buf_clear(&packed);
	pack_zstd(&packed, SPAN_OF(LINE "\n" LINE "\n"));
	check_kept(span_make(packed.bytes, packed.len - 3), "within a frame");
	packed.bytes[6] |= 6; /* a kind of block that there is none of */
	check_kept(buf_span(&packed), "zstd is damaged");
	buf_clear(&packed);
	pack_snappy(&packed, SPAN_OF(LINE "\n"));
	packed.bytes[15] ^= 1; /* of the first sum */
	check_kept(buf_span(&packed), "sum");
	check_kept(SPAN_OF("{\"records\":[{\"data\":\"???\"}]}\n"), "base64");
	buf_fini(&packed);
}
END_TEST

/* A decompressor that broke off is not the next message's. */
START_TEST(a_good_one_after_a_bad_one)
{
	struct buf packed = {0};
	struct records records = {0};
	struct payload payload;
	struct err err;

	payload_init(&payload);
	pack_zstd(&packed, SPAN_OF(LINE "\n"));
	ck_assert_int_eq(
	    payload_unpack(&payload, span_make(packed.bytes, packed.len - 2),
		&records, &err),
	    RC_REJECT);
	ck_assert_int_eq(
	    payload_unpack(&payload, buf_span(&packed), &records, &err), RC_OK);
	ck_assert_uint_eq(records.count, 2);
	ck_assert(span_is(records_spans(&records)[1], LINE "\n"));
	records_fini(&records);
	payload_fini(&payload);
	buf_fini(&packed);
}
END_TEST

/* A bomb: more than any body may be. */
START_TEST(what_inflates_too_far_is_kept_as_it_came)
{
	struct buf plain = {0}, packed = {0};

	memset(buf_reserve(&plain, (size_t)LIMIT_BODY_BYTES + 1), ' ',
	    (size_t)LIMIT_BODY_BYTES + 1);
	plain.len = (size_t)LIMIT_BODY_BYTES + 1;
	pack_zstd(&packed, buf_span(&plain));
	check_kept(buf_span(&packed), "inflates to more than");
	buf_clear(&packed);
	pack_gzip(&packed, buf_span(&plain));
	check_kept(buf_span(&packed), "inflates to more than");
	buf_fini(&plain);
	buf_fini(&packed);
}
END_TEST

TEST_MAIN("payload", every_form_in_every_wrapping,
    what_is_damaged_is_kept_as_it_came, a_good_one_after_a_bad_one,
    what_inflates_too_far_is_kept_as_it_came)
