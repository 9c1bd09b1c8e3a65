/*
 * JSON lines: one object a line, several on one line are taken too. A line
 * with a fault is one reject, from the first bad object to the end of the
 * line; good objects before it count, and so do those after it when the fault
 * is of content and not of syntax.
 */
#ifndef PIPELINE_DECODE_DECODE_JSON_H
#define PIPELINE_DECODE_DECODE_JSON_H

#include "pipeline/decode/decode.h"

void decode_json(struct decoded *out, struct span record, size_t index);

#endif
