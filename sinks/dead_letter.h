/* The dead-letter file: whole lines, durable before a position moves. */
#ifndef SINKS_DEAD_LETTER_H
#define SINKS_DEAD_LETTER_H

#include "base/rc.h"
#include "base/span.h"

/* Appends the line (with its newline) to the file, all of it or nothing; a
 * line that a crash cut in two is ended first. RC_RETRY: not written. */
enum rc dead_letter_append(const char *path, struct span line, struct err *err);

#endif
