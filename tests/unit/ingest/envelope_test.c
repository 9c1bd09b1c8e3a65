#include <openssl/evp.h>

#include "ingest/envelope.h"

#include "base/buf.h"
#include "base/limits.h"
#include "ingest/framing.h"
#include <stdio.h>

#include "packing.h"
#include "testing.h"

START_TEST(framing_rows)
{
	static const struct {
		struct span bytes;
		bool is, is_cut, json;
	} rows[] = {
	    /* A message of two bytes: field 1, empty. */
	    {SPAN_OF("\x02\x0a\0"), true, true, false},
	    {SPAN_OF("\x02\x0a\0\x02\x0a\0"), true, true, false},
	    {SPAN_OF("\x02\x0a\0\x02\x0a"), false, true, false},
	    {SPAN_OF("\x02\x0a\0\x02"), false, true, false},
	    {SPAN_OF("\x02\x0a\1"), false, false, false},
	    {SPAN_OF("\x02\x12\0"), false, false, false},
	    {SPAN_OF("\x82\x00\x0a\0"), true, true, false},
	    {SPAN_OF("\x80"), false, true, false},
	    {SPAN_OF("\x80\x80\x80\x80\x80\x01"), false, false, false},
	    {SPAN_OF("\xff\xff\xff\xff\x1f"), false, false, false},
	    {SPAN_OF("\0"), true, true, false},
	    {SPAN_OF(""), false, false, false},
	    {SPAN_OF("{\"a\":1}"), false, false, true},
	    {SPAN_OF(" \r\n\t{\"a\":1}"), false, false, true},
	    {SPAN_OF("{\n\"a\":1}"), false, true, true},
	    {SPAN_OF("invalid"), false, false, false},
	    {SPAN_OF("[1]"), false, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert_msg(
		    framing_is(rows[i].bytes, false) == rows[i].is, "%zu", i);
		ck_assert_msg(framing_is(rows[i].bytes, true) == rows[i].is_cut,
		    "%zu", i);
		ck_assert_msg(
		    framing_is_json(rows[i].bytes) == rows[i].json, "%zu", i);
	}
}
END_TEST

START_TEST(framing_next_rows)
{
	static const struct {
		struct span bytes;
		enum framing framing;
		size_t len;
	} rows[] = {{SPAN_OF("\x03"
			     "abcd"),
			FRAMING_WHOLE, 4},
	    {SPAN_OF("\x05"
		     "abcd"),
		FRAMING_CUT, 6},
	    {SPAN_OF("\xe8\x07"
		     "abc"),
		FRAMING_CUT, 1002},
	    {SPAN_OF("\x80"), FRAMING_CUT, 2},
	    {SPAN_OF("\xff\xff\xff\xff\x0f"), FRAMING_CUT, UINT32_MAX + 5ULL},
	    {SPAN_OF("\xff\xff\xff\xff\x10"), FRAMING_BROKEN, 6},
	    {SPAN_OF("\x80\x80\x80\x80\x80\x80\x80\x80@abc"), FRAMING_BROKEN,
		13}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t len;

		ck_assert_msg(
		    framing_next(rows[i].bytes, &len) == rows[i].framing, "%zu",
		    i);
		ck_assert_uint_eq(len, rows[i].len);
	}
}
END_TEST

/* The records joined by '|' with their number before them. */
static void
check_body(const char *body, const char *want)
{
	struct envelope envelope;
	struct arena arena;
	struct buf got = {0};
	struct err err = {""};
	/* Exact size, so that reading beyond is seen. */
	size_t len = strlen(body);
	char *exact = malloc(len + 1);
	enum rc rc;

	arena_init(&arena);
	memcpy(exact, body, len);
	rc = envelope_parse(&envelope, span_make(exact, len), &arena, &err);
	if (rc == RC_OK) {
		buf_printf(&got, "%zu", envelope.nrecords);
		for (size_t i = 0; i < envelope.nrecords; i++) {
			buf_byte(&got, '|');
			buf_span_put(&got, envelope.records[i]);
		}
	} else {
		ck_assert_uint_eq(envelope.nrecords, 0);
		buf_text(&got, err.text);
	}
	ck_assert_msg(
	    span_is(buf_span(&got), want), "%s: %s", body, buf_cstr(&got));
	buf_fini(&got);
	arena_fini(&arena);
	free(exact);
}

START_TEST(bodies)
{
	static const char not_firehose[] =
	    "the body is not what Firehose sends: ";
	static const struct {
		const char *body, *want, *fault;
	} rows[] = {{"{\"records\":[]}", "0", NULL},
	    {"{\"records\":[{\"data\":\"\"}]}", "1|", NULL},
	    {"{\"records\":[{\"data\":\"eyJhIjoxfQ==\"}]}", "1|{\"a\":1}\n",
		NULL},
	    {"{\"records\":[{\"data\":\"eyJhIjoxfQo=\"}]}", "1|{\"a\":1}\n",
		NULL},
	    /* Space behind the object: a newline all the same. */
	    {"{\"records\":[{\"data\":\"e30g\"}]}", "1|{} \n", NULL},
	    {"{\"records\":[{\"data\":\"IHt9\"}]}", "1| {}\n", NULL},
	    {"{\"records\":[{\"data\":\"aW52YWxpZA==\"}]}", "1|invalid", NULL},
	    {"{\"re\\u0063ords\":[{\"d\\u0061ta\":\"AQID\"}]}", "1|\1\2\3",
		NULL},
	    {"{\"records\":[{\"data\":\"Pz8\\/\"}]}", "1|\?\?\?", NULL},
	    {"{\"records\":[{\"data\":\"YQ==\"},{\"data\":\"YWI=\"}]} \n",
		"2|a|ab", NULL},
	    {"{\"records\":[{\"data\":\"YQ==\"},{\"data\":\"Y===\"}]}",
		"record 1 is not base64: wrong at character 1", NULL},
	    {"{\"records\":[{\"data\":\"YQ=\\u003d\\n\"}]}",
		"record 0 is not base64: wrong at character 2", NULL},
	    {"{\"records\":[{\"Data\":\"YQ==\"}]}", "record 0 has no data",
		NULL},
	    {"{\"requestId\":\"x\"}", "the body has no records", NULL},
	    {"{\"records\":null}", NULL, "an array was expected at byte 11"},
	    {"{\"records\":[null]}", NULL, "an object was expected at byte 12"},
	    {"{\"records\":[{\"data\":null}]}", NULL,
		"a string was expected at byte 20"},
	    {"{\"records\":[],\"records\":[]}", NULL,
		"records stands twice at byte 24"},
	    {"{\"requestId\":1,\"records\":[]}", NULL,
		"a string was expected at byte 13"},
	    {"{\"records\":[]}{\"records\":[]}", NULL,
		"something stands behind the object at byte 14"},
	    {"{\"records\":[{\"data\":\"YQ==\"", NULL,
		"a comma or the end was expected at byte 26"},
	    {"", NULL, "an object was expected at byte 0"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char want[256];

		snprintf(want, sizeof(want), "%s%s",
		    rows[i].want == NULL ? not_firehose : rows[i].want,
		    rows[i].want == NULL ? rows[i].fault : "");
		check_body(rows[i].body, want);
	}
}
END_TEST

/* A message of 123 bytes begins with '{' and a newline: no newline at its end.
 */
START_TEST(otlp_that_looks_like_json)
{
	static const char tail[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAA";
	struct envelope envelope;
	struct arena arena;
	struct buf body = {0};
	struct err err;

	arena_init(&arena);
	/* 7b 0a 79: 123 bytes, field 1 of 121; then zeros. 124 bytes are 165
	 * characters and a padding of one. */
	buf_printf(
	    &body, "{\"records\":[{\"data\":\"ewp5%.*sAAA=\"}]}", 160, tail);
	ck_assert_int_eq(
	    envelope_parse(&envelope, buf_span(&body), &arena, &err), RC_OK);
	ck_assert_uint_eq(envelope.records[0].len, 125);
	buf_clear(&body);
	buf_printf(
	    &body, "{\"records\":[{\"data\":\"ewp5%.*sAA==\"}]}", 160, tail);
	ck_assert_int_eq(
	    envelope_parse(&envelope, buf_span(&body), &arena, &err), RC_OK);
	ck_assert_uint_eq(envelope.records[0].len, 124);
	ck_assert_int_eq(envelope.records[0].at[123], 0);
	buf_fini(&body);
	arena_fini(&arena);
}
END_TEST

START_TEST(request_id_survives)
{
	struct envelope envelope;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	ck_assert_int_eq(envelope_parse(&envelope,
			     SPAN_OF("{\"requestId\":\"a\\\"b\",\"records\":[{"
				     "\"data\":\"?\"}]}"),
			     &arena, &err),
	    RC_REJECT);
	ck_assert(span_is(envelope.request_id, "a\"b"));
	arena_fini(&arena);
}
END_TEST

/* Undone once: what is sent on would otherwise be undone again there. */
START_TEST(gzip_within_gzip_stays_as_it_came)
{
	struct buf inner = {0}, outer = {0}, body = {0};
	struct envelope envelope;
	struct arena arena;
	struct err err;
	char text[512];

	arena_init(&arena);
	pack_gzip(&inner, SPAN_OF("{\"a\":1}\n"));
	pack_gzip(&outer, buf_span(&inner));
	for (int deep = 0; deep < 2; deep++) {
		struct span packed = buf_span(deep ? &outer : &inner);

		EVP_EncodeBlock((unsigned char *)text,
		    (const unsigned char *)packed.at, (int)packed.len);
		buf_clear(&body);
		buf_printf(&body, "{\"records\":[{\"data\":\"%s\"}]}", text);
		ck_assert_int_eq(
		    envelope_parse(&envelope, buf_span(&body), &arena, &err),
		    RC_OK);
		ck_assert(span_equal(envelope.records[0],
		    deep ? packed : SPAN_OF("{\"a\":1}\n")));
	}
	buf_fini(&inner);
	buf_fini(&outer);
	buf_fini(&body);
	arena_fini(&arena);
}
END_TEST

/* Records stand side by side, also where a newline was added or escapes made
 * the way longer; only what gzip held may stand elsewhere. */
START_TEST(records_are_neighbours)
{
	static const char first[] = "{\"records\":[{\"data\":\"eyJhIjoxfQ==\"},"
				    "{\"data\":\"eyJiIjoyfQ\\u003d\\u003d\"},"
				    "{\"x\":\"\",\"data\" : \"\"},{\"data\":\"";
	char large[5010] = "{\"z\":\"";
	const char *const want[] = {
	    "{\"a\":1}\n", "{\"b\":2}\n", "", large, "{\"c\":3}\n"};
	struct buf packed = {0}, body = {0};
	struct envelope envelope;
	struct arena arena;
	struct err err;
	char text[512];

	arena_init(&arena);
	memset(large + strlen(large), 'z', 5000);
	memcpy(large + 5000, "\"}\n", 4);
	pack_gzip(&packed, span_text(large));
	EVP_EncodeBlock((unsigned char *)text,
	    (const unsigned char *)packed.bytes, (int)packed.len);
	buf_printf(&body, "%s%s\"},{\"data\":\"eyJjIjozfQ==\"}]}", first, text);
	ck_assert_int_eq(
	    envelope_parse(&envelope, buf_span(&body), &arena, &err), RC_OK);
	ck_assert_uint_eq(envelope.nrecords, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_msg(
		    span_is(envelope.records[i], want[i]), "record %zu", i);
	for (size_t i = 0; i < 2; i++)
		ck_assert_ptr_eq(
		    envelope.records[i].at + envelope.records[i].len,
		    envelope.records[i + 1].at);
	buf_fini(&packed);
	buf_fini(&body);
	arena_fini(&arena);
}
END_TEST

START_TEST(record_limit)
{
	size_t chars = (size_t)(LIMIT_RECORD_BYTES + 3) / 3 * 4;
	struct envelope envelope;
	struct arena arena;
	struct buf body = {0};
	struct err err;

	for (size_t over = 0; over <= 4; over += 4) {
		arena_init(&arena);
		buf_clear(&body);
		buf_text(&body, "{\"records\":[{\"data\":\"");
		memset(buf_reserve(&body, chars + over), 'A', chars + over);
		body.len += chars + over;
		buf_text(&body, "\"}]}");
		ck_assert_int_eq(
		    envelope_parse(&envelope, buf_span(&body), &arena, &err),
		    over == 0 ? RC_OK : RC_REJECT);
		if (over > 0)
			ck_assert_str_eq(
			    err.text, "record 0 is longer than 16777216 bytes");
		arena_fini(&arena);
	}
	buf_fini(&body);
}
END_TEST

TEST_MAIN("envelope", framing_rows, framing_next_rows, bodies,
    otlp_that_looks_like_json, request_id_survives, record_limit,
    gzip_within_gzip_stays_as_it_came, records_are_neighbours)
