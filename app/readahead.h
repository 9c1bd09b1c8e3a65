/*
 * Reading ahead of who evaluates: what replay's inputs hold, in their order,
 * read (and, for event order, decoded) by other threads.
 *
 *   inputs ──▶ one thread at a time ──▶ loads, in order ──▶ readahead_next()
 *              reads the next load      each decoded by
 *                                       who read it
 *
 * Loads are filled one after the other, whoever fills them, and taken in that
 * order: all that is given, and when damage is told, is what one thread would
 * give. One input is open at a time, beside pipes that were probed. With one
 * thread none is started and nothing is copied.
 *
 * Ownership. The inputs belong to the caller, who leaves them alone until
 * readahead_free(). What is given is copied into memory of the load.
 * Threads. The calls: one.
 * Limits. LIMIT_REPLAY_THREADS; LIMIT_READAHEAD_BYTES, and one chunk above it.
 */
#ifndef APP_READAHEAD_H
#define APP_READAHEAD_H

#include "app/inputs.h"
#include "schemas/point.h"

struct readahead;

/* A chunk, and with `decode` what it came to. Lives until the next call. */
struct readahead_item {
	struct source_chunk chunk;
	const struct point *points;
	size_t npoints, nrejects;
};

/* `threads`: with the caller's, from 1 on. */
struct readahead *
readahead_create(struct inputs *inputs, size_t threads, bool decode);
/* As input_next() of one input after the other: each ends with RC_AGAIN, the
 * next call begins the next. RC_RETRY and RC_FATAL end it all. */
enum rc readahead_next(
    struct readahead *ahead, struct readahead_item *item, struct err *err);
/* Waits for the chunk that is being read; what nobody took is dropped. */
void readahead_free(struct readahead **ahead);

#endif
