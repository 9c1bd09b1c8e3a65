/*
 * The journal's inside: appends on their way to the disk, and the committer.
 *
 *   journal_append (any thread)        committer (one thread)
 *   look the request id up  ------.
 *   compress, CRC the payload      |
 *   into `first .. last` ----------+--> take all that waits
 *                                  |    stamp seq, arrival, finish the CRC
 *                                  |    one pwritev, one fdatasync
 *     a repeat in flight joins     |    request ids are durable now
 *     pending->repeats ------------'    call everyone back
 *
 * A tick that closes the segment ends its group; the successor is made before
 * anything else is written, so a segment is sealed exactly when a later one
 * exists.
 */
#ifndef JOURNAL_COMMIT_H
#define JOURNAL_COMMIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "journal/clock.h"
#include "journal/folder.h"
#include "journal/journal.h"
#include "journal/marks.h"
#include "journal/meter.h"
#include "journal/recent.h"
#include "journal/replica_id.h"
#include "journal/requests.h"
#include "journal/segment.h"
#include "journal/writer.h"

/* Who waits for the same request id. */
struct waiter {
	journal_done *done;
	void *cookie;
	struct waiter *next;
};

/* An append on its way. Without a header it is a repeat of `seq` and only
 * waits to be told. */
struct pending {
	struct pending *next;
	enum segment_kind kind;
	struct buf header, payload;
	uint32_t payload_crc;
	struct recent_plain *plain; /* NULL: nobody needs it */
	struct request *request;    /* NULL: no request id, or a mark */
	size_t source_len;	    /* of the header, when it sets a mark */
	int64_t mark;		    /* which is this one */
	journal_done *done;
	void *cookie;
	struct waiter *repeats;
	uint64_t seq;
	enum rc rc;
};

struct sealed {
	uint64_t first_seq, last_seq;
	int64_t first_ms, last_ms;
	uint64_t bytes;
	uint64_t id; /* of the segment; 0: nothing of it can be read */
};

struct journal {
	struct journal_config config;
	char folder[FOLDER_PATH_SIZE];
	int folder_fd, lock_fd;
	struct clock *clock;
	struct recent *recent;
	_Atomic uint64_t last_seq;  /* durable */
	_Atomic int64_t durable_ms; /* when it arrived */
	char origin[REPLICA_ORIGIN + 1];
	_Atomic uint64_t sealed_bytes;

	pthread_mutex_t lock;
	pthread_cond_t work;	/* for the committer */
	pthread_cond_t durable; /* for journal_wait */
	/* Under the lock: */
	struct pending *first, **last;
	size_t waiting_bytes; /* compressed, of `first` and what commits */
	size_t entering;      /* appends between look-up and queue */
	bool stop, woken;
	struct requests requests;
	struct marks marks;
	struct sealed *sealed;
	size_t nsealed, sealed_room;
	uint64_t opened_first, opened_id; /* being written; 0: none yet */

	/* The committer's alone, once it runs: */
	pthread_t committer;
	struct writer writer;
	uint64_t next_seq;
	int64_t last_ms;
	struct meter meter;
	struct iovec *iov;
	size_t niov, iov_room;
	const char *refusing; /* why, said once; NULL: all is well */
};

/* The committer's thread: until `stop`, and nothing waits. */
void *commit_run(void *journal);
/* Tells a pending append and its repeats, and frees it. */
void commit_answer(
    struct journal *journal, struct pending *pending, const struct err *err);
/* Makes the writer's segment the one that is being written, for
 * journal_save(); the lock is held, or nobody else is there yet. */
void commit_opened(struct journal *journal);
/* Looks how much room there is, and sets the gauges. */
void commit_look(struct journal *journal);
/* Adds to the list; the lock is held, or nobody else is there yet. */
void commit_seal(struct journal *journal, const struct sealed *sealed);

#endif
