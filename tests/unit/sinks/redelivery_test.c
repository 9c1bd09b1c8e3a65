/* Dead letters sent again, with a mock of AWS. */
#include "sinks/redelivery.h"

#include <sys/file.h>

#include "unit/sinks/notifier_fixture.h"

#define LETTER(n, item)                                                        \
	"{\"position\":" #n ",\"time\":\"t\",\"sink\":\"s\",\"reason\":\"r\"," \
	"\"item\":" item "}\n"
#define REQUEST "Action=Publish&TopicArn=x&x.StringValue=id-"

/* As earlier versions wrote them, as this one does, and what is none. */
static const char letters[] = LETTER(1,
    "{\"id\":\"id-1\",\"topic\":\"" EAST "\",\"region\":\"us-east-2\","
    "\"request\":\"" REQUEST "1\"}") LETTER(2,
    "{\"id\":\"id-2\",\"kind\":\"sns\",\"to\":\"" WEST
    "\",\"request\":\"" REQUEST "2\"}") "no letter\n" LETTER(4, "null")
    LETTER(5,
	"{\"id\":\"id-5\",\"kind\":\"sns\",\"to\":\"" EAST
	"\",\"request\":\"" REQUEST "5\"}") "{\"position\":6";

static const struct action_means means = {
    .sns = {.endpoint = SPAN_OF("http://sns")}};

static enum rc
run_of(struct redelivery *one, const char *folder, struct buf *said)
{
	char *text = NULL;
	size_t len = 0;
	struct err err = {""};
	enum rc rc;

	*one = (struct redelivery){.means = &means, .dry = one->dry};
	one->out = open_memstream(&text, &len);
	rc = redelivery_run(one, folder, &err);
	fclose(one->out);
	buf_clear(said);
	buf_put(said, text, len);
	free(text);
	return rc;
}

static const char *
with_letters(void)
{
	const char *folder = fixture_folder();
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/a.dead", folder);
	ck_assert(file_replace(path, span_text(letters), &err) == RC_OK);
	return folder;
}

START_TEST(what_is_delivered_leaves_the_file)
{
	const char *folder = with_letters();
	struct redelivery one = {0};
	struct buf said = {0}, text = {0};

	sns_down = "us-west-2";
	ck_assert_int_eq(run_of(&one, folder, &said), RC_OK);
	expect_log("us-east-2/1 us-east-2/5 ");
	ck_assert_uint_eq(one.delivered, 2);
	ck_assert_uint_eq(one.left, 3);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&said),
	    "{\"file\":\"a.dead\",\"position\":1,\"sink\":\"s\",\"id\":\"id-"
	    "1\","
	    "\"to\":\"" EAST "\",\"result\":\"delivered\"}\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&said),
	    "\"result\":\"failed\",\"reason\":\"no connection\"}\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&said), "\"result\":\"unreadable\""));
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&said), "\"result\":\"unsupported\""));
	sns_down = "";
	ck_assert_int_eq(run_of(&one, folder, &said), RC_OK);
	expect_log("us-west-2/2 ");
	ck_assert_uint_eq(one.left, 2);
	ck_assert(fixture_file(folder, "a.dead", &text));
	ck_assert_str_eq(
	    buf_cstr(&text), "no letter\n" LETTER(4, "null") "{\"position\":6");
	buf_fini(&said);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(a_dry_run_sends_nothing)
{
	const char *folder = with_letters();
	struct redelivery one = {.dry = true};
	struct buf said = {0}, text = {0};

	ck_assert_int_eq(run_of(&one, folder, &said), RC_OK);
	expect_log("");
	ck_assert_uint_eq(one.left, 5);
	ck_assert(fixture_file(folder, "a.dead", &text));
	ck_assert_str_eq(buf_cstr(&text), letters);
	buf_fini(&said);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

/* More than are taken out at a time, with some between that stay. */
START_TEST(many_are_delivered)
{
	const char *folder = fixture_folder();
	struct redelivery one = {0};
	struct buf said = {0}, all = {0};
	char path[256];
	struct err err;

	for (int i = 1; i <= 230; i++)
		buf_printf(&all,
		    "{\"position\":1,\"item\":{\"id\":\"i\",\"kind\":\"sns\","
		    "\"to\":\"%s\",\"request\":\"" REQUEST "%d\"}}\n",
		    i % 3 == 0 ? WEST : EAST, i);
	snprintf(path, sizeof(path), "%s/a.dead", folder);
	ck_assert(file_replace(path, buf_span(&all), &err) == RC_OK);
	sns_down = "us-west-2";
	ck_assert_int_eq(run_of(&one, folder, &said), RC_OK);
	ck_assert_uint_eq(one.delivered, 230 - 76);
	ck_assert_uint_eq(one.left, 76);
	sns_down = "";
	ck_assert_int_eq(run_of(&one, folder, &said), RC_OK);
	ck_assert_uint_eq(one.delivered, 76);
	ck_assert_uint_eq(one.left, 0);
	ck_assert(!fixture_file(folder, "a.dead", &all));
	for (int i = 1; i <= 230; i++) {
		char word[16];

		snprintf(word, sizeof(word), "/%d ", i);
		ck_assert_ptr_nonnull(strstr(buf_cstr(&sns_log), word));
	}
	ck_assert_uint_eq(sns_calls, 230 + 76);
	buf_fini(&sns_log);
	buf_fini(&said);
	buf_fini(&all);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(only_one_process_at_a_time)
{
	const char *folder = with_letters();
	struct redelivery one = {0};
	struct buf said = {0};
	FILE *there = fopen(folder, "r");

	ck_assert_ptr_nonnull(there);
	ck_assert_int_eq(flock(fileno(there), LOCK_EX), 0);
	ck_assert_int_eq(run_of(&one, folder, &said), RC_RETRY);
	expect_log("");
	fclose(there);
	buf_fini(&said);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("redelivery", what_is_delivered_leaves_the_file,
    a_dry_run_sends_nothing, many_are_delivered, only_one_process_at_a_time)
