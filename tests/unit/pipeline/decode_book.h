/*
 * A decoder with an identity cache beside one without: what the first gives
 * is filled up with the series that it was taught, and then both must be the
 * same, bit for bit.
 */
#ifndef DECODE_BOOK_H
#define DECODE_BOOK_H

#include "decode_fixture.h"

struct book {
	struct identities identities;
	struct arena arena; /* of the series */
	size_t known, taught;
};

static inline void
book_init(struct book *book)
{
	*book = (struct book){0};
	identities_init(&book->identities);
	arena_init(&book->arena);
}

static inline void
book_fini(struct book *book)
{
	identities_fini(&book->identities);
	arena_fini(&book->arena);
}

static inline struct series_key *
book_copy(struct book *book, const struct series_key *from)
{
	struct series_key *key = arena_alloc(&book->arena, sizeof(*key));
	struct dimension *dimensions = arena_alloc(
	    &book->arena, (from->ndimensions + 1) * sizeof(*dimensions));

	*key = (struct series_key){
	    .account = arena_copy(&book->arena, from->account),
	    .region = arena_copy(&book->arena, from->region),
	    .namespace = arena_copy(&book->arena, from->namespace),
	    .metric = arena_copy(&book->arena, from->metric),
	    .unit = arena_copy(&book->arena, from->unit),
	    .dimensions = dimensions,
	    .ndimensions = from->ndimensions};
	for (size_t i = 0; i < from->ndimensions; i++)
		dimensions[i] = (struct dimension){
		    arena_copy(&book->arena, from->dimensions[i].name),
		    arena_copy(&book->arena, from->dimensions[i].value)};
	return key;
}

/* What an engine does with the points from `first` on: series for those that
 * are known, and the others are taught. */
static inline void
book_read(struct book *book, struct decoded *out, size_t first)
{
	for (size_t i = first; i < out->npoints; i++) {
		struct point *p = &out->points[i];

		if (p->known != NULL) {
			ck_assert_ptr_null(p->teach);
			ck_assert_uint_eq(p->series.metric.len, 0);
			p->series = *(const struct series_key *)p->known;
			book->known++;
		} else if (p->teach != NULL) {
			identities_teach(&book->identities, p->teach,
			    book_copy(book, &p->series));
			book->taught++;
		}
	}
}

static inline bool
book_same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static inline void
book_same_series(const struct series_key *a, const struct series_key *b)
{
	ck_assert(span_equal(a->account, b->account));
	ck_assert(span_equal(a->region, b->region));
	ck_assert(span_equal(a->namespace, b->namespace));
	ck_assert(span_equal(a->metric, b->metric));
	ck_assert(span_equal(a->unit, b->unit));
	ck_assert_uint_eq(a->ndimensions, b->ndimensions);
	for (size_t i = 0; i < a->ndimensions; i++) {
		ck_assert(
		    span_equal(a->dimensions[i].name, b->dimensions[i].name));
		ck_assert(
		    span_equal(a->dimensions[i].value, b->dimensions[i].value));
	}
}

static inline void
book_same_point(const struct point *a, const struct point *b)
{
	book_same_series(&a->series, &b->series);
	ck_assert_int_eq(a->timestamp_ms, b->timestamp_ms);
	ck_assert(book_same_bits(a->sum, b->sum));
	ck_assert(book_same_bits(a->count, b->count));
	ck_assert(book_same_bits(a->min, b->min));
	ck_assert(book_same_bits(a->max, b->max));
	ck_assert_uint_eq(a->nstatistics, b->nstatistics);
	for (size_t i = 0; i < a->nstatistics; i++) {
		ck_assert(
		    span_equal(a->statistics[i].name, b->statistics[i].name));
		ck_assert(book_same_bits(
		    a->statistics[i].value, b->statistics[i].value));
	}
}

static inline void
book_same(const struct decoded *a, const struct decoded *b)
{
	ck_assert_uint_eq(a->nrejects, b->nrejects);
	ck_assert_uint_eq(a->rejects_over, b->rejects_over);
	for (size_t i = 0; i < a->nrejects; i++) {
		const struct reject *x = &a->rejects[i], *y = &b->rejects[i];

		ck_assert_uint_eq(x->record, y->record);
		ck_assert_uint_eq(x->item, y->item);
		ck_assert_uint_eq(x->offset, y->offset);
		ck_assert_uint_eq(x->len, y->len);
		ck_assert_str_eq(x->reason, y->reason);
	}
	ck_assert_uint_eq(a->npoints, b->npoints);
	for (size_t i = 0; i < a->npoints; i++)
		book_same_point(&a->points[i], &b->points[i]);
}

#endif
