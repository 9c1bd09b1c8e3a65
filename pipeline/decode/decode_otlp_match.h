/*
 * A data point that waits for its series, and the exact comparison of its
 * bytes with those that the identity cache has. In a header, as it is done for
 * every point.
 *
 * Ownership. All of it borrows: from the record, from the arena, and from the
 * identity cache, which nobody changes while a record is decoded.
 */
#ifndef PIPELINE_DECODE_DECODE_OTLP_MATCH_H
#define PIPELINE_DECODE_DECODE_OTLP_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/word.h"
#include "pipeline/decode/identity.h"

/*
 * What a resource says of its points: account and region are all that the
 * full visitor reads there. They are the key's context, so that the other
 * attributes (the stream's name) do not make other series of them.
 */
struct otlp_source {
	struct otlp_source *before; /* of this record */
	struct span bytes;
	struct span account, region;
	struct span context; /* the length of the first, and both */
	uint64_t hash;
	/* Where the cache has the context, once it was compared. */
	const struct identity_share *share;
};

/* As it stands on the wire. Of up to seven bytes, the word is all there is to
 * know of it. */
struct otlp_unit {
	struct span text;
	uint64_t word;
};

struct otlp_pending {
	struct identity *found;
	uint64_t hash;
	struct span names; /* at NULL: it was not cut, and cannot be known */
	struct otlp_source *source;
	struct span bytes;
	struct otlp_unit unit;
	bool extended; /* more quantiles than two: to be cut once more */
};

/* Seven bytes or fewer go to the top of the word, their number below them. */
static inline uint64_t
otlp_unit_word(struct span text)
{
	uint64_t word = text.len << (56 - 8 * text.len);

	for (size_t i = 0; i < text.len; i++)
		word |= (uint64_t)(unsigned char)text.at[i]
		    << (64 - 8 * (text.len - i));
	return word;
}

/* The same of a length that has one byte, at `at`, and seven more bytes. */
static inline uint64_t
otlp_unit_word_at(const unsigned char *at)
{
	return word_read(at) << (56 - 8 * at[0]);
}

static inline struct identity_key
otlp_pending_key(const struct otlp_pending *p)
{
	return (struct identity_key){.context = p->source->context,
	    .body = p->names,
	    .tail = p->unit.text,
	    .hash = p->hash,
	    .format = IDENTITY_OTLP};
}

/* Sixteen bytes at a time, which every processor of ours has. */
typedef uint64_t otlp_lane
    __attribute__((vector_size(16), aligned(1), may_alias));

static inline otlp_lane
otlp_lane_differ(const char *a, const char *b)
{
	otlp_lane left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left ^ right;
}

/*
 * Of 16 bytes or more. The last ones are compared with those that end there,
 * and up to 64 in four steps that may be the same: branches on a length that
 * nobody can predict cost more.
 */
static inline bool
otlp_same(const char *a, const char *b, size_t len)
{
	otlp_lane differ = {0};
	size_t last, second, third;

	for (; len > 64; len -= len < 128 ? len - 64 : 64) {
		differ |= otlp_lane_differ(a, b) |
		    otlp_lane_differ(a + 16, b + 16) |
		    otlp_lane_differ(a + 32, b + 32) |
		    otlp_lane_differ(a + 48, b + 48);
		a += len < 128 ? len - 64 : 64;
		b += len < 128 ? len - 64 : 64;
	}
	last = len - 16;
	second = last < 16 ? last : 16;
	third = last < 32 ? last : 32;
	differ |= otlp_lane_differ(a, b) |
	    otlp_lane_differ(a + second, b + second) |
	    otlp_lane_differ(a + third, b + third) |
	    otlp_lane_differ(a + last, b + last);
	return (differ[0] | differ[1]) == 0;
}

/* The word of a unit that the cache has; see otlp_unit_word(). */
static inline bool
otlp_unit_is(const struct identity_share *share, const struct otlp_unit *unit)
{
	size_t len = unit->text.len;
	uint64_t word;

	if (share == NULL)
		return len == 0;
	if (share->len != len || len > 7)
		return false;
	/* Before the text stands what says how long it is: there are eight
	 * bytes. */
	_Static_assert(offsetof(struct identity_share, bytes) >= 8, "a word");
	word = word_read((const char *)share +
	    offsetof(struct identity_share, bytes) + len - 8);
	return ((word ^ unit->word) >> (64 - 8 * len)) == 0;
}

/* What identity_match() gives, for what is usual. */
static inline void *
otlp_match(struct otlp_pending *p)
{
	struct identity *i = p->found;
	const struct identity_share *head = i->head;
	struct identity_key key;
	void *known;

	if (i->format == IDENTITY_OTLP && i->context == p->source->share &&
	    otlp_unit_is(i->tail, &p->unit) && head != NULL &&
	    head->len >= 16 && i->len >= 16 && i->used &&
	    p->names.len == (size_t)head->len + i->len)
		return otlp_same(p->names.at, head->bytes, head->len) &&
			otlp_same(p->names.at + head->len, i->bytes, i->len)
		    ? i->known
		    : NULL;
	key = otlp_pending_key(p);
	known = identity_match(i, &key);
	if (known != NULL)
		p->source->share = i->context;
	return known;
}

#endif
