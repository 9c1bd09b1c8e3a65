#include "sinks/message.h"

#include <stdint.h>

#include "base/limits.h"
#include "sinks/message_json.h"
#include "sinks/message_trigger.h"

#define MESSAGE_SMS_NAME 90

/* SNS allows a subject no control bytes; CloudWatch sends it in ASCII. */
static void
message_ascii(struct buf *out, struct span text)
{
	bool replaced = false;

	for (size_t i = 0; i < text.len; i++) {
		bool printable = text.at[i] >= 0x20 && text.at[i] <= 0x7e;

		if (printable)
			buf_byte(out, text.at[i]);
		else if (!replaced)
			buf_byte(out, '_');
		replaced = !printable;
	}
}

void
message_cut(struct buf *out, struct span text, size_t text_max)
{
	size_t keep = text_max < 3 ? 0 : text_max - 3;

	if (text.len <= text_max) {
		buf_span_put(out, text);
		return;
	}
	while (keep > 0 && ((unsigned char)text.at[keep] & 0xc0) == 0x80)
		keep--;
	buf_put(out, text.at, keep);
	buf_text(out, "...");
}

void
message_heading(
    struct buf *out, const struct transition *transition, size_t name_max)
{
	struct buf name = {0}, region = {0};

	message_ascii(&name, transition->alarm->name);
	message_ascii(&region, message_region_name(transition->alarm->region));
	buf_printf(out, "%s: \"", alarm_state_names[transition->to]);
	message_cut(out, buf_span(&name), name_max);
	buf_text(out, "\" in ");
	buf_span_put(out, buf_span(&region));
	buf_fini(&name);
	buf_fini(&region);
}

void
message_subject(struct buf *out, const struct transition *transition)
{
	struct buf whole = {0};
	struct span name = transition->alarm->name;
	size_t name_len, rest;

	message_ascii(&whole, name);
	name_len = whole.len;
	buf_clear(&whole);
	message_heading(&whole, transition, SIZE_MAX);
	rest = whole.len - name_len;
	if (whole.len > LIMIT_SNS_SUBJECT) {
		buf_clear(&whole);
		message_heading(&whole, transition,
		    rest < LIMIT_SNS_SUBJECT ? LIMIT_SNS_SUBJECT - rest : 0);
	}
	/* A Region nobody has heard of may be long too. */
	message_cut(out, buf_span(&whole), LIMIT_SNS_SUBJECT);
	buf_fini(&whole);
}

static void
message_actions(struct buf *out, const struct alarm *alarm)
{
	message_arns(out, "OKActions", &alarm->actions[STATE_OK]);
	message_arns(out, "AlarmActions", &alarm->actions[STATE_ALARM]);
	message_arns(out, "InsufficientDataActions",
	    &alarm->actions[STATE_INSUFFICIENT_DATA]);
}

/* What all kinds begin with; composites have no time of their definition. */
static void
message_body_head(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	message_text(out, "AlarmName", alarm->name);
	if (alarm->described) {
		message_text_cut(
		    out, "AlarmDescription", alarm->description, text_max);
	} else {
		message_key(out, "AlarmDescription");
		buf_text(out, "null");
	}
	message_text(out, "AWSAccountId", alarm->account);
	if (alarm->kind != ALARM_COMPOSITE)
		message_time(out, "AlarmConfigurationUpdatedTimestamp",
		    alarm->updated_ms < 0 ? transition->time_ms
					  : alarm->updated_ms);
	message_text(
	    out, "NewStateValue", span_text(alarm_state_names[transition->to]));
	message_text_cut(out, "NewStateReason", transition->reason, text_max);
	message_time(out, "StateChangeTime", transition->time_ms);
	message_text(out, "Region", message_region_name(alarm->region));
	message_text(out, "AlarmArn", alarm->arn);
}

static void
message_body_old(struct buf *out, const struct transition *transition)
{
	message_text(out, "OldStateValue",
	    span_text(alarm_state_names[transition->from]));
}

static void
message_body_mute(struct buf *out, const struct transition *transition)
{
	message_flag(
	    out, "ActionExecutedAfterMuteWindow", transition->after_mute);
}

static void
message_body_children(struct buf *out, const struct transition *transition)
{
	message_key(out, "TriggeringChildren");
	buf_byte(out, '[');
	for (size_t i = 0; i < transition->ntriggers; i++) {
		const struct trigger *trigger = &transition->triggers[i];

		buf_text(out, i > 0 ? ",{" : "{");
		message_text(out, "Arn", trigger->arn);
		message_open(out, "State");
		message_text(
		    out, "Value", span_text(alarm_state_names[trigger->state]));
		message_time(out, "Timestamp", trigger->time_ms);
		message_close(out);
		message_close(out);
	}
	buf_byte(out, ']');
}

static void
message_body_contributor(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct contributor_name *contributor = transition->contributor;

	message_text(out, "AlarmContributorId", span_text(contributor->id));
	message_pairs(out, "AlarmContributorAttributes", contributor->label,
	    contributor->nlabels, text_max);
}

/* The order of the keys differs from kind to kind, as CloudWatch's does. */
void
message_body(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	buf_byte(out, '{');
	message_body_head(out, transition, text_max);
	if (alarm->kind == ALARM_COMPOSITE) {
		message_actions(out, alarm);
		message_body_mute(out, transition);
		message_body_old(out, transition);
		message_text(out, "AlarmRule", alarm->rule_text);
		message_body_children(out, transition);
	} else if (transition->contributor != NULL) {
		message_body_mute(out, transition);
		message_body_old(out, transition);
		message_body_contributor(out, transition, text_max);
		message_actions(out, alarm);
		message_trigger(out, alarm);
	} else {
		message_body_old(out, transition);
		message_body_mute(out, transition);
		message_actions(out, alarm);
		message_trigger(out, alarm);
	}
	message_close(out);
}

static void
message_structure_cut(struct buf *out, const struct transition *transition,
    size_t text_max, bool email)
{
	struct buf part = {0};

	buf_byte(out, '{');
	message_body(&part, transition, text_max);
	message_text(out, "default", buf_span(&part));
	buf_clear(&part);
	message_heading(&part, transition, MESSAGE_SMS_NAME);
	message_text(out, "sms", buf_span(&part));
	buf_clear(&part);
	if (email) {
		message_email(&part, transition, text_max);
		message_text(out, "email", buf_span(&part));
	}
	message_close(out);
	buf_fini(&part);
}

void
message_structure(struct buf *out, const struct transition *transition)
{
	static const struct {
		size_t text_max;
		bool email;
	} tries[] = {
	    {SIZE_MAX, true}, {4 * KIB, true}, {512, true}, {512, false}};
	size_t begin = out->len;

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		out->len = begin;
		message_structure_cut(
		    out, transition, tries[i].text_max, tries[i].email);
		if (out->len - begin <= LIMIT_SNS_MESSAGE)
			return;
	}
}
