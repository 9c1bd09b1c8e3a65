/*
 * What is appended, by number: entry n of a seed is always the same, so that
 * what comes back can be compared byte by byte. And the book of what was
 * answered.
 *
 * Threads. None; the recorder's lock for what answers write.
 */
#ifndef TESTS_FAULTS_LOAD_H
#define TESTS_FAULTS_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "journal/journal.h"

#define LOAD_ITEMS 1024

/* Moments are ops of the disk (disk.h). */
struct load_item {
	bool offered, acked;
	size_t offered_at, acked_at;
	uint64_t seq; /* of the answer */
};

struct load {
	uint64_t seed;
	size_t count; /* entries thought of so far */
	struct load_item items[LOAD_ITEMS];
};

/* An entry and the memory it borrows. */
struct load_entry {
	struct entry entry;
	char source[32], request_id[32];
	struct buf bytes;
	struct span *records;
};

/* Mostly batches of some lines, some of many chunks; ticks; configs. Every
 * fourth has no request id. */
void load_make(const struct load *load, size_t n, struct load_entry *out);
void load_free(struct load_entry *made);

/* What a folder holds, in order. */
struct load_found {
	uint64_t seq;
	size_t n;
};

/*
 * Reads a journal's folder: numbers and positions, the bytes compared with
 * those of the entry of that number. False, and said, when one is not as it
 * was offered, or comes twice or out of order. The caller frees `found`.
 */
bool load_read(const struct load *load, const char *folder,
    struct load_found **found, size_t *count);

#endif
