#include "sinks/sns_publish.h"

#include "base/limits.h"
#include "sinks/message.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

START_TEST(topics_are_told_by_their_arn)
{
	static const struct {
		const char *arn, *region;
	} rows[] = {{"arn:aws:sns:us-east-2:111122223333:ops", "us-east-2"},
	    {"arn:aws-cn:sns:cn-north-1:111122223333:ops.fifo", "cn-north-1"},
	    {"arn:aws:sns:us-east-2:111122223333:ops:6b0e71bd", NULL},
	    {"arn:aws:sns:us-east-2:111122223333:", NULL},
	    {"arn:aws:sns::111122223333:ops", NULL},
	    {"arn:aws:sns:../../x:111122223333:ops", NULL},
	    {"arn:aws:sns:US-EAST-2:111122223333:ops", NULL},
	    {"arn:aws:sns:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1:o", NULL},
	    {"arn:aws:lambda:us-east-2:111122223333:function:x", NULL},
	    {"arn:aws:automate:us-east-2:ec2:stop", NULL}, {"", NULL},
	    {"ops", NULL}, {":::::", NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span region = {"", 0};
		bool is = sns_topic_region(span_text(rows[i].arn), &region);

		ck_assert_msg(
		    is == (rows[i].region != NULL), "%s", rows[i].arn);
		if (is)
			ck_assert(span_is(region, rows[i].region));
	}
}
END_TEST

static int
hex(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* The value of a form's field, decoded. */
static const char *
field(struct buf *form, const char *name, struct buf *out)
{
	const char *at = buf_cstr(form);
	size_t len = strlen(name);

	buf_clear(out);
	while (at != NULL && (strncmp(at, name, len) != 0 || at[len] != '=')) {
		at = strchr(at, '&');
		at += at != NULL;
	}
	if (at == NULL)
		return NULL;
	for (at += len + 1; *at != '\0' && *at != '&'; at++)
		if (*at == '%') {
			buf_byte(out, (char)(hex(at[1]) * 16 + hex(at[2])));
			at += 2;
		} else {
			buf_byte(out, *at == '+' ? ' ' : *at);
		}
	return buf_cstr(out);
}

#define ENTRY "MessageAttributes.entry."

START_TEST(the_form_is_snss)
{
	static const struct {
		const char *name, *value;
	} rows[] = {{"Action", "Publish"}, {"Version", "2010-03-31"},
	    {"TopicArn", FIXTURE_TOPIC},
	    {"Subject", "ALARM: \"replication-lag\" in US East (Ohio)"},
	    {"MessageStructure", "json"}, {ENTRY "1.Name", "alarm"},
	    {ENTRY "1.Value.DataType", "String"},
	    {ENTRY "1.Value.StringValue", "replication-lag"},
	    {ENTRY "2.Name", "state"}, {ENTRY "2.Value.StringValue", "ALARM"},
	    {ENTRY "3.Name", "region"},
	    {ENTRY "3.Value.StringValue", "us-east-2"},
	    {ENTRY "4.Name", "account"},
	    {ENTRY "4.Value.StringValue", "111122223333"},
	    {ENTRY "5.Name", "id"},
	    {ENTRY "5.Value.StringValue", "0000000000000029-5f2a"},
	    {ENTRY "6.Name", NULL}, {"MessageGroupId", NULL},
	    {"MessageDeduplicationId", NULL}};
	struct buf form = {0}, value = {0}, message = {0};
	struct fixture f;

	fixture_init(&f);
	sns_publish_print(&form, &f.transition, SPAN_OF(FIXTURE_TOPIC));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = field(&form, rows[i].name, &value);

		if (rows[i].value == NULL)
			ck_assert_ptr_null(got);
		else
			ck_assert_str_eq(got, rows[i].value);
	}
	message_structure(&message, &f.transition);
	ck_assert_str_eq(field(&form, "Message", &value), buf_cstr(&message));
	for (size_t i = 0; i < form.len; i++)
		ck_assert(form.bytes[i] > ' ' && form.bytes[i] < 127);
	buf_fini(&form);
	buf_fini(&value);
	buf_fini(&message);
}
END_TEST

START_TEST(fifo_topics_get_a_group_and_an_id)
{
	struct buf form = {0}, value = {0};
	struct fixture f;
	char group[32];

	fixture_init(&f);
	sns_publish_print(&form, &f.transition, SPAN_OF(FIXTURE_TOPIC ".fifo"));
	ck_assert_str_eq(field(&form, "MessageDeduplicationId", &value),
	    "0000000000000029-5f2a");
	snprintf(
	    group, sizeof(group), "%s", field(&form, "MessageGroupId", &value));
	ck_assert_uint_eq(strlen(group), 16);
	/* Of the alarm alone: another transition is of the same group. */
	strcpy(f.transition.id, "other");
	f.transition.to = STATE_OK;
	buf_clear(&form);
	sns_publish_print(&form, &f.transition, SPAN_OF(FIXTURE_TOPIC ".fifo"));
	ck_assert_str_eq(field(&form, "MessageGroupId", &value), group);
	f.alarm.arn = SPAN_OF("arn:aws:cloudwatch:us-east-2:1:alarm:other");
	buf_clear(&form);
	sns_publish_print(&form, &f.transition, SPAN_OF(FIXTURE_TOPIC ".fifo"));
	ck_assert_str_ne(field(&form, "MessageGroupId", &value), group);
	buf_fini(&form);
	buf_fini(&value);
}
END_TEST

/* SNS refuses an attribute without a value. */
START_TEST(empty_attributes_are_left_out)
{
	struct buf form = {0}, value = {0};
	struct fixture f;

	fixture_init(&f);
	f.alarm.region.len = f.alarm.account.len = 0;
	sns_publish_print(&form, &f.transition, SPAN_OF(FIXTURE_TOPIC));
	ck_assert_str_eq(field(&form, ENTRY "2.Name", &value), "state");
	ck_assert_str_eq(field(&form, ENTRY "3.Name", &value), "id");
	ck_assert_ptr_null(field(&form, ENTRY "4.Name", &value));
	buf_fini(&form);
	buf_fini(&value);
}
END_TEST

TEST_MAIN("sns_publish", topics_are_told_by_their_arn, the_form_is_snss,
    fifo_topics_get_a_group_and_an_id, empty_attributes_are_left_out)
