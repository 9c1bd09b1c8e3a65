/*
 * A slab: memory for very many small things of like sizes, which come and go
 * one by one. They lie close together in large pages where the kernel has
 * them, so that reaching one of a million misses the processor's caches once
 * and its page tables not at all.
 *
 * Ownership. Memory that was freed is used again for things of its size, and
 * goes back to the kernel when the slab is finished. What is larger than
 * SLAB_MOST is malloc's, and slab_fini() does not know of it. AddressSanitizer
 * sees overruns, and what is touched after it was freed.
 * Threads. One at a time.
 * Limits. Out of memory ends the process.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>

#define SLAB_STEP 16
#define SLAB_MOST 4096

struct slab_region;

struct slab {
	struct slab_region *regions; /* the newest, which has room, first */
	void *free[SLAB_MOST / SLAB_STEP + 1]; /* by size in steps */
};

/* Not zeroed; aligned for any type; size is not 0. A slab of zeros is a slab.
 */
void *slab_alloc(struct slab *slab, size_t size);
/* `size` as it was asked for. */
void slab_free(struct slab *slab, void *at, size_t size);
void slab_fini(struct slab *slab);

/* Zeroed, for free(), in large pages where it is large. */
void *slab_table(size_t count, size_t size);

#endif
