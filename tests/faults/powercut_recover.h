/*
 * A start as the program does it, with a pipeline that remembers nothing but
 * which entries it was given: checkpoint, journal, the rest of the log.
 *
 *   DATA/journal       the segments
 *   DATA/checkpoint    what was remembered, and segments that went for it
 */
#ifndef TESTS_FAULTS_POWERCUT_RECOVER_H
#define TESTS_FAULTS_POWERCUT_RECOVER_H

#include "load.h"

/* All entries there ever were, by the checkpoint or the log; in order. */
struct powercut_memory {
	struct load_found *found;
	size_t count;
};

/* Opens; false, and said, when the log and the checkpoint are not one row of
 * what was offered. `memory` is to be freed either way. */
bool powercut_recover(const struct load *load, const char *data,
    const struct journal_config *config, struct journal **journal,
    struct powercut_memory *memory);
void powercut_forget(struct powercut_memory *memory);

/* Adds what the log has behind the memory. */
bool powercut_follow(
    const struct load *load, const char *data, struct powercut_memory *memory);

/* Makes a checkpoint as of the last entry of the memory; what it makes
 * needless is trimmed. */
bool powercut_checkpoint(struct journal *journal, const char *data,
    const struct powercut_memory *memory);

#endif
