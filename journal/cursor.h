/*
 * Walks the frames of one segment file: sound frames, and damaged places
 * between them. Also of a file that grows.
 *
 * Ownership. A frame's spans live until the next call. Threads. None.
 */
#ifndef JOURNAL_CURSOR_H
#define JOURNAL_CURSOR_H

#include "base/buf.h"
#include "base/rc.h"
#include "journal/folder.h"
#include "journal/segment.h"

struct cursor {
	int fd;
	char path[FOLDER_PATH_SIZE];
	uint64_t pos;	   /* where the next frame begins */
	uint64_t at;	   /* where the one given last began */
	struct buf ahead;  /* bytes of the file ... */
	uint64_t ahead_at; /* ... from here */
	bool known;	   /* the segment id */
	uint64_t segment_id;
	uint64_t last_seq; /* nothing up to this one may follow */
	/* The damaged place, after RC_REJECT. */
	uint64_t damage_at;
	const char *reason;
	bool torn; /* nothing sound behind it; `pos` stays */
};

/* RC_FATAL when it cannot be opened. */
enum rc cursor_open(struct cursor *cursor, const char *path, struct err *err);
void cursor_close(struct cursor *cursor);

/*
 * The next frame, heads too. RC_AGAIN: the end of the file, for now.
 * RC_REJECT: a damaged place, see above; the next call goes on behind it, or
 * tries again when it is torn. RC_FATAL: cannot be read, or is of a later
 * version; err says which.
 */
enum rc cursor_next(
    struct cursor *cursor, struct segment_frame *frame, struct err *err);
/* Back to the frame given last. */
void cursor_back(struct cursor *cursor, const struct segment_frame *frame);
/* Forgets what was read ahead: the file may have changed. */
void cursor_drop(struct cursor *cursor);
/* The size of the file now. */
uint64_t cursor_size(const struct cursor *cursor);

#endif
