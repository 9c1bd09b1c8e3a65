/* What must be true of any state that a power cut left. */
#ifndef TESTS_FAULTS_POWERCUT_CHECK_H
#define TESTS_FAULTS_POWERCUT_CHECK_H

#include "load.h"

struct powercut_state {
	const struct load *load;
	const struct journal_config *config;
	size_t at; /* the cut */
	char folder[200];
	/* Given back: */
	size_t acked; /* entries that had to be there */
	size_t torn;  /* tails and places that recovery stepped over */
};

/*
 * Recovers, twice. Every entry answered before the cut is there at its
 * position, once, with its bytes, and its request id adds nothing; nothing is
 * there that was not offered before the cut; the journal takes entries again;
 * the second recovery finds what the first did. False, and said, if not.
 */
bool powercut_check(struct powercut_state *state);

#endif
