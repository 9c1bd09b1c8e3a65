/* Files, with the order of durable steps in one place. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"

/* The whole file into the buffer; "-" is standard input. RC_REJECT above
 * LIMIT_FILE_BYTES, RC_FATAL when it cannot be read. */
enum rc file_read(const char *path, struct buf *out, struct err *err);

/* Writes beside, syncs, renames over, syncs the folder: the old content or
 * the new one after a power cut, never half. An fsync failure ends the
 * process (the page cache can no longer be trusted). */
enum rc file_replace(const char *path, struct span bytes, struct err *err);

/* Makes the folder and those above it, durably; one that exists is good. */
enum rc file_make_folder(const char *path, struct err *err);
/* fsync of a folder or file descriptor; failure ends the process. */
void file_sync(int fd, const char *what);
void file_sync_folder(const char *path);

/*
 * The names in a folder, sorted by bytes, without . and ..; a pattern with *
 * and ? in its last part (alarms/\*.json) may stand for the folder. The array
 * is NULL-ended and lives in the arena; full paths.
 */
enum rc file_list(struct arena *arena, const char *path, const char ***names,
    struct err *err);
bool file_is_folder(const char *path);

#endif
