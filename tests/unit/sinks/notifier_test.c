/* The notifier with its deliveries. */
#include "base/limits.h"
#include "unit/sinks/notifier_fixture.h"

static struct notifier *
started(const char *folder, uint64_t begin)
{
	return started_of(folder, begin, 0);
}

START_TEST(what_changed_is_published_once)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);

	push(notifier, 3, EAST, NULL);
	notifier_advance(notifier, 3);
	push(notifier, 4, EAST, NULL);
	push(notifier, 4, EAST, NULL);
	notifier_advance(notifier, 4);
	notifier_advance(notifier, 9);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/3 us-east-2/4 us-east-2/4 ");
	ck_assert_uint_eq(in_file(folder, "sns"), 9);
	ck_assert_uint_eq(in_file(folder, EAST), 9);

	/* The next start reads the log from its beginning. */
	notifier = started(folder, 0);
	push(notifier, 3, EAST, NULL);
	push(notifier, 4, EAST, NULL);
	notifier_advance(notifier, 9);
	push(notifier, 10, EAST, NULL);
	notifier_advance(notifier, 10);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/10 ");
	ck_assert_uint_eq(in_file(folder, EAST), 10);
	fixture_folder_remove(folder);
}
END_TEST

/* Until the entry is complete, its position is not passed. */
START_TEST(an_entry_cut_in_two_is_sent_again)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);

	notifier_advance(notifier, 6);
	push(notifier, 7, EAST, NULL); /* and then the process dies */
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/7 ");
	ck_assert_uint_eq(in_file(folder, EAST), 6);
	notifier = started(folder, 0);
	notifier_advance(notifier, 6);
	push(notifier, 7, EAST, NULL);
	push(notifier, 7, EAST, NULL);
	notifier_advance(notifier, 7);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/7 us-east-2/7 ");
	ck_assert_uint_eq(in_file(folder, EAST), 7);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(a_region_that_is_down_holds_up_no_other)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);

	sns_down = "us-east-2";
	push(notifier, 1, EAST, WEST);
	push(notifier, 2, EAST, WEST);
	notifier_advance(notifier, 2);
	wait_for("us-west-2/2 ");
	notifier_stop(&notifier, 0);
	expect_log("us-west-2/1 us-west-2/2 ");
	ck_assert_uint_eq(in_file(folder, EAST), 0);
	ck_assert_uint_ge(in_file(folder, WEST), 1);
	ck_assert_int_eq(counter_get(&notifier_stats[NOTIFIER_WAITING]), 0);

	sns_down = "";
	notifier = started(folder, 0);
	push(notifier, 1, EAST, WEST);
	push(notifier, 2, EAST, WEST);
	notifier_advance(notifier, 2);
	notifier_stop(&notifier, 20000);
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&sns_log), "us-east-2/1 us-east-2/2 "));
	buf_fini(&sns_log);
	fixture_folder_remove(folder);
}
END_TEST

/* SNS over a log that is older, and a Region that comes later. */
START_TEST(history_is_not_published)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 50);

	push(notifier, 20, EAST, NULL);
	notifier_advance(notifier, 50);
	push(notifier, 51, EAST, NULL);
	notifier_advance(notifier, 60);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/51 ");
	ck_assert_uint_eq(in_file(folder, "sns"), 60);

	notifier = started(folder, 0);
	push(notifier, 30, WEST, NULL); /* made up: it had no topic then */
	notifier_advance(notifier, 60);
	push(notifier, 61, WEST, NULL);
	ck_assert_uint_ge(in_file(folder, WEST), 60);
	notifier_advance(notifier, 61);
	notifier_stop(&notifier, 20000);
	expect_log("us-west-2/61 ");
	fixture_folder_remove(folder);
}
END_TEST

/* "sns" may be ahead of a Region that has not delivered. */
START_TEST(a_region_keeps_its_own_position)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);

	sns_down = "us-east-2";
	notifier_advance(notifier, 4);
	push(notifier, 5, EAST, NULL);
	notifier_advance(notifier, 100);
	notifier_stop(&notifier, 10);
	expect_log("");
	sns_down = "";
	notifier = started(folder, 0);
	push(notifier, 5, EAST, NULL);
	notifier_advance(notifier, 100);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/5 ");
	fixture_folder_remove(folder);
}
END_TEST

static const char *
dead_of(const char *topic)
{
	static char name[ACTION_LABEL + 8];

	snprintf(name, sizeof(name), "%s.dead", file_of(topic));
	return name;
}

START_TEST(a_refused_message_holds_up_nothing)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);
	struct buf text = {0};

	sns_refuses = "ops-gone&"; /* in TopicArn, no other text */
	push(notifier, 1, EAST "-gone", EAST);
	notifier_advance(notifier, 1);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/1 ");
	ck_assert(fixture_file(folder, dead_of(EAST "-gone"), &text));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&text),
	    "\"reason\":\"NotFound\",\"item\":{\"id\":\"id-1\",\"kind\":"
	    "\"sns\",\"to\":\"" EAST "-gone\",\"request\":\"Action=Publish&"));
	/* Nobody has refused what got no answer. */
	sns_refusal = 0;
	notifier = started(folder, 0);
	push(notifier, 2, EAST "-gone", NULL);
	notifier_advance(notifier, 2);
	notifier_stop(&notifier, 10);
	ck_assert(fixture_file(folder, dead_of(EAST "-gone"), &text));
	ck_assert_ptr_null(strstr(buf_cstr(&text), "id-2"));
	ck_assert_uint_eq(in_file(folder, EAST "-gone"), 1);
	sns_refuses = "";
	sns_refusal = 404;
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(what_is_not_sent_is_counted)
{
	static const char other[] =
	    "arn:aws:ssm:us-east-2:111122223333:opsitem:1";
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);
	struct fixture f;

	push(notifier, 1, other, "arn:aws:automate:us-east-2:ec2:stop");
	push(notifier, 2, other, NULL);
	ck_assert_int_eq(counter_get(&notifier_stats[NOTIFIER_UNSUPPORTED]), 3);
	fixture_init(&f);
	f.alarm.actions_enabled = false;
	notifier_push(notifier, &f.transition);
	ck_assert_int_eq(counter_get(&notifier_stats[NOTIFIER_SUPPRESSED]), 1);
	fixture_init(&f);
	f.transition.from = f.transition.to;
	notifier_push(notifier, &f.transition);
	fixture_init(&f); /* the list of the state that is entered */
	f.transition.from = STATE_ALARM;
	f.transition.to = STATE_OK;
	notifier_push(notifier, &f.transition);
	notifier_advance(notifier, 41);
	notifier_stop(&notifier, 20000);
	expect_log("");
	fixture_folder_remove(folder);
}
END_TEST

/* Only what runs actions is sent: the case's number where it is. */
START_TEST(actions_run_when_they_may)
{
	static const struct contributor_name contributor = {
	    .id = "a29eb44b20c4362e"};
	static const struct {
		const char *query; /* NULL: an alarm on a metric */
		bool disabled, muted, same, released;
		enum suppressed_by suppressed_by;
		bool contributor;
		bool sent;
		int64_t counted;
	} rows[] = {{.sent = true}, {.disabled = true, .counted = 1},
	    {.muted = true, .counted = 1},
	    {.suppressed_by = SUPPRESSED_WAIT, .counted = 1},
	    {.suppressed_by = SUPPRESSED_EXTENSION, .counted = 1},
	    {.suppressed_by = SUPPRESSED_ALARM, .counted = 1}, {.same = true},
	    {.same = true, .released = true, .sent = true},
	    {.same = true, .released = true, .muted = true, .counted = 1},
	    {.query = "SELECT MAX(a) FROM b", .sent = true},
	    {.query = "SELECT MAX(a) FROM b GROUP BY c"},
	    {.query = "SELECT MAX(a) FROM b GROUP BY c",
		.contributor = true,
		.sent = true},
	    {.query = "SELECT MAX(a) FROM b GROUP BY c",
		.contributor = true,
		.muted = true,
		.counted = 1}};
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);
	struct buf sent = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t before =
		    counter_get(&notifier_stats[NOTIFIER_SUPPRESSED]);
		struct alarm_query query = {
		    .expression = span_text(rows[i].query)};
		struct fixture f;

		fixture_init(&f);
		snprintf(f.transition.id, sizeof(f.transition.id), "id-%zu", i);
		f.transition.seq = i + 1;
		f.alarm.actions_enabled = !rows[i].disabled;
		f.transition.muted = rows[i].muted;
		f.transition.released = rows[i].released;
		f.transition.suppressed_by = rows[i].suppressed_by;
		if (rows[i].same)
			f.transition.from = f.transition.to;
		if (rows[i].query != NULL) {
			f.alarm.kind = ALARM_INSIGHTS;
			f.alarm.grouped =
			    strstr(rows[i].query, "GROUP") != NULL;
			f.alarm.queries = &query;
			f.alarm.nqueries = 1;
		}
		if (rows[i].contributor)
			f.transition.contributor = &contributor;
		notifier_push(notifier, &f.transition);
		ck_assert_int_eq(
		    counter_get(&notifier_stats[NOTIFIER_SUPPRESSED]) - before,
		    rows[i].counted);
		if (rows[i].sent)
			buf_printf(&sent, "us-east-2/%zu ", i);
	}
	notifier_advance(notifier, 41);
	notifier_stop(&notifier, 20000);
	expect_log(buf_cstr(&sent));
	buf_fini(&sent);
	fixture_folder_remove(folder);
}
END_TEST

/* Each has a thread: those above the limit are counted, and named once. */
START_TEST(destinations_are_so_many)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);
	uint64_t seq = 0;

	for (int twice = 0; twice < 2; twice++)
		for (int i = 0; i < LIMIT_DESTINATIONS + 3; i++) {
			char topic[80];

			snprintf(topic, sizeof(topic), EAST "%d", i);
			push(notifier, ++seq, topic, NULL);
		}
	notifier_advance(notifier, seq);
	ck_assert_int_eq(counter_get(&notifier_stats[NOTIFIER_UNSUPPORTED]), 6);
	notifier_stop(&notifier, 20000);
	ck_assert_uint_eq(in_file(folder, EAST "7"), seq);
	ck_assert_uint_eq(in_file(folder, EAST "258"), 0);
	buf_fini(&sns_log);
	fixture_folder_remove(folder);
}
END_TEST

/* Abandoned, it takes nothing more and passes nothing. */
START_TEST(an_abandoned_notifier_moves_no_position)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);

	push(notifier, 1, EAST, NULL);
	notifier_advance(notifier, 1);
	notifier_abandon(notifier);
	push(notifier, 2, EAST, NULL);
	notifier_advance(notifier, 2);
	notifier_stop(&notifier, 20000);
	expect_log("us-east-2/1 ");
	ck_assert_uint_eq(in_file(folder, "sns"), 1);
	ck_assert_uint_eq(in_file(folder, EAST), 1);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("notifier", what_changed_is_published_once,
    an_entry_cut_in_two_is_sent_again, a_region_that_is_down_holds_up_no_other,
    history_is_not_published, a_region_keeps_its_own_position,
    a_refused_message_holds_up_nothing, what_is_not_sent_is_counted,
    actions_run_when_they_may, destinations_are_so_many,
    an_abandoned_notifier_moves_no_position)
