/* The small parts of the service that are pure. */
#include <stdio.h>

#include "app/address.h"
#include "app/own_metrics.h"
#include "app/point_print.h"
#include "app/quarantine.h"
#include "app/ticker.h"
#include "app/transitions.h"
#include "base/limits.h"
#include "testing.h"

START_TEST(only_loopback_is_loopback)
{
	static const struct {
		const char *address;
		bool loopback;
	} rows[] = {{"127.0.0.1:80", true}, {"127.1.2.3:0", true},
	    {"[::1]:80", true}, {"localhost:80", true}, {"0.0.0.0:80", false},
	    {"[::]:80", false}, {"10.0.0.1:80", false},
	    {"127.example.com:80", false}, {"localhost.example.com:80", false},
	    {"1127.0.0.1:80", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(address_is_loopback(span_text(rows[i].address)) ==
			rows[i].loopback,
		    "%s", rows[i].address);
}
END_TEST

START_TEST(ticks_meet_whole_ten_seconds)
{
	static const struct {
		int64_t now_ms, speed, sleep_ms;
	} rows[] = {{0, 1, 10000}, {1, 1, 9999}, {9999, 1, 20}, {9900, 1, 100},
	    {10000, 60, 167}, {4000, 60, 100}, {0, 100000, 20}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_int_eq(ticker_sleep_ms(rows[i].now_ms, rows[i].speed),
		    rows[i].sleep_ms);
}
END_TEST

START_TEST(the_oldest_transitions_go)
{
	struct transitions *transitions = transitions_create();
	struct buf out = {0};
	char line[32], *last;

	transitions_print(transitions, &out);
	ck_assert_str_eq(buf_cstr(&out), "[\n]\n");
	for (int i = 0; i < LIMIT_TRANSITIONS_SHOWN + 2; i++) {
		snprintf(line, sizeof(line), "{\"n\":%d}\n", i);
		transitions_push(transitions, span_text(line));
	}
	buf_clear(&out);
	transitions_print(transitions, &out);
	ck_assert(span_starts(buf_span(&out), "[\n{\"n\":2},\n{\"n\":3},\n"));
	last = strstr(buf_cstr(&out), "{\"n\":10001}");
	ck_assert_ptr_nonnull(last);
	ck_assert_str_eq(last, "{\"n\":10001}\n]\n");
	buf_fini(&out);
	transitions_free(&transitions);
}
END_TEST

START_TEST(transitions_are_saved_and_loaded)
{
	struct transitions *transitions = transitions_create();
	struct buf saved = {0}, again = {0}, shown = {0}, back = {0};
	char line[32];

	transitions_save(transitions, &saved);
	ck_assert_uint_eq(saved.len, 0);
	for (int i = 0; i < LIMIT_TRANSITIONS_SHOWN + 3; i++) {
		snprintf(line, sizeof(line), "{\"n\":%d}\n", i);
		transitions_push(transitions, span_text(line));
	}
	transitions_save(transitions, &saved);
	transitions_print(transitions, &shown);
	transitions_free(&transitions);
	transitions = transitions_create();
	transitions_push(transitions, SPAN_OF("{\"not\":\"this\"}"));
	transitions_load(transitions, buf_span(&saved));
	transitions_print(transitions, &back);
	transitions_save(transitions, &again);
	ck_assert(span_equal(buf_span(&shown), buf_span(&back)));
	ck_assert(span_equal(buf_span(&saved), buf_span(&again)));
	buf_fini(&saved);
	buf_fini(&again);
	buf_fini(&shown);
	buf_fini(&back);
	transitions_free(&transitions);
}
END_TEST

START_TEST(own_metrics_are_lines_of_a_stream)
{
	const struct own_metrics_options options = {.account = SPAN_OF("1"),
	    .region = SPAN_OF("r"),
	    .name = SPAN_OF("n\"")};
	const struct own_metrics_options bare = {.name = SPAN_OF("n")};
	const struct own_sample free = {.metric = "JournalFree",
	    .unit = "Percent",
	    .sum = 150.5,
	    .min = 50,
	    .max = 100.5,
	    .count = 2};
	const struct own_sample sink = {.metric = "DeliveryBehind",
	    .unit = "Seconds",
	    .sink = "s3",
	    .count = 1};
	struct buf out = {0};

	own_metrics_print(&out, &options, &free, 60000);
	own_metrics_print(&out, &bare, &sink, 120000);
	ck_assert_str_eq(buf_cstr(&out),
	    "{\"metric_stream_name\":\"tocsin\",\"account_id\":\"1\","
	    "\"region\":\"r\",\"namespace\":\"Tocsin\",\"metric_name\":"
	    "\"JournalFree\",\"dimensions\":{\"Name\":\"n\\\"\"},"
	    "\"timestamp\":60000,\"value\":{\"max\":100.5,\"min\":50,"
	    "\"sum\":150.5,\"count\":2},\"unit\":\"Percent\"}\n"
	    "{\"metric_stream_name\":\"tocsin\",\"account_id\":"
	    "\"000000000000\",\"region\":\"local\",\"namespace\":\"Tocsin\","
	    "\"metric_name\":\"DeliveryBehind\",\"dimensions\":{\"Name\":"
	    "\"n\",\"Sink\":\"s3\"},\"timestamp\":120000,\"value\":{\"max\":0,"
	    "\"min\":0,\"sum\":0,\"count\":1},\"unit\":\"Seconds\"}\n");
	buf_fini(&out);
}
END_TEST

START_TEST(quarantine_keeps_the_bytes_and_the_reason)
{
	static const struct span records[] = {
	    {"{}\n", 3}, {"ab\nx\xff\"y\nz\xc3\xa9\n", 12}};
	const struct entry entry = {.seq = 7,
	    .arrival_ms = 1000,
	    .kind = ENTRY_BATCH,
	    .source = SPAN_OF("p"),
	    .request_id = SPAN_OF("r\"1"),
	    .records = records,
	    .nrecords = 2};
	struct reject rejects[] = {{1, 2, 3, 4, "bad"}, {1, 3, 8, 99, "cut"}};
	const struct outcome outcome = {.rejects = rejects, .nrejects = 2};
	struct buf out = {0};

	quarantine_print(&out, &entry, &outcome);
	ck_assert_str_eq(buf_cstr(&out),
	    "{\"seq\":7,\"time\":\"1970-01-01T00:00:01.000Z\",\"source\":\"p\","
	    "\"request_id\":\"r\\\"1\",\"record\":1,\"item\":2,\"offset\":3,"
	    "\"bytes\":4,\"reason\":\"bad\",\"encoding\":\"base64\","
	    "\"data\":\"eP8ieQ==\"}\n"
	    "{\"seq\":7,\"time\":\"1970-01-01T00:00:01.000Z\",\"source\":\"p\","
	    "\"request_id\":\"r\\\"1\",\"record\":1,\"item\":3,\"offset\":8,"
	    "\"bytes\":99,\"reason\":\"cut\",\"encoding\":\"text\","
	    "\"data\":\"z\xc3\xa9\\n\"}\n");
	buf_fini(&out);
}
END_TEST

START_TEST(quarantine_does_not_cut_a_character)
{
	char text[LIMIT_QUARANTINE_BYTES + 4];
	struct span record = {text, sizeof(text)};
	const struct entry entry = {.records = &record, .nrecords = 1};
	struct reject reject = {0, 1, 0, sizeof(text), "long"};
	const struct outcome outcome = {.rejects = &reject, .nrejects = 1};
	struct buf out = {0};
	const char *data;

	memset(text, 'a', sizeof(text));
	memcpy(text + LIMIT_QUARANTINE_BYTES - 1, "\xc3\xa9", 2);
	quarantine_print(&out, &entry, &outcome);
	data = strstr(buf_cstr(&out), "\"encoding\":\"text\",\"data\":\"");
	ck_assert_ptr_nonnull(data);
	data += strlen("\"encoding\":\"text\",\"data\":\"");
	ck_assert_uint_eq(strspn(data, "a"), LIMIT_QUARANTINE_BYTES - 1);
	ck_assert_str_eq(data + LIMIT_QUARANTINE_BYTES - 1, "\"}\n");
	buf_fini(&out);
}
END_TEST

START_TEST(a_point_is_one_line_of_the_contract)
{
	static const struct dimension dimensions[] = {
	    {{"A", 1}, {"x\"", 2}}, {{"B", 1}, {"", 0}}};
	static const struct statistic statistics[] = {
	    {{"p99.9", 5}, 0.1}, {{"TM(25%:75%)", 11}, 1e300}};
	struct point point = {.series = {.account = SPAN_OF("1"),
				  .region = SPAN_OF("r"),
				  .namespace = SPAN_OF("n"),
				  .metric = SPAN_OF("m"),
				  .unit = SPAN_OF("None"),
				  .dimensions = dimensions,
				  .ndimensions = 2},
	    .timestamp_ms = 1611929698000,
	    .sum = 20,
	    .count = 0.5,
	    .min = -0.0000001,
	    .max = 18,
	    .statistics = statistics,
	    .nstatistics = 2};
	struct buf out = {0};

	point_print(&out, &point);
	point.series.ndimensions = point.nstatistics = 0;
	point_print(&out, &point);
	ck_assert_str_eq(buf_cstr(&out),
	    "{\"account\":\"1\",\"region\":\"r\",\"namespace\":\"n\","
	    "\"metric\":\"m\",\"dimensions\":{\"A\":\"x\\\"\",\"B\":\"\"},"
	    "\"unit\":\"None\",\"timestamp\":1611929698000,\"sum\":20,"
	    "\"count\":0.5,\"min\":-0.0000001,\"max\":18,\"statistics\":{"
	    "\"p99.9\":0.1,\"TM(25%:75%)\":1e300}}\n"
	    "{\"account\":\"1\",\"region\":\"r\",\"namespace\":\"n\","
	    "\"metric\":\"m\",\"dimensions\":{},"
	    "\"unit\":\"None\",\"timestamp\":1611929698000,\"sum\":20,"
	    "\"count\":0.5,\"min\":-0.0000001,\"max\":18,\"statistics\":{}}\n");
	buf_fini(&out);
}
END_TEST

TEST_MAIN("service", only_loopback_is_loopback, ticks_meet_whole_ten_seconds,
    the_oldest_transitions_go, transitions_are_saved_and_loaded,
    own_metrics_are_lines_of_a_stream,
    quarantine_keeps_the_bytes_and_the_reason,
    quarantine_does_not_cut_a_character, a_point_is_one_line_of_the_contract)
