/*
 * An arena: memory that is given out in order and taken back all at once.
 *
 * Ownership. A batch owns an arena; what is allocated in it lives until the
 * arena is rolled back past it, reset or finished. Under AddressSanitizer each
 * allocation is a malloc of its own, so that overruns are seen.
 * Threads. None; one owner at a time.
 * Limits. Out of memory ends the process (arena_alloc never returns NULL).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;
};

/* A place to roll back to. */
struct arena_mark {
	struct arena_block *head;
	size_t head_used;
	size_t used;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same with whatever stood there: for those who write all of it. */
void *arena_room(struct arena *arena, size_t size);
/* A copy with a terminating NUL behind it that the span does not count. */
struct span arena_copy(struct arena *arena, struct span bytes);
char *arena_text(struct arena *arena, struct span bytes);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct arena_mark arena_mark(const struct arena *arena);
void arena_rollback(struct arena *arena, struct arena_mark mark);
/* Everything back; keeps one block for the next batch, which holds as much as
 * this one did when that is not more than 4 MiB. */
void arena_reset(struct arena *arena);

#endif
