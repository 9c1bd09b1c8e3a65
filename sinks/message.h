/*
 * The words of a notification, as CloudWatch writes them (captured messages,
 * 2026; see docs/messages.md). Pure: a transition in, texts out. All kinds of
 * alarms, and contributors.
 */
#ifndef SINKS_MESSAGE_H
#define SINKS_MESSAGE_H

#include "base/buf.h"
#include "schemas/outcome.h"

/*
 * STATE: "NAME" in REGION-DISPLAY-NAME, at most LIMIT_SNS_SUBJECT bytes of
 * printable ASCII: a run of anything else in it is one '_'; a name that is too
 * long is cut and ends in "...". message_heading() is the same with a limit
 * of the name's own length, as in texts for telephones (90).
 */
void message_subject(struct buf *out, const struct transition *transition);
void message_heading(
    struct buf *out, const struct transition *transition, size_t name_max);

/*
 * The JSON that stands in Message, compact, keys in CloudWatch's order.
 * Where tocsin knows less than CloudWatch: an alarm without a time of its
 * last change (updated_ms -1) gives the transition's time, because consumers
 * parse that string; TreatMissingData is "missing" when it was not given, as
 * CloudWatch writes it since 2022.
 * Description and reason are cut to `text_max` bytes each, at a character,
 * with "..." behind; SIZE_MAX leaves them.
 */
void message_body(
    struct buf *out, const struct transition *transition, size_t text_max);
/* The plain text of an e-mail, of the same facts. */
void message_email(
    struct buf *out, const struct transition *transition, size_t text_max);
/* MessageStructure=json: {"default":body,"sms":heading,"email":text}. Above
 * LIMIT_SNS_MESSAGE the texts are cut, then the e-mail is left out (whose
 * readers get the default). */
void message_structure(struct buf *out, const struct transition *transition);

/*
 * The event that EventBridge is given: CloudWatch Alarm State Change, or
 * CloudWatch Alarm Contributor State Change. A function of the transition
 * alone, its id too.
 * Where tocsin says less than CloudWatch: no muteDetail (only that actions are
 * muted is known, not by which rule), no evaluationState, and no word in
 * previousState of what suppressed its actions.
 */
void message_event(struct buf *out, const struct transition *transition);
/*
 * The same as an entry of PutEvents, whose caller may not name a source that
 * begins with "aws.", nor give the event its id: the detail has a key more,
 * "tocsin": {"id": the transition's}.
 */
void message_event_entry(struct buf *out, const struct transition *transition,
    struct span source, struct span bus);
/* CloudWatch Alarm Configuration Change: create, update or delete. */
void message_event_change(struct buf *out, const struct alarm_change *change);
/* What a Lambda function is called with. */
void message_lambda(struct buf *out, const struct transition *transition);

/* "us-east-2" → "US East (Ohio)"; an unknown Region is itself, "" (an alarm
 * that reads any) is "any Region". */
struct span message_region_name(struct span region);
/* At most `text_max` bytes of it, "..." included, cut at a character. */
void message_cut(struct buf *out, struct span text, size_t text_max);

/* The contract's transition line, with its newline. */
void transition_print(struct buf *out, const struct transition *transition);

#endif
