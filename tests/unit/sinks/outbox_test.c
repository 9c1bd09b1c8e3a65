/* What of the notifier goes into a checkpoint, and back. */
#include "unit/sinks/notifier_fixture.h"

/* A notifier of a log that ends at `last`. */
static struct notifier *
started(const char *folder, uint64_t last)
{
	return started_of(folder, last, last + 1);
}

static void
load(struct notifier *notifier, const struct buf *saved)
{
	struct err err;

	ck_assert_msg(notifier_load(notifier, buf_span(saved), &err) == RC_OK,
	    "%s", err.text);
}

/* What a run leaves that SNS never answered: three for the East, and one for
 * the West, of a log of ten entries. */
static void
outage(const char *folder, struct buf *saved)
{
	struct notifier *notifier = started(folder, 0);

	sns_down = "us-";
	push(notifier, 3, EAST, NULL);
	push(notifier, 3, EAST, NULL);
	push(notifier, 4, WEST, NULL);
	push(notifier, 7, EAST, NULL);
	notifier_advance(notifier, 10);
	notifier_hold(notifier);
	notifier_save(notifier, saved);
	notifier_release(notifier);
	notifier_stop(&notifier, 0);
	sns_down = "";
	expect_log("");
}

static void
expect_regions(const char *east, const char *west)
{
	struct buf got[2] = {{0}, {0}};
	char *text = strdup(buf_cstr(&sns_log)), *rest = text, *word;

	while ((word = strsep(&rest, " ")) != NULL)
		if (strncmp(word, "us-", 3) == 0)
			buf_printf(
			    &got[word[3] == 'w'], "%s ", strchr(word, '/') + 1);
	ck_assert_str_eq(buf_cstr(&got[0]), east);
	ck_assert_str_eq(buf_cstr(&got[1]), west);
	buf_fini(&got[0]);
	buf_fini(&got[1]);
	buf_fini(&sns_log);
	free(text);
}

/* By what the position files say after the crash; the log is not read again.
 * "": the file is not there. */
START_TEST(what_was_not_delivered_is_sent)
{
	static const struct {
		const char *east_file, *east, *west;
	} rows[] = {{"2", "3 3 7 ", "4 "}, {"3", "7 ", "4 "}, {"6", "7 ", "4 "},
	    {"7", "", "4 "}, {"12", "", "4 "}, {"", "3 3 7 ", "4 "},
	    /* Of another log, which was longer. */
	    {"500", "3 3 7 ", "4 "}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *folder = fixture_folder();
		struct notifier *notifier;
		struct buf saved = {0};

		outage(folder, &saved);
		write_position(folder, file_of(EAST), rows[i].east_file);
		if (*rows[i].east_file == '\0') {
			char path[512];

			snprintf(path, sizeof(path), "%s/%s.position", folder,
			    file_of(EAST));
			remove(path);
		}
		notifier = started(folder, 12);
		load(notifier, &saved);
		notifier_advance(notifier, 12);
		notifier_stop(&notifier, 20000);
		expect_regions(rows[i].east, rows[i].west);
		if (i != 3) /* that lane was never opened */
			ck_assert_uint_eq(in_file(folder, EAST), 12);
		ck_assert_uint_eq(in_file(folder, "sns"), 12);
		buf_fini(&saved);
		fixture_folder_remove(folder);
	}
}
END_TEST

/* Nothing is passed before it is sent: not even with the load half done. */
START_TEST(a_second_crash_loses_nothing)
{
	const char *folder = fixture_folder();
	struct buf saved = {0}, again = {0};
	struct notifier *notifier;

	outage(folder, &saved);
	sns_down = "us-";
	notifier = started(folder, 12);
	load(notifier, &saved);
	push(notifier, 11, WEST, NULL);
	notifier_advance(notifier, 11);
	notifier_drain(notifier, 0);
	notifier_save(notifier, &again);
	notifier_stop(&notifier, 0);
	ck_assert_uint_le(in_file(folder, EAST), 2);
	ck_assert_uint_le(in_file(folder, WEST), 3);
	sns_down = "";
	notifier = started(folder, 12);
	load(notifier, &again);
	/* The next Region's position begins behind the checkpoint. */
	push(notifier, 12, "arn:aws:sns:eu-west-1:111122223333:ops", NULL);
	ck_assert_uint_eq(
	    in_file(folder, "arn:aws:sns:eu-west-1:111122223333:ops"), 11);
	notifier_advance(notifier, 13);
	push(notifier, 14, EAST, NULL);
	notifier_advance(notifier, 14);
	notifier_stop(&notifier, 20000);
	expect_regions("3 3 7 14 ", "4 11 ");
	buf_fini(&saved);
	buf_fini(&again);
	fixture_folder_remove(folder);
}
END_TEST

/* What is sent while the child writes is not sent again. */
START_TEST(what_was_delivered_is_not_saved)
{
	const char *folder = fixture_folder();
	struct notifier *notifier = started(folder, 0);
	struct buf saved = {0};

	push(notifier, 3, EAST, NULL);
	notifier_advance(notifier, 10);
	notifier_drain(notifier, 20000);
	notifier_save(notifier, &saved);
	notifier_stop(&notifier, 0);
	expect_log("us-east-2/3 ");
	notifier = started(folder, 10);
	load(notifier, &saved);
	notifier_advance(notifier, 11);
	notifier_stop(&notifier, 20000);
	expect_log("");
	ck_assert_uint_eq(in_file(folder, "sns"), 11);
	buf_fini(&saved);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	const char *folder = fixture_folder();
	struct notifier *notifier;
	struct buf saved = {0};
	struct err err;

	outage(folder, &saved);
	ck_assert_int_eq(notifier_check(buf_span(&saved), &err), RC_OK);
	/* A checkpoint has a checksum: here it is enough not to fall over. */
	for (size_t len = 0; len < saved.len; len++)
		notifier_check(span_make(saved.bytes, len), &err);
	ck_assert_int_eq(
	    notifier_check(span_make(saved.bytes, saved.len - 1), &err),
	    RC_REJECT);
	saved.bytes[1] = 9; /* the version */
	ck_assert_int_eq(notifier_check(buf_span(&saved), &err), RC_REJECT);
	notifier = started(folder, 12);
	ck_assert_int_eq(
	    notifier_load(notifier, buf_span(&saved), &err), RC_REJECT);
	notifier_stop(&notifier, 0);
	buf_fini(&saved);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("outbox", what_was_not_delivered_is_sent,
    a_second_crash_loses_nothing, what_was_delivered_is_not_saved,
    damaged_bytes_are_refused)
