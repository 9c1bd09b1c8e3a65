/*
 * Lets the n-th call that the program makes of the system fail.
 *
 * Threads. Any; calls are counted over all of them.
 */
#ifndef TESTS_FAULTS_FAIL_H
#define TESTS_FAULTS_FAIL_H

#include <stdbool.h>

enum fail_kind {
	FAIL_NONE,
	FAIL_OPEN,
	FAIL_READ,
	FAIL_WRITE,
	FAIL_SYNC,
	FAIL_RENAME,
	FAIL_TRUNCATE,
	FAIL_UNLINK,
	FAIL_MKDIR,
	FAIL_MEMORY
};

/* How: an errno, or FAIL_SHORT: half of what was to be written is. */
#define FAIL_SHORT 0

struct fail_plan {
	bool memory; /* allocations, else calls on files */
	int nth;     /* from 1 */
	int how;
	bool lasting; /* and all that follow */
};

/* What came of it. */
struct fail_result {
	int calls;	     /* in all */
	enum fail_kind kind; /* of the first that failed */
	bool folder;	     /* that was an open of a folder */
	int failed;
};

/* From now on; the result is kept up to date, in memory of the caller's. */
void fail_arm(const struct fail_plan *plan, struct fail_result *result);
/* Calls succeed again. */
void fail_disarm(void);

#endif
