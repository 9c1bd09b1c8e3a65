/* The e-mail of a notification: the facts that CloudWatch's own lists, said
 * to come from tocsin. */
#include "base/text.h"
#include "sinks/message.h"
#include "sinks/message_json.h"

#define MESSAGE_LABEL 28
#define MESSAGE_LABEL_METRIC 37
#define MESSAGE_CHILDREN 10

static void
message_email_line(
    struct buf *out, int width, const char *label, struct span text)
{
	buf_printf(out, "- %-*s", width - 2, label);
	buf_span_put(out, text);
	buf_byte(out, '\n');
}

static void
message_email_cut(
    struct buf *out, const char *label, struct span text, size_t text_max)
{
	struct buf cut = {0};

	message_cut(&cut, text, text_max);
	message_email_line(out, MESSAGE_LABEL, label, buf_span(&cut));
	buf_fini(&cut);
}

/* What changed: the alarm's state, or its contributor's. */
static void
message_email_change(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	struct buf text = {0};

	buf_printf(&text, "%s -> %s", alarm_state_names[transition->from],
	    alarm_state_names[transition->to]);
	message_email_line(
	    out, MESSAGE_LABEL, "State Change:", buf_span(&text));
	buf_clear(&text);
	if (transition->alarm->kind == ALARM_COMPOSITE)
		message_email_line(out, MESSAGE_LABEL,
		    "Alarm Rule:", transition->alarm->rule_text);
	message_email_cut(
	    out, "Reason for State Change:", transition->reason, text_max);
	message_date(&text, transition->time_ms);
	message_email_line(out, MESSAGE_LABEL, "Timestamp:", buf_span(&text));
	buf_fini(&text);
}

static void
message_email_details(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	buf_text(out, "\nAlarm Details:\n");
	message_email_line(out, MESSAGE_LABEL, "Name:", alarm->name);
	message_email_cut(out, "Description:", alarm->description, text_max);
	if (transition->contributor == NULL)
		message_email_change(out, transition, text_max);
	message_email_line(out, MESSAGE_LABEL, "AWS Account:", alarm->account);
	message_email_line(out, MESSAGE_LABEL, "Alarm Arn:", alarm->arn);
	if (alarm->runbook.len > 0)
		message_email_line(
		    out, MESSAGE_LABEL, "Runbook:", alarm->runbook);
	message_email_line(
	    out, MESSAGE_LABEL, "Transition:", span_text(transition->id));
}

static void
message_email_contributor(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct contributor_name *contributor = transition->contributor;
	struct buf text = {0};

	buf_text(out, "\nContributor Details:\n");
	message_email_line(
	    out, MESSAGE_LABEL, "Id:", span_text(contributor->id));
	message_email_change(out, transition, text_max);
	buf_text(out, "\nContributor Attributes:\n");
	for (size_t i = 0; i < contributor->nlabels; i++) {
		buf_clear(&text);
		buf_span_put(&text, contributor->label[i].name);
		message_email_cut(out, buf_cstr(&text),
		    contributor->label[i].value, text_max);
	}
	buf_fini(&text);
}

static void
message_email_children(struct buf *out, const struct transition *transition)
{
	buf_printf(out, "\nTriggering children (max. %d):\n", MESSAGE_CHILDREN);
	for (size_t i = 0; i < transition->ntriggers && i < MESSAGE_CHILDREN;
	     i++) {
		const struct trigger *trigger = &transition->triggers[i];

		buf_printf(out, "- %.*s   %-20s", SPAN_ARGS(trigger->arn),
		    alarm_state_names[trigger->state]);
		message_date(out, trigger->time_ms);
		buf_byte(out, '\n');
	}
}

static void
message_email_threshold(struct buf *out, const struct alarm *alarm)
{
	char threshold[TEXT_NUMBER_SIZE];

	text_double_java(threshold, alarm->threshold);
	buf_printf(out,
	    "\nThreshold:\n- The alarm is in the ALARM state when the metric "
	    "is %s ",
	    alarm_operator_names[alarm->operator]);
	if (alarm->kind == ALARM_ANOMALY)
		buf_span_put(out, alarm->threshold_metric_id);
	else
		buf_text(out, threshold);
	buf_printf(out,
	    " for at least %lld of the last %lld period(s) of %lld seconds.\n",
	    (long long)alarm->datapoints_to_alarm,
	    (long long)alarm->evaluation_periods,
	    (long long)(alarm->period_ms / 1000));
}

static void
message_email_metric(struct buf *out, const struct alarm_metric *metric)
{
	struct buf text = {0};

	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "MetricNamespace:", metric->namespace);
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "MetricName:", metric->metric);
	for (size_t i = 0; i < metric->ndimensions; i++)
		buf_printf(&text, "%s[%.*s = %.*s]", i > 0 ? ", " : "",
		    SPAN_ARGS(metric->given[i].name),
		    SPAN_ARGS(metric->given[i].value));
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "Dimensions:", buf_span(&text));
	buf_clear(&text);
	buf_printf(
	    &text, "%lld seconds", (long long)(metric->period_ms / 1000));
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "Period:", buf_span(&text));
	message_email_line(
	    out, MESSAGE_LABEL_METRIC, "Statistic:", metric->stat);
	message_email_line(out, MESSAGE_LABEL_METRIC, "Unit:",
	    metric->unit.len > 0 ? metric->unit : SPAN_OF("not specified"));
	buf_fini(&text);
}

/* What is judged; of an anomaly alarm the band too. */
static void
message_email_metrics(struct buf *out, const struct alarm *alarm)
{
	buf_text(out,
	    alarm->kind == ALARM_METRIC ? "\nMonitored Metric:\n"
					: "\nMonitored Metrics:\n");
	if (alarm->kind == ALARM_METRIC) {
		message_email_metric(out, &alarm->metrics[0]);
		message_email_line(out, MESSAGE_LABEL_METRIC,
		    "TreatMissingData:", span_text(message_missing(alarm)));
	}
	for (size_t i = 0; i < alarm->nqueries; i++) {
		const struct alarm_query *query = &alarm->queries[i];

		if (!query->return_data)
			continue;
		if (query->metric != NULL) {
			message_email_metric(out, query->metric);
			continue;
		}
		message_email_line(
		    out, MESSAGE_LABEL, "MetricExpression:", query->expression);
		message_email_line(out, MESSAGE_LABEL, "MetricLabel:",
		    query->labelled ? query->label : SPAN_OF("No Label"));
	}
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

static void
message_email_head(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	buf_printf(out,
	    "You are receiving this email because tocsin evaluates the alarm "
	    "\"%.*s\" in the %.*s region, and ",
	    SPAN_ARGS(alarm->name),
	    SPAN_ARGS(message_region_name(alarm->region)));
	if (transition->contributor == NULL)
		buf_text(out, "it");
	else
		buf_printf(
		    out, "its contributor \"%s\"", transition->contributor->id);
	buf_printf(out, " has entered the %s state, because \"",
	    alarm_state_names[transition->to]);
	message_cut(out, transition->reason, text_max);
	buf_text(out, "\" at \"");
	message_date(out, transition->time_ms);
	buf_text(out, "\".\n");
}

void
message_email(
    struct buf *out, const struct transition *transition, size_t text_max)
{
	const struct alarm *alarm = transition->alarm;

	message_email_head(out, transition, text_max);
	message_email_details(out, transition, text_max);
	if (transition->contributor != NULL)
		message_email_contributor(out, transition, text_max);
	if (alarm->kind == ALARM_COMPOSITE) {
		message_email_children(out, transition);
	} else {
		message_email_threshold(out, alarm);
		message_email_metrics(out, alarm);
	}
	buf_text(out, "\nState Change Actions:\n");
	message_email_actions(out, "OK", alarm->actions[STATE_OK]);
	message_email_actions(out, "ALARM", alarm->actions[STATE_ALARM]);
	message_email_actions(
	    out, "INSUFFICIENT_DATA", alarm->actions[STATE_INSUFFICIENT_DATA]);
}
