/* Seeded choices: the same on every machine (splitmix64). */
#ifndef TESTS_FAULTS_RNG_H
#define TESTS_FAULTS_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
rng_next(struct rng *rng)
{
	uint64_t mixed = rng->state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
	return mixed ^ (mixed >> 31);
}

/* 0 to bound - 1. */
static inline uint64_t
rng_below(struct rng *rng, uint64_t bound)
{
	return rng_next(rng) % bound;
}

static inline bool
rng_one_in(struct rng *rng, uint64_t bound)
{
	return rng_below(rng, bound) == 0;
}

/* A stream of its own for the n-th of something. */
static inline struct rng
rng_of(uint64_t seed, uint64_t n)
{
	struct rng rng = {seed * 0xd1342543de82ef95u + n};

	rng_next(&rng);
	return rng;
}

#endif
