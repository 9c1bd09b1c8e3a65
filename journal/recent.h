/*
 * The plain bytes of entries that were appended a moment ago, for the one
 * reader that follows the log's end: what it finds here it need not
 * decompress. Only a help: what is not here is read from the file as ever,
 * and the file's frame is read and checked in any case.
 *
 *   append ── recent_copy() ──▶ pending ── recent_keep(seq) ──▶ queue
 *                                                                 │
 *   reader ◀── recent_take(seq, its old buffer back) ─────────────'
 *
 * Threads. Any. Limits. LIMIT_RECENT_BYTES: above it nothing is copied, and
 * JOURNAL_RECENT_MISSED counts it.
 */
#ifndef JOURNAL_RECENT_H
#define JOURNAL_RECENT_H

#include <stdint.h>

#include "base/buf.h"

struct recent;

/* One entry's bytes. */
struct recent_plain;

struct recent *recent_create(void);
void recent_free(struct recent **recent);

/* The pieces joined, `len` bytes in all; NULL when nobody reads or there is
 * no room. */
struct recent_plain *recent_copy(struct recent *recent,
    const struct span *pieces, size_t npieces, size_t len);
/* The entry is durable at `seq`, above all that were kept before. */
void
recent_keep(struct recent *recent, struct recent_plain **plain, uint64_t seq);
/* It is not; NULL is fine. */
void recent_drop(struct recent *recent, struct recent_plain **plain);

/* When its last byte came, on the monotonic clock. */
void recent_received(struct recent_plain *plain, int64_t received_ns);

/* From now on there is a reader. */
void recent_begin(struct recent *recent);
/* The bytes of `seq` in place of what `out` held; false when they are not
 * here. What was kept before it is dropped. */
bool
recent_take(struct recent *recent, uint64_t seq, size_t len, struct buf *out);
/* recent_received() of what was taken last; 0: it was not said. */
int64_t recent_taken_ns(struct recent *recent);
/* Nobody is in a hurry: buffers that wait for the next copy are freed. */
void recent_rest(struct recent *recent);

#endif
