#include "sinks/replica_pack.h"

#include "base/limits.h"
#include "sinks/replica_put.h"
#include "testing.h"

/* A line of series `name`, with what else may be in it. */
#define LINE(name, minute)                                                     \
	"{\"metric_name\":\"" name "\",\"timestamp\":" minute                  \
	",\"value\":{\"sum\":1.0},\"unit\":\"None\"}\n"

static struct replica_load
load_of(const struct span *records, size_t nrecords)
{
	return (struct replica_load){
	    .id = SPAN_OF("tocsin-0123456789abcdef-42-1"),
	    .source = SPAN_OF("primary"),
	    .series = true,
	    .seq = 42,
	    .records = records,
	    .nrecords = nrecords};
}

/* All items: "ID=PAYLOAD" in brackets an item; rejects as "!". */
static void
packed(const struct replica_pack_rule *rule, struct replica_load load,
    struct buf *out)
{
	struct replica_pack pack;
	struct err err = {""};
	enum rc rc;

	replica_pack_init(&pack);
	while ((rc = replica_pack_fill(&pack, rule, &load, &err)) != RC_AGAIN) {
		buf_text(out, rc == RC_OK ? "[" : "!");
		for (size_t i = 0; i < pack.count; i++)
			buf_printf(out, "%s%.*s=%.*s", i > 0 ? " " : "",
			    (int)pack.messages[i].id.len - 28,
			    pack.messages[i].id.at + 28,
			    SPAN_ARGS(pack.messages[i].payload));
		buf_text(out, rc == RC_OK ? "]" : "");
	}
	ck_assert_uint_eq(load.record, load.nrecords);
	replica_pack_fini(&pack);
}

START_TEST(records_are_cut_and_joined)
{
	/* Of OpenTelemetry, messages of 2 bytes with their length. */
	static const struct span json[] = {SPAN_OF("{\"a\":1}\n"), SPAN_OF(""),
	    SPAN_OF("{\"b\"}\n{\"c\"}\n{\"d\"}\n")},
				 otlp[] = {SPAN_OF("\2ab\2cd"),
				     SPAN_OF("\2ef")},
				 odd[] = {SPAN_OF("\2ab"), SPAN_OF("\5ab"),
				     SPAN_OF("{\"x\""), SPAN_OF("{\"a\":1}\n")},
				 broad[] = {SPAN_OF("{\"a\"}\n{\"longer\":1}\n"
						    "{\"b\"}\n")};
	static const struct {
		enum replica_pack_how how;
		size_t messages, bytes, message_bytes, around;
		const struct span *records;
		size_t nrecords;
		const char *items;
	} rows[] = {{PACK_RECORDS, 9, 99, 20, 0, json, 3,
			"[-1={\"a\":1}\n -2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_RECORDS, 9, 99, 13, 0, json, 3,
		"[-1={\"a\":1}\n -2={\"b\"}\n{\"c\"}\n -3={\"d\"}\n]"},
	    {PACK_RECORDS, 1, 99, 20, 0, json, 3,
		"[-1={\"a\":1}\n][-2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_RECORDS, 9, 25, 20, 0, json, 3,
		"[-1={\"a\":1}\n][-2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_RECORDS, 9, 26, 20, 0, json, 3,
		"[-1={\"a\":1}\n -2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_RECORDS, 9, 30, 20, 3, json, 3,
		"[-1={\"a\":1}\n][-2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_JOINED, 9, 99, 30, 0, json, 3,
		"[={\"a\":1}\n{\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_JOINED, 9, 99, 20, 0, json, 3,
		"[-1={\"a\":1}\n -2={\"b\"}\n{\"c\"}\n{\"d\"}\n]"},
	    {PACK_JOINED, 9, 99, 9, 0, otlp, 2, "[=\2ab\2cd\2ef]"},
	    {PACK_JOINED, 9, 99, 5, 0, otlp, 2, "[-1=\2ab -2=\2cd -3=\2ef]"},
	    {PACK_JOINED, 9, 99, 30, 0, odd, 4,
		"[-1=\2ab -2=\5ab -3={\"x\" -4={\"a\":1}\n]"},
	    {PACK_RECORDS, 9, 99, 2, 0, odd, 2, "!!"},
	    {PACK_RECORDS, 9, 99, 8, 0, broad, 1,
		"[-1={\"a\"}\n]![-2={\"b\"}\n]"},
	    {PACK_LANES, 9, 99, 9, 0, otlp, 2, "[=\2ab\2cd\2ef]"},
	    /* One message of a lane an item, for order. */
	    {PACK_LANES, 9, 99, 5, 0, otlp, 2, "[-1=\2ab][-2=\2cd][-3=\2ef]"},
	    {PACK_LANES, 9, 99, 9, 0, odd, 2, "[-1=\2ab][-2=\5ab]"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct replica_pack_rule rule = {rows[i].how,
		    rows[i].messages, rows[i].bytes, rows[i].message_bytes,
		    rows[i].around};
		struct buf out = {0};

		packed(&rule, load_of(rows[i].records, rows[i].nrecords), &out);
		ck_assert_str_eq(buf_cstr(&out), rows[i].items);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_series_has_a_lane)
{
	static const struct span records[] = {
	    SPAN_OF(LINE("a", "1") LINE("b", "1") LINE("c", "1")),
	    SPAN_OF(LINE("c", "2") LINE("a", "2") LINE("b", "2"))};
	static const struct replica_pack_rule rule = {
	    PACK_LANES, 500, 100000, 10000, 0};
	struct replica_load load = load_of(records, 2);
	struct replica_pack pack;
	struct err err;

	replica_pack_init(&pack);
	ck_assert(replica_pack_fill(&pack, &rule, &load, &err) == RC_OK);
	ck_assert_uint_eq(load.record, 2);
	ck_assert_uint_eq(pack.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct replica_message *message = &pack.messages[i];
		char key[16];

		snprintf(key, sizeof(key), "tocsin-%02u", message->lane);
		ck_assert(span_is(message->key, key));
		/* Both of its minutes, in order. */
		ck_assert_uint_eq(
		    message->payload.len, 2 * strlen(LINE("a", "1")));
		ck_assert(memmem(message->payload.at, message->payload.len,
			      "\"timestamp\":2", 13) >
		    memmem(message->payload.at, message->payload.len,
			"\"timestamp\":1", 13));
	}
	/* Lines of our own are of one lane, whatever they say. */
	load = load_of(records, 2);
	load.series = false;
	ck_assert(replica_pack_fill(&pack, &rule, &load, &err) == RC_OK);
	ck_assert_uint_eq(pack.count, 1);
	replica_pack_fini(&pack);
}
END_TEST

START_TEST(a_series_ends_before_what_changes)
{
	static const struct {
		const char *line, *series;
	} rows[] = {{LINE("a", "1"), "{\"metric_name\":\"a\","},
	    {"{\"value\":{},\"timestamp\":1}\n", "{"},
	    {"{\"n\":1,\"timestamp\":1,\"value\":2}\n", "{\"n\":1,"},
	    {"{\"n\":1}\n", "{\"n\":1}\n"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert(span_is(replica_unit_series(span_text(rows[i].line)),
		    rows[i].series));
}
END_TEST

/* --- what a 200 says --- */

static const struct replica_put_service service = {
    .service = "kinesis", .operation = "PutRecords", .results = "Records"};

#define TAKEN "{\"SequenceNumber\":\"1\",\"ShardId\":\"s\"}"
#define FAILED                                                                 \
	"{\"ErrorCode\":\"ProvisionedThroughputExceededException\","           \
	"\"ErrorMessage\":\"slow\"}"

START_TEST(only_what_failed_is_left)
{
	/* The answers follow one another, to the three messages. */
	static const struct {
		const char *answer;
		enum rc rc;
		bool progress;
		const char *done, *says;
	} rows[] = {
	    {"{\"FailedRecordCount\":3,\"Records\":[" FAILED "," FAILED
	     "," FAILED "]}",
		RC_RETRY, false, "000", "3 of 3 records were not taken: Prov"},
	    {"{\"FailedRecordCount\":2,\"Records\":[" FAILED "," TAKEN
	     "," FAILED "]}",
		RC_RETRY, true, "010", "2 of 3 records were not taken"},
	    {"{\"Records\":[" TAKEN "]}", RC_RETRY, false, "010",
		"not for each of the 2 records"},
	    {"{\"FailedRecordCount\":0}", RC_RETRY, false, "010", "not for"},
	    {"{\"Records\":[" TAKEN "," TAKEN, RC_RETRY, false, "010",
		"not for"},
	    {"", RC_RETRY, false, "010", "not for"},
	    {"{\"Records\":[" TAKEN "," FAILED "]}", RC_RETRY, true, "110",
		"1 of 2"},
	    {"{\"x\":[{}],\"Records\":[{\"ErrorCode\":null}]}", RC_OK, false,
		"111", ""}};
	static const struct span records[] = {
	    SPAN_OF("\2ab"), SPAN_OF("\2cd"), SPAN_OF("\2ef")};
	static const struct replica_pack_rule rule = {
	    PACK_RECORDS, 500, 100, 100, 0};
	struct replica_load load = load_of(records, 3);
	struct replica_put put = {.service = &service};
	struct err err = {""};

	replica_pack_init(&put.pack);
	ck_assert(replica_pack_fill(&put.pack, &rule, &load, &err) == RC_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool progress = false;
		enum rc rc = replica_put_answer(
		    &put, span_text(rows[i].answer), &progress, &err);

		ck_assert_msg(rc == rows[i].rc, "%zu", i);
		ck_assert_msg(progress == rows[i].progress, "%zu", i);
		for (size_t k = 0; k < 3; k++)
			ck_assert_msg(put.pack.messages[k].done ==
				(rows[i].done[k] == '1'),
			    "%zu", i);
		ck_assert_msg(
		    strstr(err.text, rows[i].says) != NULL, "%s", err.text);
	}
	replica_pack_fini(&put.pack);
}
END_TEST

TEST_MAIN("replica_pack", records_are_cut_and_joined, a_series_has_a_lane,
    a_series_ends_before_what_changes, only_what_failed_is_left)
