/*
 * A record decoded without and with an identity cache must come to the same:
 * what the differential tests of the decoders share. Series are stood for by
 * their names as text, kept in a table.
 */
#ifndef DECODE_KNOWN_H
#define DECODE_KNOWN_H

#include "base/buf.h"
#include "decode_fixture.h"
#include "pipeline/decode/json_shape.h"

/* A cache with what it was taught, warm over many records. */
struct pupil {
	const struct json_path *path;
	struct identities identities;
	struct table names; /* to the text itself, owned by the arena */
	struct arena arena;
	size_t known; /* points that it gave by itself */
};

static inline void
pupil_init(struct pupil *pupil, const struct json_path *path)
{
	*pupil = (struct pupil){.path = path};
	identities_init(&pupil->identities);
	arena_init(&pupil->arena);
}

static inline void
pupil_fini(struct pupil *pupil)
{
	identities_fini(&pupil->identities);
	table_fini(&pupil->names);
	arena_fini(&pupil->arena);
}

static inline void
known_put(struct buf *out, struct span text)
{
	buf_u32(out, (unsigned)text.len);
	buf_span_put(out, text);
}

/* The whole name of a point's series, each part with its length. */
static inline struct span
known_name(struct buf *out, const struct series_key *key)
{
	buf_clear(out);
	known_put(out, key->account);
	known_put(out, key->region);
	known_put(out, key->namespace);
	known_put(out, key->metric);
	known_put(out, key->unit);
	for (size_t i = 0; i < key->ndimensions; i++) {
		known_put(out, key->dimensions[i].name);
		known_put(out, key->dimensions[i].value);
	}
	return buf_span(out);
}

/* As the engine does it. */
static inline void
pupil_learn(struct pupil *pupil, const struct point *point, struct buf *scratch)
{
	struct span name = known_name(scratch, &point->series);
	struct span *kept = table_get(&pupil->names, name);

	if (kept == NULL) {
		kept = arena_alloc(&pupil->arena, sizeof(*kept));
		*kept = arena_copy(&pupil->arena, name);
		table_put(&pupil->names, *kept, kept);
	}
	identities_teach(&pupil->identities, point->teach, kept);
}

static inline bool
known_same_values(const struct point *a, const struct point *b)
{
	const double x[] = {a->sum, a->count, a->min, a->max};
	const double y[] = {b->sum, b->count, b->min, b->max};

	if (memcmp(x, y, sizeof(x)) != 0 ||
	    a->timestamp_ms != b->timestamp_ms ||
	    a->nstatistics != b->nstatistics)
		return false;
	for (size_t i = 0; i < a->nstatistics; i++)
		if (!span_equal(a->statistics[i].name, b->statistics[i].name) ||
		    memcmp(&a->statistics[i].value, &b->statistics[i].value,
			sizeof(double)) != 0)
			return false;
	return true;
}

static inline bool
known_same_reject(const struct reject *a, const struct reject *b)
{
	return a->record == b->record && a->item == b->item &&
	    a->offset == b->offset && a->len == b->len &&
	    a->reason == b->reason;
}

/* What `fast` has and `full` has not, or the other way round; NULL: they are
 * the same. Teaches the pupil on the way. */
static inline const char *
known_compare(
    struct pupil *pupil, const struct decoded *full, const struct decoded *fast)
{
	struct buf name = {0}, other = {0};
	const char *fault = NULL;

	if (full->npoints != fast->npoints)
		fault = "another number of points";
	if (full->nrejects != fast->nrejects)
		fault = "another number of rejects";
	for (size_t i = 0; fault == NULL && i < full->nrejects; i++)
		if (!known_same_reject(&full->rejects[i], &fast->rejects[i]))
			fault = "another reject";
	for (size_t i = 0; fault == NULL && i < full->npoints; i++) {
		const struct point *p = &full->points[i];
		const struct point *q = &fast->points[i];
		struct span mine = q->known == NULL
		    ? known_name(&other, &q->series)
		    : *(const struct span *)q->known;

		if (!known_same_values(p, q))
			fault = "other values";
		if (!span_equal(known_name(&name, &p->series), mine))
			fault = "another series";
		if (fault == NULL && q->teach != NULL)
			pupil_learn(pupil, q, &name);
		pupil->known += q->known != NULL;
	}
	buf_fini(&name);
	buf_fini(&other);
	return fault;
}

/* Decodes the record both ways. */
static inline const char *
pupil_try(struct pupil *pupil, struct span record, const struct decoded *full)
{
	struct decoded fast;
	struct arena arena;
	const char *fault;

	arena_init(&arena);
	decoded_init(&fast, &arena);
	fast.identities = &pupil->identities;
	json_record(&fast, record, 3, pupil->path);
	fault = known_compare(pupil, full, &fast);
	arena_fini(&arena);
	return fault;
}

#endif
