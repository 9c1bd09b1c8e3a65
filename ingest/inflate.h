/*
 * Undoing compression. Gzip through libdeflate, which wants the whole input
 * and the whole output in memory; zstd as a stream through libzstd.
 *
 * Limits. The caller's, on the bytes that come out: an input can be told to
 * be too large without ever holding more than the limit.
 */
#ifndef INGEST_INFLATE_H
#define INGEST_INFLATE_H

#include <stdbool.h>

#include "base/buf.h"

/* Window of zstd frames that are accepted: `zstd --long` makes up to 27. */
#define INFLATE_WINDOW_LOG 27

enum inflate {
	INFLATE_DONE,
	INFLATE_MORE, /* zstd: came as far as input or room allowed */
	INFLATE_DAMAGED,
	INFLATE_TOO_LARGE
};

/* By the magic bytes; a gzip member is always deflate (1f 8b 08). */
bool inflate_is_gzip(struct span begin);
bool inflate_is_zstd(struct span begin);

/* Appends what the gzip members in `in` hold, at most `limit` bytes. After
 * anything but DONE the buffer is as it was. */
enum inflate inflate_gzip(struct buf *out, struct span in, size_t limit);

/* One gzip member from the beginning of `in` into the room at `to`. DONE:
 * *used bytes of input gave *len. TOO_LARGE: the room is too small. */
enum inflate inflate_member(
    struct span in, char *to, size_t room, size_t *used, size_t *len);
/* The size that the last member of `in` says it has (modulo 4 GiB). */
size_t inflate_hint(struct span in);

/* A stream of zstd frames, skippable ones included. */
struct inflate_zstd;
struct inflate_zstd *inflate_zstd_create(void);
void inflate_zstd_free(struct inflate_zstd **zstd);
/* Takes from *in, writes at most `room`, *got what was written. DONE when a
 * frame ended with this call, MORE otherwise; *why says what is damaged. */
enum inflate inflate_zstd(struct inflate_zstd *zstd, struct span *in, char *to,
    size_t room, size_t *got, const char **why);

#endif
