#include "base/slab.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include "base/log.h"

/* Behind each thing, that overruns are seen. */
#if defined(__SANITIZE_ADDRESS__)
#define SLAB_GUARD SLAB_STEP
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_GUARD SLAB_STEP
#endif
#endif
#ifndef SLAB_GUARD
#define SLAB_GUARD 0
#endif

/* A large page, and the region that is made first: who has few things is not
 * given so much. */
#define SLAB_PAGE ((size_t)2 << 20)
#define SLAB_FIRST ((size_t)64 << 10)

struct slab_region {
	struct slab_region *below;
	size_t size, used;
	_Alignas(SLAB_STEP) char bytes[];
};

/* Whole large pages when it has the size of one. */
static void *
slab_pages(size_t size)
{
	void *at;

	if (size < SLAB_PAGE)
		return malloc(size);
	size = (size + SLAB_PAGE - 1) / SLAB_PAGE * SLAB_PAGE;
	at = aligned_alloc(SLAB_PAGE, size);
	if (at != NULL)
		madvise(at, size, MADV_HUGEPAGE); /* a wish: may fail */
	return at;
}

static void
slab_grow(struct slab *slab)
{
	struct slab_region *below = slab->regions, *region;
	size_t size = below == NULL ? SLAB_FIRST : below->size * 2;

	if (size > SLAB_PAGE)
		size = SLAB_PAGE;
	region = slab_pages(size);
	if (region == NULL)
		log_die("out of memory: slab of %zu bytes", size);
	region->below = below;
	region->size = size;
	region->used = sizeof(*region);
	ASAN_POISON_MEMORY_REGION(region->bytes, size - sizeof(*region));
	slab->regions = region;
}

void *
slab_alloc(struct slab *slab, size_t size)
{
	size_t steps = (size + SLAB_STEP - 1) / SLAB_STEP;
	size_t whole = steps * SLAB_STEP + SLAB_GUARD;
	char *at;

	invariant(size > 0);
	if (size > SLAB_MOST) {
		at = malloc(size);
		if (at == NULL)
			log_die("out of memory: %zu bytes", size);
		return at;
	}
	at = slab->free[steps];
	if (at == NULL) {
		if (slab->regions == NULL ||
		    slab->regions->size - slab->regions->used < whole)
			slab_grow(slab);
		at = (char *)slab->regions + slab->regions->used;
		slab->regions->used += whole;
		ASAN_UNPOISON_MEMORY_REGION(at, size);
		return at;
	}
	ASAN_UNPOISON_MEMORY_REGION(at, steps * SLAB_STEP);
	memcpy(&slab->free[steps], at, sizeof(void *));
	ASAN_POISON_MEMORY_REGION(at, steps * SLAB_STEP);
	ASAN_UNPOISON_MEMORY_REGION(at, size);
	return at;
}

void
slab_free(struct slab *slab, void *at, size_t size)
{
	size_t steps = (size + SLAB_STEP - 1) / SLAB_STEP;

	if (size > SLAB_MOST) {
		free(at);
		return;
	}
	ASAN_UNPOISON_MEMORY_REGION(at, steps * SLAB_STEP);
	memcpy(at, &slab->free[steps], sizeof(void *));
	slab->free[steps] = at;
	ASAN_POISON_MEMORY_REGION(at, steps * SLAB_STEP);
}

void
slab_fini(struct slab *slab)
{
	while (slab->regions != NULL) {
		struct slab_region *below = slab->regions->below;

		free(slab->regions);
		slab->regions = below;
	}
	*slab = (struct slab){0};
}

void *
slab_table(size_t count, size_t size)
{
	void *at = NULL;

	if (size == 0 || count <= SIZE_MAX / 2 / size)
		at = slab_pages(count * size);
	if (at == NULL)
		log_die("out of memory: table of %zu", count);
	return memset(at, 0, count * size);
}
