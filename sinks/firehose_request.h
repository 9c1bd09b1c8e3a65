/*
 * The Firehose HTTP request (protocol 1.0) of a load, and what an answer to it
 * means. Pure.
 * Rules: Firehose developer guide, "HTTP endpoint delivery request and
 * response specifications".
 */
#ifndef SINKS_FIREHOSE_REQUEST_H
#define SINKS_FIREHOSE_REQUEST_H

#include "base/buf.h"
#include "base/rc.h"
#include "sinks/replica_kind.h"

/* How many of the records from load->record on go into one request: at most
 * LIMIT_RECORDS, and a body of at most `limit_bytes`; at least one. */
size_t
firehose_request_fit(const struct replica_load *load, size_t limit_bytes);

/* The body with so many records from load->record on. */
void firehose_request_print(struct buf *out, struct span id,
    const struct replica_load *load, size_t count);

/* The verdict on an answer; err says what the receiver said. */
enum rc
firehose_answer(long status, struct span body, struct span id, struct err *err);

#endif
