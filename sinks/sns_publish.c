#include "sinks/sns_publish.h"

#include <stdio.h>

#include "sinks/action.h"
#include "sinks/message.h"
#include "sinks/sns_form.h"

bool
sns_topic_region(struct span arn, struct span *region)
{
	struct span name;

	return action_arn(arn, "sns", region, &name) &&
	    memchr(name.at, ':', name.len) == NULL;
}

static bool
sns_fifo(struct span topic)
{
	return topic.len > 5 &&
	    memcmp(topic.at + topic.len - 5, ".fifo", 5) == 0;
}

/* A FIFO topic's. The group is the alarm: its messages keep their order. */
static void
sns_order(struct buf *out, struct span topic, uint64_t group, struct span id)
{
	char text[20];

	if (!sns_fifo(topic))
		return;
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)group);
	sns_form_pair(out, "MessageGroupId", span_text(text));
	sns_form_pair(out, "MessageDeduplicationId", id);
}

/* `prefix`: "&", and of a batch's entry its name. */
static void
sns_attribute_put(struct buf *out, const char *prefix, unsigned number,
    const char *name, struct span value)
{
	static const char entry[] = "MessageAttributes.entry.";

	buf_printf(out,
	    "%s%s%u.Name=%s%s%s%u.Value.DataType=String"
	    "%s%s%u.Value.StringValue=",
	    prefix, entry, number, name, prefix, entry, number, prefix, entry,
	    number);
	sns_form_encode(out, value);
}

static void
sns_attribute(
    struct buf *out, unsigned *number, const char *name, struct span value)
{
	if (value.len > 0)
		sns_attribute_put(out, "&", ++*number, name, value);
}

static void
sns_begin(struct buf *out, struct span topic)
{
	buf_text(out, "Action=Publish&Version=2010-03-31");
	sns_form_pair(out, "TopicArn", topic);
}

void
sns_publish_print(
    struct buf *out, const struct transition *transition, struct span topic)
{
	const struct alarm *alarm = transition->alarm;
	struct buf text = {0};
	unsigned number = 0;

	sns_begin(out, topic);
	message_subject(&text, transition);
	sns_form_pair(out, "Subject", buf_span(&text));
	buf_clear(&text);
	message_structure(&text, transition);
	sns_form_pair(out, "Message", buf_span(&text));
	buf_fini(&text);
	buf_text(out, "&MessageStructure=json");
	sns_attribute(out, &number, "alarm", alarm->name);
	sns_attribute(out, &number, "state",
	    span_text(alarm_state_names[transition->to]));
	sns_attribute(out, &number, "region", alarm->region);
	sns_attribute(out, &number, "account", alarm->account);
	sns_attribute(out, &number, "severity", alarm->severity);
	sns_attribute(out, &number, "id", span_text(transition->id));
	sns_order(out, topic, action_group(alarm), span_text(transition->id));
}

/* What of a Publish is the message's own, not the topic's. */
static bool
sns_own(struct span name)
{
	static const char *const others[] = {"Action", "Version", "TopicArn",
	    "MessageGroupId", "MessageDeduplicationId"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (span_is(name, others[i]))
			return false;
	return true;
}

static bool
sns_ends(struct span name, const char *end)
{
	size_t len = strlen(end);

	return name.len >= len &&
	    memcmp(name.at + name.len - len, end, len) == 0;
}

void
sns_publish_stand_in(
    struct buf *out, const struct notification *original, struct span stand_in)
{
	struct span form = buf_span(&original->request), name, text;
	unsigned number = 0;

	sns_begin(out, stand_in);
	while (sns_form_next(&form, &name, &text)) {
		if (!sns_own(name))
			continue;
		number += sns_ends(name, ".Name");
		buf_printf(out, "&%.*s=", SPAN_ARGS(name));
		buf_span_put(out, text);
	}
	sns_attribute(
	    out, &number, "stand_in", span_text(original->destination));
	sns_order(out, stand_in, original->group, span_text(original->id));
}

size_t
sns_publish_weight(struct span request)
{
	size_t weight = request.len;

	for (size_t i = 0; i < request.len; i++)
		weight -= request.at[i] == '%' ? 2 : 0;
	return weight;
}

static bool
sns_marked(const struct notification *one)
{
	return one->uncertain && sns_fifo(span_text(one->destination));
}

void
sns_publish_body(struct buf *out, const struct notification *one)
{
	struct span form = buf_span(&one->request), name, text;
	unsigned number = 0;

	buf_span_put(out, form);
	if (!sns_marked(one))
		return;
	while (sns_form_next(&form, &name, &text))
		number += sns_ends(name, ".Name");
	sns_attribute(out, &number, "dedup_uncertain", SPAN_OF("true"));
}

static void
sns_batch_entry(
    struct buf *out, const char *prefix, const struct notification *one)
{
	struct span form = buf_span(&one->request), name, text;
	unsigned number = 0;

	while (sns_form_next(&form, &name, &text)) {
		if (!sns_own(name) && !span_starts(name, "Message"))
			continue;
		number += sns_ends(name, ".Name");
		buf_text(out, prefix);
		buf_span_put(out, name);
		buf_byte(out, '=');
		buf_span_put(out, text);
	}
	if (sns_marked(one))
		sns_attribute_put(out, prefix, number + 1, "dedup_uncertain",
		    SPAN_OF("true"));
}

void
sns_batch_print(
    struct buf *out, const struct notification *const *batch, size_t count)
{
	buf_text(out, "Action=PublishBatch&Version=2010-03-31");
	sns_form_pair(out, "TopicArn", span_text(batch[0]->destination));
	for (size_t i = 0; i < count; i++) {
		char prefix[64];

		snprintf(prefix, sizeof(prefix),
		    "&PublishBatchRequestEntries.member.%zu.", i + 1);
		buf_printf(out, "%sId=%zu", prefix, i);
		sns_batch_entry(out, prefix, batch[i]);
	}
}

/* What stands between <NAME> and </NAME>, of which `all` is left behind. */
static bool
sns_element(struct span *all, const char *name, struct span *inside)
{
	char open[32], close[32];
	int wide = snprintf(open, sizeof(open), "<%s>", name);
	const char *from, *to;

	snprintf(close, sizeof(close), "</%s>", name);
	from = all->len == 0 ? NULL
			     : memmem(all->at, all->len, open, (size_t)wide);
	if (from == NULL)
		return false;
	from += wide;
	to = memmem(
	    from, all->len - (size_t)(from - all->at), close, (size_t)wide + 1);
	if (to == NULL)
		return false;
	*inside = span_make(from, (size_t)(to - from));
	to += wide + 1;
	*all = span_make(to, all->len - (size_t)(to - all->at));
	return true;
}

/* Its first element of that name; "" when there is none. */
static struct span
sns_child(struct span member, const char *name)
{
	struct span inside = {"", 0};

	sns_element(&member, name, &inside);
	return inside;
}

/* The entry that a member of the answer is about; NULL: none of ours. */
static struct attempt *
sns_entry(struct span member, struct attempt *attempts, size_t count)
{
	struct span id = sns_child(member, "Id");

	if (id.len != 1 || id.at[0] < '0' || (size_t)(id.at[0] - '0') >= count)
		return NULL;
	return &attempts[id.at[0] - '0'];
}

static void
sns_entry_failed(struct attempt *attempt, struct span member)
{
	struct span code = sns_child(member, "Code");
	struct span message = sns_child(member, "Message");
	bool ours = span_is(sns_child(member, "SenderFault"), "true");

	attempt->rc = err_set(&attempt->err, ours ? RC_REJECT : RC_RETRY,
	    "sns PublishBatch: %.*s (\"%.*s\")",
	    (int)(code.len < 128 ? code.len : 128), code.at,
	    (int)(message.len < 200 ? message.len : 200), message.at);
}

void
sns_batch_read(struct span answer, struct attempt *attempts, size_t count)
{
	struct span failed = sns_child(answer, "Failed");
	struct span taken = sns_child(answer, "Successful");
	struct span member;
	struct attempt *attempt;

	for (size_t i = 0; i < count; i++)
		attempts[i].rc = err_set(&attempts[i].err, RC_RETRY,
		    "sns PublishBatch: the answer does not name this entry");
	while (sns_element(&taken, "member", &member)) {
		attempt = sns_entry(member, attempts, count);
		if (attempt != NULL)
			attempt->rc = RC_OK;
	}
	while (sns_element(&failed, "member", &member)) {
		attempt = sns_entry(member, attempts, count);
		if (attempt != NULL)
			sns_entry_failed(attempt, member);
	}
}
