#include "sinks/message.h"

#include <stdint.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

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
message_member(struct buf *out, const char *key, struct span text)
{
	buf_printf(out, ",\"%s\":", key);
	buf_json(out, text);
}

static void
message_member_cut(
    struct buf *out, const char *key, struct span text, size_t text_max)
{
	struct buf cut = {0};

	message_cut(&cut, text, text_max);
	message_member(out, key, buf_span(&cut));
	buf_fini(&cut);
}

static void
message_member_time(struct buf *out, const char *key, int64_t ms)
{
	char time[TEXT_TIME_SIZE];

	text_time_aws(time, ms);
	message_member(out, key, span_text(time));
}

static void
message_actions(struct buf *out, const char *key, const struct arns *arns)
{
	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < arns->count; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, arns->at[i]);
	}
	buf_byte(out, ']');
}

static void
message_dimensions(struct buf *out, const struct alarm *alarm)
{
	buf_text(out, ",\"Dimensions\":[");
	for (size_t i = 0; i < alarm->ndimensions; i++) {
		buf_text(out, i > 0 ? ",{\"value\":" : "{\"value\":");
		buf_json(out, alarm->given[i].value);
		message_member(out, "name", alarm->given[i].name);
		buf_byte(out, '}');
	}
	buf_byte(out, ']');
}

static void
message_trigger(struct buf *out, const struct alarm *alarm)
{
	static const char *const statistics[] = {
	    "AVERAGE", "SUM", "MINIMUM", "MAXIMUM", "SAMPLE_COUNT"};
	char threshold[TEXT_NUMBER_SIZE];
	enum alarm_missing missing =
	    alarm->missing_given ? alarm->missing : MISSING_MISSING;

	buf_text(out, ",\"Trigger\":{\"MetricName\":");
	buf_json(out, alarm->metric);
	message_member(out, "Namespace", alarm->namespace);
	buf_printf(out, ",\"StatisticType\":\"Statistic\",\"Statistic\":\"%s\"",
	    statistics[alarm->statistic]);
	if (alarm->unit.len > 0)
		message_member(out, "Unit", alarm->unit);
	else
		buf_text(out, ",\"Unit\":null");
	message_dimensions(out, alarm);
	buf_printf(out, ",\"Period\":%lld,\"EvaluationPeriods\":%lld",
	    (long long)(alarm->period_ms / 1000),
	    (long long)alarm->evaluation_periods);
	if (alarm->datapoints_given)
		buf_printf(out, ",\"DatapointsToAlarm\":%lld",
		    (long long)alarm->datapoints_to_alarm);
	text_double_java(threshold, alarm->threshold);
	buf_printf(out,
	    ",\"ComparisonOperator\":\"%s\",\"Threshold\":%s"
	    ",\"TreatMissingData\":\"%s\""
	    ",\"EvaluateLowSampleCountPercentile\":\"\"}",
	    alarm_operator_names[alarm->operator], threshold,
	    alarm_missing_names[missing]);
}

void
message_body(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	buf_text(out, "{\"AlarmName\":");
	buf_json(out, alarm->name);
	if (alarm->described)
		message_member_cut(
		    out, "AlarmDescription", alarm->description, text_max);
	else
		buf_text(out, ",\"AlarmDescription\":null");
	message_member(out, "AWSAccountId", alarm->account);
	message_member_time(out, "AlarmConfigurationUpdatedTimestamp",
	    alarm->updated_ms < 0 ? transition->time_ms : alarm->updated_ms);
	message_member(
	    out, "NewStateValue", span_text(alarm_state_names[transition->to]));
	message_member_cut(out, "NewStateReason", transition->reason, text_max);
	message_member_time(out, "StateChangeTime", transition->time_ms);
	message_member(out, "Region", message_region_name(alarm->region));
	message_member(out, "AlarmArn", alarm->arn);
	message_member(out, "OldStateValue",
	    span_text(alarm_state_names[transition->from]));
	buf_text(out, ",\"ActionExecutedAfterMuteWindow\":false");
	message_actions(out, "OKActions", &alarm->actions[STATE_OK]);
	message_actions(out, "AlarmActions", &alarm->actions[STATE_ALARM]);
	message_actions(out, "InsufficientDataActions",
	    &alarm->actions[STATE_INSUFFICIENT_DATA]);
	message_trigger(out, alarm);
	buf_byte(out, '}');
}

static void
message_structure_cut(struct buf *out, const struct transition *transition,
    size_t text_max, bool email)
{
	struct buf part = {0};

	buf_text(out, "{\"default\":");
	message_body(&part, transition, text_max);
	buf_json(out, buf_span(&part));
	buf_clear(&part);
	message_heading(&part, transition, MESSAGE_SMS_NAME);
	message_member(out, "sms", buf_span(&part));
	buf_clear(&part);
	if (email) {
		message_email(&part, transition, text_max);
		message_member(out, "email", buf_span(&part));
	}
	buf_byte(out, '}');
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

void
transition_print(struct buf *out, const struct transition *transition)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, transition->time_ms);
	buf_text(out, "{\"id\":");
	buf_json_text(out, transition->id);
	message_member(out, "time", span_text(time));
	message_member(out, "alarm", transition->alarm->name);
	message_member(out, "arn", transition->alarm->arn);
	message_member(
	    out, "from", span_text(alarm_state_names[transition->from]));
	message_member(out, "to", span_text(alarm_state_names[transition->to]));
	message_member(out, "reason", transition->reason);
	buf_text(out, ",\"data\":");
	buf_span_put(
	    out, transition->data.len > 0 ? transition->data : SPAN_OF("{}"));
	if (transition->revised)
		buf_text(out, ",\"revised\":true");
	buf_text(out, "}\n");
}
