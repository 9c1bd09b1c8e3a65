/* The payload of an alarm's action that is a Lambda function (CloudWatch User
 * Guide, "Invoke a Lambda function from an alarm"). */
#include "sinks/message.h"
#include "sinks/message_json.h"
#include "sinks/message_state.h"
#include "sinks/message_trigger.h"

static void
message_lambda_configuration(struct buf *out, const struct alarm *alarm)
{
	message_open(out, "configuration");
	if (alarm->described)
		message_text(out, "description", alarm->description);
	if (alarm->kind == ALARM_COMPOSITE)
		message_rule(out, alarm);
	else
		message_metrics(out, alarm);
	message_close(out);
}

void
message_lambda(struct buf *out, const struct transition *transition)
{
	const struct alarm *alarm = transition->alarm;

	buf_byte(out, '{');
	message_text(out, "source", SPAN_OF("aws.cloudwatch"));
	message_text(out, "alarmArn", alarm->arn);
	message_text(out, "accountId", alarm->account);
	message_time(out, "time", transition->time_ms);
	message_text(out, "region", alarm->region);
	message_open(out, "alarmData");
	message_text(out, "alarmName", alarm->name);
	if (transition->contributor != NULL)
		message_contributor(
		    out, "alarmContributor", transition->contributor);
	message_open(out, "state");
	message_state(out, transition);
	message_suppressed(out, transition);
	message_close(out);
	message_state_previous(out, transition);
	message_lambda_configuration(out, alarm);
	message_close(out);
	message_close(out);
}
