/* OTLP: what the quick visitor gives, with nothing known and with everything,
 * is what the full one gives. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/decode/decode_otlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool
same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void
same_series(const struct series_key *a, const struct series_key *b)
{
	invariant(span_equal(a->account, b->account) &&
	    span_equal(a->region, b->region) &&
	    span_equal(a->namespace, b->namespace) &&
	    span_equal(a->metric, b->metric) && span_equal(a->unit, b->unit) &&
	    a->ndimensions == b->ndimensions);
	for (size_t i = 0; i < a->ndimensions; i++)
		invariant(
		    span_equal(a->dimensions[i].name, b->dimensions[i].name) &&
		    span_equal(a->dimensions[i].value, b->dimensions[i].value));
}

/* `a` may have the series that it was taught in place of its own. */
static void
same_point(const struct point *a, const struct point *b)
{
	same_series(a->known != NULL ? a->known : &a->series, &b->series);
	invariant(a->timestamp_ms == b->timestamp_ms &&
	    same_bits(a->sum, b->sum) && same_bits(a->count, b->count) &&
	    same_bits(a->min, b->min) && same_bits(a->max, b->max) &&
	    a->nstatistics == b->nstatistics);
	for (size_t i = 0; i < a->nstatistics; i++)
		invariant(
		    span_equal(a->statistics[i].name, b->statistics[i].name) &&
		    same_bits(a->statistics[i].value, b->statistics[i].value));
}

static void
same(const struct decoded *a, const struct decoded *b)
{
	invariant(a->npoints == b->npoints && a->nrejects == b->nrejects);
	for (size_t i = 0; i < a->npoints; i++)
		same_point(&a->points[i], &b->points[i]);
	for (size_t i = 0; i < a->nrejects; i++) {
		const struct reject *x = &a->rejects[i], *y = &b->rejects[i];

		invariant(x->item == y->item && x->offset == y->offset &&
		    x->len == y->len && strcmp(x->reason, y->reason) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span record = span_make(bytes, len);
	struct identities identities;
	struct decoded full, quick;
	struct arena arena;

	arena_init(&arena);
	identities_init(&identities);
	decoded_init(&full, &arena);
	decode_otlp(&full, record, 0);
	for (int pass = 0; pass < 2; pass++) {
		decoded_init(&quick, &arena);
		quick.identities = &identities;
		decode_otlp(&quick, record, 0);
		same(&quick, &full);
		for (size_t i = 0; i < quick.npoints; i++)
			if (quick.points[i].teach != NULL)
				identities_teach(&identities,
				    quick.points[i].teach,
				    &quick.points[i].series);
	}
	identities_fini(&identities);
	arena_fini(&arena);
	return 0;
}
