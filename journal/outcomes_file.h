/*
 * The inside of the outcomes log: its files' lines as bytes, and what writer
 * and readers share.
 */
#ifndef JOURNAL_OUTCOMES_FILE_H
#define JOURNAL_OUTCOMES_FILE_H

#include <stdatomic.h>

#include "base/buf.h"
#include "journal/folder.h"
#include "journal/outcomes.h"

#define OUTCOMES_HEAD 32
#define OUTCOMES_FILE_BYTES (8 * MIB)
#define OUTCOMES_SUFFIX ".outcomes"

struct outcomes {
	char folder[FOLDER_PATH_SIZE];
	_Atomic uint64_t advanced, begin;
	_Atomic size_t readers;
	/* The writer's: */
	bool started, wanted;
	int fd;		    /* -1: none is open */
	uint64_t bytes;	    /* in it */
	uint64_t pushed;    /* seq of the last line */
	struct buf waiting; /* lines that are not written yet */
	bool behind;	    /* lines were refused */
	bool failing;	    /* writing does not work, and that was said */
};

/* A file as it is read, also while it grows. */
struct outcomes_window {
	int fd;
	uint64_t at;	  /* of the next line */
	struct buf ahead; /* bytes of the file from there */
	size_t used;	  /* of them */
};

enum outcomes_found {
	OUTCOMES_WHOLE,
	OUTCOMES_END,	/* of the file */
	OUTCOMES_CUT,	/* the same, within a line */
	OUTCOMES_BAD,	/* damage */
	OUTCOMES_FAILED /* cannot be read; errno */
};

/* Appends a line as it is in files. */
void outcomes_put(struct buf *out, const struct outcomes_line *line);
/* The line at window->at; `line->last` is told by the head behind it. It lives
 * until the next call. */
enum outcomes_found
outcomes_look(struct outcomes_window *window, struct outcomes_line *line);
/* Goes on behind the line that outcomes_look() gave. */
void
outcomes_step(struct outcomes_window *window, const struct outcomes_line *line);
void outcomes_path(
    char out[FOLDER_PATH_SIZE], const char *folder, uint64_t first_seq);

#endif
