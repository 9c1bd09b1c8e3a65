/* The contract's transition line. */
#include "base/text.h"
#include "sinks/message.h"
#include "sinks/message_json.h"

void
transition_print(struct buf *out, const struct transition *transition)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, transition->time_ms);
	buf_byte(out, '{');
	message_text(out, "id", span_text(transition->id));
	message_text(out, "time", span_text(time));
	message_text(out, "alarm", transition->alarm->name);
	message_text(out, "arn", transition->alarm->arn);
	message_text(
	    out, "from", span_text(alarm_state_names[transition->from]));
	message_text(out, "to", span_text(alarm_state_names[transition->to]));
	message_text(out, "reason", transition->reason);
	message_key(out, "data");
	buf_span_put(
	    out, transition->data.len > 0 ? transition->data : SPAN_OF("{}"));
	if (transition->revised)
		message_flag(out, "revised", true);
	if (transition->contributor != NULL)
		message_contributor(
		    out, "contributor", transition->contributor);
	if (transition->suppressed_by != SUPPRESSED_NOT)
		message_text(out, "suppressed_by",
		    span_text(suppressed_by_names[transition->suppressed_by]));
	if (transition->released)
		message_flag(out, "released", true);
	message_close(out);
	buf_byte(out, '\n');
}
