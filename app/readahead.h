/*
 * Reading ahead of who decodes and evaluates: what replay's inputs hold, in
 * their order, read and decompressed by another thread.
 *
 *   inputs ──▶ thread "readahead" ──▶ loads, in order ──▶ readahead_next()
 *
 * All that is given, and when damage is told, is what one thread alone would
 * give. One input is open at a time, beside pipes that were probed. Without
 * `by_thread` no thread is started and nothing is copied.
 *
 * Ownership. The inputs belong to the caller, who leaves them alone until
 * readahead_free(). What is given is copied into memory of the load, and lives
 * until the next call.
 * Threads. The calls: one.
 * Limits. LIMIT_READAHEAD_BYTES, and one chunk above it.
 */
#ifndef APP_READAHEAD_H
#define APP_READAHEAD_H

#include "app/inputs.h"

struct readahead;

struct readahead *readahead_create(struct inputs *inputs, bool by_thread);
/* As input_next() of one input after the other: each ends with RC_AGAIN, the
 * next call begins the next. RC_RETRY and RC_FATAL end it all. */
enum rc readahead_next(
    struct readahead *ahead, struct source_chunk *chunk, struct err *err);
/* Waits for the chunk that is being read; what nobody took is dropped. */
void readahead_free(struct readahead **ahead);

#endif
