/*
 * Why an alarm changed, in CloudWatch's own words: StateReason and
 * StateReasonData. Pure.
 *
 * Source: texts and JSON that CloudWatch generated (captured messages), rules
 * in docs/alarm-rules.md. Numbers are Java's Double.toString, dates in the
 * text are dd/MM/yy HH:mm:ss UTC, newest first.
 */
#ifndef PIPELINE_ALARM_REASON_H
#define PIPELINE_ALARM_REASON_H

#include "base/buf.h"
#include "pipeline/alarm/verdict.h"

struct reason {
	const struct alarm *alarm;
	enum alarm_state state;	  /* the new one */
	const struct slot *slots; /* newest first */
	size_t range;
	int64_t query_ms; /* the clock */
	bool contributor; /* of a query: never inline, one datapoint shown */
	bool pending; /* decided before the missing ones could come: they are
			 not treated as anything */
};

void reason_text(struct buf *out, const struct reason *reason);
void reason_data(struct buf *out, const struct reason *reason);
/* The data of an alarm with contributors: a version and a date, no more. */
void reason_data_plain(struct buf *out, int64_t query_ms);

#endif
