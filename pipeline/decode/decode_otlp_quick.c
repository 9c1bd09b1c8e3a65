/*
 * The quick visitor. What a metric stream sends has one shape, and within a
 * series nothing but its figures changes: a data point is cut into figures
 * and names, and the names' bytes are looked up, not read.
 *
 * A look-up waits for memory, twice; so points go through a ring, and each
 * step is taken some points later than the one before:
 *
 *   push: cut, hash, prefetch ──16──▶ probe ──16──▶ take: compare, emit
 *
 * Whatever is not exactly so is left to the full visitor: a point that is
 * odd, unknown or wrong goes through otlp_point() when its turn comes; a
 * message that is odd or cannot be read is undone and given back.
 */
#include "pipeline/decode/decode_otlp_cut.h"
#include "pipeline/decode/translate.h"
#include "pipeline/decode/wire.h"

#define OTLP_AHEAD 16
#define OTLP_RING (2 * OTLP_AHEAD)
/* What is prefetched of the message: this far behind the metric at hand, and
 * as many lines as a metric has. */
#define OTLP_BYTES_AHEAD 1024
#define OTLP_LINES 5
/* Extended statistics whose names are kept while a message is read. */
#define OTLP_NAMES 8

/*
 * What a resource says of its points: account and region are all that the
 * full visitor reads there. They are the key's context, so that the other
 * attributes (the stream's name) do not make other series of them.
 */
struct otlp_source {
	struct span account, region;
	struct span context; /* the length of the first, and both */
	uint64_t hash;
};

struct otlp_pending {
	struct identity_key key;
	struct identity *found;
	const struct otlp_source *source;
	struct span bytes, unit;
	bool usual; /* it was cut, and key is set */
	struct otlp_cut cut;
};

struct otlp_quick {
	struct otlp *o;
	size_t points_max; /* more are a fault */
	size_t pushed, probed, taken;
	struct otlp_pending ring[OTLP_RING];
	const struct otlp_source *source;
	struct otlp_quantile_name {
		double at;
		struct span name;
	} names[OTLP_NAMES];
	size_t nnames;
};

/* ---- points ----------------------------------------------------------------
 */

/* What is not known is read in full, and can be taught then. */
static bool
otlp_quick_full(struct otlp_quick *q, struct otlp_pending *p)
{
	struct otlp *o = q->o;
	struct decoded *out = o->out;
	size_t before = out->npoints;
	struct identity_key *key;

	o->account = p->source->account;
	o->region = p->source->region;
	o->unit = p->unit;
	o->keep = true;
	if (!otlp_point(o, p->bytes))
		return false;
	if (p->usual && out->npoints > before &&
	    otlp_cut_names(&p->cut, &p->key.shared)) {
		key = arena_alloc(out->arena, sizeof(*key));
		*key = p->key;
		out->points[before].teach = key;
	}
	return true;
}

static struct span
otlp_quick_name(struct otlp_quick *q, double at)
{
	struct span name;

	for (size_t i = 0; i < q->nnames; i++)
		if (q->names[i].at == at)
			return q->names[i].name;
	name = translate_quantile(q->o->out->arena, at);
	if (q->nnames < OTLP_NAMES)
		q->names[q->nnames++] = (struct otlp_quantile_name){at, name};
	return name;
}

/* All quantiles but the first and the last. */
static void
otlp_quick_statistics(
    struct otlp_quick *q, const struct otlp_cut *cut, struct point *point)
{
	struct otlp_quantile quantile;
	const unsigned char *at;
	struct statistic *statistics = arena_alloc(
	    q->o->out->arena, cut->nstatistics * sizeof(*statistics));

	at = otlp_cut_quantile(cut, cut->quantiles, &quantile);
	for (size_t i = 0; i < cut->nstatistics; i++) {
		at = otlp_cut_quantile(cut, at, &quantile);
		statistics[i] = (struct statistic){
		    otlp_quick_name(q, quantile.at), quantile.value};
	}
	point->statistics = statistics;
	point->nstatistics = cut->nstatistics;
}

/* Field by field: all at once would be a string instruction, which is slow to
 * begin. */
static inline void
otlp_quick_clear(struct series_key *key)
{
	const struct span none = {0};

	key->account = none;
	key->region = none;
	key->namespace = none;
	key->metric = none;
	key->unit = none;
	key->dimensions = NULL;
	key->ndimensions = 0;
}

static inline void
otlp_quick_emit(struct otlp_quick *q, const struct otlp_cut *cut, void *known)
{
	struct decoded *out = q->o->out;
	struct point *point;

	if (out->npoints == out->points_room)
		decoded_reserve(out, 1);
	point = &out->points[out->npoints++];
	otlp_quick_clear(&point->series);
	point->timestamp_ms = (int64_t)(cut->start_ns / 1000000);
	point->sum = cut->sum;
	point->count = (double)cut->count;
	point->min = cut->min;
	point->max = cut->max;
	point->statistics = NULL;
	point->nstatistics = 0;
	point->known = known;
	point->teach = NULL;
	if (cut->nstatistics > 0)
		otlp_quick_statistics(q, cut, point);
}

/* ---- the ring --------------------------------------------------------------
 */

static inline void
otlp_quick_probe(struct otlp_quick *q)
{
	struct otlp_pending *p = &q->ring[q->probed++ % OTLP_RING];

	if (p->usual)
		p->found = identities_probe(q->o->out->identities, p->key.hash);
}

/* The oldest becomes a point, or a reject; false: a fault. */
static inline bool
otlp_quick_take(struct otlp_quick *q)
{
	struct otlp_pending *p = &q->ring[q->taken++ % OTLP_RING];
	void *known = NULL;

	if (p->usual)
		known = identity_match(p->found, &p->key);
	if (known == NULL)
		return otlp_quick_full(q, p);
	otlp_quick_emit(q, &p->cut, known);
	return true;
}

static bool
otlp_quick_drain(struct otlp_quick *q)
{
	while (q->probed < q->pushed)
		otlp_quick_probe(q);
	while (q->taken < q->pushed)
		if (!otlp_quick_take(q))
			return false;
	return true;
}

static inline bool
otlp_quick_push(
    struct otlp_quick *q, struct span bytes, struct span unit, uint64_t hash)
{
	const struct identities *identities = q->o->out->identities;
	struct otlp_pending *p = &q->ring[q->pushed++ % OTLP_RING];

	p->source = q->source;
	p->bytes = bytes;
	p->unit = unit;
	p->usual = otlp_cut(&p->cut, bytes);
	if (p->usual) {
		hash = identity_hash(identities, p->cut.names, hash);
		p->key = (struct identity_key){.context = q->source->context,
		    .body = p->cut.names,
		    .tail = unit,
		    .hash = hash,
		    .format = IDENTITY_OTLP};
		identities_prefetch(identities, hash);
	}
	if (q->pushed - q->probed > OTLP_AHEAD)
		otlp_quick_probe(q);
	return q->pushed - q->taken < OTLP_RING || otlp_quick_take(q);
}

/* ---- from the message down to its points -----------------------------------
 */

/*
 * Units are short: sixteen bytes, zeros behind what there is of it, are mixed
 * in without a call and without a branch that nobody can predict. What the
 * resource hashed to has the seed in it.
 */
static inline uint64_t
otlp_quick_hash(
    const struct otlp_quick *q, struct span unit, const unsigned char *end)
{
	const unsigned char *at = (const unsigned char *)unit.at;
	uint64_t low, high, all = UINT64_MAX;
	unsigned __int128 product;

	if (unit.len == 0 || unit.len > 16 || end - at < 16)
		return identity_hash(
		    q->o->out->identities, unit, q->source->hash);
	low =
	    word_read(at) & (unit.len >= 8 ? all : all >> (64 - 8 * unit.len));
	high = word_read(at + 8) &
	    (unit.len <= 8 ? 0 : all >> (128 - 8 * unit.len));
	product = (unsigned __int128)(low ^ q->source->hash) *
	    (high ^ unit.len ^ 0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Name, unit and a summary of points, and nothing behind it. The name is not
 * read: it says what the labels or attributes say. */
static bool
otlp_quick_metric(
    struct otlp_quick *q, const unsigned char *at, const unsigned char *end)
{
	struct span unit = {0};
	uint64_t hash;
	size_t len;

	if (at < end && *at == WIRE_TAG(1, WIRE_BYTES)) {
		at = wire_length(at + 1, end, &len);
		if (at == NULL)
			return false;
		at += len;
	}
	if (at < end && *at == WIRE_TAG(3, WIRE_BYTES)) {
		at = wire_length(at + 1, end, &len);
		if (at == NULL)
			return false;
		unit = span_make(at, len);
		at += len;
	}
	if (at == end || *at != WIRE_TAG(11, WIRE_BYTES))
		return false;
	at = wire_length(at + 1, end, &len);
	if (at == NULL || at + len != end)
		return false;
	hash = otlp_quick_hash(q, unit, end);
	while (at < end) {
		if (*at != WIRE_TAG(1, WIRE_BYTES) ||
		    q->pushed == q->points_max)
			return false;
		at = wire_length(at + 1, end, &len);
		if (at == NULL ||
		    !otlp_quick_push(q, span_make(at, len), unit, hash))
			return false;
		at += len;
	}
	return true;
}

static bool
otlp_quick_scope(struct otlp_quick *q, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	const unsigned char *end = at + bytes.len;
	size_t len;

	while (at < end) {
		if (*at != WIRE_TAG(2, WIRE_BYTES))
			return false;
		for (int i = 0; i < OTLP_LINES; i++)
			__builtin_prefetch(at + OTLP_BYTES_AHEAD + 64 * i);
		at = wire_length(at + 1, end, &len);
		if (at == NULL || !otlp_quick_metric(q, at, at + len))
			return false;
		at += len;
	}
	return true;
}

static bool
otlp_quick_resource(struct otlp_quick *q, struct span bytes)
{
	struct otlp *o = q->o;
	struct arena *arena = o->out->arena;
	struct otlp_source *source;
	size_t size;
	char *at;

	o->account = o->region = (struct span){0};
	if (!otlp_resource(o, bytes) || o->account.len == 0 ||
	    o->account.len > LIMIT_NAME || o->region.len == 0 ||
	    o->region.len > LIMIT_NAME)
		return false;
	size = 1 + o->account.len + o->region.len;
	source = arena_alloc(arena, sizeof(*source));
	at = arena_alloc(arena, size);
	*source =
	    (struct otlp_source){o->account, o->region, span_make(at, size), 0};
	*at = (char)o->account.len;
	memcpy(at + 1, o->account.at, o->account.len);
	memcpy(at + 1 + o->account.len, o->region.at, o->region.len);
	source->hash =
	    identity_hash(o->out->identities, source->context, IDENTITY_OTLP);
	q->source = source;
	return true;
}

static bool
otlp_quick_resource_metrics(struct otlp_quick *q, struct span bytes)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;
	size_t resources = 0;

	while (wire_next(&wire, &field)) {
		if (field.tag == WIRE_TAG(1, WIRE_BYTES)) {
			if (resources++ > 0 ||
			    !otlp_quick_resource(q, field.bytes))
				return false;
		} else if (field.tag == WIRE_TAG(2, WIRE_BYTES)) {
			if (resources == 0 || !otlp_quick_scope(q, field.bytes))
				return false;
		}
	}
	return wire.fault == NULL;
}

static bool
otlp_quick_message(struct otlp_quick *q, struct span message)
{
	struct wire wire = wire_make(message);
	struct wire_field field;

	while (wire_find(&wire, WIRE_TAG(1, WIRE_BYTES), &field))
		if (!otlp_quick_resource_metrics(q, field.bytes))
			return false;
	return wire.fault == NULL && otlp_quick_drain(q);
}

bool
otlp_quick(struct otlp *o, struct span message)
{
	struct decoded before = *o->out;
	struct arena_mark mark = arena_mark(o->out->arena);
	struct otlp_quick q;

	q.o = o;
	q.points_max = LIMIT_ENTRY_POINTS - before.npoints - before.drained;
	q.pushed = q.probed = q.taken = q.nnames = 0;
	o->fault = NULL;
	if (otlp_quick_message(&q, message))
		return true;
	*o->out = before;
	arena_rollback(o->out->arena, mark);
	return false;
}
