/*
 * The folder of a journal: its segments by name, and its lock.
 *
 *   journal/
 *     LOCK                            flock: the one who may write
 *     00000000000000000001.zst        sealed: a later one exists
 *     00000000000000004242.zst        the last: being written
 *     00000000000000004242.zst.torn   a tail that recovery cut off
 *
 * Other names are left alone.
 */
#ifndef JOURNAL_FOLDER_H
#define JOURNAL_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

#define FOLDER_NAME_SIZE 25 /* 20 digits, ".zst", NUL */
#define FOLDER_PATH_SIZE 4096

void folder_name(char out[FOLDER_NAME_SIZE], uint64_t first_seq);
void
folder_path(char out[FOLDER_PATH_SIZE], const char *folder, uint64_t first_seq);

/* The numbers in the names of the segments, ascending; the caller frees. */
enum rc folder_segments(
    const char *folder, uint64_t **seqs, size_t *count, struct err *err);

/* The same of files named by 20 digits and `suffix`. */
enum rc folder_numbers(const char *folder, const char *suffix, uint64_t **seqs,
    size_t *count, struct err *err);

/* Opens the folder, to sync it and to make files in it. */
enum rc folder_open(const char *folder, int *fd, struct err *err);
/*
 * Copies at most LIMIT_TORN_BYTES of a segment's tail to NAME.torn, for
 * people. That failing (a full disk) must not keep the service from starting,
 * nothing in a tail was ever acknowledged: a warning.
 */
void folder_keep_tail(const char *path, uint64_t from);

/* Takes the lock until `fd` is closed. RC_FATAL: another process has it. */
enum rc folder_lock(const char *folder, int *fd, struct err *err);
/* Whether someone writes there now. */
bool folder_live(const char *folder);

#endif
