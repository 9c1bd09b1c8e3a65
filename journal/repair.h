/*
 * Copies what is sound of a damaged journal into a new folder; the damaged
 * one is only read. Frames are copied as they are, under the names of their
 * files, so positions stay what they were and what is lost is a gap. A file
 * without its head gets one again; one with nothing sound is left out.
 *
 * Threads. None.
 */
#ifndef JOURNAL_REPAIR_H
#define JOURNAL_REPAIR_H

#include <stdint.h>

#include "journal/reader.h"

/* What became of one segment. */
struct repair_segment {
	const char *path; /* that was read */
	uint64_t bytes, bytes_copied;
	uint64_t entries, first_seq, last_seq;
	int64_t first_ms, last_ms;
};

struct repair_calls {
	/* Each damaged place, before the segment that it is in. */
	void (*damage)(void *cookie, const struct reader_damage *damage);
	void (*segment)(void *cookie, const struct repair_segment *segment);
	void *cookie;
};

/*
 * `from` is a journal's folder, `to` is made; durable when this returns.
 * RC_FATAL: `from` is being written or holds no segments, `to` holds some
 * already, or something cannot be read or written.
 */
enum rc repair_folder(const char *from, const char *to,
    const struct repair_calls *calls, struct err *err);

#endif
