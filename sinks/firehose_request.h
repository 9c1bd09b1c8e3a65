/*
 * The Firehose HTTP request (protocol 1.0) of one journal entry, and what an
 * answer to it means. Pure.
 * Rules: Firehose developer guide, "HTTP endpoint delivery request and
 * response specifications".
 */
#ifndef SINKS_FIREHOSE_REQUEST_H
#define SINKS_FIREHOSE_REQUEST_H

#include "base/buf.h"
#include "base/rc.h"
#include "schemas/entry.h"

/* "tocsin-" 16 hex digits "-" log position, of the replica's name and the
 * entry's source, request id, position and arrival; an id of that form that
 * the entry came with is kept, with the part that stands behind it. */
void firehose_request_id(
    struct buf *out, struct span replica, const struct entry *entry);

/* How many of the records from `first` on go into one request: at most
 * LIMIT_RECORDS, and a body of at most `limit_bytes`; at least one. */
size_t firehose_request_fit(
    const struct entry *entry, size_t first, size_t limit_bytes);

/* The body with the records [first, first + count). */
void firehose_request_print(struct buf *out, struct span id,
    const struct entry *entry, size_t first, size_t count);

/* The verdict on an answer; err says what the receiver said. */
enum rc
firehose_answer(long status, struct span body, struct span id, struct err *err);

#endif
