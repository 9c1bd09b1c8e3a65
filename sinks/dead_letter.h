/*
 * The dead-letter file: whole lines, durable before a position moves. Who
 * takes lines out (tocsin deliver) may do so while a running service appends:
 * both hold the file's lock, and the file is replaced, never cut.
 *
 *   {"position":N,"time":"…","sink":"NAME","reason":"…","item":…}
 */
#ifndef SINKS_DEAD_LETTER_H
#define SINKS_DEAD_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

/* The line but for the item, which the caller puts between the two. */
void dead_letter_begin(
    struct buf *line, const char *sink, uint64_t position, const char *reason);
void dead_letter_end(struct buf *line);

/* Appends the line (with its newline) to the file, all of it or nothing; a
 * line that a crash cut in two is ended first. RC_RETRY: not written. */
enum rc dead_letter_append(const char *path, struct span line, struct err *err);

/* A line of the file as it was read, by its place: lines are only appended. */
struct dead_letter {
	size_t at, len; /* with the newline */
	bool gone;	/* to be taken out */
};

/* Replaces the file by what is in it now but the lines that are `gone`; one
 * that becomes empty is removed. RC_RETRY: it is as it was. Only one process
 * at a time may do this. */
enum rc dead_letter_take_out(const char *path,
    const struct dead_letter *letters, size_t count, struct err *err);

#endif
