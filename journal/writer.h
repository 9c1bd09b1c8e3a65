/*
 * The segment that is being written: appended to, cut back after a failed
 * write, synced.
 *
 * Threads. The committer's alone.
 */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/rc.h"

struct writer {
	int fd; /* -1: none is open */
	uint64_t segment_id;
	uint64_t first_seq, last_seq; /* last < first: no entry yet */
	int64_t made_ms, first_ms, last_ms;
	uint64_t bytes; /* good; what may lie behind was refused */
	bool ragged;	/* something does lie behind */
};

/*
 * Makes the segment: head written, file and folder synced. RC_RETRY: no
 * space, or the like; nothing is left behind. An empty file of that name is
 * taken over, any other is refused.
 */
enum rc writer_create(struct writer *writer, int folder_fd, uint64_t first_seq,
    int64_t made_ms, struct err *err);
/* Goes on behind the good bytes of a segment; the rest is cut off. */
enum rc writer_resume(struct writer *writer, const char *path, struct err *err);
void writer_close(struct writer *writer);

/* Appends; all or nothing. RC_RETRY: refused by the file system, err says
 * why. `iov` is consumed. */
enum rc writer_put(
    struct writer *writer, struct iovec *iov, size_t niov, struct err *err);
/* Returns when the bytes are on the disk; failure ends the process. */
void writer_sync(struct writer *writer);

#endif
