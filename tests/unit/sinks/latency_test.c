#include "sinks/latency.h"

#include "testing.h"

START_TEST(first_attempts_are_counted)
{
	struct notification one = {0};
	struct buf out = {0};

	latency_sent(&one); /* not known */
	one.received_ns = latency_now_ns() - 4000000;
	latency_sent(&one);
	latency_sent(&one); /* another attempt */
	one.received_ns = latency_now_ns() - 60000000000;
	latency_sent(&one);
	latency_print(&out);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out),
	    "# TYPE tocsin_notification_latency_seconds histogram\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "{le=\"0.003\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "{le=\"30.0\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "{le=\"+Inf\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "_seconds_count 2\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "_seconds_sum 60.00"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "slowest_seconds 60.0"));
	buf_fini(&out);
}
END_TEST

TEST_MAIN("latency", first_attempts_are_counted)
