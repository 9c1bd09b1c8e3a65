/*
 * Walks the frames of a folder of segments, or of one file: the files in the
 * order of their names, one cursor at a time, also while they are written.
 *
 *   seqs:  [1] [4242] [9001]          names seen, listed again at the end
 *               ^here   ^next
 *
 * Ownership. A frame's spans live until the next call. Threads. None.
 */
#ifndef JOURNAL_WALK_H
#define JOURNAL_WALK_H

#include "journal/cursor.h"

struct walk {
	bool folder;
	char path[FOLDER_PATH_SIZE]; /* of the folder, or the file's folder */
	uint64_t from;
	uint64_t *seqs;
	size_t nseqs, next;
	uint64_t here; /* the cursor's file, by name; 0: a file of any name */
	struct cursor cursor;
	bool open;  /* the cursor */
	bool final; /* a next file was seen before the last look */
	bool torn;  /* said of this file, at this size */
	uint64_t torn_size;
};

/* Begins in the segment that holds `from`, told by names alone. */
enum rc
walk_open(struct walk *walk, const char *path, uint64_t from, struct err *err);
void walk_close(struct walk *walk);

/*
 * The next frame, heads too. RC_AGAIN: the end, for now. RC_REJECT: a damaged
 * place, described in the cursor; the next call goes on behind it. RC_FATAL:
 * cannot be read.
 */
enum rc
walk_next(struct walk *walk, struct segment_frame *frame, struct err *err);

#endif
