/*
 * What speaks for or against a silence: what else is heard. Pure.
 */
#ifndef PIPELINE_ALARM_SILENCE_EVIDENCE_H
#define PIPELINE_ALARM_SILENCE_EVIDENCE_H

#include "base/buf.h"
#include "pipeline/window/heard.h"
#include "schemas/alarm.h"

/* Whether the mark is of what the alarm listens to. */
bool
silence_matches(const struct alarm_silence *of, const struct heard_mark *mark);
/* Whether it is worth telling: other feeds, for a namespace the others of its
 * Region, that came after `since_ms`; and what peers say of the Region. */
bool silence_is_evidence(const struct alarm_silence *of,
    const struct heard_mark *mark, int64_t since_ms);
/* The sentences of a reason, each with a space before it. */
void silence_evidence(struct buf *out, const struct alarm_silence *of,
    const struct heard *heard, int64_t now_ms);

#endif
