#include "sinks/sns_publish.h"

#include <stdio.h>

#include "base/table.h"
#include "sinks/message.h"

bool
sns_topic_region(struct span arn, struct span *region)
{
	struct span field[6] = {{arn.at, 0}};
	size_t fields = 1;

	for (size_t i = 0; i < arn.len; i++) {
		if (arn.at[i] != ':') {
			field[fields - 1].len++;
			continue;
		}
		if (fields == 6)
			return false;
		field[fields++] = span_make(arn.at + i + 1, 0);
	}
	if (fields != 6 || !span_is(field[0], "arn") ||
	    !span_is(field[2], "sns") || field[5].len == 0 ||
	    field[3].len == 0 || field[3].len > 40)
		return false;
	*region = field[3];
	for (size_t i = 0; i < region->len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			region->at[i]) == NULL ||
		    region->at[i] == '\0')
			return false;
	return true;
}

/* application/x-www-form-urlencoded, byte for byte as the AWS SDKs write it:
 * a space is a plus. */
static void
sns_encode(struct buf *out, struct span text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if ((byte >= '0' && byte <= '9') ||
		    (byte >= 'A' && byte <= 'Z') ||
		    (byte >= 'a' && byte <= 'z') || byte == '-' ||
		    byte == '.' || byte == '_' || byte == '~') {
			buf_byte(out, (char)byte);
			continue;
		}
		if (byte == ' ') {
			buf_byte(out, '+');
			continue;
		}
		buf_byte(out, '%');
		buf_byte(out, hex[byte >> 4]);
		buf_byte(out, hex[byte & 15]);
	}
}

static void
sns_pair(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "&%s=", name);
	sns_encode(out, value);
}

static void
sns_attribute(
    struct buf *out, unsigned *number, const char *name, struct span value)
{
	if (value.len == 0)
		return;
	++*number;
	buf_printf(out,
	    "&MessageAttributes.entry.%u.Name=%s"
	    "&MessageAttributes.entry.%u.Value.DataType=String"
	    "&MessageAttributes.entry.%u.Value.StringValue=",
	    *number, name, *number, *number);
	sns_encode(out, value);
}

void
sns_publish_print(
    struct buf *out, const struct transition *transition, struct span topic)
{
	const struct alarm *alarm = transition->alarm;
	struct buf text = {0};
	unsigned number = 0;
	char group[20];

	buf_text(out, "Action=Publish&Version=2010-03-31");
	sns_pair(out, "TopicArn", topic);
	message_subject(&text, transition);
	sns_pair(out, "Subject", buf_span(&text));
	buf_clear(&text);
	message_structure(&text, transition);
	sns_pair(out, "Message", buf_span(&text));
	buf_text(out, "&MessageStructure=json");
	sns_attribute(out, &number, "alarm", alarm->name);
	sns_attribute(out, &number, "state",
	    span_text(alarm_state_names[transition->to]));
	sns_attribute(out, &number, "region", alarm->region);
	sns_attribute(out, &number, "account", alarm->account);
	sns_attribute(out, &number, "id", span_text(transition->id));
	if (topic.len > 5 &&
	    memcmp(topic.at + topic.len - 5, ".fifo", 5) == 0) {
		snprintf(group, sizeof(group), "%016llx",
		    (unsigned long long)hash_stable(alarm->arn));
		sns_pair(out, "MessageGroupId", span_text(group));
		sns_pair(
		    out, "MessageDeduplicationId", span_text(transition->id));
	}
	buf_fini(&text);
}
