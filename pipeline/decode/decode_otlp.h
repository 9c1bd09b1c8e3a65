/*
 * OpenTelemetry 0.7 and 1.0: length-delimited ExportMetricsServiceRequests.
 * One decoder reads both, as they differ in two field numbers only: 0.7 names
 * a point by labels (1), 1.0 by attributes (7). A hand-written visitor of the
 * wire, since generated code would copy every string.
 *
 * A message whose framing is broken, and all that follows it in the record,
 * is one reject and leaves nothing; the messages before it stay. A point that
 * is incomplete is one reject.
 */
#ifndef PIPELINE_DECODE_DECODE_OTLP_H
#define PIPELINE_DECODE_DECODE_OTLP_H

#include <stdbool.h>

#include "pipeline/decode/decode.h"

void decode_otlp(struct decoded *out, struct span record, size_t index);
/* Whether the bytes are messages from first to last, each of nothing but
 * resource metrics. Text never is: a message begins with a newline there. */
bool decode_otlp_fits(struct span record);

#endif
