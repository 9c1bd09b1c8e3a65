/*
 * The coding of payloads: zstd frames of at most SEGMENT_CHUNK plain bytes.
 *
 * Threads. codec_squeeze from any; an expander belongs to one thread.
 * Limits. LIMIT_ENTRY_BYTES; never more than the stated plain length is
 * written, whatever the payload says.
 */
#ifndef JOURNAL_CODEC_H
#define JOURNAL_CODEC_H

#include <stdbool.h>

#include "base/buf.h"
#include "journal/segment.h"

struct expander;

/* Appends the pieces, joined, as zstd frames; nothing when they are empty. */
void codec_squeeze(struct buf *out, const struct span *pieces, size_t npieces);

struct expander *expander_create(void);
void expander_free(struct expander **expander);
/* Replaces `out` by the frame's plain payload; false when the payload does
 * not give exactly frame->plain_len bytes. The frame has been checked. */
bool expander_run(struct expander *expander, const struct segment_frame *frame,
    struct buf *out);

/* What the first record looks like. */
enum segment_format codec_format(const struct span *records, size_t nrecords);

#endif
