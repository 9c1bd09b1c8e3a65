/*
 * The words of a notification, as CloudWatch writes them (captured messages,
 * 2026; see docs). Pure: a transition in, texts out.
 */
#ifndef SINKS_MESSAGE_H
#define SINKS_MESSAGE_H

#include "base/buf.h"
#include "schemas/outcome.h"

/* STATE: "NAME" in REGION-DISPLAY-NAME, at most 100 bytes, ASCII. */
void message_subject(struct buf *out, const struct transition *transition);
/* The JSON that stands in Message, compact, keys in CloudWatch's order. */
void message_body(struct buf *out, const struct transition *transition);
/* MessageStructure=json: {"default":body,"sms":heading,"email":text}. */
void message_structure(struct buf *out, const struct transition *transition);
/* "us-east-2" → "US East (Ohio)"; an unknown Region is itself. */
struct span message_region_name(struct span region);

/* The contract's transition line, with its newline. */
void transition_print(struct buf *out, const struct transition *transition);

#endif
