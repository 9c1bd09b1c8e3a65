/*
 * Faults: what is wrong with something a person wrote, each with its place
 * and with what would be right. Collected, so that one run shows them all.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct fault {
	const char *file; /* "" when it is of no file */
	unsigned line, column;
	const char *text;
	struct fault *next;
};

struct faults {
	struct arena arena;
	struct fault *first, *last;
	size_t count;
};

void faults_init(struct faults *faults);
void faults_fini(struct faults *faults);
/* `line` 0: the fault has no place in the file. */
void fault_add(struct faults *faults, const char *file, unsigned line,
    unsigned column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* "FILE:LINE:COLUMN: text" a line each. */
void faults_print(const struct faults *faults, FILE *to);

#endif
