#include "sinks/firehose_request.h"

#include <jansson.h>

#include "base/limits.h"
#include "testing.h"

static const struct span records[] = {
    SPAN_OF("{\"a\":1}\n"), SPAN_OF(""), SPAN_OF("\xff"), SPAN_OF("ab")};

static struct replica_load
load_of(void)
{
	return (struct replica_load){.seq = 42,
	    .arrival_ms = 1789384732496,
	    .records = records,
	    .nrecords = 4};
}

START_TEST(the_body_is_firehoses)
{
	static const struct {
		size_t first, count;
		const char *body;
	} rows[] = {
	    {0, 4,
		"{\"requestId\":\"i\",\"timestamp\":1789384732496,\"records\":["
		"{\"data\":\"eyJhIjoxfQo=\"},{\"data\":\"\"},"
		"{\"data\":\"/w==\"},{\"data\":\"YWI=\"}]}"},
	    {1, 2,
		"{\"requestId\":\"i\",\"timestamp\":1789384732496,\"records\":["
		"{\"data\":\"\"},{\"data\":\"/w==\"}]}"}};
	struct replica_load load = load_of();
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&out);
		load.record = rows[i].first;
		firehose_request_print(
		    &out, SPAN_OF("i"), &load, rows[i].count);
		ck_assert_str_eq(buf_cstr(&out), rows[i].body);
	}
	buf_fini(&out);
}
END_TEST

START_TEST(a_request_is_as_large_as_it_may_be)
{
	static char bytes[3000];
	static struct span many[LIMIT_RECORDS + 5];
	struct replica_load load = {
	    .records = many, .nrecords = LIMIT_RECORDS + 5};
	struct buf out = {0};
	size_t count;

	ck_assert_uint_eq(
	    firehose_request_fit(&load, LIMIT_BODY_PLAIN), LIMIT_RECORDS);
	load.record = LIMIT_RECORDS;
	ck_assert_uint_eq(firehose_request_fit(&load, LIMIT_BODY_PLAIN), 5);
	load.record = 0;
	for (size_t i = 0; i < 20; i++)
		many[i] = span_make(bytes, sizeof(bytes));
	load.nrecords = 20;
	count = firehose_request_fit(&load, 20000);
	firehose_request_print(
	    &out, SPAN_OF("tocsin-0123456789abcdef-7"), &load, count);
	ck_assert_uint_le(out.len, 20000);
	ck_assert_uint_ge(out.len, 15000);
	/* What does not fit at all is tried alone. */
	ck_assert_uint_eq(firehose_request_fit(&load, 100), 1);
	buf_fini(&out);
}
END_TEST

START_TEST(only_200_with_our_id_is_success)
{
	/* clang-format off */
	static const struct {
		long status;
		const char *body;
		enum rc rc;
		const char *says;
	} rows[] = {
	    {200, "{\"requestId\":\"i-1\",\"timestamp\":1}", RC_OK, ""},
	    {200, "{\"timestamp\":1,\"x\":[{}],\"requestId\":\"i-1\"}", RC_OK,
		""},
	    {200, "{\"requestId\":\"i\\u002d1\",\"timestamp\":1}", RC_OK, ""},
	    {200, "{\"requestId\":\"i-2\",\"timestamp\":1}", RC_RETRY,
		"without our requestId i-1"},
	    {200, "", RC_RETRY, "Firehose HTTP endpoint"},
	    {200, "{\"requestId\":\"i-1\"", RC_RETRY, "without"},
	    {200, "<html>", RC_RETRY, "without"},
	    {200, "{\"requestId\":1}", RC_RETRY, "without"},
	    {202, "{\"requestId\":\"i-1\",\"timestamp\":1}", RC_RETRY,
		"answered 202"},
	    {301, "", RC_RETRY, "answered 301"},
	    {401, "{\"requestId\":\"i-1\",\"timestamp\":1,"
		"\"errorMessage\":\"bad key\"}", RC_RETRY,
		"answered 401: bad key"},
	    {400, "", RC_RETRY, "answered 400"},
	    {413, "", RC_REJECT, "answered 413"},
	    {503, "{\"errorMessage\":null}", RC_RETRY, "answered 503"}};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = {""};
		enum rc rc = firehose_answer(rows[i].status,
		    span_text(rows[i].body), SPAN_OF("i-1"), &err);

		ck_assert_msg(rc == rows[i].rc, "%ld %s: %d", rows[i].status,
		    rows[i].body, rc);
		ck_assert_msg(
		    strstr(err.text, rows[i].says) != NULL, "%s", err.text);
	}
}
END_TEST

TEST_MAIN("firehose_request", the_body_is_firehoses,
    a_request_is_as_large_as_it_may_be, only_200_with_our_id_is_success)
