/*
 * The last transitions, or lines of rollups, as lines of JSON, for
 * /api/transitions and /api/rollups.
 *
 * Threads. Any. Limits. LIMIT_TRANSITIONS_SHOWN; the oldest go.
 */
#ifndef APP_TRANSITIONS_H
#define APP_TRANSITIONS_H

#include "base/buf.h"

struct transitions;

struct transitions *transitions_create(void);
void transitions_free(struct transitions **transitions);
/* Copies one JSON object; a newline at its end is left away. */
void transitions_push(struct transitions *transitions, struct span json);
/* For checkpoints: the lines as they are, oldest first, in a forked child or
 * where nobody pushes; and back, in place of what is there. */
void transitions_save(const struct transitions *transitions, struct buf *out);
void transitions_load(struct transitions *transitions, struct span bytes);
/* A JSON array, oldest first. */
void transitions_print(struct transitions *transitions, struct buf *out);

#endif
