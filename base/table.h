/*
 * A hash table from bytes to a pointer. Open addressing, linear probing,
 * XXH3 with a seed of the process; keys are borrowed and must outlive it.
 *
 * Threads. None. Limits. The caller counts; out of memory ends the process.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct table_slot {
	struct span key;
	uint64_t hash;
	void *value; /* NULL: the slot is free */
};

struct table {
	struct table_slot *slots;
	size_t room, count;
};

void table_fini(struct table *table);
void *table_get(const struct table *table, struct span key);
/* Sets or replaces; `value` is not NULL. Returns what was there, or NULL. */
void *table_put(struct table *table, struct span key, void *value);
/* Takes out; returns what was there, or NULL. */
void *table_remove(struct table *table, struct span key);

/* A 64-bit hash that is the same in every process: for ids. */
uint64_t hash_stable(struct span bytes);
/* Other in every process: for hashes of our own that meet foreign bytes. */
uint64_t hash_seed(void);
/* The same, of bytes that stand under something else, whose hash is given. */
uint64_t hash_keyed(struct span bytes, uint64_t under);

#endif
