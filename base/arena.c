#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_BLOCK 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_BLOCK 0
#endif
#endif
#ifndef ARENA_BLOCK
#define ARENA_BLOCK (64 * 1024 - sizeof(struct arena_block))
#endif

/* A block up to this size is kept for the next batch. */
#define ARENA_KEEP ((size_t)4 * 1024 * 1024)

/* Blocks form a stack; the newest is the head and the only one with room. */
struct arena_block {
	struct arena_block *below;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

static void
arena_pop(struct arena *arena)
{
	struct arena_block *head = arena->head;

	arena->head = head->below;
	free(head);
}

void
arena_fini(struct arena *arena)
{
	while (arena->head != NULL)
		arena_pop(arena);
	arena->used = 0;
}

static void
arena_push(struct arena *arena, size_t size)
{
	size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
	struct arena_block *block = malloc(sizeof(*block) + room);

	if (block == NULL)
		log_die("out of memory: arena block of %zu bytes", room);
	block->below = arena->head;
	block->size = room;
	block->used = 0;
	arena->head = block;
}

void *
arena_room(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	size_t padded;
	void *result;

	if (size > SIZE_MAX / 2)
		log_die("out of memory: arena allocation of %zu bytes", size);
	padded = (size + align - 1) & ~(align - 1);
	if (ARENA_BLOCK == 0)
		padded = size;
	if (arena->head == NULL || ARENA_BLOCK == 0 ||
	    arena->head->size - arena->head->used < padded)
		arena_push(arena, padded);
	result = arena->head->bytes + arena->head->used;
	arena->head->used += padded;
	arena->used += padded;
	return result;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_room(arena, size), 0, size);
}

char *
arena_text(struct arena *arena, struct span bytes)
{
	char *copy = arena_alloc(arena, bytes.len + 1);

	if (bytes.len > 0)
		memcpy(copy, bytes.at, bytes.len);
	return copy;
}

struct span
arena_copy(struct arena *arena, struct span bytes)
{
	return span_make(arena_text(arena, bytes), bytes.len);
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	int len;
	char *text;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	return (struct arena_mark){arena->head,
	    arena->head == NULL ? 0 : arena->head->used, arena->used};
}

void
arena_rollback(struct arena *arena, struct arena_mark mark)
{
	while (arena->head != mark.head)
		arena_pop(arena);
	if (arena->head != NULL)
		arena->head->used = mark.head_used;
	arena->used = mark.used;
}

void
arena_reset(struct arena *arena)
{
	size_t used = arena->used;

	while (arena->head != NULL &&
	    (arena->head->below != NULL || ARENA_BLOCK == 0 ||
		arena->head->size > ARENA_KEEP))
		arena_pop(arena);
	/* What took several blocks will find one that is large enough, with
	 * room for a little more: a new one has all its pages to be made. */
	if (arena->head != NULL && arena->head->size < used &&
	    used <= ARENA_KEEP) {
		size_t room = ARENA_BLOCK;

		while (room < used)
			room *= 2;
		arena_pop(arena);
		arena_push(arena, room < ARENA_KEEP ? room : ARENA_KEEP);
	}
	if (arena->head != NULL)
		arena->head->used = 0;
	arena->used = 0;
}
