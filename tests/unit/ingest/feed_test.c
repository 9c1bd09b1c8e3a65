/* The cases of an endpoint's envelope: what is asked and what is answered. */
#include "base/limits.h"
#include "feed_rig.h"
#include "packing.h"

#define BODY(records)                                                          \
	"{\"requestId\":\"r-1\",\"timestamp\":1700000000000,\"records\":"      \
	"[" records "]}"
#define LINE "eyJhIjoxfQo="	  /* {"a":1} and a newline */
#define LINE_SHORT "eyJhIjoxfQ==" /* the same without */
#define ONE BODY("{\"data\":\"" LINE "\"}")
#define KEPT "|r-1|{\"a\":1}\n"

/* Fields without one of them, or with another. */
#define ID "X-Amz-Firehose-Request-Id: r-1\r\n"
#define VERSION "X-Amz-Firehose-Protocol-Version: 1.0\r\n"

struct row {
	const char *name, *fields, *body;
	int status;
	const char *id, *message;
	const char *kept; /* NULL: nothing */
};

static const struct row envelopes[] = {
    {"E01", RIG_FIELDS, ONE, 200, "r-1", NULL, KEPT},
    {"E02", RIG_FIELDS, BODY(""), 200, "r-1", NULL, NULL},
    {"E03", RIG_FIELDS,
	BODY("{\"data\":\"" LINE "\"},{\"data\":\"eyJiIjoyfQo=\"}"), 200, "r-1",
	NULL, "|r-1|{\"a\":1}\n|{\"b\":2}\n"},
    {"E04", VERSION, ONE, 400, "", "missing request id", NULL},
    {"E04 empty", "X-Amz-Firehose-Request-Id: \r\n", ONE, 400, "",
	"missing request id", NULL},
    {"E05", RIG_FIELDS, "{\"timestamp\":1,\"records\":[]}", 400, "r-1",
	"missing request id in the body", NULL},
    {"E06", RIG_FIELDS, "{\"requestId\":\"r-2\",\"records\":[]}", 400, "r-1",
	"another request id", NULL},
    {"E07", RIG_FIELDS, "{ test: ", 400, "r-1", "quotes", NULL},
    {"E08", RIG_FIELDS, "", 400, "r-1", "object", NULL},
    {"E09", RIG_FIELDS, "blahblahblah: 42\n", 400, "r-1", "object", NULL},
    {"E10", RIG_FIELDS,
	BODY("{\"data\":\"" LINE "\"},{\"data\":\"XXXXXaGVsbG8=\"}"), 400,
	"r-1", "record 1 is not base64", NULL},
    {"E11", RIG_FIELDS, BODY("{\"data\":\"\"}"), 200, "r-1", NULL, "|r-1|"},
    {"E12", RIG_FIELDS,
	"{\"more\":{\"x\":[1]},\"requestId\":\"r-1\",\"records\":[{\"y\":null,"
	"\"data\":\"" LINE "\",\"z\":2}],\"last\":\"\"}",
	200, "r-1", NULL, KEPT},
    {"E13", RIG_FIELDS, "????questId\":\"r-1\",\"records\":[]}", 400, "r-1",
	"object", NULL},
    {"E15", RIG_FIELDS "Content-Encoding: gzip\r\n", ONE, 400, "r-1",
	"not gzip", NULL},
    {"E16", RIG_FIELDS "Content-Encoding: br\r\n", ONE, 400, "r-1",
	"Content-Encoding", NULL},
    {"identity", RIG_FIELDS "Content-Encoding: identity\r\n", ONE, 200, "r-1",
	NULL, KEPT},
    {"E17", ID, ONE, 200, "r-1", NULL, KEPT},
    {"E18", ID "X-Amz-Firehose-Protocol-Version: 9.9\r\n", ONE, 400, "r-1",
	"Protocol-Version", NULL},
    {"E19", ID VERSION, ONE, 200, "r-1", NULL, KEPT},
    {"E25", RIG_FIELDS "Accept-Encoding: gzip\r\n", ONE, 200, "r-1", NULL,
	KEPT},
    {"lower case", "x-amz-firehose-request-id: r-1\r\n", ONE, 200, "r-1", NULL,
	KEPT},
    {"C01",
	RIG_FIELDS "X-Amz-Firehose-Common-Attributes: {\"commonAttributes\":{"
		   "\"TestAttribute\":\"common\"}}\r\n",
	ONE, 200, "r-1", NULL, KEPT},
    {"C02", RIG_FIELDS "X-Amz-Firehose-Common-Attributes: malformed\r\n", ONE,
	200, "r-1", NULL, KEPT},
    {"A04", RIG_FIELDS "X-Amz-Firehose-Access-Key: any\r\n", ONE, 200, "r-1",
	NULL, KEPT},
    {"no newline", RIG_FIELDS, BODY("{\"data\":\"" LINE_SHORT "\"}"), 200,
	"r-1", NULL, KEPT},
    {"escaped slashes", RIG_FIELDS,
	BODY("{\"data\":\"eyJhIjoxfQ\\u003d\\u003d\"}"), 200, "r-1", NULL,
	KEPT},
    {"R05", RIG_FIELDS, BODY("{\"data\":\"H4sIYWI=\"}"), 200, "r-1", NULL,
	"|r-1|\x1f\x8b\x08"
	"ab"},
    /* Section 6: what is wrong with the payload is not the endpoint's. */
    {"J10", RIG_FIELDS, BODY("{\"data\":\"aW52YWxpZA==\"}"), 200, "r-1", NULL,
	"|r-1|invalid"},
    /* Nothing in it but broken framing. */
    {"O04", RIG_FIELDS, BODY("{\"data\":\"AQID\"}"), 400, "r-1",
	"no record holds", NULL},
    {"O05", RIG_FIELDS, BODY("{\"data\":\"gA==\"}"), 400, "r-1",
	"no record holds", NULL},
    {"O06", RIG_FIELDS, BODY("{\"data\":\"6AdhYmM=\"}"), 400, "r-1",
	"no record holds", NULL},
    {"O06 2^62", RIG_FIELDS, BODY("{\"data\":\"gICAgICAgIBAYWJj\"}"), 400,
	"r-1", "no record holds", NULL},
    {"O05 beside text", RIG_FIELDS,
	BODY("{\"data\":\"gA==\"},{\"data\":\"aW52YWxpZA==\"}"), 200, "r-1",
	NULL, "|r-1|\x80|invalid"},
    {"no records", RIG_FIELDS, "{\"requestId\":\"r-1\"}", 400, "r-1",
	"no records", NULL},
    {"no data", RIG_FIELDS, BODY("{\"data\":\"" LINE "\"},{}"), 400, "r-1",
	"record 1 has no data", NULL},
    {"data is a number", RIG_FIELDS, BODY("{\"data\":1}"), 400, "r-1",
	"a string was expected", NULL},
    {"data twice", RIG_FIELDS,
	BODY("{\"data\":\"" LINE "\",\"data\":\"" LINE "\"}"), 400, "r-1",
	"twice", NULL},
    {"two bodies", RIG_FIELDS, ONE ONE, 400, "r-1", "behind", NULL},
    {"id to be escaped", "X-Amz-Firehose-Request-Id: a\"b\\c\r\n",
	"{\"requestId\":\"a\\\"b\\\\c\",\"records\":[]}", 200, "a\\\"b\\\\c",
	NULL, NULL},
};

static void
check_rows(struct rig *rig, const struct row *rows, size_t nrows)
{
	struct buf request = {0};

	for (size_t i = 0; i < nrows; i++) {
		const struct row *row = &rows[i];
		struct rig_answer answer;
		size_t before = rig->nkept;

		rig_request(&request, row->fields, span_text(row->body));
		rig_exchange(rig, buf_span(&request), &answer);
		rig_check(
		    &answer, row->name, row->status, row->id, row->message);
		ck_assert_msg(rig->nkept - before == (row->kept != NULL),
		    "%s: kept %zu", row->name, rig->nkept - before);
		ck_assert_msg(row->kept == NULL ||
			span_is(buf_span(&rig->kept), row->kept),
		    "%s: %s", row->name, buf_cstr(&rig->kept));
		rig_answer_fini(&answer);
	}
	buf_fini(&request);
}

START_TEST(envelope_rows)
{
	static struct rig rig;

	for (enum keeping how = KEEP_AT_ONCE; how <= KEEP_BY_OTHERS; how++) {
		int64_t bad = counter_get(&feed_stats[FEED_ATTRIBUTES_BAD]);

		rig_start(&rig, (struct feed_config){0});
		rig_set(&rig, how);
		check_rows(
		    &rig, envelopes, sizeof(envelopes) / sizeof(*envelopes));
		ck_assert_int_eq(
		    counter_get(&feed_stats[FEED_ATTRIBUTES_BAD]) - bad, 1);
		rig_stop(&rig);
	}
}
END_TEST

/* Whole requests, for what the header gets wrong. `status` 400 with the body
 * of the contract, or 1400: libmicrohttpd's own 400. All close. */
#define HEAD "POST /any/path?x=1 HTTP/1.1\r\nHost: here\r\n" ID

static const struct {
	const char *name, *request;
	int status;
	const char *message;
} headers[] = {
    {"E20 GET", "GET / HTTP/1.1\r\nHost: here\r\n" ID "\r\n", 405, "POST"},
    {"E20 PUT",
	"PUT / HTTP/1.1\r\nHost: here\r\n" ID "Content-Length: 2\r\n\r\n{}",
	405, "POST"},
    {"two lengths", HEAD "Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}",
	400, "Content-Length stands twice"},
    {"two equal lengths",
	HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400,
	"Content-Length stands twice"},
    {"length and chunked",
	HEAD "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "0\r\n\r\nGET /x HTTP/1.1\r\nHost: here\r\n\r\n",
	400, "in one request"},
    {"chunked and length",
	HEAD "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
	     "0\r\n\r\n",
	400, "in one request"},
    {"xchunked", HEAD "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400,
	"is not"},
    {"gzip, chunked", HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", 400,
	"is not"},
    {"chunked twice",
	HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "0\r\n\r\n",
	400, "Transfer-Encoding stands twice"},
    {"space before the colon", HEAD "Content-Length : 4\r\n\r\n{}{}", 400,
	"no token"},
    {"two hosts", HEAD "Host: there\r\nContent-Length: 2\r\n\r\n{}", 400,
	"Host stands twice"},
    {"no length", HEAD "\r\n", 400, "no length"},
    {"control byte", HEAD "X: a\001b\r\nContent-Length: 2\r\n\r\n{}", 400,
	"control byte"},
    {"name that is no token", HEAD "X(y): a\r\nContent-Length: 2\r\n\r\n{}",
	400, "no token"},
    {"two keys",
	HEAD "X-Amz-Firehose-Access-Key: a\r\nX-Amz-Firehose-Access-Key: b\r\n"
	     "Content-Length: 2\r\n\r\n{}",
	400, "Access-Key stands twice"},
    {"length +4", HEAD "Content-Length: +4\r\n\r\n{}{}", 1400, NULL},
    {"length 4,4", HEAD "Content-Length: 4,4\r\n\r\n{}{}", 1400, NULL},
    {"no host", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 1400, NULL},
    {"E23 beyond every limit", HEAD "Content-Length: 100663297\r\n\r\n", 413,
	"larger"},
    {"length of 18 digits", HEAD "Content-Length: 999999999999999999\r\n\r\n",
	413, "larger"},
};

START_TEST(header_rows)
{
	static struct rig rig;

	rig_start(&rig, (struct feed_config){0});
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		struct rig_answer answer;
		int fd = rig_connect(&rig);

		rig_send(fd, span_text(headers[i].request));
		rig_read(fd, &answer);
		if (headers[i].status > 1000)
			ck_assert_msg(answer.status == headers[i].status - 1000,
			    "%s: %d", headers[i].name, answer.status);
		else
			rig_check(&answer, headers[i].name, headers[i].status,
			    "r-1", headers[i].message);
		ck_assert_msg(strcasestr(buf_cstr(&answer.header),
				  "\r\nConnection: close\r\n"),
		    "%s: %s", headers[i].name, buf_cstr(&answer.header));
		/* Its own answer has libmicrohttpd's header twice. */
		while (!rig_at_end(fd))
			ck_assert_msg(headers[i].status > 1000,
			    "%s: not closed", headers[i].name);
		close(fd);
		rig_answer_fini(&answer);
	}
	ck_assert_uint_eq(rig.nkept, 0);
	rig_stop(&rig);
}
END_TEST

static void
base64_put(struct buf *out, struct span bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		unsigned long word = 0;
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;

		for (size_t j = 0; j < 3; j++)
			word = word << 8 |
			    (j < n ? (unsigned char)bytes.at[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_byte(out,
			    j <= n ? digits[word >> (18 - 6 * j) & 63] : '=');
	}
}

/* Sends the body, with further fields, and checks the answer. */
static void
check_body(struct rig *rig, const char *name, const char *fields,
    struct span body, int status, const char *message)
{
	struct buf request = {0};
	struct rig_answer answer;

	rig_request(&request, fields, body);
	rig_exchange(rig, buf_span(&request), &answer);
	rig_check(&answer, name, status, "r-1", message);
	rig_answer_fini(&answer);
	buf_fini(&request);
}

#define GZIP RIG_FIELDS "Content-Encoding: gzip\r\n"

START_TEST(gzip_bodies)
{
	struct buf body = {0};
	static struct rig rig;

	rig_start(&rig, (struct feed_config){0});
	pack_gzip(&body, SPAN_OF(ONE));
	check_body(&rig, "E14", GZIP, buf_span(&body), 200, NULL);
	ck_assert(span_is(buf_span(&rig.kept), KEPT));
	check_body(&rig, "cut", GZIP, span_make(body.bytes, body.len - 1), 400,
	    "not gzip");
	buf_byte(&body, 'x');
	check_body(&rig, "trailing", GZIP, buf_span(&body), 400, "not gzip");
	buf_clear(&body);
	pack_gzip(&body, SPAN_OF("{\"requestId\":\"r-1\","));
	pack_gzip(&body, SPAN_OF("\"records\":[{\"data\":\"" LINE "\"}]}"));
	check_body(&rig, "two members", GZIP, buf_span(&body), 200, NULL);
	ck_assert(span_is(buf_span(&rig.kept), KEPT));
	ck_assert_uint_eq(rig.nkept, 2);
	buf_fini(&body);
	rig_stop(&rig);
}
END_TEST

static void
put_record(struct buf *body, struct span record, bool first)
{
	buf_text(body, first ? "{\"data\":\"" : ",{\"data\":\"");
	base64_put(body, record);
	buf_text(body, "\"}");
}

#define OPEN "{\"requestId\":\"r-1\",\"records\":["

START_TEST(gzip_records)
{
	struct buf body = {0}, record = {0}, plain = {0};
	static struct rig rig;

	rig_start(&rig, (struct feed_config){0});
	pack_gzip(&record, SPAN_OF("{\"a\":1}"));
	buf_text(&body, OPEN);
	put_record(&body, buf_span(&record), true);
	buf_text(&body, "]}");
	check_body(&rig, "R01", RIG_FIELDS, buf_span(&body), 200, NULL);
	ck_assert(span_is(buf_span(&rig.kept), KEPT));
	/* R06: one record beyond the limit; R07: the sum of many beyond. */
	memset(buf_reserve(&plain, 17 * (size_t)MIB), ' ', 17 * (size_t)MIB);
	plain.len = 17 * (size_t)MIB;
	buf_clear(&record);
	pack_gzip(&record, buf_span(&plain));
	buf_clear(&body);
	buf_text(&body, OPEN);
	put_record(&body, buf_span(&record), true);
	buf_text(&body, "]}");
	check_body(&rig, "R06", RIG_FIELDS, buf_span(&body), 400,
	    "record 0 inflates to more than");
	buf_clear(&record);
	pack_gzip(&record, span_make(plain.bytes, 10 * (size_t)MIB));
	buf_clear(&body);
	buf_text(&body, OPEN);
	for (size_t i = 0; i < 10; i++)
		put_record(&body, buf_span(&record), i == 0);
	buf_text(&body, "]}");
	check_body(&rig, "R07", RIG_FIELDS, buf_span(&body), 400,
	    "record 9 inflates to more than");
	ck_assert_uint_eq(rig.nkept, 1);
	buf_fini(&body);
	buf_fini(&record);
	buf_fini(&plain);
	rig_stop(&rig);
}
END_TEST

START_TEST(largest_bodies)
{
	static char raw[6500];
	struct buf body = {0}, small = {0};
	static struct rig rig;
	size_t most = (size_t)LIMIT_BODY_BYTES;

	rig_start(&rig, (struct feed_config){0});
	memset(raw, 'x', sizeof(raw));
	raw[0] = '{';
	raw[sizeof(raw) - 1] = '\n';
	buf_text(&body, OPEN);
	for (size_t i = 0; i < LIMIT_RECORDS; i++)
		put_record(&body, span_make(raw, sizeof(raw)), i == 0);
	ck_assert_uint_gt(body.len, 64 * (size_t)MIB);
	buf_text(&body, "]}");
	check_body(&rig, "E24", RIG_FIELDS, buf_span(&body), 200, NULL);
	ck_assert_uint_eq(rig.kept.len, 4 + LIMIT_RECORDS * (sizeof(raw) + 1));
	ck_assert(most > body.len);
	memset(buf_reserve(&body, most - body.len), ' ', most - body.len);
	body.len = most;
	check_body(&rig, "E22", RIG_FIELDS, buf_span(&body), 200, NULL);
	buf_clear(&body);
	buf_text(&body, OPEN);
	for (size_t i = 0; i < LIMIT_RECORDS + 1; i++)
		put_record(&body, span_make(raw, 0), i == 0);
	buf_text(&body, "]}");
	check_body(&rig, "10,001", RIG_FIELDS, buf_span(&body), 400,
	    "more than 10000 records");
	memset(buf_reserve(&body, most + 1), ' ', most + 1);
	body.len = most + 1;
	pack_gzip(&small, buf_span(&body));
	check_body(&rig, "body that inflates", GZIP, buf_span(&small), 400,
	    "inflates to more than 96 MiB");
	buf_fini(&body);
	buf_fini(&small);
	rig_stop(&rig);
}
END_TEST

START_TEST(keeper_answers)
{
	int64_t repeats = counter_get(&feed_stats[FEED_REPEATS]);
	int64_t records = counter_get(&feed_stats[FEED_RECORDS]);
	static struct rig rig;

	rig_start(&rig, (struct feed_config){0});
	rig_set(&rig, KEEP_FAIL);
	check_body(
	    &rig, "P01", RIG_FIELDS, SPAN_OF(ONE), 503, "the disk is full");
	rig_set(&rig, KEEP_REJECT);
	check_body(&rig, "refused for good", RIG_FIELDS, SPAN_OF(ONE), 400,
	    "not kept");
	rig_set(&rig, KEEP_REPEAT);
	check_body(&rig, "P03", RIG_FIELDS, SPAN_OF(ONE), 200, NULL);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_REPEATS]), repeats + 1);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_RECORDS]), records);
	rig_set(&rig, KEEP_AT_ONCE);
	check_body(&rig, "good", RIG_FIELDS, SPAN_OF(ONE), 200, NULL);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_RECORDS]), records + 1);
	rig_stop(&rig);
}
END_TEST

TEST_MAIN("feed", envelope_rows, header_rows, gzip_bodies, gzip_records,
    largest_bodies, keeper_answers)
