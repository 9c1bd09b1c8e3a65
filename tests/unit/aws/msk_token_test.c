#include "aws/msk_token.h"

#include <stdio.h>

#include "testing.h"

#define NOW_MS 1789384732000LL /* 2026-09-14T11:18:52Z */

static void
decode(struct buf *out, const struct buf *token)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, nbits = 0;

	for (size_t i = 0; i < token->len; i++) {
		const char *digit = strchr(digits, token->bytes[i]);

		ck_assert_ptr_nonnull(digit);
		bits = bits << 6 | (unsigned)(digit - digits);
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			buf_byte(out, (char)(bits >> nbits & 255));
		}
	}
}

/* The signatures are botocore's (SigV4QueryAuth) of the same request. */
START_TEST(tokens_are_as_botocore_signs)
{
	static const struct {
		const char *token, *want;
	} rows[] = {
	    {"",
		"&X-Amz-SignedHeaders=host&X-Amz-Signature=bc32f2f369e4800219"
		"226b097d523b426ca9541142e3377e681a971a964314f5"},
	    {"FwoGZXIvYXdzE//+==",
		"&X-Amz-Security-Token=FwoGZXIvYXdzE%2F%2F%2B%3D%3D"
		"&X-Amz-SignedHeaders=host&X-Amz-Signature=2973bfb0e8dc5178be"
		"5f769f1d0e56665e14511de9f20865cd4331f60b07f9b0"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct credentials credentials = {SPAN_OF("AKIDEXAMPLE"),
		    SPAN_OF("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
		    span_text(rows[i].token)};
		struct buf token = {0}, url = {0};
		char want[1024];

		snprintf(want, sizeof(want),
		    "https://kafka.us-east-2.amazonaws.com/"
		    "?Action=kafka-cluster%%3AConnect"
		    "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
		    "AKIDEXAMPLE%%2F20260914%%2Fus-east-2%%2Fkafka-cluster%%2F"
		    "aws4_request&X-Amz-Date=20260914T111852Z"
		    "&X-Amz-Expires=900%s&User-Agent=tocsin%%2F" TOCSIN_VERSION,
		    rows[i].want);
		msk_token_make(
		    &token, SPAN_OF("us-east-2"), &credentials, NOW_MS);
		decode(&url, &token);
		ck_assert_str_eq(buf_cstr(&url), want);
		buf_fini(&token);
		buf_fini(&url);
	}
}
END_TEST

START_TEST(lengths_need_no_padding)
{
	/* Key ids of three lengths: the last group has 1, 2 and 3 bytes. */
	static const char *const ids[] = {"A", "AK", "AKI", "AKID"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct credentials credentials = {
		    span_text(ids[i]), SPAN_OF("secret"), {0}};
		struct buf token = {0}, url = {0};

		msk_token_make(&token, SPAN_OF("us-east-2"), &credentials, 0);
		decode(&url, &token);
		ck_assert_ptr_null(memchr(token.bytes, '=', token.len));
		ck_assert_ptr_nonnull(strstr(
		    buf_cstr(&url), "&User-Agent=tocsin%2F" TOCSIN_VERSION));
		ck_assert_str_eq(url.bytes + url.len - strlen(TOCSIN_VERSION),
		    TOCSIN_VERSION);
		buf_fini(&token);
		buf_fini(&url);
	}
}
END_TEST

START_TEST(clients_give_their_credentials)
{
	struct http *http = http_create(NULL);
	struct aws_client *client = aws_client_create(http);
	struct buf token = {0}, url = {0};
	struct err err = {{0}};
	int64_t expires_ms = 0, from_ms = aws_clock_ms();

	setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
	ck_assert_int_eq(aws_msk_token(client, SPAN_OF("eu-west-1"), &token,
			     &expires_ms, &err),
	    RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "a token for MSK: AWS_ACCESS"));
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	ck_assert_int_eq(aws_msk_token(client, SPAN_OF("a.evil/"), &token,
			     &expires_ms, &err),
	    RC_REJECT);
	ck_assert_uint_eq(token.len, 0);
	ck_assert_int_eq(aws_msk_token(client, SPAN_OF("eu-west-1"), &token,
			     &expires_ms, &err),
	    RC_OK);
	decode(&url, &token);
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&url), "Credential=ENVIRONMENT%2F"));
	ck_assert_int_ge(expires_ms, from_ms + 900000);
	ck_assert_int_le(expires_ms, aws_clock_ms() + 900000);
	buf_fini(&token);
	buf_fini(&url);
	aws_client_free(&client);
	http_free(&http);
}
END_TEST

TEST_MAIN("msk_token", tokens_are_as_botocore_signs, lengths_need_no_padding,
    clients_give_their_credentials)
