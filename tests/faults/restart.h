/*
 * A start as the program does it, with a pipeline that remembers nothing but
 * which entries it was given: checkpoint, journal, the rest of the log.
 *
 *   DATA/journal       the segments
 *   DATA/checkpoint    what was remembered, and segments that went for it
 */
#ifndef TESTS_FAULTS_RESTART_H
#define TESTS_FAULTS_RESTART_H

#include "load.h"

/* All entries there ever were, by the checkpoint or the log; in order. */
struct memory {
	struct load_found *found;
	size_t count;
};

/* Opens; false, and said, when the log and the checkpoint are not one row of
 * what was offered. `memory` is to be freed either way. */
bool restart_run(const struct load *load, const char *data,
    const struct journal_config *config, struct journal **journal,
    struct memory *memory);
void restart_forget(struct memory *memory);

/* Adds what the log has behind the memory. */
bool restart_follow(
    const struct load *load, const char *data, struct memory *memory);

/* Makes a checkpoint as of the last entry of the memory; what it makes
 * needless is trimmed. */
bool restart_checkpoint(
    struct journal *journal, const char *data, const struct memory *memory);

#endif
