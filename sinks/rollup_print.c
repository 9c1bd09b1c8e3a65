#include "sinks/rollup_print.h"

#include "base/text.h"
#include "sinks/message_json.h"

void
rollup_print(struct buf *out, const struct rollup_line *line)
{
	char time[TEXT_TIME_SIZE], value[TEXT_NUMBER_SIZE];

	text_time(time, line->start_ms);
	text_double(value, line->value);
	buf_byte(out, '{');
	message_text(out, "rollup", line->rollup->name);
	message_pairs(out, "group", line->labels, line->nlabels, SIZE_MAX);
	message_text(out, "start", span_text(time));
	message_seconds(out, "period", line->rollup->window_ms);
	message_key(out, "value");
	buf_text(out, value);
	message_flag(out, "final", line->final);
	if (line->revised)
		message_flag(out, "revised", true);
	message_close(out);
	buf_byte(out, '\n');
}
