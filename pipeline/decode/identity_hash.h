/*
 * Hashes of raw bytes for the identity cache. Each way is a hasher, chosen
 * when the program runs; they give different hashes, which never leave the
 * process. With a seed of the process, so that nobody outside knows which
 * bytes meet. If they meet all the same, identities give way to one another:
 * that costs time, and nothing else.
 */
#ifndef PIPELINE_DECODE_IDENTITY_HASH_H
#define PIPELINE_DECODE_IDENTITY_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct identity_hasher {
	const char *name;
	bool (*usable)(void); /* on this processor */
	/* The bytes behind others that hashed to `before`. */
	uint64_t (*hash)(uint64_t seed, struct span bytes, uint64_t before);
};

/* The best first; the last is portable. Ends with NULL. */
extern const struct identity_hasher *const identity_hashers[];
extern const struct identity_hasher identity_hasher_aes;
/* The first that is usable here. */
const struct identity_hasher *identity_hasher_best(void);

#endif
