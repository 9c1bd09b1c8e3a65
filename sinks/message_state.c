#include "sinks/message_state.h"

#include "sinks/message_json.h"

void
message_state(struct buf *out, const struct transition *transition)
{
	message_text(
	    out, "value", span_text(alarm_state_names[transition->to]));
	message_text(out, "reason", transition->reason);
	if (transition->contributor == NULL)
		message_text_given(out, "reasonData", transition->data);
	message_time(out, "timestamp", transition->time_ms);
}

void
message_state_previous(struct buf *out, const struct transition *transition)
{
	if (transition->contributor != NULL)
		return;
	message_open(out, "previousState");
	message_text(
	    out, "value", span_text(alarm_state_names[transition->from]));
	message_text_given(out, "reason", transition->from_reason);
	message_text_given(out, "reasonData", transition->from_data);
	message_time(out, "timestamp", transition->from_time_ms);
	message_close(out);
}

void
message_suppressed(struct buf *out, const struct transition *transition)
{
	const char *by = suppressed_by_names[transition->suppressed_by];
	struct buf reason = {0};

	if (transition->suppressed_by == SUPPRESSED_NOT)
		return;
	buf_text(&reason, "Actions suppressed by ");
	if (transition->suppressed_by == SUPPRESSED_ALARM) {
		buf_span_put(&reason, transition->suppressor_arn);
		buf_text(&reason, " that transitioned to ALARM at ");
		message_date(&reason, transition->suppressor_time_ms);
	} else {
		buf_text(&reason, by);
	}
	message_text(out, "actionsSuppressedBy", span_text(by));
	message_text(out, "actionsSuppressedReason", buf_span(&reason));
	buf_fini(&reason);
}
