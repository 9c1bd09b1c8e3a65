/* What an alarm watches, as the messages say it. */
#ifndef SINKS_MESSAGE_TRIGGER_H
#define SINKS_MESSAGE_TRIGGER_H

#include "base/buf.h"
#include "schemas/alarm.h"

/* "Trigger" of the SNS message: the metric, or the threshold with "Metrics".
 * All kinds but composites. */
void message_trigger(struct buf *out, const struct alarm *alarm);
/*
 * "metrics" of events and of Lambda's payload. An alarm on one metric has one
 * too, whose id CloudWatch makes up: ours is a function of the alarm and of
 * the metric alone, so it changes when another one is watched.
 */
void message_metrics(struct buf *out, const struct alarm *alarm);
/* "alarmRule" and the suppressor. Composites. */
void message_rule(struct buf *out, const struct alarm *alarm);

#endif
