/*
 * A model of the disk below one folder: everything that was done to it, in
 * order, and what a power cut at any moment may leave of that.
 *
 *   ops:  make  write  write  sync  note  write  rename  ...
 *                              ^            ^ the cut
 *         `--- there for sure -'     `- there or not, see disk_cut()
 *
 * Files and folders are nodes, numbered; the root is DISK_ROOT. Names are
 * those the running program sees.
 *
 * Threads. None: record.c holds its lock.
 */
#ifndef TESTS_FAULTS_DISK_H
#define TESTS_FAULTS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define DISK_ROOT 0
#define DISK_NONE (-1)
#define DISK_SECTOR 512
#define DISK_NAME_SIZE 64

struct disk;

/* What the folder holds now counts as durable. */
struct disk *disk_create(const char *root);
/*
 * The process was killed before op `at` and the machine was not: writes all
 * that was done into the new folder `root`; what was not synced still is not.
 */
struct disk *disk_killed(const struct disk *disk, size_t at, const char *root);
void disk_free(struct disk **disk);
const char *disk_root(const struct disk *disk);

/* The node of a path below a folder's node, or DISK_NONE; its folder and last
 * name are given where that folder exists. */
int disk_find(const struct disk *disk, int folder, const char *path,
    int *parent, const char **name);

/* What was done. Each is one op. */
int disk_make(struct disk *disk, int parent, const char *name, bool folder);
void disk_write(
    struct disk *disk, int node, size_t at, const void *bytes, size_t len);
void disk_truncate(struct disk *disk, int node, size_t len);
void
disk_rename(struct disk *disk, int parent, const char *from, const char *to);
void disk_unlink(struct disk *disk, int parent, const char *name);
/* A sync that began when there were `begun` ops has returned. */
void disk_sync(struct disk *disk, int node, size_t begun);
/* Nothing: marks a moment. Returns its op. */
size_t disk_note(struct disk *disk);

/* The next moment from op `at` on when a sync had begun and not returned; else
 * the end. */
size_t disk_within_sync(const struct disk *disk, size_t at);

/* How many there were; and a sum of them, equal for equal runs. */
size_t disk_ops(const struct disk *disk);
uint64_t disk_digest(const struct disk *disk);

/*
 * Writes into the new folder `out` what a cut before op `at` may leave.
 * Of data not synced: any subset of the writes, sector by sector and in any
 * order, and any of the lengths the file had; where the length grew and the
 * data did not come, zeros, noise, or what other files once held there. Of
 * names not synced: each make, rename and unlink, or not.
 */
void
disk_cut(const struct disk *disk, size_t at, struct rng *rng, const char *out);

/* Removes a folder with all in it; none is good. */
void disk_remove(const char *path);

#endif
