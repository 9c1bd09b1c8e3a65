/*
 * Progress of long work on standard error, once a second, when that is a
 * terminal; elsewhere nothing at all.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	const char *unit; /* what is counted; NULL: bytes */
	uint64_t total;
	int64_t began_ms, said_ms;
	bool on;
};

void progress_begin(struct progress *progress, const char *what,
    const char *unit, uint64_t total);
void progress_at(struct progress *progress, uint64_t done);
/* Leaves a clean line behind. */
void progress_end(struct progress *progress);

#endif
