/*
 * Length-delimited OTLP: UnsignedVarInt32 length, ExportMetricsServiceRequest,
 * again and again (AWS, CloudWatch User Guide "OpenTelemetry formats"). Only
 * the outer framing; the messages are the decoder's.
 */
#ifndef INGEST_FRAMING_H
#define INGEST_FRAMING_H

#include <stdbool.h>

#include "base/span.h"

enum framing {
	FRAMING_WHOLE, /* a message with its length: *len bytes of both */
	FRAMING_CUT,   /* it wants *len bytes and these are fewer */
	FRAMING_BROKEN /* no length begins here */
};

/* What stands at the beginning of the bytes (there is at least one). */
enum framing framing_next(struct span bytes, size_t *len);

/*
 * Whether these bytes are such messages: each made of nothing but field 1
 * (resource_metrics), to the last byte; when `cut`, as far as they go. JSON
 * that begins with '{' (the length 123) and a newline (field 1) is not.
 */
bool framing_is(struct span bytes, bool cut);

/*
 * Whether the record is bytes in which no message can be found: no text, no
 * gzip, lengths that do not fill it, and none of field 1 before they break.
 */
bool framing_none(struct span record);

/* Whether the record is JSON text by its first byte that is no space. */
bool framing_is_json(struct span record);

#endif
