/*
 * The ways in which base64 is decoded: one per kind of vector, chosen when
 * the program runs. For base64.c and its tests.
 */
#ifndef INGEST_BASE64_PATH_H
#define INGEST_BASE64_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct base64_path {
	const char *name;
	bool (*usable)(void); /* on this processor */
	/*
	 * Decodes whole groups from the beginning of `len` characters and
	 * gives how many it took, a multiple of 4. It may stop anywhere; it
	 * does so before a block with a character that is not in the
	 * alphabet, and before the last group, which may be padded. It
	 * writes no more than base64_room(len) bytes.
	 */
	size_t (*bulk)(char *to, const unsigned char *in, size_t len);
};

/* The best first; the last, whose bulk is NULL, is always usable. Ends with
 * NULL. */
extern const struct base64_path *const base64_paths[];
extern const struct base64_path base64_avx2, base64_sse, base64_neon;

/* base64_decode() by the path given. */
bool base64_decode_by(const struct base64_path *path, char *to, size_t *len,
    struct span text, size_t *bad);

/*
 * What the vector paths share. A character is known by its two halves: each
 * upper half has a bit (those that no character of the alphabet has share
 * bit 0), and each lower half says with which upper halves it is none of the
 * alphabet: it is a stranger where both have a bit in common.
 */
#define BASE64_UPPER                                                           \
	0x01, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x01, 0x01, 0x01,      \
	    0x01, 0x01, 0x01, 0x01, 0x01
/* Of 0 to f: 2x has '+' and '/', 3x the digits 0 to 9, 4x and 6x letters from
 * 1 on, 5x and 7x those up to a. */
#define BASE64_LOWER                                                           \
	0x2b, 0x03, 0x03, 0x03, 0x03, 0x03, 0x03, 0x03, 0x03, 0x03, 0x07,      \
	    0x55, 0x57, 0x57, 0x57, 0x55
/* What is added to a character for its value, by upper half; '/' is the one
 * that differs from its row and has the place before it. */
#define BASE64_SHIFT 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0

#endif
