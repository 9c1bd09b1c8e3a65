/*
 * A naive evaluator that keeps everything and recomputes everything, against
 * the engine, over random histories: oracle_world.h says of what.
 *
 * TOCSIN_SEED=n and TOCSIN_ROUNDS=n run other histories, or more (with
 * CK_FORK=no, for Check stops a test after a minute).
 */
#include <stdio.h>

#include "oracle_run.h"
#include "testing.h"

#define SEED 1
#define ROUNDS 150
#define ALARM_MINUTES 100000
#define OFTEN 50

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void
one_history(uint64_t seed, struct oracle_seen *seen)
{
	struct oracle_world world;
	bool differs;

	oracle_world_make(&world, seed);
	differs = oracle_compare(&world, seen).differs;
	if (differs) {
		oracle_shrink(&world);
		oracle_print(&world);
	}
	oracle_world_fini(&world);
	ck_assert_msg(!differs,
	    "seed %llu: the engine and the naive evaluator "
	    "differ",
	    (unsigned long long)seed);
}

static void
print_seen(const struct oracle_seen *s)
{
	printf("%zu alarm-minutes, %zu restarts; changes: %zu of metrics, %zu "
	       "of expressions, %zu of queries (%zu contributors), %zu of "
	       "composites; %zu revised, %zu released, %zu by the hour, %zu "
	       "held by a wait, %zu by a suppressor; %zu texts\n",
	    s->alarm_minutes, s->restarts, s->changes[KIND_METRIC],
	    s->changes[KIND_MATH], s->changes[KIND_QUERY], s->contributors,
	    s->changes[KIND_COMPOSITE], s->revised, s->released, s->hourly,
	    s->held[1], s->held[3], s->reasons);
}

START_TEST(the_engine_agrees_with_the_naive_evaluator)
{
	uint64_t seed = from_environment("TOCSIN_SEED", SEED);
	uint64_t rounds = from_environment("TOCSIN_ROUNDS", ROUNDS);
	struct oracle_seen seen = {0};

	for (uint64_t i = 0; i < rounds; i++)
		one_history(seed + i, &seen);
	print_seen(&seen);
	if (rounds < ROUNDS)
		return;
	ck_assert_uint_ge(seen.alarm_minutes, ALARM_MINUTES);
	for (int kind = 0; kind < 4; kind++)
		ck_assert_uint_ge(seen.changes[kind], OFTEN);
	ck_assert_uint_ge(seen.contributors, OFTEN);
	ck_assert_uint_ge(seen.revised, OFTEN);
	ck_assert_uint_ge(seen.released, OFTEN);
	ck_assert_uint_ge(seen.reasons, OFTEN);
	ck_assert_uint_ge(seen.hourly, OFTEN);
	ck_assert_uint_ge(seen.restarts, OFTEN);
	ck_assert_uint_ge(seen.held[1], OFTEN);
	ck_assert_uint_ge(seen.held[3], OFTEN);
}
END_TEST

TEST_MAIN("oracle", the_engine_agrees_with_the_naive_evaluator)
