#include "aws/retry.h"

#include "aws/aws_stats.h"
#include "unit/aws/client_bench.h"

START_TEST(delays)
{
	static const struct {
		unsigned attempts;
		bool throttled;
		int64_t asked_ms;
		uint32_t random;
		int64_t want_ms;
	} rows[] = {
	    {1, false, 0, 0, 0},
	    {1, false, 0, UINT32_MAX, 49},
	    {1, false, 0, 1u << 31, 25},
	    {2, false, 0, 1u << 31, 50},
	    {3, false, 0, 1u << 31, 100},
	    {1, true, 0, 1u << 31, 500},
	    {2, true, 0, 1u << 31, 1000},
	    {20, true, 0, 1u << 31, 10000},
	    {99, false, 0, UINT32_MAX, 19999},
	    /* Asked for: at least, and 5 s above the longest at most. */
	    {1, false, 30, 0, 30},
	    {1, false, 30, UINT32_MAX, 49},
	    {1, false, 999999, 0, 5050},
	    {2, true, 999999, 0, 7000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got_ms = retry_delay_ms(rows[i].attempts,
		    rows[i].throttled, rows[i].asked_ms, rows[i].random);

		ck_assert_msg(got_ms == rows[i].want_ms, "row %zu: %lld", i,
		    (long long)got_ms);
	}
}
END_TEST

START_TEST(buckets)
{
	struct retry_bucket bucket;

	retry_init(&bucket);
	for (int i = 0; i < 50; i++)
		ck_assert(retry_take(&bucket, RETRY_COST_TIMEOUT));
	ck_assert(!retry_take(&bucket, 1));
	retry_give(&bucket, 4);
	ck_assert(!retry_take(&bucket, RETRY_COST));
	retry_give(&bucket, 1);
	ck_assert(retry_take(&bucket, RETRY_COST));
	retry_give(&bucket, 2 * RETRY_TOKENS);
	ck_assert_int_eq(atomic_load(&bucket.tokens), RETRY_TOKENS);
}
END_TEST

START_TEST(attempts_of_the_environment)
{
	static const struct {
		const char *text;
		unsigned want;
	} rows[] = {{"", 3}, {"1", 1}, {"7", 7}, {"0", 3}, {"-2", 3},
	    {"many", 3}, {"1000", 10}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		setenv("AWS_MAX_ATTEMPTS", rows[i].text, 1);
		ck_assert_uint_eq(retry_attempts(), rows[i].want);
	}
	unsetenv("AWS_MAX_ATTEMPTS");
	ck_assert_uint_eq(retry_attempts(), 3);
}
END_TEST

#define BUSY(headers)                                                          \
	{                                                                      \
		.text = "HTTP/1.1 503 Busy\r\n" headers                        \
			"Content-Length: 0\r\n\r\n"                            \
	}

START_TEST(failures_are_tried_again)
{
	static const struct reply good = REPLY_OK, busy = BUSY(""),
				  hang_up = {.hang_up = true},
				  no = {ANSWER("400 No", "",
					    XML("InvalidParameter", "")),
				      0, true};
	const struct {
		struct reply replies[4];
		unsigned attempts;
		enum rc rc;
		size_t requests;
	} rows[] = {
	    {{busy, busy, good, good}, 0, RC_OK, 3},
	    {{hang_up, good, good, good}, 0, RC_OK, 2},
	    {{busy, busy, busy, good}, 0, RC_RETRY, 3},
	    {{busy, good, good, good}, 1, RC_RETRY, 1},
	    {{busy, busy, busy, good}, 4, RC_OK, 4},
	    {{no, good, good, good}, 0, RC_REJECT, 1},
	};

	keys_set("AKIDEXAMPLE", SECRET, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bench bench;
		struct aws_call call;

		bench_open(&bench, rows[i].replies, 4);
		call = publish(&bench);
		call.attempts = rows[i].attempts;
		bench.rc = aws_send(
		    bench.client, &call, "Publish", &bench.answer, &bench.err);
		ck_assert_msg(bench.rc == rows[i].rc, "row %zu: %d %s", i,
		    bench.rc, bench.err.text);
		ck_assert_uint_eq(
		    server_requests(&bench.server), rows[i].requests);
		bench_close(&bench);
	}
}
END_TEST

START_TEST(attempts_may_be_fewer)
{
	static const struct reply busy = BUSY("");
	struct bench bench;

	keys_set("AKIDEXAMPLE", SECRET, "");
	setenv("AWS_MAX_ATTEMPTS", "2", 1);
	bench_open(&bench, &busy, 1);
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	bench_close(&bench);
	unsetenv("AWS_MAX_ATTEMPTS");
}
END_TEST

/* The service asks for more time than the call has. */
START_TEST(retries_end_with_the_time)
{
	static const struct reply busy = BUSY("x-amz-retry-after: 5000\r\n");
	struct bench bench;
	struct aws_call call;
	int64_t from_ms = aws_clock_ms();

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, &busy, 1);
	call = publish(&bench);
	call.timeout_ms = 4000;
	bench.rc =
	    aws_send(bench.client, &call, "Publish", &bench.answer, &bench.err);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_uint_eq(server_requests(&bench.server), 1);
	ck_assert_int_lt(aws_clock_ms() - from_ms, 3000);
	bench_close(&bench);
}
END_TEST

/* 500 tokens are 100 retries: 50 calls with two each, then one attempt a
 * call until there are successes again. */
START_TEST(outages_empty_the_bucket)
{
	struct reply replies[160];
	static const struct reply good = REPLY_OK, busy = BUSY("");
	struct bench bench;

	for (size_t i = 0; i < 160; i++)
		replies[i] = busy;
	for (size_t i = 152; i < 157; i++)
		replies[i] = good;
	replies[158] = good;
	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, replies, 160);
	for (int i = 0; i < 50; i++)
		send_publish(&bench);
	ck_assert_uint_eq(server_requests(&bench.server), 150);
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	send_publish(&bench);
	ck_assert_uint_eq(server_requests(&bench.server), 152);
	ck_assert_int_eq(counter_get(&aws_stats[AWS_CALLS]), 52);
	ck_assert_int_eq(counter_get(&aws_stats[AWS_CALLS_FAILED]), 52);
	ck_assert_int_eq(counter_get(&aws_stats[AWS_RETRIES]), 100);
	ck_assert_int_eq(counter_get(&aws_stats[AWS_RETRIES_REFUSED]), 2);
	for (int i = 0; i < 5; i++) { /* one token each: a retry's worth */
		send_publish(&bench);
		ck_assert_int_eq(bench.rc, RC_OK);
	}
	send_publish(&bench);
	ck_assert_int_eq(bench.rc, RC_OK);
	ck_assert_uint_eq(server_requests(&bench.server), 159);
	bench_close(&bench);
}
END_TEST

static void *
cancel_soon(void *context)
{
	usleep(100000);
	http_cancel(context);
	return NULL;
}

START_TEST(cancel_ends_the_waiting)
{
	static const struct reply busy = BUSY("x-amz-retry-after: 5000\r\n");
	struct bench bench;
	struct aws_call call;
	int64_t from_ms = aws_clock_ms();
	pthread_t thread;

	keys_set("AKIDEXAMPLE", SECRET, "");
	bench_open(&bench, &busy, 1);
	call = publish(&bench);
	call.timeout_ms = 60000;
	pthread_create(&thread, NULL, cancel_soon, bench.http);
	bench.rc =
	    aws_send(bench.client, &call, "Publish", &bench.answer, &bench.err);
	ck_assert_int_eq(bench.rc, RC_RETRY);
	ck_assert_int_lt(aws_clock_ms() - from_ms, 4000);
	pthread_join(thread, NULL);
	bench_close(&bench);
}
END_TEST

TEST_MAIN("retry", delays, buckets, attempts_of_the_environment,
    failures_are_tried_again, attempts_may_be_fewer, retries_end_with_the_time,
    outages_empty_the_bucket, cancel_ends_the_waiting)
