/*
 * The identity cache: raw bytes that name a series, as they stand in the
 * input, and the series they were found to name. A decoder that finds its
 * bytes here need not read them again.
 *
 *   key.context  key.body               key.tail
 *   resource     labels or attributes   unit                      OTLP
 *   (none)       {"metric_stream…":     },"unit":"Count"}         JSON
 *
 *   a line, a data point      16 or so steps later       as many later
 *   hash ─▶ prefetch slot ─▶  probe: prefetch entry ─▶   match: compare
 *
 * Memory latency is what a look-up costs, so it has three steps, and between
 * them the caller goes on with other lines. The bytes are always compared: a
 * hash alone is never trusted. What is in the cache changes how fast a point
 * is read, never what is read.
 *
 * Ownership. The cache owns copies of the bytes; parts that many identities
 * have in common are kept once. `known` is the caller's: whoever frees it
 * tells identities_forget() before.
 * Threads. One at a time.
 * Limits. LIMIT_IDENTITIES, LIMIT_IDENTITIES_BYTES: above them those not used
 * lately give way. LIMIT_IDENTITY bytes of one identity: longer are not kept.
 */
#ifndef PIPELINE_DECODE_IDENTITY_H
#define PIPELINE_DECODE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slab.h"
#include "base/span.h"
#include "base/table.h"
#include "pipeline/decode/identity_hash.h"

enum identity_format { IDENTITY_JSON = 1, IDENTITY_OTLP = 2 };

/*
 * Bytes that name a series. Two keys are one identity when format, context,
 * body and tail are equal, each by itself. `hash` is made of them by
 * identity_hash(), in an order that is the decoder's own.
 */
struct identity_key {
	struct span context, body, tail;
	uint64_t hash;
	uint32_t shared; /* first bytes of body that many series have in
			    common, for teaching only; 0 is good */
	enum identity_format format;
};

/* Bytes kept once for all identities that have them. */
struct identity_share {
	uint64_t refs;
	uint32_t len;
	bool listed; /* found by others through identities->shares */
	char bytes[];
};

struct identity {
	void *known;
	struct identity_share *context, *head, *tail;
	uint32_t len;	/* of bytes: what is behind head in the body */
	uint8_t format; /* enum identity_format */
	bool used;	/* since the hand went by */
	char bytes[];
};

struct identity_slot {
	uint64_t hash;
	struct identity *identity; /* NULL: free */
};

struct identities {
	struct identity_slot *slots;
	size_t mask, count; /* slots - 1 */
	size_t bytes;	    /* of all, slots too */
	size_t count_max, bytes_max;
	size_t hand; /* where the next who gives way is looked for */
	const struct identity_hasher *hasher;
	uint64_t seed;
	struct table shares;
	struct slab slab; /* of identities */
};

void identities_init(struct identities *identities);
void identities_fini(struct identities *identities);

/* Keeps `known` (not NULL) under a copy of the key. */
void identities_teach(
    struct identities *identities, const struct identity_key *key, void *known);
/* Drops every identity whose `known` is gone. */
void identities_forget(struct identities *identities,
    bool (*is_gone)(const void *known, void *argument), void *argument);

/* The bytes behind others that hashed to `before`; the first of a key start
 * with its format. */
static inline uint64_t
identity_hash(
    const struct identities *identities, struct span bytes, uint64_t before)
{
	return identities->hasher->hash(identities->seed, bytes, before);
}

/* Step three: the exact comparison. What the bytes are known as, or NULL.
 * `identity` may be NULL. */
void *identity_match(struct identity *identity, const struct identity_key *key);

/* Step one: the slot into the processor's cache. */
static inline void
identities_prefetch(const struct identities *identities, uint64_t hash)
{
	__builtin_prefetch(&identities->slots[hash & identities->mask]);
}

/* Step two: who has this hash, on his way into the processor's cache; NULL
 * when nobody has. Good until the next teach or forget. */
static inline struct identity *
identities_probe(const struct identities *identities, uint64_t hash)
{
	size_t i = hash & identities->mask;
	struct identity *found;

	while (identities->slots[i].identity != NULL &&
	    identities->slots[i].hash != hash)
		i = (i + 1) & identities->mask;
	found = identities->slots[i].identity;
	if (found != NULL) {
		__builtin_prefetch(found);
		__builtin_prefetch((const char *)found + 64);
		__builtin_prefetch((const char *)found + 112);
	}
	return found;
}

/* The three steps at once, for who has nothing to do between them. */
static inline void *
identities_find(
    const struct identities *identities, const struct identity_key *key)
{
	return identity_match(identities_probe(identities, key->hash), key);
}

#endif
