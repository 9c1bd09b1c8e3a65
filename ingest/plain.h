/*
 * The plain bytes of a file: gzip, zstd and snappy undone, told by content.
 * What is read waits in a window until it is taken. ZIP is refused by name.
 *
 * Limits. The window is as large as the reader asks; zstd, snappy and
 * plain files stream through it, gzip needs memory or disk for a member
 * (gunzip.h).
 */
#ifndef INGEST_PLAIN_H
#define INGEST_PLAIN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"

struct plain {
	int fd;
	bool regular; /* a file that can be opened again by name */
	enum { PLAIN_AS_IS, PLAIN_GZIP, PLAIN_ZSTD, PLAIN_SNAPPY } coding;
	struct gunzip *gunzip;
	struct snappy_stream *snappy;
	struct span inflated; /* of a gzip member or a snappy chunk, not in the
				 window yet */
	struct inflate_zstd *zstd;
	bool in_frame;	/* zstd: the end of the frame is still to come */
	struct buf raw; /* of the file, not decoded yet */
	size_t raw_at;
	struct buf window;
	size_t at;
	bool ended;	   /* nothing more comes into the window */
	bool damaged;	   /* because of this: */
	struct err damage; /* without the path */
};

/* "-" is standard input. RC_FATAL when it cannot be opened. Our own segments,
 * which are zstd too, are given as they are. */
enum rc plain_open(struct plain *plain, const char *path, struct err *err);
void plain_close(struct plain *plain);

/* All that waits: `want` bytes and more, or less when the input ends. Until
 * the next call. */
struct span plain_fill(struct plain *plain, size_t want);
void plain_take(struct plain *plain, size_t len);

#endif
