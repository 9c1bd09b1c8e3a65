/* Rounds and stand-ins, through the notifier. */
#include <unistd.h>

#include "unit/sinks/notifier_fixture.h"

static struct notifier *
started(const char *folder)
{
	return started_of(folder, 0, 0);
}

/* While the East is down a first one occupies the lane; then `count` more, of
 * alarms of their own, wait behind it, and the East comes back. */
static void
backlog(struct notifier *notifier, uint64_t count)
{
	static char names[64][8];

	sns_down = "us-east-2";
	for (uint64_t i = 1; i <= count; i++) {
		snprintf(
		    names[i], sizeof(names[i]), "a%llu", (unsigned long long)i);
		push_of(notifier, names[i], i, EAST, NULL);
	}
	notifier_advance(notifier, count);
	pthread_mutex_lock(&sns_mutex);
	while (sns_calls == 0)
		pthread_cond_wait(&sns_published, &sns_mutex);
	sns_down = "";
	sns_calls = 0;
	pthread_mutex_unlock(&sns_mutex);
}

/* What the log has of the id. */
static size_t
times(const char *id)
{
	char word[40];
	size_t count = 0;

	snprintf(word, sizeof(word), "/%s ", id);
	for (const char *at = buf_cstr(&sns_log);
	     (at = strstr(at, word)) != NULL; at++)
		count++;
	return count;
}

static void
expect_each_once(uint64_t count)
{
	for (uint64_t i = 1; i <= count; i++) {
		char id[24];

		snprintf(id, sizeof(id), "%llu", (unsigned long long)i);
		ck_assert_msg(times(id) == 1, "%s: %zu times in %s", id,
		    times(id), buf_cstr(&sns_log));
	}
}

/* One alone is published; many go ten in a request. */
START_TEST(many_go_in_batches)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder);

	backlog(notifier, 40);
	notifier_stop(&notifier, 20000);
	expect_each_once(40);
	/* The one that looks whether the East is back, then the others. */
	ck_assert_uint_le(sns_calls, 7);
	ck_assert_uint_eq(in_file(folder, EAST), 40);
	buf_fini(&sns_log);
	fixture_folder_remove(folder);
}
END_TEST

/* Those that a batch's answer says have failed are sent again, and those
 * alone; the position waits for them. */
START_TEST(what_failed_in_a_batch_is_sent_again)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder);

	sns_fails = " 7 9 ";
	backlog(notifier, 20);
	wait_for("/20 ");
	for (int i = 0; i < 200 && in_file(folder, EAST) < 6; i++)
		usleep(10000);
	ck_assert_uint_eq(in_file(folder, EAST), 6);
	pthread_mutex_lock(&sns_mutex);
	sns_fails = "";
	pthread_mutex_unlock(&sns_mutex);
	wait_for("/7 ");
	wait_for("/9 ");
	notifier_stop(&notifier, 20000);
	expect_each_once(20);
	ck_assert_uint_eq(in_file(folder, EAST), 20);
	buf_fini(&sns_log);
	fixture_folder_remove(folder);
}
END_TEST

/* The second of an alarm waits for the first, whatever others do. */
START_TEST(an_alarm_keeps_its_order)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder);
	const char *first, *second;

	sns_fails = " 1 ";
	push_of(notifier, "a", 1, EAST, NULL);
	push_of(notifier, "b", 2, EAST, NULL);
	push_of(notifier, "a", 3, EAST, NULL);
	push_of(notifier, "c", 4, EAST, NULL);
	notifier_advance(notifier, 4);
	wait_for("/4 ");
	pthread_mutex_lock(&sns_mutex);
	ck_assert_ptr_null(strstr(buf_cstr(&sns_log), "/3 "));
	sns_fails = "";
	pthread_mutex_unlock(&sns_mutex);
	wait_for("/3 ");
	notifier_stop(&notifier, 20000);
	expect_each_once(4);
	first = strstr(buf_cstr(&sns_log), "/1 ");
	second = strstr(buf_cstr(&sns_log), "/3 ");
	ck_assert(first < second);
	buf_fini(&sns_log);
	fixture_folder_remove(folder);
}
END_TEST

/* One bad topic apart from a good one in the same Region. */
START_TEST(a_topic_that_is_slow_holds_up_no_other)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder);

	sns_fails = " 1 ";
	push_of(notifier, "a", 1, EAST "-slow", NULL);
	push_of(notifier, "a", 2, EAST, NULL);
	notifier_advance(notifier, 2);
	wait_for("/2 ");
	notifier_stop(&notifier, 0);
	sns_fails = "";
	ck_assert_uint_eq(in_file(folder, EAST "-slow"), 0);
	ck_assert_uint_ge(in_file(folder, EAST), 1);
	expect_log("us-east-2/2 ");
	fixture_folder_remove(folder);
}
END_TEST

/* What waits longer than it may is a dead letter, also what was not tried. */
START_TEST(what_takes_too_long_is_given_up)
{
	const char *folder = fixture_folder();
	struct notifier *notifier;
	struct buf text = {0};
	char name[ACTION_LABEL + 8];
	size_t lines = 0;

	sns_settings.give_up_ms = 1;
	sns_down = "us-";
	notifier = started(folder);
	push_of(notifier, "a", 1, EAST, NULL);
	push_of(notifier, "a", 2, EAST, NULL);
	push_of(notifier, "b", 3, EAST, NULL);
	notifier_advance(notifier, 3);
	while (counter_get(&notifier_stats[NOTIFIER_WAITING]) > 0)
		usleep(10000);
	notifier_stop(&notifier, 0);
	sns_down = "";
	sns_settings.give_up_ms = 0;
	snprintf(name, sizeof(name), "%s.dead", file_of(EAST));
	ck_assert(fixture_file(folder, name, &text));
	for (size_t i = 0; i < text.len; i++)
		lines += text.bytes[i] == '\n';
	ck_assert_uint_eq(lines, 3);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&text),
	    "\"reason\":\"not delivered within 1ms: no connection\""));
	ck_assert_uint_eq(in_file(folder, EAST), 3);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

static const struct sns_stand_in stand_ins[] = {{SPAN_OF(EAST), SPAN_OF(WEST)}};

static void
with_stand_in(int64_t after_ms)
{
	sns_settings = (struct sns_config){.stand_in_after_ms = after_ms,
	    .stand_ins = stand_ins,
	    .nstand_ins = 1};
}

/* After the time, in order, once; the topic itself is tried on. */
START_TEST(a_stand_in_is_told_what_is_overdue)
{
	const char *folder = fixture_folder();
	struct notifier *notifier;

	with_stand_in(50);
	sns_down = "us-east-2";
	notifier = started(folder);
	push(notifier, 1, EAST, NULL);
	push(notifier, 2, EAST, NULL);
	notifier_advance(notifier, 2);
	wait_for("us-west-2/2 ");
	ck_assert(sns_has(buf_span(&sns_last),
	    "TopicArn=arn%3Aaws%3Asns%3Aus-"
	    "west-2"));
	ck_assert(sns_has(buf_span(&sns_last),
	    "Name=stand_in&MessageAttributes.entry.6.Value.DataType=String&"
	    "MessageAttributes.entry.6.Value.StringValue=arn%3Aaws%3Asns%3Aus-"
	    "east-2%3A111122223333%3Aops"));
	sns_down = "";
	wait_for("us-east-2/2 ");
	notifier_stop(&notifier, 20000);
	expect_log("us-west-2/1 us-west-2/2 us-east-2/1 us-east-2/2 ");
	fixture_folder_remove(folder);
}
END_TEST

/* In time: the stand-in hears nothing; nor does it when it is an action of
 * the alarm itself. */
START_TEST(a_stand_in_is_not_told_the_rest)
{
	const char *folder = fixture_folder();
	struct notifier *notifier;

	with_stand_in(50);
	notifier = started(folder);
	push(notifier, 1, EAST, NULL);
	notifier_advance(notifier, 1);
	wait_for("us-east-2/1 ");
	sns_down = "us-east-2";
	push(notifier, 2, EAST, WEST);
	notifier_advance(notifier, 2);
	wait_for("us-west-2/2 ");
	usleep(1300 * 1000); /* it looks each second */
	notifier_stop(&notifier, 0);
	sns_down = "";
	expect_log("us-east-2/1 us-west-2/2 ");
	fixture_folder_remove(folder);
}
END_TEST

/* A crash after the stand-in was told: it is not told again, by the
 * checkpoint or by the log; before that, it is told. */
START_TEST(a_stand_in_is_told_once_over_restarts)
{
	const char *folder = fixture_folder();
	struct buf before = {0}, after = {0};
	struct notifier *notifier;
	struct err err;

	with_stand_in(50);
	sns_down = "us-east-2";
	notifier = started_of(folder, 0, 1);
	push(notifier, 1, EAST, NULL);
	notifier_advance(notifier, 1);
	notifier_hold(notifier);
	notifier_save(notifier, &before);
	notifier_release(notifier);
	wait_for("us-west-2/1 ");
	notifier_drain(notifier, 0);
	notifier_save(notifier, &after);
	notifier_stop(&notifier, 0);
	expect_log("us-west-2/1 ");

	for (int i = 0; i < 2; i++) {
		notifier = started_of(folder, 0, 10);
		ck_assert_int_eq(notifier_load(notifier,
				     buf_span(i == 0 ? &after : &before), &err),
		    RC_OK);
		push(notifier, 2, EAST, NULL);
		notifier_advance(notifier, 2);
		usleep((LANE_GRACE_MS + 300) * 1000);
		notifier_stop(&notifier, 0);
		/* From the log again: that the West had it is on record. */
		expect_log(i == 0 ? "us-west-2/2 " : "");
	}
	sns_down = "";
	buf_fini(&before);
	buf_fini(&after);
	fixture_folder_remove(folder);
}
END_TEST

/* Given to the stand-in, which was away too: both go on with what they have. */
START_TEST(a_stand_in_is_given_it_once_over_restarts)
{
	const char *folder = fixture_folder();
	struct buf saved = {0};
	struct notifier *notifier;
	struct err err;

	with_stand_in(50);
	sns_down = "us-";
	notifier = started_of(folder, 0, 1);
	push(notifier, 1, EAST, NULL);
	notifier_advance(notifier, 1);
	while (counter_get(&notifier_stats[NOTIFIER_WAITING]) < 2)
		usleep(10000);
	notifier_drain(notifier, 0);
	notifier_save(notifier, &saved);
	notifier_stop(&notifier, 0);
	sns_down = "us-east-2";
	notifier = started_of(folder, 0, 10);
	ck_assert_int_eq(
	    notifier_load(notifier, buf_span(&saved), &err), RC_OK);
	usleep((LANE_GRACE_MS + 1300) * 1000);
	notifier_stop(&notifier, 0);
	expect_log("us-west-2/1 ");
	sns_down = "";
	buf_fini(&saved);
	fixture_folder_remove(folder);
}
END_TEST

/* The queue of a Region, of an earlier version, becomes those of its topics. */
START_TEST(a_former_position_is_taken_over)
{
	const char *folder = fixture_folder();
	struct notifier *notifier;

	write_position(folder, "sns", "9");
	write_position(folder, "sns-us-east-2", "5");
	notifier = started_of(folder, 0, 10);
	push(notifier, 4, EAST, WEST);
	push(notifier, 7, EAST, WEST);
	notifier_advance(notifier, 9);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/7 ");
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("lane", many_go_in_batches, what_failed_in_a_batch_is_sent_again,
    an_alarm_keeps_its_order, a_topic_that_is_slow_holds_up_no_other,
    what_takes_too_long_is_given_up, a_stand_in_is_told_what_is_overdue,
    a_stand_in_is_not_told_the_rest, a_stand_in_is_told_once_over_restarts,
    a_stand_in_is_given_it_once_over_restarts, a_former_position_is_taken_over)
