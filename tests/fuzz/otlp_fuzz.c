/*
 * OTLP: what the quick visitor gives, with nothing known and with everything,
 * is what the full one gives; and of a message that protobuf-c can read, what
 * its tree says. A message that says something twice, where the two may
 * differ, is compared as protobuf-c writes it again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "differential/otlp_tree.h"
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

/* protobuf-c goes down with the message, and has no limit of its own. */
#define OTLP_TREE_MOST 4096

/* Ours refuses more of the wire: field numbers that no message has. */
static bool
is_refused(const struct decoded *out, struct span record)
{
	return out->npoints == 0 && out->nrejects == 1 &&
	    out->rejects[0].offset == 0 && out->rejects[0].len == record.len;
}

static void
tree_same(const Otlp__Request *tree, struct span message)
{
	struct buf record = {0};
	struct decoded out;
	struct arena arena;
	size_t points = 0;

	for (size_t rest = message.len; rest > 0x7f; rest >>= 7)
		buf_byte(&record, (char)(rest | 0x80));
	buf_byte(&record, (char)(message.len >> (7 * record.len)));
	buf_span_put(&record, message);
	arena_init(&arena);
	decoded_init(&out, &arena);
	decode_otlp(&out, buf_span(&record), 0);
	invariant(is_refused(&out, buf_span(&record)) ||
	    otlp_tree_compare(tree, &out, 0, out.nrejects, &points) == NULL);
	arena_fini(&arena);
	buf_fini(&record);
}

static void
tree_again(const Otlp__Request *tree)
{
	size_t len = otlp__request__get_packed_size(tree);
	uint8_t *packed = malloc(len + 1);
	Otlp__Request *again;

	otlp__request__pack(tree, packed);
	again = otlp__request__unpack(NULL, len, packed);
	if (again != NULL && otlp_tree_is_whole(again, len))
		tree_same(again, span_make(packed, len));
	if (again != NULL)
		otlp__request__free_unpacked(again, NULL);
	free(packed);
}

/* The input taken for one message, without its length. */
static void
tree_try(struct span message)
{
	Otlp__Request *tree;

	if (message.len > OTLP_TREE_MOST)
		return;
	tree = otlp__request__unpack(
	    NULL, message.len, (const uint8_t *)message.at);
	if (tree == NULL)
		return;
	if (otlp_tree_is_whole(tree, message.len))
		tree_same(tree, message);
	else
		tree_again(tree);
	otlp__request__free_unpacked(tree, NULL);
}

/* Each message of a record. */
static void
trees_try(struct span record)
{
	size_t at = 0;

	while (at < record.len) {
		size_t len = 0, shift = 0;
		unsigned char byte = 0x80;

		while (byte >= 0x80 && at < record.len && shift < 28) {
			byte = (unsigned char)record.at[at++];
			len |= (size_t)(byte & 0x7f) << shift;
			shift += 7;
		}
		if (byte >= 0x80 || len > record.len - at)
			return;
		tree_try(span_make(record.at + at, len));
		at += len;
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
	trees_try(record);
	identities_fini(&identities);
	arena_fini(&arena);
	return 0;
}
