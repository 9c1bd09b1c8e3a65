/*
 * Reads entries: from one segment, or from a folder of them in order, also
 * while the journal is being written.
 */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include <stdbool.h>

#include "base/rc.h"
#include "schemas/entry.h"

struct reader;
struct recent;

/* A damaged place, for those who look into segments. */
struct reader_damage {
	const char *path;
	uint64_t offset;
	bool torn; /* nothing good behind it in this file */
	const char *reason;
};

/* `path` is a folder or a segment; the first entry read is the first with
 * seq >= from. */
enum rc reader_open(
    struct reader **reader, const char *path, uint64_t from, struct err *err);
void reader_close(struct reader **reader);

/*
 * The next entry; it lives until the next call. RC_AGAIN at the end: of a
 * journal that is being written, more may come (call again). RC_REJECT: a
 * damaged place, described by reader_damage(); the next call goes on behind
 * it. RC_FATAL: cannot be read.
 */
enum rc
reader_next(struct reader *reader, struct entry *entry, struct err *err);
const struct reader_damage *reader_damage(const struct reader *reader);
/* Never reads past this entry (a committed position); default: no bound. */
void reader_bound(struct reader *reader, uint64_t last_seq);

/* Takes the plain bytes of what was appended lately from there; one reader of
 * a journal may. It must be closed before the journal is. */
void reader_recent(struct reader *reader, struct recent *recent);
/* Gives back memory that only the next entries need: nothing comes now. What
 * the last entry borrowed is gone. */
void reader_rest(struct reader *reader);

/* Whether these first bytes of a file begin a segment of ours. */
bool segment_is(struct span begin);

#endif
