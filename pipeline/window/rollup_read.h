/*
 * Rollups as a config entry holds them (pipeline/engine.h), and what must hold
 * of one, for who reads the configuration.
 */
#ifndef PIPELINE_WINDOW_ROLLUP_READ_H
#define PIPELINE_WINDOW_ROLLUP_READ_H

#include "base/arena.h"
#include "base/tree.h"
#include "schemas/rollup.h"

/* NULL, or what is wrong with the lengths of time. */
const char *rollup_fault(const struct rollup_definition *definition);
/* The names of enum rollup_output's bits, from the lowest; NULL ends them. */
extern const char *const rollup_outputs[];

/* False, with a fault, when it cannot be read. Texts go into the arena. */
bool rollup_read(struct rollup_definition *definition, struct arena *arena,
    const struct tree *node, struct faults *faults);
/* As rollup_read() takes it back. */
void rollup_write(const struct rollup_definition *definition, struct buf *out);

#endif
