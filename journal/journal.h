/*
 * The journal: the ordered log that is the truth and the clock. A folder of
 * segment files; see segment.h for the format.
 *
 * What it promises. journal_append() calls back with RC_OK only after the
 * entry is on the disk (fdatasync). A request id whose entry is durable is
 * answered RC_OK and adds nothing, also after a restart. Entries are numbered
 * from 1 without gaps, arrival times never decrease.
 *
 * Threads. append from any thread; the caller's thread compresses, one
 * committer writes. Callbacks run on the committer and must not block, nor
 * append and wait; what is refused before it is queued is told on the
 * caller's thread.
 * Limits. LIMIT_ENTRY_BYTES, LIMIT_ENTRY_RECORDS, LIMIT_NAME (source),
 * LIMIT_REQUEST_ID, LIMIT_COMMIT_BYTES. `journal: limit:` is for data; ticks
 * may pass it by LIMIT_TICK_RESERVE, so that time goes on; and data leaves
 * LIMIT_DISK_RESERVE of the file system free.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/counter.h"
#include "base/option.h"
#include "base/rc.h"
#include "schemas/entry.h"

struct journal;
struct recent;

/* The `journal:` section. */
struct journal_config {
	int64_t segment_size_bytes, segment_age_ms, retain_ms, limit_bytes;
};
extern const struct option journal_options[];

enum {
	JOURNAL_ENTRIES,
	JOURNAL_BYTES,
	JOURNAL_COMMITS,
	JOURNAL_REPEATS,       /* request ids that were durable already */
	JOURNAL_RETURNED,      /* the same: batches that came home */
	JOURNAL_REFUSED_FULL,  /* appends refused: limit or disk full */
	JOURNAL_REFUSED_BUSY,  /* the same: LIMIT_COMMIT_BYTES wait already */
	JOURNAL_REFUSED_BAD,   /* the same: an entry above its limits */
	JOURNAL_RECENT_MISSED, /* entries whose reader must decompress them */
	JOURNAL_SEALED,
	JOURNAL_TORN,		 /* torn tails truncated at start-up */
	JOURNAL_QUARANTINED,	 /* bad frames with good ones behind them */
	JOURNAL_TRIMMED,	 /* segments removed by journal_trim() */
	JOURNAL_COMMIT_TIME,	 /* what all commits took */
	JOURNAL_COMMIT_SLOWEST,	 /* gauge: of the last minute */
	JOURNAL_WAITING,	 /* gauge: bytes that wait for the disk */
	JOURNAL_FREE,		 /* gauge: bytes that data may still take */
	JOURNAL_REQUEST_IDS,	 /* gauge: ids remembered */
	JOURNAL_MARKS,		 /* gauge: positions remembered */
	JOURNAL_MARKS_FORGOTTEN, /* those above LIMIT_MARKS */
	JOURNAL_SIZE,		 /* gauge: bytes in the folder */
	JOURNAL_LAST_SEQ,	 /* gauge */
	JOURNAL_STATS
};
extern struct counter journal_stats[JOURNAL_STATS];

/*
 * The clock at the journal's door: gives every arrival time and nothing else
 * reads it. start_ms < 0: the machine's clock. Otherwise it begins at
 * start_ms and runs `speed` times as fast. Never behind the last entry.
 */
struct journal_clock {
	int64_t start_ms;
	int64_t speed;
};

/* What journal_save() wrote as of an entry. */
struct journal_resume {
	uint64_t seq;
	struct span state;
};

/*
 * Opens (and makes) the folder, takes its lock, recovers: a torn tail of the
 * last segment is truncated (a copy is kept as NAME.torn) and said; a bad
 * frame with good ones behind it is counted, logged and stepped over. RC_FATAL
 * when another process holds the lock or the folder cannot be used.
 *
 * With `resume` (NULL: none) segments wholly at or before resume->seq are not
 * read again: what they hold is in the state. RC_REJECT: the state is none of
 * this folder's, err says why; the caller opens again without it.
 */
enum rc journal_open(struct journal **journal, const char *folder,
    const struct journal_config *config, const struct journal_clock *clock,
    const struct journal_resume *resume, struct err *err);
/* Commits what waits, stops the committer, closes; appends begun before are
 * answered, none may begin after. NULL is fine. */
void journal_close(struct journal **journal);

/*
 * Called once for each append. RC_OK: durable at `seq` (that of the first
 * entry, for a repeat; `repeat` says so). RC_RETRY: not kept, try later (disk
 * full, limit reached, shutting down); err says why. RC_REJECT: the entry is
 * above the limits and never will be kept.
 */
typedef void journal_done(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err);

/*
 * Appends a batch, tick or config. entry->seq and arrival_ms are given here
 * and ignored on the way in. Records are copied (compressed) before return.
 * Request ids count per source, those of replicas across all of them. A repeat
 * of an entry still being committed is answered together with it; and a batch
 * of this log that comes home from a replica is a repeat of its own entry.
 */
void journal_append(struct journal *journal, const struct entry *entry,
    journal_done *done, void *cookie);
/* The same, waiting for the answer. */
enum rc journal_append_wait(struct journal *journal, const struct entry *entry,
    uint64_t *seq, struct err *err);

/*
 * This log's origin (journal/origin.h), 16 digits: set before the first
 * append, "" until then. journal_returned(): the id is of an entry that this
 * log has, so what came under it must not be appended; appends see to it
 * themselves, this is for who joins several messages. It counts.
 */
void journal_set_origin(struct journal *journal, const char *origin);
struct span journal_origin(const struct journal *journal);
bool journal_returned(const struct journal *journal, struct span request_id);
/* How far a source that numbers what it sends (journal/marks.h) was taken: the
 * number behind its last durable entry, also after a restart, also when that
 * entry was trimmed. -1: nothing is known of it. */
int64_t journal_mark(struct journal *journal, struct span source);

/* For the one reader that follows the end; see reader_recent(). */
struct recent *journal_recent(struct journal *journal);

/* The journal's clock now, and the last durable entry (0: none). */
int64_t journal_now_ms(const struct journal *journal);
uint64_t journal_last(const struct journal *journal);
/* When that entry arrived; 0: there is none. */
int64_t journal_last_ms(const struct journal *journal);
/* Waits until an entry after `seq` is durable. RC_AGAIN on the time-out or
 * after journal_wake_all(). */
enum rc journal_wait(struct journal *journal, uint64_t seq, int64_t timeout_ms);
/* Ends every journal_wait now and from now on (shutdown). */
void journal_wake_all(struct journal *journal);

/* A sealed segment: it will not change any more. */
struct journal_segment {
	char path[4096];
	uint64_t first_seq, last_seq;
	int64_t first_ms, last_ms; /* arrival times */
	uint64_t bytes;
};
/* The oldest sealed segment with first_seq > after. RC_AGAIN: none yet. A
 * segment is sealed once a later one exists, in any life of the process; that
 * is so before journal_wait() tells of the tick that closed it. */
enum rc journal_sealed(
    struct journal *journal, uint64_t after, struct journal_segment *out);

/* Between the two nothing of the journal's memory changes, and no append is
 * taken: for the moment of a fork() and no longer. */
void journal_hold(struct journal *journal);
void journal_release(struct journal *journal);
/*
 * Appends the request ids and the sealed segments as of entry `seq`, for
 * journal_open(). For a child forked under journal_hold(), or where nobody
 * appends any more: takes no lock and logs nothing. A function of the log up
 * to `seq` and of what was trimmed, but for the marks: they are of all that is
 * durable now. A buffer that is full says buf_failed().
 */
void journal_save(const struct journal *journal, uint64_t seq, struct buf *out);

/*
 * Removes sealed segments, oldest first, that end at or before `upto_seq` and
 * whose last entry arrived more than `retain` ago; the first that may not go
 * ends it, and so do 64. Returns how many went, for good. The caller has made
 * durable before what no longer needs them: checkpoints and positions.
 * Threads: one caller at a time.
 */
uint64_t journal_trim(struct journal *journal, uint64_t upto_seq);

#endif
