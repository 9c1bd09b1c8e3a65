/*
 * How the disk does: what commits take, so that a slow one shows, and the room
 * that is left, so that one that fills up shows before it is full.
 *
 * Room. Data may be written while the journal is below its limit and the file
 * system has more left than a reserve, which is for ticks, positions and
 * checkpoints: without these nothing could ever be removed again.
 *
 * Threads. The committer's alone; times are monotonic.
 */
#ifndef JOURNAL_METER_H
#define JOURNAL_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter {
	int64_t commits_ns;	/* all of them */
	int64_t slowest_ns[2];	/* of this half minute, and of the last one */
	int64_t half_began_ns;	/* this half minute */
	int64_t looked_ns;	/* at the file system */
	uint64_t disk_bytes;	/* free then, less what was written since */
	uint64_t reserve_bytes; /* kept free of data */
	bool looked, low;
};

/* `limit_bytes`: `journal: limit:`. */
void meter_init(struct meter *meter, uint64_t limit_bytes);
/* One commit: pwritev and fdatasync. Sets the counters. */
void meter_commit(struct meter *meter, int64_t began_ns, int64_t ended_ns);
/* Looks at the file system, when the last look is a second old. */
void meter_look(struct meter *meter, int folder_fd, int64_t now_ns);
/* `bytes` more were written. */
void meter_wrote(struct meter *meter, uint64_t bytes);
/* Whether the file system has room for `bytes` more of data. */
bool meter_admits(const struct meter *meter, uint64_t bytes);
/* Sets the gauge of the room, and says once when little is left: less than
 * 5 % of the limit, until it is 10 % again. */
void meter_room(struct meter *meter, uint64_t limit_bytes, uint64_t size_bytes);

int64_t meter_now_ns(void);

#endif
