/*
 * Members of JSON objects, as the messages are made of. The comma comes by
 * itself: none behind a bracket that was just opened.
 */
#ifndef SINKS_MESSAGE_JSON_H
#define SINKS_MESSAGE_JSON_H

#include "base/buf.h"
#include "schemas/outcome.h"

/* "key": — the value is the caller's. */
void message_key(struct buf *out, const char *key);
/* "key":{ and its end. */
void message_open(struct buf *out, const char *key);
void message_close(struct buf *out);

void message_text(struct buf *out, const char *key, struct span text);
/* At most `text_max` bytes, as message_cut() cuts. */
void message_text_cut(
    struct buf *out, const char *key, struct span text, size_t text_max);
/* A text that is left out when it is empty. */
void message_text_given(struct buf *out, const char *key, struct span text);
void message_integer(struct buf *out, const char *key, int64_t value);
/* A length of time as its whole seconds. */
void message_seconds(struct buf *out, const char *key, int64_t ms);
void message_flag(struct buf *out, const char *key, bool value);
/* 2026-09-14T11:18:52.496+0000 */
void message_time(struct buf *out, const char *key, int64_t ms);
void message_arns(struct buf *out, const char *key, const struct arns *arns);
/* Pairs as a map: {"InstanceId":"i-1"}; values cut to `text_max`. */
void message_pairs(struct buf *out, const char *key,
    const struct dimension *pairs, size_t npairs, size_t text_max);
/* {"id":…,"attributes":{…}} */
void message_contributor(struct buf *out, const char *key,
    const struct contributor_name *contributor);
/* An id in the form of a UUID: a function of the bytes alone. */
void message_uuid(struct buf *out, const char *key, struct span bytes);

/* No JSON: Monday 14 September, 2026 11:18:52 UTC; names in English, whatever
 * the locale. */
void message_date(struct buf *out, int64_t ms);
/* "missing" when nothing was given, as CloudWatch writes it since 2022. */
const char *message_missing(const struct alarm *alarm);

#endif
