/* The e-mail of a notification: the facts that CloudWatch's own lists, said
 * to come from tocsin. */
#include <time.h>

#include "base/text.h"
#include "sinks/message.h"

#define MESSAGE_LABEL 28
#define MESSAGE_LABEL_METRIC 37

/* Monday 14 September, 2026 11:18:52 UTC; names in English, whatever the
 * locale. */
static void
message_email_time(struct buf *out, int64_t ms)
{
	static const char *const days[] = {"Sunday", "Monday", "Tuesday",
	    "Wednesday", "Thursday", "Friday", "Saturday"};
	static const char *const months[] = {"January", "February", "March",
	    "April", "May", "June", "July", "August", "September", "October",
	    "November", "December"};
	time_t seconds = (time_t)(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_printf(out, "%s %02d %s, %d %02d:%02d:%02d UTC", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

static void
message_email_line(
    struct buf *out, int width, const char *label, struct span text)
{
	buf_printf(out, "- %-*s", width - 2, label);
	buf_span_put(out, text);
	buf_byte(out, '\n');
}

static void
message_email_details(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;
	struct buf text = {0};

	buf_text(out, "\nAlarm Details:\n");
	message_email_line(out, MESSAGE_LABEL, "Name:", alarm->name);
	message_cut(&text, alarm->description, text_max);
	message_email_line(out, MESSAGE_LABEL, "Description:", buf_span(&text));
	buf_clear(&text);
	buf_printf(&text, "%s -> %s", alarm_state_names[transition->from],
	    alarm_state_names[transition->to]);
	message_email_line(
	    out, MESSAGE_LABEL, "State Change:", buf_span(&text));
	buf_clear(&text);
	message_cut(&text, transition->reason, text_max);
	message_email_line(
	    out, MESSAGE_LABEL, "Reason for State Change:", buf_span(&text));
	buf_clear(&text);
	message_email_time(&text, transition->time_ms);
	message_email_line(out, MESSAGE_LABEL, "Timestamp:", buf_span(&text));
	message_email_line(out, MESSAGE_LABEL, "AWS Account:", alarm->account);
	message_email_line(out, MESSAGE_LABEL, "Alarm Arn:", alarm->arn);
	message_email_line(
	    out, MESSAGE_LABEL, "Transition:", span_text(transition->id));
	buf_fini(&text);
}

static void
message_email_metric(struct buf *out, const struct alarm *alarm)
{
	struct buf text = {0};

	buf_text(out, "\nMonitored Metric:\n");
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "MetricNamespace:", alarm->namespace);
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "MetricName:", alarm->metric);
	for (size_t i = 0; i < alarm->ndimensions; i++)
		buf_printf(&text, "%s[%.*s = %.*s]", i > 0 ? ", " : "",
		    SPAN_ARGS(alarm->given[i].name),
		    SPAN_ARGS(alarm->given[i].value));
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "Dimensions:", buf_span(&text));
	buf_clear(&text);
	buf_printf(&text, "%lld seconds", (long long)(alarm->period_ms / 1000));
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "Period:", buf_span(&text));
	message_email_line(out, MESSAGE_LABEL_METRIC,
	    "Statistic:", span_text(alarm_statistic_names[alarm->statistic]));
	message_email_line(out, MESSAGE_LABEL_METRIC, "Unit:",
	    alarm->unit.len > 0 ? alarm->unit : SPAN_OF("not specified"));
	message_email_line(out, MESSAGE_LABEL_METRIC, "TreatMissingData:",
	    span_text(
		alarm_missing_names[alarm->missing_given ? alarm->missing
							 : MISSING_MISSING]));
	buf_fini(&text);
}

static void
message_email_actions(struct buf *out, const char *label, struct arns arns)
{
	buf_printf(out, "- %s:%s", label, arns.count > 0 ? " [" : "");
	for (size_t i = 0; i < arns.count; i++)
		buf_printf(
		    out, "%s%.*s", i > 0 ? ", " : "", SPAN_ARGS(arns.at[i]));
	buf_text(out, arns.count > 0 ? "]\n" : "\n");
}

void
message_email(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;
	char threshold[TEXT_NUMBER_SIZE];

	buf_printf(out,
	    "You are receiving this email because tocsin evaluates the alarm "
	    "\"%.*s\" in the %.*s region, and it has entered the %s state, "
	    "because \"",
	    SPAN_ARGS(alarm->name),
	    SPAN_ARGS(message_region_name(alarm->region)),
	    alarm_state_names[transition->to]);
	message_cut(out, transition->reason, text_max);
	buf_text(out, "\" at \"");
	message_email_time(out, transition->time_ms);
	buf_text(out, "\".\n");
	message_email_details(out, transition, text_max);

	text_double_java(threshold, alarm->threshold);
	buf_printf(out,
	    "\nThreshold:\n- The alarm is in the ALARM state when the metric "
	    "is %s %s for at least %lld of the last %lld period(s) of %lld "
	    "seconds.\n",
	    alarm_operator_names[alarm->operator], threshold,
	    (long long)alarm->datapoints_to_alarm,
	    (long long)alarm->evaluation_periods,
	    (long long)(alarm->period_ms / 1000));
	message_email_metric(out, alarm);
	buf_text(out, "\nState Change Actions:\n");
	message_email_actions(out, "OK", alarm->actions[STATE_OK]);
	message_email_actions(out, "ALARM", alarm->actions[STATE_ALARM]);
	message_email_actions(
	    out, "INSUFFICIENT_DATA", alarm->actions[STATE_INSUFFICIENT_DATA]);
}
