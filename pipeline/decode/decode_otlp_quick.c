/*
 * The quick visitor. What a metric stream sends has one shape, and within a
 * series nothing but its figures changes: a data point is cut into figures
 * and names, and the names' bytes are looked up, not read.
 *
 * A look-up waits for memory, twice; so points go in groups, and each step is
 * taken a group or two later than the one before:
 *
 *   push: cut, hash, prefetch ──▶ probe ──▶ take: compare, count it
 *
 * A point that is pushed stands where it will in out->points, behind those
 * that count. Whatever is not of the one shape is left to the full visitor: a
 * point that is odd, unknown or wrong goes through otlp_point() when its turn
 * comes; a message that is odd or cannot be read is undone and given back.
 */
#include "pipeline/decode/decode_otlp_cut.h"
#include "pipeline/decode/decode_otlp_match.h"
#include "pipeline/decode/translate.h"
#include "pipeline/decode/wire.h"

#define OTLP_GROUP 16
#define OTLP_RING (4 * OTLP_GROUP) /* three are under way at most */
/* What is prefetched of the message: this far behind the metric at hand, and
 * as many lines as a metric has. */
#define OTLP_BYTES_AHEAD 1024
#define OTLP_LINES 5
/* Extended statistics whose names are kept while a message is read. */
#define OTLP_NAMES 8
/* Resources that are looked for among those of the record's last messages. */
#define OTLP_SOURCES 4

struct otlp_quick {
	struct otlp *o;
	struct decoded *out;
	struct point *next, *room; /* the next to be pushed; no room for it */
	size_t points_max;	   /* more are a fault */
	size_t pushed, probed, taken;
	struct otlp_source *source;
	size_t nnames;
	struct otlp_quantile_name {
		double at;
		struct span name;
	} names[OTLP_NAMES];
	struct otlp_pending ring[OTLP_RING];
};

/* ---- points ----------------------------------------------------------------
 */

/* What is not known is read in full, and can be taught then. When that makes
 * no point, those behind it move up. */
static bool
otlp_quick_full(struct otlp_quick *q, struct otlp_pending *p)
{
	struct otlp *o = q->o;
	struct decoded *out = o->out;
	struct point *point = &out->points[out->npoints];
	size_t before = out->npoints;
	struct identity_key *key, now;

	o->account = p->source->account;
	o->region = p->source->region;
	o->unit = p->unit.text;
	o->keep = true;
	if (!otlp_point(o, p->bytes))
		return false;
	if (out->npoints == before) {
		q->next--;
		memmove(point, point + 1,
		    (size_t)(q->next - point) * sizeof(*point));
		return true;
	}
	if (p->names.at == NULL)
		return true;
	now = otlp_pending_key(p);
	if (otlp_cut_names(p->names, &now.shared)) {
		key = arena_alloc(out->arena, sizeof(*key));
		*key = now;
		point->teach = key;
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
	name = translate_quantile(q->out->arena, at);
	if (q->nnames < OTLP_NAMES)
		q->names[q->nnames++] = (struct otlp_quantile_name){at, name};
	return name;
}

/* All quantiles but the first and the last. */
static void
otlp_quick_statistics(
    struct otlp_quick *q, const struct otlp_pending *p, struct point *point)
{
	struct otlp_quantile quantile;
	struct statistic *statistics;
	struct otlp_cut cut;
	const unsigned char *at;

	otlp_cut(&cut, point, p->bytes);
	statistics =
	    arena_alloc(q->out->arena, cut.nstatistics * sizeof(*statistics));
	at = otlp_cut_quantile(&cut, cut.quantiles, &quantile);
	for (size_t i = 0; i < cut.nstatistics; i++) {
		at = otlp_cut_quantile(&cut, at, &quantile);
		statistics[i] = (struct statistic){
		    otlp_quick_name(q, quantile.at), quantile.value};
	}
	point->statistics = statistics;
	point->nstatistics = cut.nstatistics;
}

/* ---- the ring --------------------------------------------------------------
 */

static void
otlp_quick_probe(struct otlp_quick *q, size_t end)
{
	const struct identities *identities = q->out->identities;

	for (; q->probed < end; q->probed++) {
		struct otlp_pending *p = &q->ring[q->probed % OTLP_RING];

		p->found = p->names.at == NULL
		    ? NULL
		    : identities_probe(identities, p->hash);
	}
}

/* What the point says beside its figures. Field by field: all at once would be
 * a string instruction, which is slow to begin. */
static inline void
otlp_quick_emit(struct point *point, void *known)
{
	const struct span none = {0};

	point->series.account = none;
	point->series.region = none;
	point->series.namespace = none;
	point->series.metric = none;
	point->series.unit = none;
	point->series.dimensions = NULL;
	point->series.ndimensions = 0;
	point->statistics = NULL;
	point->nstatistics = 0;
	point->known = known;
	point->teach = NULL;
}

/* The oldest become points, or rejects; false: a fault. */
static bool
otlp_quick_take(struct otlp_quick *q, size_t end)
{
	struct decoded *out = q->out;

	for (; q->taken < end; q->taken++) {
		struct otlp_pending *p = &q->ring[q->taken % OTLP_RING];
		struct point *point = &out->points[out->npoints];
		void *known = p->found == NULL ? NULL : otlp_match(p);

		if (known == NULL) {
			if (!otlp_quick_full(q, p))
				return false;
			continue;
		}
		out->npoints++;
		otlp_quick_emit(point, known);
		if (p->extended)
			otlp_quick_statistics(q, p, point);
	}
	return true;
}

static bool
otlp_quick_drain(struct otlp_quick *q)
{
	otlp_quick_probe(q, q->pushed);
	return otlp_quick_take(q, q->pushed);
}

/* A group is full. */
static bool
otlp_quick_step(struct otlp_quick *q)
{
	if (q->pushed >= 2 * OTLP_GROUP)
		otlp_quick_probe(q, q->pushed - OTLP_GROUP);
	return q->pushed < 3 * OTLP_GROUP ||
	    otlp_quick_take(q, q->pushed - 2 * OTLP_GROUP);
}

/* Room for one more, behind those that count and those that wait. */
static __attribute__((noinline)) void
otlp_quick_reserve(struct otlp_quick *q)
{
	struct decoded *out = q->out;
	size_t counted = out->npoints, all = counted + (q->pushed - q->taken);

	out->npoints = all;
	decoded_reserve(out, 1);
	out->npoints = counted;
	q->next = &out->points[all];
	q->room = &out->points[out->points_room];
}

/* Not of the most usual shape. */
static __attribute__((noinline)) void
otlp_quick_cut(struct otlp_pending *p, struct point *point)
{
	struct otlp_cut cut;

	p->names = (struct span){0};
	p->extended = false;
	if (!otlp_cut(&cut, point, p->bytes))
		return;
	p->names = cut.names;
	p->extended = cut.nstatistics > 0;
}

static inline bool
otlp_quick_push(struct otlp_quick *q, const unsigned char *at,
    const unsigned char *end, const struct otlp_unit *unit)
{
	struct otlp_pending *p = &q->ring[q->pushed % OTLP_RING];
	const struct identities *identities = q->out->identities;
	const unsigned char *names = NULL;

	if (q->pushed == q->points_max)
		return false;
	if (q->next == q->room)
		otlp_quick_reserve(q);
	p->source = q->source;
	p->bytes = span_make(at, (size_t)(end - at));
	p->unit = *unit;
	if (end - at > OTLP_FIGURES)
		names = otlp_cut_usual(q->next, at);
	if (names != NULL) {
		p->names = span_make(names, (size_t)(end - names));
		p->extended = false;
	} else {
		otlp_quick_cut(p, q->next);
	}
	if (p->names.at != NULL) {
		p->hash = identity_hash(identities, p->names,
		    q->source->hash + unit->word * 0x9e3779b97f4a7c15);
		identities_prefetch(identities, p->hash);
	}
	q->next++;
	return ++q->pushed % OTLP_GROUP != 0 || otlp_quick_step(q);
}

/* ---- from the message down to its points -----------------------------------
 */

/*
 * What stands before the only point of a metric, when both lengths have two
 * bytes: summary, length, point, length; `left` bytes with what is behind, and
 * so there is one way to write it. Two bytes of the word are zero.
 */
static inline uint64_t
otlp_quick_head(size_t left)
{
	uint64_t summary = left - 3, point = left - 6;

	summary = (summary & 0x7f) | 0x80 | (summary & 0x3f80) << 1;
	point = (point & 0x7f) | 0x80 | (point & 0x3f80) << 1;
	return WIRE_TAG(11, WIRE_BYTES) | summary << 8 |
	    WIRE_TAG(1, WIRE_BYTES) << 24 | point << 32;
}

/* Name, unit and a summary of points, and nothing behind it. The name is not
 * read: it says what the labels or attributes say. */
static __attribute__((noinline)) bool
otlp_quick_metric(
    struct otlp_quick *q, const unsigned char *at, const unsigned char *end)
{
	struct otlp_unit unit = {0};
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
		unit.text = span_make(at, len);
		unit.word = len <= 7
		    ? otlp_unit_word(unit.text)
		    : identity_hash(q->out->identities, unit.text, 0);
		at += len;
	}
	if (at == end || *at != WIRE_TAG(11, WIRE_BYTES))
		return false;
	at = wire_length(at + 1, end, &len);
	if (at == NULL || at + len != end)
		return false;
	while (at < end) {
		if (*at != WIRE_TAG(1, WIRE_BYTES))
			return false;
		at = wire_length(at + 1, end, &len);
		if (at == NULL || !otlp_quick_push(q, at, at + len, &unit))
			return false;
		at += len;
	}
	return true;
}

/*
 * The same for a metric from its tag on with one point and lengths as most
 * have them: where its point begins, and *stop where it ends. NULL: to be
 * taken step by step.
 */
static inline const unsigned char *
otlp_quick_single(const unsigned char *at, const unsigned char *end,
    struct otlp_unit *unit, const unsigned char **stop)
{
	uint64_t word;
	size_t len;

	if (end - at < 16)
		return NULL;
	/* The metric, its length in two bytes, its name. */
	word = word_read(at);
	len = (word >> 8 & 0x7f) | (word >> 9 & 0x3f80);
	if ((word & 0xff8080ff) !=
		(WIRE_TAG(2, WIRE_BYTES) | 0x8000 |
		    WIRE_TAG(1, WIRE_BYTES) << 24) ||
	    len > (size_t)(end - at - 3) || at[4] >= 0x80)
		return NULL;
	*stop = at + 3 + len;
	at += 5 + at[4];
	/* A unit of seven bytes, and a point of 128: what is read is there. */
	if (*stop - at < 2 + 7 + 6 + 0x80 || at[0] != WIRE_TAG(3, WIRE_BYTES) ||
	    at[1] > 7)
		return NULL;
	unit->text = span_make(at + 2, at[1]);
	unit->word = otlp_unit_word_at(at + 1);
	at += 2 + at[1];
	if (word_read(at) << 16 != otlp_quick_head((size_t)(*stop - at)) << 16)
		return NULL;
	return at + 6;
}

static bool
otlp_quick_scope(struct otlp_quick *q, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at, *point;
	const unsigned char *end = at + bytes.len, *stop;
	struct otlp_unit unit;
	size_t len;

	while (at < end) {
		if (*at != WIRE_TAG(2, WIRE_BYTES))
			return false;
		for (int i = 0; i < OTLP_LINES; i++)
			__builtin_prefetch(at + OTLP_BYTES_AHEAD + 64 * i);
		point = otlp_quick_single(at, end, &unit, &stop);
		if (point != NULL) {
			if (!otlp_quick_push(q, point, stop, &unit))
				return false;
			at = stop;
			continue;
		}
		at = wire_length(at + 1, end, &len);
		if (at == NULL || !otlp_quick_metric(q, at, at + len))
			return false;
		at += len;
	}
	return true;
}

/* One with the same bytes, of this record. */
static struct otlp_source *
otlp_quick_source(const struct otlp *o, struct span bytes)
{
	struct otlp_source *source = o->sources;

	for (int i = 0; i < OTLP_SOURCES && source != NULL; i++) {
		if (span_equal(source->bytes, bytes))
			return source;
		source = source->before;
	}
	return NULL;
}

static bool
otlp_quick_resource(struct otlp_quick *q, struct span bytes)
{
	struct otlp *o = q->o;
	struct arena *arena = o->out->arena;
	struct otlp_source *source = otlp_quick_source(o, bytes);
	size_t size;
	char *at;

	q->source = source;
	if (source != NULL)
		return true;
	o->account = o->region = (struct span){0};
	if (!otlp_resource(o, bytes) || o->account.len == 0 ||
	    o->account.len > LIMIT_NAME || o->region.len == 0 ||
	    o->region.len > LIMIT_NAME)
		return false;
	size = 1 + o->account.len + o->region.len;
	source = arena_alloc(arena, sizeof(*source));
	at = arena_alloc(arena, size);
	*source = (struct otlp_source){.before = o->sources,
	    .bytes = bytes,
	    .account = o->account,
	    .region = o->region,
	    .context = span_make(at, size)};
	*at = (char)o->account.len;
	memcpy(at + 1, o->account.at, o->account.len);
	memcpy(at + 1 + o->account.len, o->region.at, o->region.len);
	source->hash =
	    identity_hash(o->out->identities, source->context, IDENTITY_OTLP);
	q->source = o->sources = source;
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
	struct otlp_source *sources = o->sources;
	struct arena_mark mark = arena_mark(o->out->arena);
	struct otlp_quick q;

	q.o = o;
	q.out = o->out;
	q.next = before.points + before.npoints;
	q.room = before.points + before.points_room;
	q.points_max = LIMIT_ENTRY_POINTS - before.npoints - before.drained;
	q.pushed = q.probed = q.taken = q.nnames = 0;
	o->fault = NULL;
	if (otlp_quick_message(&q, message))
		return true;
	*o->out = before;
	o->sources = sources;
	arena_rollback(o->out->arena, mark);
	return false;
}
