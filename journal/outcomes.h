/*
 * The outcomes log: lines that entries caused (transitions; rollups), for
 * those who send them on. Beside the journal, because the lines are a function
 * of it: what is lost is made again by reading the journal again.
 *
 *   outcomes/
 *     00000000000000000001.outcomes    lines of the entries 1 to 4242
 *     00000000000000004243.outcomes    the last: being written
 *
 *   evaluator ─ push, push, advance(seq) ─▶ file ◀─ next() ─ reader, reader
 *       └─ at a checkpoint: sync, before that counts
 *
 * A file's name is the first entry whose lines are in it, if there are any, so
 * the oldest name and what was advanced to say what is covered. A file is a
 * row of lines; integers little-endian:
 *
 *    0  4  bytes of the line
 *    4  4  CRC32C of the bytes 8 to 31 and then the line
 *    8  8  seq of the entry that caused it
 *   16  8  arrival of that entry, ms since 1970
 *   24  2  kind
 *   26  6  zero
 *   32     the line: JSON, with its newline
 *
 * Nothing is synced but by outcomes_sync(), which comes before a checkpoint
 * becomes durable: so up to the checkpoint at which a start goes on every line
 * is there. Whatever lies behind it is cut off at the start, and derived
 * again: the same bytes. Readers see a line only when its entry is applied as
 * a whole. Nothing is kept while there are no readers.
 *
 * Threads. One writer: all functions but those of readers, outcomes_advanced()
 * and outcomes_begin(), which are for any thread; a reader belongs to one.
 * outcomes_sync() also in a child forked by the writer.
 * Limits. LIMIT_OUTCOMES_WAITING: lines that a full disk does not take wait in
 * memory; above it they are refused (OUTCOMES_REFUSED) and nothing is advanced
 * nor can a checkpoint be made until the next start, which derives them again.
 * What readers do not take stays on the disk: it grows no faster than the
 * journal, which stays for them too and has a limit.
 */
#ifndef JOURNAL_OUTCOMES_H
#define JOURNAL_OUTCOMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/rc.h"
#include "base/span.h"

struct outcomes;
struct outcomes_reader;

/* As in the files: never changed. A rollup's line stands there once for the
 * archive and once for replicas, as its output says. */
enum outcomes_kind {
	OUTCOMES_TRANSITION = 1,
	OUTCOMES_ROLLUP_ARCHIVE = 2,
	OUTCOMES_ROLLUP_REPLICA = 3
};

enum {
	OUTCOMES_LINES,
	OUTCOMES_BYTES,
	OUTCOMES_REFUSED, /* lines for which there was no room */
	OUTCOMES_DAMAGED, /* places that readers stepped over */
	OUTCOMES_STATS
};
extern struct counter outcomes_stats[OUTCOMES_STATS];

/*
 * Opens (and makes) the folder and cuts back to the entry `seq`, at which the
 * writer's thread goes on. RC_FATAL: it cannot be used.
 */
enum rc outcomes_open(struct outcomes **outcomes, const char *folder,
    uint64_t seq, struct err *err);
/* Readers are closed before. NULL is fine. */
void outcomes_close(struct outcomes **outcomes);
/* Every reader is there that will be. Without any, what was kept is removed
 * and all that follows is nothing. */
void outcomes_start(struct outcomes *outcomes);
bool outcomes_wanted(const struct outcomes *outcomes);

/* A line of the entry after those that were advanced to; the lines of one
 * entry in their order. */
void outcomes_push(struct outcomes *outcomes, enum outcomes_kind kind,
    uint64_t seq, int64_t arrival_ms, struct span line);
/* All lines of the entries up to `seq` were pushed. */
void outcomes_advance(struct outcomes *outcomes, uint64_t seq);
/*
 * Makes all that was pushed durable. RC_RETRY: not all is written yet (disk
 * full). RC_FATAL: a sync failed; what the disk holds is not known any more,
 * so the process must end. Takes no lock and logs nothing.
 */
enum rc outcomes_sync(const struct outcomes *outcomes, struct err *err);
/* Removes files, oldest first, that hold nothing behind `seq`: every reader
 * has what lies before it on record. */
void outcomes_trim(struct outcomes *outcomes, uint64_t seq);

/* Up to here readers find all lines. */
uint64_t outcomes_advanced(const struct outcomes *outcomes);
/* The first entry whose lines were kept. */
uint64_t outcomes_begin(const struct outcomes *outcomes);

struct outcomes_line {
	uint64_t seq;
	int64_t arrival_ms;
	enum outcomes_kind kind;
	bool last;	  /* no other line of that entry follows */
	struct span text; /* with its newline; until the next call */
};

/* Between outcomes_open() and outcomes_start(). */
struct outcomes_reader *outcomes_reader_open(struct outcomes *outcomes);
void outcomes_reader_close(struct outcomes_reader **reader);
/* The next line is the first of an entry with seq > `after`; at first 0. */
void outcomes_seek(struct outcomes_reader *reader, uint64_t after);
/*
 * The next line, of any kind. Does not block. RC_AGAIN: none up to *reach, for
 * now. RC_REJECT: what lies between here and *reach can never be read (damage;
 * or entries behind `after` whose lines were not kept), err says why; the next
 * call goes on behind *reach. RC_RETRY: cannot be read now. RC_OK leaves
 * *reach alone.
 */
enum rc outcomes_next(struct outcomes_reader *reader,
    struct outcomes_line *line, uint64_t *reach, struct err *err);

#endif
