/*
 * Random OTLP points by our visitor, full and quick, against protobuf-c:
 * messages of a pool, each a tree, get other figures, are packed by protobuf-c
 * and must be read as the tree says. Pool entries are made anew now and then.
 *
 *     otlp_differential POINTS
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "differential/otlp_tree.h"
#include "unit/pipeline/otlp_writer.h"

#define POOL 512

struct otlp_pool {
	Otlp__Request *trees[POOL];
	struct identities identities;
	struct arena series; /* what the identities are taught */
	size_t points, known, refused;
};

/* Whether a metric has no points, for which the quick visitor leaves the whole
 * message to the other one. */
static bool
pool_has_gap(const Otlp__Request *tree)
{
	for (size_t i = 0; i < tree->n_resource_metrics; i++)
		for (size_t k = 0;
		     k < tree->resource_metrics[i]->n_scope_metrics; k++) {
			const Otlp__ScopeMetrics *scope =
			    tree->resource_metrics[i]->scope_metrics[k];

			for (size_t m = 0; m < scope->n_metrics; m++)
				if (scope->metrics[m]->summary == NULL ||
				    scope->metrics[m]->summary->n_data_points ==
					0)
					return true;
		}
	return false;
}

/* A message of the writer's, as protobuf-c sees it; every sixth has something
 * in it that a metric stream never sends. */
static Otlp__Request *
pool_make(void)
{
	unsigned odd = writer_below(6) == 0 ? 1 + writer_below(12) : 0;

	for (;;) {
		struct buf record = {0};
		Otlp__Request *tree;
		size_t at = 0;

		writer_message(&record, odd);
		while ((record.bytes[at++] & 0x80) != 0)
			continue;
		tree = otlp__request__unpack(
		    NULL, record.len - at, (const uint8_t *)record.bytes + at);
		buf_fini(&record);
		if (tree != NULL && tree->n_resource_metrics > 0 &&
		    (odd > 0 || !pool_has_gap(tree)))
			return tree;
		if (tree != NULL)
			otlp__request__free_unpacked(tree, NULL);
	}
}

/* Never -0.0, which protobuf-c takes for the default and does not pack. */
static double
pool_value(void)
{
	uint64_t bits = (uint64_t)writer_below(1u << 31) << 33 |
	    (uint64_t)writer_below(1u << 31) << 2 | writer_below(4);
	double value;

	switch (writer_below(64)) {
	case 0: /* any at all, NaN and infinity too */
		memcpy(&value, &bits, sizeof(value));
		return value == 0 ? 1 : value;
	case 1:
		return 0;
	case 2:
		return writer_below(3);
	case 3:
		return writer_below(1u << 20) / 64.0;
	default: /* 2^-512 to 2^256 */
		bits = (bits & 0x800fffffffffffff) |
		    (511ull + writer_below(768)) << 52;
		memcpy(&value, &bits, sizeof(value));
		return value;
	}
}

static void
pool_change_point(Otlp__Point *point)
{
	point->start_time_unix_nano =
	    (27000000 + (uint64_t)writer_below(1u << 20)) * 60000000000;
	point->count = writer_below(1u << 30);
	point->sum = pool_value();
	for (size_t i = 0; i < point->n_quantile_values; i++)
		point->quantile_values[i]->value = pool_value();
}

static void
pool_change(const Otlp__Request *tree)
{
	for (size_t i = 0; i < tree->n_resource_metrics; i++)
		for (size_t k = 0;
		     k < tree->resource_metrics[i]->n_scope_metrics; k++) {
			const Otlp__ScopeMetrics *scope =
			    tree->resource_metrics[i]->scope_metrics[k];

			for (size_t m = 0; m < scope->n_metrics; m++) {
				Otlp__Summary *summary =
				    scope->metrics[m]->summary;

				for (size_t p = 0; summary != NULL &&
				     p < summary->n_data_points;
				     p++)
					pool_change_point(
					    summary->data_points[p]);
			}
		}
}

static struct series_key *
pool_copy(struct otlp_pool *pool, const struct series_key *from)
{
	struct arena *arena = &pool->series;
	struct series_key *key = arena_alloc(arena, sizeof(*key));
	struct dimension *dimensions =
	    arena_alloc(arena, (from->ndimensions + 1) * sizeof(*dimensions));

	*key = (struct series_key){arena_copy(arena, from->account),
	    arena_copy(arena, from->region), arena_copy(arena, from->namespace),
	    arena_copy(arena, from->metric), arena_copy(arena, from->unit),
	    dimensions, from->ndimensions};
	for (size_t i = 0; i < from->ndimensions; i++)
		dimensions[i] = (struct dimension){
		    arena_copy(arena, from->dimensions[i].name),
		    arena_copy(arena, from->dimensions[i].value)};
	return key;
}

static void
pool_learn(struct otlp_pool *pool, const struct decoded *out)
{
	for (size_t i = 0; i < out->npoints; i++) {
		const struct point *p = &out->points[i];

		pool->known += p->known != NULL;
		if (p->teach != NULL)
			identities_teach(&pool->identities, p->teach,
			    pool_copy(pool, &p->series));
	}
}

/* The message by one visitor; *points those that the tree has as well. */
static const char *
pool_decode(struct otlp_pool *pool, const Otlp__Request *tree,
    struct span record, bool quick, size_t *points)
{
	struct decoded out;
	struct arena arena;
	const char *fault;

	arena_init(&arena);
	decoded_init(&out, &arena);
	if (quick)
		out.identities = &pool->identities;
	decoders[1].decode(&out, record, 0);
	fault = otlp_tree_compare(tree, &out, 0, out.nrejects, points);
	pool->refused += out.nrejects;
	if (quick)
		pool_learn(pool, &out);
	arena_fini(&arena);
	return fault;
}

static const char *
pool_round(struct otlp_pool *pool, const Otlp__Request *tree)
{
	size_t len = otlp__request__get_packed_size(tree), again = 0;
	struct buf record = {0};
	const char *fault;

	writer_varint(&record, len);
	otlp__request__pack(tree, (uint8_t *)buf_reserve(&record, len + 1));
	record.len += len;
	fault =
	    pool_decode(pool, tree, buf_span(&record), false, &pool->points);
	if (fault == NULL)
		fault =
		    pool_decode(pool, tree, buf_span(&record), true, &again);
	buf_fini(&record);
	return fault;
}

int
main(int argc, char **argv)
{
	size_t wanted = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct otlp_pool pool = {0};
	const char *fault = NULL;

	identities_init(&pool.identities);
	arena_init(&pool.series);
	for (size_t i = 0; i < POOL; i++)
		pool.trees[i] = pool_make();
	while (fault == NULL && pool.points < wanted) {
		size_t i = writer_below(POOL);

		if (writer_below(64) == 0) {
			otlp__request__free_unpacked(pool.trees[i], NULL);
			pool.trees[i] = pool_make();
		}
		pool_change(pool.trees[i]);
		fault = pool_round(&pool, pool.trees[i]);
	}
	printf("otlp: %zu points compared with protobuf-c, %zu of them known "
	       "to the cache, %zu rejected by both visitors%s%s\n",
	    pool.points, pool.known, pool.refused / 2,
	    fault == NULL ? "" : ": ", fault == NULL ? "" : fault);
	for (size_t i = 0; i < POOL; i++)
		otlp__request__free_unpacked(pool.trees[i], NULL);
	identities_fini(&pool.identities);
	arena_fini(&pool.series);
	return fault == NULL && wanted > 0 && pool.known > wanted / 3 * 2 ? 0
									  : 1;
}
