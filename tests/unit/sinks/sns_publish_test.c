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
	    {ENTRY "5.Name", "severity"},
	    {ENTRY "5.Value.StringValue", "critical"}, {ENTRY "6.Name", "id"},
	    {ENTRY "6.Value.StringValue", "0000000000000029-5f2a"},
	    {ENTRY "7.Name", NULL}, {"MessageGroupId", NULL},
	    {"MessageDeduplicationId", NULL}};
	struct buf form = {0}, value = {0}, message = {0};
	struct fixture f;

	fixture_init(&f);
	f.alarm.severity = SPAN_OF("critical");
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

static struct notification *
made(const char *id, const char *topic)
{
	struct notification *one = notification_make(
	    NULL, span_text(topic), span_text(id), (struct span){"", 0});
	struct fixture f;

	fixture_init(&f);
	snprintf(f.transition.id, sizeof(f.transition.id), "%s", id);
	one->group = 0x1122;
	sns_publish_print(&one->request, &f.transition, span_text(topic));
	return one;
}

#define MEMBER "PublishBatchRequestEntries.member."

START_TEST(a_batch_is_snss)
{
	static const struct {
		const char *name, *value;
	} rows[] = {{"Action", "PublishBatch"}, {"Version", "2010-03-31"},
	    {"TopicArn", FIXTURE_TOPIC ".fifo"}, {MEMBER "1.Id", "0"},
	    {MEMBER "2.Id", "1"}, {MEMBER "3.Id", NULL},
	    {MEMBER "2.MessageStructure", "json"},
	    {MEMBER "2.Subject",
		"ALARM: \"replication-lag\" in US East (Ohio)"},
	    {MEMBER "1.MessageDeduplicationId", "a"},
	    {MEMBER "2.MessageDeduplicationId", "b"},
	    {MEMBER "2." ENTRY "1.Value.StringValue", "replication-lag"},
	    {MEMBER "1.TopicArn", NULL}, {MEMBER "1.Action", NULL}};
	struct notification *batch[2] = {
	    made("a", FIXTURE_TOPIC ".fifo"), made("b", FIXTURE_TOPIC ".fifo")};
	struct buf form = {0}, value = {0}, message = {0}, alone = {0};

	sns_batch_print(&form, (const struct notification *const *)batch, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = field(&form, rows[i].name, &value);

		if (rows[i].value == NULL)
			ck_assert_ptr_null(got);
		else
			ck_assert_str_eq(got, rows[i].value);
	}
	buf_span_put(&alone, buf_span(&batch[0]->request));
	ck_assert_str_eq(field(&form, MEMBER "1.Message", &value),
	    field(&alone, "Message", &message));
	ck_assert_str_eq(field(&form, MEMBER "1.MessageGroupId", &value),
	    field(&alone, "MessageGroupId", &message));
	notification_free(&batch[0]);
	notification_free(&batch[1]);
	buf_fini(&form);
	buf_fini(&value);
	buf_fini(&message);
	buf_fini(&alone);
}
END_TEST

/* A FIFO topic may have forgotten the first attempt; others never knew. */
START_TEST(what_may_be_there_twice_says_so)
{
	struct notification *batch[2] = {
	    made("a", FIXTURE_TOPIC ".fifo"), made("b", FIXTURE_TOPIC ".fifo")};
	struct notification *plain = made("c", FIXTURE_TOPIC);
	struct buf form = {0}, value = {0};

	batch[1]->uncertain = plain->uncertain = true;
	sns_batch_print(&form, (const struct notification *const *)batch, 2);
	ck_assert_str_eq(field(&form, MEMBER "2." ENTRY "6.Name", &value),
	    "dedup_uncertain");
	ck_assert_str_eq(
	    field(&form, MEMBER "2." ENTRY "6.Value.StringValue", &value),
	    "true");
	ck_assert_ptr_null(field(&form, MEMBER "1." ENTRY "6.Name", &value));
	buf_clear(&form);
	sns_publish_body(&form, batch[1]);
	ck_assert_str_eq(
	    field(&form, ENTRY "6.Name", &value), "dedup_uncertain");
	buf_clear(&form);
	sns_publish_body(&form, plain);
	ck_assert_ptr_null(field(&form, ENTRY "6.Name", &value));
	notification_free(&batch[0]);
	notification_free(&batch[1]);
	notification_free(&plain);
	buf_fini(&form);
	buf_fini(&value);
}
END_TEST

START_TEST(a_batchs_answer_is_read)
{
	static const struct {
		const char *answer;
		enum rc first, second;
	} rows[] = {
	    {"<Successful><member><Id>0</Id></member><member><MessageId>x"
	     "</MessageId><Id>1</Id></member></Successful><Failed/>",
		RC_OK, RC_OK},
	    {"<Failed><member><Id>1</Id><Code>InvalidParameter</Code>"
	     "<Message>m</Message><SenderFault>true</SenderFault></member>"
	     "</Failed><Successful><member><Id>0</Id></member></Successful>",
		RC_OK, RC_REJECT},
	    {"<Failed><member><Id>0</Id><Code>InternalError</Code>"
	     "<SenderFault>false</SenderFault></member></Failed>"
	     "<Successful><member><Id>1</Id></member></Successful>",
		RC_RETRY, RC_OK},
	    {"<Successful><member><Id>1</Id></member></Successful>", RC_RETRY,
		RC_OK},
	    {"<Successful><member><Id>7</Id></member></Successful>", RC_RETRY,
		RC_RETRY},
	    {"", RC_RETRY, RC_RETRY}, {"<Successful>", RC_RETRY, RC_RETRY}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct attempt attempts[2];

		sns_batch_read(span_text(rows[i].answer), attempts, 2);
		ck_assert_int_eq(attempts[0].rc, rows[i].first);
		ck_assert_int_eq(attempts[1].rc, rows[i].second);
	}
}
END_TEST

/* The other topic may be of the other kind. */
START_TEST(a_stand_in_gets_the_same)
{
	struct notification *one = made("a", FIXTURE_TOPIC ".fifo");
	struct buf form = {0}, value = {0}, message = {0}, alone = {0};

	sns_publish_stand_in(&form, one, SPAN_OF("arn:aws:sns:us-west-2:1:x"));
	ck_assert_str_eq(
	    field(&form, "TopicArn", &value), "arn:aws:sns:us-west-2:1:x");
	ck_assert_ptr_null(field(&form, "MessageGroupId", &value));
	ck_assert_ptr_null(field(&form, "MessageDeduplicationId", &value));
	ck_assert_str_eq(field(&form, ENTRY "6.Name", &value), "stand_in");
	ck_assert_str_eq(field(&form, ENTRY "6.Value.StringValue", &value),
	    FIXTURE_TOPIC ".fifo");
	buf_span_put(&alone, buf_span(&one->request));
	ck_assert_str_eq(field(&form, "Message", &value),
	    field(&alone, "Message", &message));
	buf_clear(&form);
	sns_publish_stand_in(
	    &form, one, SPAN_OF("arn:aws:sns:us-west-2:1:x.fifo"));
	ck_assert_str_eq(
	    field(&form, "MessageGroupId", &value), "0000000000001122");
	ck_assert_str_eq(field(&form, "MessageDeduplicationId", &value), "a");
	notification_free(&one);
	buf_fini(&form);
	buf_fini(&value);
	buf_fini(&message);
	buf_fini(&alone);
}
END_TEST

TEST_MAIN("sns_publish", topics_are_told_by_their_arn, the_form_is_snss,
    fifo_topics_get_a_group_and_an_id, empty_attributes_are_left_out,
    a_batch_is_snss, a_batchs_answer_is_read, what_may_be_there_twice_says_so,
    a_stand_in_gets_the_same)
