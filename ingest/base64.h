/*
 * Base64 (RFC 4648 section 4), strictly: the standard alphabet, padding where
 * it belongs, no white space, no bits left over. Firehose sends nothing else.
 *
 * The widest vectors that the processor has do the bulk; what comes out, and
 * what is refused where, is the same by every path.
 */
#ifndef INGEST_BASE64_H
#define INGEST_BASE64_H

#include <stdbool.h>

#include "base/span.h"

/* Room that decoding `len` characters needs. */
static inline size_t
base64_room(size_t len)
{
	return len / 4 * 3 + 3;
}

/* Decodes into `to` (base64_room() bytes); *len is what came out. False: *bad
 * is the offset of the first character that is wrong, or the text's length
 * when its end is missing. */
bool base64_decode(char *to, size_t *len, struct span text, size_t *bad);

#endif
