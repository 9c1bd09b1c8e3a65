/*
 * Checkpoints: what was computed from the log up to an entry, so that recovery
 * reads on from there. Files of a folder, named by that entry:
 *
 *   checkpoint/
 *     00000000000000004242.checkpoint       sound, unless the disk rotted
 *     00000000000000009001.checkpoint       the newest
 *     00000000000000012000.checkpoint.new   being written, or left by a crash
 *     00000000000000009500.checkpoint.bad   set aside, the newest of them
 *
 * A file is a head and the parts, each protobuf (or JSON, as its maker likes)
 * in zstd, with a version and a CRC32C over everything. A file that does not
 * read whole is as if it were not there: the one before it is taken, and
 * without any the log is read from its beginning. The newest two are kept.
 *
 * Threads. None; writing may happen in a forked child, which may not log.
 * Limits. LIMIT_CHECKPOINT_BYTES, plain.
 */
#ifndef JOURNAL_CHECKPOINT_H
#define JOURNAL_CHECKPOINT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

enum checkpoint_part {
	CHECKPOINT_JOURNAL,	/* journal_save() */
	CHECKPOINT_ENGINE,	/* engine_save() */
	CHECKPOINT_CONFIG,	/* the last config entry's payload */
	CHECKPOINT_NOTIFIER,	/* notifications not yet delivered */
	CHECKPOINT_TRANSITIONS, /* the last ones, for the page */
	CHECKPOINT_PARTS
};

struct checkpoint {
	uint64_t seq; /* all entries up to this one are in it */
	struct buf parts[CHECKPOINT_PARTS];
};

/* Opens SEQ.checkpoint.new in the folder, emptied. */
enum rc
checkpoint_begin(const char *folder, uint64_t seq, int *fd, struct err *err);
/* Writes the whole file to `fd`; neither logs nor syncs. The parts' spans. */
enum rc checkpoint_write(int fd, uint64_t seq,
    const struct span parts[CHECKPOINT_PARTS], struct err *err);
/* Makes it count: fsync, rename, fsync of the folder; then all but the newest
 * two, and what earlier crashes left, go. A failed fsync ends the process. */
enum rc
checkpoint_commit(const char *folder, uint64_t seq, int fd, struct err *err);
/* Takes SEQ.checkpoint.new back. */
void checkpoint_abandon(const char *folder, uint64_t seq, int fd);

/*
 * Reads the newest one with seq < before (UINT64_MAX: any). RC_AGAIN: there is
 * none. RC_REJECT: it cannot be used, err says why and checkpoint->seq which:
 * set it aside and try the one before it. RC_FATAL: the folder cannot be read.
 */
enum rc checkpoint_read(const char *folder, uint64_t before,
    struct checkpoint *checkpoint, struct err *err);
void checkpoint_fini(struct checkpoint *checkpoint);
/* Renames one that cannot be used to SEQ.checkpoint.bad, for people: it shall
 * count neither as one of the two kept nor in checkpoint_oldest(). */
void checkpoint_set_aside(const char *folder, uint64_t seq);
/* The older of the two kept: the log behind it must stay; 0: fewer than two
 * are there. By names alone. */
uint64_t checkpoint_oldest(const char *folder);

#endif
