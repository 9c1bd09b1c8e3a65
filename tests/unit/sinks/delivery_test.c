/* Delivery with its worker; what one step does is in delivery_step_test.c. */
#include "sinks/delivery.h"

#include <pthread.h>

#include "testing.h"
#include "unit/sinks/fixture.h"

/* Items 1 … count; from item `fails_at` on `failures` attempts fail before
 * all is well. */
struct sink {
	uint64_t count, last, fails_at;
	size_t failures, sent;
};

static pthread_mutex_t failed_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t failed_changed = PTHREAD_COND_INITIALIZER;
static bool has_failed;

static enum rc
sink_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct sink *sink = cookie;

	(void)err;
	if (after >= sink->count)
		return RC_AGAIN;
	sink->last = after + 1;
	*item = (struct delivery_item){sink->last, sink->last, 1000};
	return RC_OK;
}

static enum rc
sink_send(void *cookie, struct err *err)
{
	struct sink *sink = cookie;

	if (sink->failures > 0 && sink->last >= sink->fails_at) {
		sink->failures--;
		pthread_mutex_lock(&failed_mutex);
		has_failed = true;
		pthread_cond_signal(&failed_changed);
		pthread_mutex_unlock(&failed_mutex);
		return err_set(err, RC_RETRY, "not yet");
	}
	sink->sent++;
	return RC_OK;
}

static void
sink_dead(void *cookie, struct buf *out)
{
	(void)cookie;
	buf_text(out, "null");
}

static struct delivery *
started(struct sink *sink, const char *name, const char *folder)
{
	const struct delivery_source source = {.name = name,
	    .next = sink_next,
	    .send = sink_send,
	    .dead = sink_dead,
	    .sink = sink};
	struct delivery *delivery;
	struct err err;

	ck_assert_msg(delivery_start(&delivery, &source, folder, &err) == RC_OK,
	    "%s", err.text);
	return delivery;
}

static uint64_t
in_file(const char *folder, const char *name)
{
	uint64_t position;
	struct err err;

	ck_assert(
	    delivery_position_read(folder, name, &position, &err) == RC_OK);
	return position;
}

START_TEST(stopping_delivers_what_is_there)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 500};
	struct delivery *delivery = started(&sink, "a", folder);

	delivery_stop(&delivery, 20000);
	ck_assert_ptr_null(delivery);
	ck_assert_uint_eq(sink.sent, 500);
	ck_assert_uint_eq(in_file(folder, "a"), 500);
	fixture_folder_remove(folder);
}
END_TEST

/* The first failure would wait a second; stopping tries at once, once. */
START_TEST(stopping_ends_a_back_off)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 3, .failures = 1, .fails_at = 2};
	struct delivery *delivery = started(&sink, "a", folder);

	pthread_mutex_lock(&failed_mutex);
	while (!has_failed)
		pthread_cond_wait(&failed_changed, &failed_mutex);
	pthread_mutex_unlock(&failed_mutex);
	delivery_stop(&delivery, 700);
	ck_assert_uint_eq(sink.sent, 3);
	ck_assert_uint_eq(in_file(folder, "a"), 3);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(the_deadline_holds_and_the_next_start_goes_on)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 3, .failures = 1000};
	struct delivery *delivery = started(&sink, "a", folder);

	delivery_stop(&delivery, 50);
	ck_assert_uint_eq(sink.sent, 0);
	ck_assert_uint_ge(sink.failures, 996);
	ck_assert_uint_eq(in_file(folder, "a"), 0);
	sink.failures = 0;
	delivery = started(&sink, "a", folder);
	delivery_stop(&delivery, 20000);
	ck_assert_uint_eq(sink.sent, 3);
	ck_assert_uint_eq(in_file(folder, "a"), 3);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(a_position_that_is_missing_begins_where_it_is_told)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 5};
	struct delivery_source source = {.name = "b",
	    .begin = 3,
	    .next = sink_next,
	    .send = sink_send,
	    .dead = sink_dead,
	    .sink = &sink};
	struct delivery *delivery;
	struct err err;

	ck_assert(delivery_start(&delivery, &source, folder, &err) == RC_OK);
	ck_assert_uint_ge(in_file(folder, "b"), 3);
	delivery_stop(&delivery, 20000);
	ck_assert_uint_eq(sink.sent, 2);
	source.begin = 0;
	ck_assert(delivery_start(&delivery, &source, folder, &err) == RC_OK);
	ck_assert_uint_eq(delivery_position(delivery), 5);
	delivery_stop(&delivery, 0);
	fixture_folder_remove(folder);
}
END_TEST

/* OpenMetrics wants the rows of one name together. */
START_TEST(metrics_of_all_are_printed_together)
{
	const char *folder = fixture_folder();
	struct sink one = {0}, two = {0};
	struct delivery *a = started(&one, "a", folder);
	struct delivery *b = started(&two, "b", folder);
	struct buf out = {0};

	delivery_print(&out);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out),
	    "# TYPE tocsin_delivery_sent counter\n"
	    "# HELP tocsin_delivery_sent Items that a sink delivered.\n"
	    "tocsin_delivery_sent_total{sink=\"a\"} 0\n"
	    "tocsin_delivery_sent_total{sink=\"b\"} 0\n"
	    "# TYPE tocsin_delivery_retries counter\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out),
	    "tocsin_delivery_failing{sink=\"a\"} 0\n"
	    "tocsin_delivery_failing{sink=\"b\"} 0\n"));
	delivery_stop(&a, 0);
	buf_clear(&out);
	delivery_print(&out);
	ck_assert_ptr_null(strstr(buf_cstr(&out), "sink=\"a\""));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "sink=\"b\""));
	delivery_stop(&b, 0);
	buf_fini(&out);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("delivery", stopping_delivers_what_is_there, stopping_ends_a_back_off,
    the_deadline_holds_and_the_next_start_goes_on,
    a_position_that_is_missing_begins_where_it_is_told,
    metrics_of_all_are_printed_together)
