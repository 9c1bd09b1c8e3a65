#include "sinks/firehose_request.h"

#include <jansson.h>

#include "base/limits.h"
#include "testing.h"

static const struct span records[] = {
    SPAN_OF("{\"a\":1}\n"), SPAN_OF(""), SPAN_OF("\xff"), SPAN_OF("ab")};

static struct entry
entry_of(void)
{
	return (struct entry){.seq = 42,
	    .arrival_ms = 1789384732496,
	    .kind = ENTRY_BATCH,
	    .source = SPAN_OF("primary"),
	    .request_id = SPAN_OF("9f1c"),
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
	struct entry entry = entry_of();
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&out);
		firehose_request_print(
		    &out, SPAN_OF("i"), &entry, rows[i].first, rows[i].count);
		ck_assert_str_eq(buf_cstr(&out), rows[i].body);
	}
	buf_fini(&out);
}
END_TEST

static void
id_of(const char *replica, const struct entry *entry, char out[80])
{
	struct buf id = {0};

	firehose_request_id(&id, span_text(replica), entry);
	snprintf(out, 80, "%s", buf_cstr(&id));
	buf_fini(&id);
}

START_TEST(the_id_is_of_the_log)
{
	struct entry entry = entry_of();
	char id[80], other[80];

	id_of("west", &entry, id);
	/* Fixed for ever: a receiver knows what it has by this. */
	ck_assert_str_eq(id, "tocsin-acf58c60ef9fc1f7-42");
	id_of("west", &entry, other);
	ck_assert_str_eq(id, other);
	for (int change = 0; change < 6; change++) {
		entry = entry_of();
		if (change == 1)
			entry.seq++;
		if (change == 2)
			entry.arrival_ms++;
		if (change == 3)
			entry.source = SPAN_OF("primary9");
		if (change == 4)
			entry.request_id = SPAN_OF("f1c");
		if (change == 5) { /* no two parts run into one another */
			entry.source = SPAN_OF("primary9");
			entry.request_id = SPAN_OF("f1c");
		}
		id_of(change == 0 ? "east" : "west", &entry, other);
		ck_assert_str_ne(id, other);
	}
}
END_TEST

START_TEST(an_id_of_a_replica_is_kept)
{
	static const struct {
		const char *id;
		bool kept;
	} rows[] = {{"tocsin-0123456789abcdef-7", true},
	    {"tocsin-0123456789abcdef-7-2", true},
	    {"tocsin-0123456789abcdef-", false},
	    {"tocsin-0123456789abcdeg-7", false},
	    {"tocsin-0123456789abcdef-7x", false}, {"tocsin-1", false},
	    {"", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct entry entry = entry_of();
		char id[80];

		entry.request_id = span_text(rows[i].id);
		id_of("west", &entry, id);
		ck_assert_msg(
		    (strcmp(id, rows[i].id) == 0) == rows[i].kept, "%s", id);
	}
}
END_TEST

START_TEST(a_request_is_as_large_as_it_may_be)
{
	static char bytes[3000];
	static struct span many[LIMIT_RECORDS + 5];
	struct entry entry = {.records = many, .nrecords = LIMIT_RECORDS + 5};
	struct buf out = {0};
	size_t count;

	ck_assert_uint_eq(
	    firehose_request_fit(&entry, 0, LIMIT_BODY_PLAIN), LIMIT_RECORDS);
	ck_assert_uint_eq(
	    firehose_request_fit(&entry, LIMIT_RECORDS, LIMIT_BODY_PLAIN), 5);
	for (size_t i = 0; i < 20; i++)
		many[i] = span_make(bytes, sizeof(bytes));
	entry.nrecords = 20;
	count = firehose_request_fit(&entry, 0, 20000);
	firehose_request_print(
	    &out, SPAN_OF("tocsin-0123456789abcdef-7"), &entry, 0, count);
	ck_assert_uint_le(out.len, 20000);
	ck_assert_uint_ge(out.len, 15000);
	/* What does not fit at all is tried alone. */
	ck_assert_uint_eq(firehose_request_fit(&entry, 0, 100), 1);
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

TEST_MAIN("firehose_request", the_body_is_firehoses, the_id_is_of_the_log,
    an_id_of_a_replica_is_kept, a_request_is_as_large_as_it_may_be,
    only_200_with_our_id_is_success)
