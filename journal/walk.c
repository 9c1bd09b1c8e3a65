#include "journal/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static enum rc
walk_list(struct walk *walk, struct err *err)
{
	free(walk->seqs);
	walk->seqs = NULL;
	walk->nseqs = walk->next = 0;
	return folder_segments(walk->path, &walk->seqs, &walk->nseqs, err);
}

static enum rc
walk_open_folder(struct walk *walk, struct err *err)
{
	if (walk_list(walk, err) != RC_OK)
		return RC_FATAL;
	while (walk->next + 1 < walk->nseqs &&
	    walk->seqs[walk->next + 1] <= walk->from)
		walk->next++;
	return RC_OK;
}

static enum rc
walk_open_file(struct walk *walk, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');

	if (cursor_open(&walk->cursor, path, err) != RC_OK)
		return RC_FATAL;
	walk->open = true;
	if (slash == NULL)
		snprintf(walk->path, sizeof(walk->path), ".");
	else
		walk->path[slash == path ? 1 : slash - path] = '\0';
	return RC_OK;
}

enum rc
walk_open(struct walk *walk, const char *path, uint64_t from, struct err *err)
{
	*walk = (struct walk){.from = from, .cursor.fd = -1};
	walk->folder = file_is_folder(path);
	if ((size_t)snprintf(walk->path, sizeof(walk->path), "%s", path) +
		FOLDER_NAME_SIZE >=
	    sizeof(walk->path))
		return err_set(err, RC_FATAL, "%s: path too long", path);
	return walk->folder ? walk_open_folder(walk, err)
			    : walk_open_file(walk, path, err);
}

void
walk_close(struct walk *walk)
{
	cursor_close(&walk->cursor);
	free(walk->seqs);
	walk->seqs = NULL;
}

/* Whether another file follows this one; lists again to know. */
static enum rc
walk_follows(struct walk *walk, bool *follows, struct err *err)
{
	*follows = walk->next < walk->nseqs;
	if (*follows || !walk->folder)
		return RC_OK;
	if (walk_list(walk, err) != RC_OK)
		return RC_FATAL;
	while (walk->next < walk->nseqs && walk->seqs[walk->next] <= walk->here)
		walk->next++;
	*follows = walk->next < walk->nseqs;
	return RC_OK;
}

/* Whether this file is one that someone writes to: the newest of a folder
 * that is live. */
static bool
walk_live(const struct walk *walk)
{
	const char *path = walk->cursor.path, *slash = strrchr(path, '/');
	char name[FOLDER_NAME_SIZE] = "";
	struct err err;
	uint64_t *seqs;
	size_t count;

	if (!folder_live(walk->path))
		return false;
	if (folder_segments(walk->path, &seqs, &count, &err) == RC_OK &&
	    count > 0)
		folder_name(name, seqs[count - 1]);
	free(seqs);
	return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

/*
 * Whether the file at `next` may be entered. RC_AGAIN: it is the last one,
 * without a sound head, and someone writes here: it is just being made, or
 * was given up again.
 */
static enum rc
walk_peek(struct walk *walk, const char *path, struct err *err)
{
	struct segment_frame frame;
	struct cursor cursor;
	enum rc rc;

	if (access(path, F_OK) != 0 && errno == ENOENT) {
		/* Trimmed since the folder was listed. */
		walk->nseqs = walk->open ? walk->next : 0;
		return RC_AGAIN;
	}
	rc = cursor_open(&cursor, path, err);
	if (rc == RC_OK && walk->next + 1 == walk->nseqs)
		rc = cursor_next(&cursor, &frame, err);
	if (rc == RC_REJECT || rc == RC_AGAIN)
		rc = folder_live(walk->path) ? RC_AGAIN : RC_OK;
	cursor_close(&cursor);
	return rc;
}

static enum rc
walk_enter(struct walk *walk, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	enum rc rc;

	walk->final = false;
	folder_path(path, walk->path, walk->seqs[walk->next]);
	rc = walk_peek(walk, path, err);
	if (rc != RC_OK)
		return rc;
	cursor_close(&walk->cursor);
	rc = cursor_open(&walk->cursor, path, err);
	walk->open = rc == RC_OK;
	walk->here = walk->seqs[walk->next++];
	walk->torn = false;
	return rc;
}

/* RC_OK: a file is open. */
static enum rc
walk_first(struct walk *walk, struct err *err)
{
	if (walk->open)
		return RC_OK;
	for (int tries = 0; tries < 2; tries++) {
		enum rc rc;

		if (walk->nseqs == 0 && walk_open_folder(walk, err) != RC_OK)
			return RC_FATAL;
		rc = walk->nseqs == 0 ? RC_AGAIN : walk_enter(walk, err);
		if (rc != RC_AGAIN || walk->nseqs > 0)
			return rc;
	}
	return RC_AGAIN;
}

/*
 * At the end of a file. It is finished only if it still ends here after its
 * successor was seen: the writer makes that one last. RC_OK: look again.
 */
static enum rc
walk_cross(struct walk *walk, struct err *err)
{
	bool follows;

	cursor_drop(&walk->cursor);
	if (walk_follows(walk, &follows, err) != RC_OK)
		return RC_FATAL;
	if (!follows)
		return RC_AGAIN;
	if (walk->final)
		return walk_enter(walk, err);
	walk->final = true;
	return RC_OK;
}

/* A tail without anything sound: being written, or torn. RC_OK: look again. */
static enum rc
walk_tail(struct walk *walk, struct err *err)
{
	bool follows;

	if (walk_follows(walk, &follows, err) != RC_OK)
		return RC_FATAL;
	if (follows && !walk->final) {
		walk->final = true;
		cursor_drop(&walk->cursor);
		return RC_OK;
	}
	if (!follows && walk_live(walk)) {
		cursor_drop(&walk->cursor);
		return RC_AGAIN;
	}
	walk->torn = true;
	walk->torn_size = cursor_size(&walk->cursor);
	return RC_REJECT;
}

/* After a torn tail was said: on to the next file, or wait for this one. */
static enum rc
walk_past_tail(struct walk *walk, struct err *err)
{
	bool follows;

	if (walk_follows(walk, &follows, err) != RC_OK)
		return RC_FATAL;
	if (follows)
		return walk_enter(walk, err);
	if (cursor_size(&walk->cursor) == walk->torn_size)
		return RC_AGAIN;
	cursor_drop(&walk->cursor);
	walk->torn = false;
	return RC_OK;
}

enum rc
walk_next(struct walk *walk, struct segment_frame *frame, struct err *err)
{
	enum rc rc = walk_first(walk, err);

	while (rc == RC_OK) {
		if (walk->torn) {
			rc = walk_past_tail(walk, err);
			continue;
		}
		rc = cursor_next(&walk->cursor, frame, err);
		if (rc == RC_AGAIN)
			rc = walk_cross(walk, err);
		else if (rc == RC_REJECT && walk->cursor.torn)
			rc = walk_tail(walk, err);
		else
			return rc;
	}
	return rc;
}
