/*
 * Dead letters sent again: those of notifications, under the ids they had.
 * What is delivered leaves its file, durably, a few at a time; a running
 * service may go on writing letters meanwhile.
 *
 *   NAME.dead ──▶ letter ──▶ its kind sends it once ──▶ delivered: taken out
 *                                                 └──▶ else: stays as it is
 *
 * After a crash what was sent a moment before may be sent again.
 *
 * Threads. One at a time, in one process at a time.
 */
#ifndef SINKS_REDELIVERY_H
#define SINKS_REDELIVERY_H

#include <stdbool.h>
#include <stdio.h>

#include "sinks/action.h"

struct redelivery {
	const struct action_means *means;
	bool dry;  /* only says what is there */
	FILE *out; /* a JSON line for each letter */
	/* What it came to. */
	size_t delivered, left;
};

/*
 * All dead letters of the folder. RC_RETRY: a file could not be read or
 * written, or another process does the same. A line for each letter:
 *   {"file","position","sink","id"?,"to"?,"result","reason"?}
 * result: delivered, failed (for now), refused (for good), unsupported (of a
 * sink whose items cannot be sent by this), unreadable, waiting (dry).
 */
enum rc redelivery_run(
    struct redelivery *redelivery, const char *folder, struct err *err);

#endif
