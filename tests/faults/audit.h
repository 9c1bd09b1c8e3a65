/* What must be true of any state that a fault left. */
#ifndef TESTS_FAULTS_AUDIT_H
#define TESTS_FAULTS_AUDIT_H

#include "load.h"

struct audit {
	const struct load *load;
	const struct journal_config *config;
	size_t at; /* the moment of the fault, an op */
	char folder[200];
	/* Given back: */
	size_t acked; /* entries that had to be there */
	size_t torn;  /* tails and places that recovery stepped over */
};

/*
 * Recovers, twice. Every entry answered before `at` is there at its
 * position, once, with its bytes, and its request id adds nothing; nothing is
 * there that was not offered before then; the journal takes entries again;
 * the second recovery finds what the first did. False, and said, if not.
 */
bool audit_run(struct audit *audit);

#endif
