/* EventBridge events (CloudWatch User Guide, "Alarm events and EventBridge");
 * the order of the keys is that of captured ones, 2026. */
#include "base/text.h"
#include "sinks/message.h"
#include "sinks/message_json.h"
#include "sinks/message_state.h"
#include "sinks/message_trigger.h"

/* Up to and with "detail":{ — `seed` is what the id is made of. */
static void
message_event_head(struct buf *out, const char *type, const struct alarm *alarm,
    int64_t time_ms, struct span seed)
{
	char time[TEXT_TIME_SIZE];
	struct arns resources = {&alarm->arn, 1};

	text_time(time, time_ms);
	memcpy(strchr(time, '.'), "Z", 2); /* whole seconds */
	buf_byte(out, '{');
	message_text(out, "version", SPAN_OF("0"));
	message_uuid(out, "id", seed);
	message_text(out, "detail-type", span_text(type));
	message_text(out, "source", SPAN_OF("aws.cloudwatch"));
	message_text(out, "account", alarm->account);
	message_text(out, "time", span_text(time));
	message_text(out, "region", alarm->region);
	message_arns(out, "resources", &resources);
	message_open(out, "detail");
}

static void
message_event_configuration(struct buf *out, const struct alarm *alarm)
{
	message_open(out, "configuration");
	if (alarm->kind == ALARM_COMPOSITE)
		message_rule(out, alarm);
	else
		message_metrics(out, alarm);
	if (alarm->described)
		message_text(out, "description", alarm->description);
	message_close(out);
}

static const char *
message_event_type(const struct transition *transition)
{
	return transition->contributor != NULL
	    ? "CloudWatch Alarm Contributor State Change"
	    : "CloudWatch Alarm State Change";
}

/* What is in the braces of "detail". */
static void
message_event_detail(struct buf *out, const struct transition *transition)
{
	message_text(out, "alarmName", transition->alarm->name);
	if (transition->contributor != NULL)
		message_contributor(
		    out, "alarmContributor", transition->contributor);
	message_open(out, "state");
	message_suppressed(out, transition);
	message_state(out, transition);
	message_close(out);
	message_state_previous(out, transition);
	message_event_configuration(out, transition->alarm);
}

void
message_event(struct buf *out, const struct transition *transition)
{
	message_event_head(out, message_event_type(transition),
	    transition->alarm, transition->time_ms, span_text(transition->id));
	message_event_detail(out, transition);
	message_close(out);
	message_close(out);
}

void
message_event_entry(struct buf *out, const struct transition *transition,
    struct span source, struct span bus)
{
	const struct alarm *alarm = transition->alarm;
	struct arns resources = {&alarm->arn, 1};
	struct buf detail = {0};

	buf_byte(&detail, '{');
	message_event_detail(&detail, transition);
	message_open(&detail, "tocsin");
	message_text(&detail, "id", span_text(transition->id));
	message_close(&detail);
	message_close(&detail);

	buf_byte(out, '{');
	message_integer(out, "Time", transition->time_ms / 1000);
	message_text(out, "Source", source);
	message_arns(out, "Resources", &resources);
	message_text(
	    out, "DetailType", span_text(message_event_type(transition)));
	message_text(out, "Detail", buf_span(&detail));
	message_text(out, "EventBusName", bus);
	message_close(out);
	buf_fini(&detail);
}

/* The threshold as a plain number: EventBridge writes 10, not 10.0. */
static void
message_change_threshold(struct buf *out, const struct alarm *alarm)
{
	char threshold[TEXT_NUMBER_SIZE];

	message_integer(out, "evaluationPeriods", alarm->evaluation_periods);
	if (alarm->datapoints_given)
		message_integer(
		    out, "datapointsToAlarm", alarm->datapoints_to_alarm);
	if (alarm->kind == ALARM_ANOMALY) {
		message_text(
		    out, "thresholdMetricId", alarm->threshold_metric_id);
	} else {
		text_double(threshold, alarm->threshold);
		message_key(out, "threshold");
		buf_text(out, threshold);
	}
	message_text(out, "comparisonOperator",
	    span_text(alarm_operator_names[alarm->operator]));
	if (alarm->missing_given)
		message_text(
		    out, "treatMissingData", span_text(message_missing(alarm)));
	message_text_given(
	    out, "evaluateLowSampleCountPercentile", alarm->low_samples);
}

/* `updated_ms` when the definition does not say when it last changed; -1: it
 * is not known. */
static void
message_change_configuration(struct buf *out, const char *key,
    const struct alarm *alarm, int64_t updated_ms)
{
	if (alarm->updated_ms >= 0)
		updated_ms = alarm->updated_ms;
	message_open(out, key);
	if (alarm->kind == ALARM_COMPOSITE) {
		message_rule(out, alarm);
	} else {
		message_change_threshold(out, alarm);
		message_metrics(out, alarm);
	}
	message_text(out, "alarmName", alarm->name);
	if (alarm->described)
		message_text(out, "description", alarm->description);
	message_flag(out, "actionsEnabled", alarm->actions_enabled);
	if (updated_ms >= 0)
		message_time(out, "timestamp", updated_ms);
	message_arns(out, "okActions", &alarm->actions[STATE_OK]);
	message_arns(out, "alarmActions", &alarm->actions[STATE_ALARM]);
	message_arns(out, "insufficientDataActions",
	    &alarm->actions[STATE_INSUFFICIENT_DATA]);
	message_close(out);
}

/* Only a deletion tells the reason: nobody can ask for it any more. */
static void
message_change_state(struct buf *out, const struct alarm_change *change)
{
	message_open(out, "state");
	message_text(out, "value", span_text(alarm_state_names[change->state]));
	if (change->after == NULL)
		message_text_given(out, "reason", change->reason);
	message_time(out, "timestamp", change->state_time_ms);
	message_close(out);
}

void
message_event_change(struct buf *out, const struct alarm_change *change)
{
	const struct alarm *before = change->before, *after = change->after;
	const struct alarm *alarm = after == NULL ? before : after;
	const char *operation = before == NULL ? "create"
	    : after == NULL		       ? "delete"
					       : "update";
	struct buf seed = {0};

	buf_printf(
	    &seed, "%s %llu ", operation, (unsigned long long)change->seq);
	buf_span_put(&seed, alarm->arn);
	message_event_head(out, "CloudWatch Alarm Configuration Change", alarm,
	    change->time_ms, buf_span(&seed));
	buf_fini(&seed);
	message_text(out, "alarmName", alarm->name);
	message_text(out, "operation", span_text(operation));
	message_change_state(out, change);
	message_change_configuration(
	    out, "configuration", alarm, after == NULL ? -1 : change->time_ms);
	if (before != NULL && after != NULL)
		message_change_configuration(
		    out, "previousConfiguration", before, -1);
	message_close(out);
	message_close(out);
}
