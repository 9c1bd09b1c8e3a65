/*
 * JSON lines by the fast path against the full parser: the same points and
 * rejects, with a cache that knows nothing, and then with one that has learnt
 * all that the input teaches.
 */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/decode/json_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
fuzz_same_key(const struct series_key *a, const struct series_key *b)
{
	invariant(span_equal(a->account, b->account));
	invariant(span_equal(a->region, b->region));
	invariant(span_equal(a->namespace, b->namespace));
	invariant(span_equal(a->metric, b->metric));
	invariant(span_equal(a->unit, b->unit));
	invariant(a->ndimensions == b->ndimensions);
	for (size_t i = 0; i < a->ndimensions; i++) {
		invariant(
		    span_equal(a->dimensions[i].name, b->dimensions[i].name));
		invariant(
		    span_equal(a->dimensions[i].value, b->dimensions[i].value));
	}
}

static void
fuzz_same_point(const struct point *a, const struct point *b)
{
	const double x[] = {a->sum, a->count, a->min, a->max};
	const double y[] = {b->sum, b->count, b->min, b->max};

	invariant(memcmp(x, y, sizeof(x)) == 0);
	invariant(a->timestamp_ms == b->timestamp_ms);
	invariant(a->nstatistics == b->nstatistics);
	/* A point of the full parser is what a series is known as here. */
	fuzz_same_key(&a->series,
	    b->known == NULL ? &b->series
			     : &((const struct point *)b->known)->series);
}

static void
fuzz_same(const struct decoded *full, const struct decoded *fast)
{
	invariant(full->npoints == fast->npoints);
	invariant(full->nrejects == fast->nrejects);
	for (size_t i = 0; i < full->npoints; i++)
		fuzz_same_point(&full->points[i], &fast->points[i]);
	for (size_t i = 0; i < full->nrejects; i++) {
		const struct reject *a = &full->rejects[i];
		const struct reject *b = &fast->rejects[i];

		invariant(a->record == b->record && a->item == b->item);
		invariant(a->offset == b->offset && a->len == b->len);
		invariant(a->reason == b->reason);
	}
}

static void
fuzz_path(const struct json_path *path, struct span record,
    struct decoded *full, struct arena *arena)
{
	struct identities identities;

	identities_init(&identities);
	for (int turn = 0; turn < 2; turn++) {
		struct decoded fast;

		decoded_init(&fast, arena);
		fast.identities = &identities;
		json_record(&fast, record, 0, path);
		fuzz_same(full, &fast);
		for (size_t i = 0; i < fast.npoints; i++)
			if (fast.points[i].teach != NULL)
				identities_teach(&identities,
				    fast.points[i].teach, &full->points[i]);
	}
	identities_fini(&identities);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span record = span_make(bytes, len);
	struct decoded full;
	struct arena arena;

	arena_init(&arena);
	decoded_init(&full, &arena);
	decoders[0].decode(&full, record, 0);
	for (size_t i = 0; json_paths[i] != NULL; i++)
		if (json_paths[i]->usable())
			fuzz_path(json_paths[i], record, &full, &arena);
	arena_fini(&arena);
	return 0;
}
