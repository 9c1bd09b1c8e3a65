#include "pipeline/decode/identity.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

#define IDENTITY_SLOTS 1024
/* Looked at, before the next one gives way whether it was used or not. */
#define IDENTITY_HAND_STEPS 128

void
identities_init(struct identities *identities)
{
	*identities = (struct identities){.mask = IDENTITY_SLOTS - 1,
	    .bytes = IDENTITY_SLOTS * sizeof(*identities->slots),
	    .count_max = LIMIT_IDENTITIES,
	    .bytes_max = LIMIT_IDENTITIES_BYTES,
	    .hasher = identity_hasher_best(),
	    .seed = hash_seed()};
	identities->slots =
	    slab_table(IDENTITY_SLOTS, sizeof(*identities->slots));
}

static struct span
identity_share_span(const struct identity_share *share)
{
	return share == NULL ? (struct span){0}
			     : span_make(share->bytes, share->len);
}

/* NULL for no bytes. Above the limit it is kept for this one identity. */
static struct identity_share *
identity_share(struct identities *identities, struct span bytes)
{
	struct identity_share *share;

	if (bytes.len == 0)
		return NULL;
	share = table_get(&identities->shares, bytes);
	if (share != NULL) {
		share->refs++;
		return share;
	}
	share = malloc(sizeof(*share) + bytes.len);
	if (share == NULL)
		log_die("out of memory: identities");
	*share = (struct identity_share){.refs = 1,
	    .len = (uint32_t)bytes.len,
	    .listed = identities->shares.count < LIMIT_IDENTITY_SHARES};
	memcpy(share->bytes, bytes.at, bytes.len);
	if (share->listed)
		table_put(
		    &identities->shares, identity_share_span(share), share);
	identities->bytes += sizeof(*share) + share->len;
	return share;
}

static void
identity_unshare(struct identities *identities, struct identity_share *share)
{
	if (share == NULL || --share->refs > 0)
		return;
	if (share->listed)
		table_remove(&identities->shares, identity_share_span(share));
	identities->bytes -= sizeof(*share) + share->len;
	free(share);
}

static struct identity *
identity_create(
    struct identities *identities, const struct identity_key *key, void *known)
{
	size_t len = key->body.len - key->shared;
	struct identity *identity =
	    slab_alloc(&identities->slab, sizeof(*identity) + len);

	invariant(known != NULL && key->shared <= key->body.len);
	*identity = (struct identity){.known = known,
	    .context = identity_share(identities, key->context),
	    .head = identity_share(
		identities, span_make(key->body.at, key->shared)),
	    .tail = identity_share(identities, key->tail),
	    .len = (uint32_t)len,
	    .format = (uint8_t)key->format,
	    .used = true};
	if (len > 0)
		memcpy(identity->bytes, key->body.at + key->shared, len);
	identities->bytes += sizeof(*identity) + len;
	return identity;
}

static void
identity_free(struct identities *identities, struct identity *identity)
{
	identity_unshare(identities, identity->context);
	identity_unshare(identities, identity->head);
	identity_unshare(identities, identity->tail);
	identities->bytes -= sizeof(*identity) + identity->len;
	slab_free(
	    &identities->slab, identity, sizeof(*identity) + identity->len);
}

void
identities_fini(struct identities *identities)
{
	for (size_t i = 0; i <= identities->mask; i++)
		if (identities->slots[i].identity != NULL)
			identity_free(
			    identities, identities->slots[i].identity);
	free(identities->slots);
	table_fini(&identities->shares);
	slab_fini(&identities->slab);
	*identities = (struct identities){0};
}

void *
identity_match(struct identity *identity, const struct identity_key *key)
{
	struct span head;

	if (identity == NULL || identity->format != key->format)
		return NULL;
	head = identity_share_span(identity->head);
	if (key->body.len != head.len + identity->len ||
	    !span_equal(key->tail, identity_share_span(identity->tail)) ||
	    !span_equal(key->context, identity_share_span(identity->context)))
		return NULL;
	if (head.len > 0 && memcmp(key->body.at, head.at, head.len) != 0)
		return NULL;
	if (identity->len > 0 &&
	    memcmp(key->body.at + head.len, identity->bytes, identity->len) !=
		0)
		return NULL;
	/* Written only when it changes: the line stays clean. */
	if (!identity->used)
		identity->used = true;
	return identity->known;
}

/* The slot of this hash, or the free one where it would go. */
static struct identity_slot *
identities_slot(const struct identities *identities, uint64_t hash)
{
	size_t i = hash & identities->mask;

	while (identities->slots[i].identity != NULL &&
	    identities->slots[i].hash != hash)
		i = (i + 1) & identities->mask;
	return &identities->slots[i];
}

static void
identities_grow(struct identities *identities)
{
	struct identities old = *identities;
	size_t room = (old.mask + 1) * 2;

	identities->slots = slab_table(room, sizeof(*identities->slots));
	identities->mask = room - 1;
	identities->bytes += room / 2 * sizeof(*identities->slots);
	for (size_t i = 0; i <= old.mask; i++)
		if (old.slots[i].identity != NULL)
			*identities_slot(identities, old.slots[i].hash) =
			    old.slots[i];
	free(old.slots);
}

/* Closes the gap that it leaves: whoever probed past it moves back. */
static void
identities_remove(struct identities *identities, size_t hole)
{
	struct identity_slot *slots = identities->slots;
	size_t mask = identities->mask, i = hole;

	identity_free(identities, slots[hole].identity);
	for (i = (hole + 1) & mask; slots[i].identity != NULL;
	     i = (i + 1) & mask)
		if (((i - (slots[i].hash & mask)) & mask) >=
		    ((i - hole) & mask)) {
			slots[hole] = slots[i];
			hole = i;
		}
	slots[hole] = (struct identity_slot){0};
	identities->count--;
}

/* A clock's hand goes around: who was not used since it went by gives way. */
static void
identities_give_way(struct identities *identities)
{
	for (size_t steps = 0; identities->count > 0; steps++) {
		struct identity *identity =
		    identities->slots[identities->hand].identity;

		if (identity != NULL &&
		    (!identity->used || steps >= IDENTITY_HAND_STEPS)) {
			identities_remove(identities, identities->hand);
			return;
		}
		if (identity != NULL)
			identity->used = false;
		identities->hand = (identities->hand + 1) & identities->mask;
	}
}

void
identities_teach(
    struct identities *identities, const struct identity_key *key, void *known)
{
	size_t len = key->context.len + key->body.len + key->tail.len;
	struct identity_slot *slot;

	if (len > LIMIT_IDENTITY)
		return;
	slot = identities_slot(identities, key->hash);
	if (slot->identity != NULL) {
		if (identity_match(slot->identity, key) == known)
			return;
		identity_free(identities, slot->identity);
		slot->identity = identity_create(identities, key, known);
		return;
	}
	while (identities->count > 0 &&
	    (identities->count >= identities->count_max ||
		identities->bytes + len > identities->bytes_max))
		identities_give_way(identities);
	if (identities->count * 2 >= identities->mask)
		identities_grow(identities);
	slot = identities_slot(identities, key->hash);
	slot->hash = key->hash;
	slot->identity = identity_create(identities, key, known);
	identities->count++;
}

void
identities_forget(struct identities *identities,
    bool (*is_gone)(const void *known, void *argument), void *argument)
{
	for (size_t i = 0; i <= identities->mask; i++)
		while (identities->slots[i].identity != NULL &&
		    is_gone(identities->slots[i].identity->known, argument))
			identities_remove(identities, i);
}
