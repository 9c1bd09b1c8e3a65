/*
 * What a record may be cut into, and which may stand behind one another in one
 * message: lines of JSON, length-delimited messages of OpenTelemetry. Pure.
 */
#ifndef SINKS_REPLICA_UNIT_H
#define SINKS_REPLICA_UNIT_H

#include "base/span.h"

enum replica_form {
	FORM_JSON, /* lines, the last one ended too */
	FORM_OTLP, /* messages with their lengths, nothing behind them */
	FORM_ODD   /* neither: never cut nor joined */
};
enum replica_form replica_unit_form(struct span record);
/* How many bytes the first unit of such a record's rest has. */
size_t replica_unit_len(struct span rest, enum replica_form form);
/* What is the same in all lines of one series: up to "timestamp" or "value",
 * as far as the sender writes the keys in one order. */
struct span replica_unit_series(struct span line);

#endif
