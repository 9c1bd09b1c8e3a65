/* What groups hold, against the same made anew from the members each time. */
#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "pipeline/window/group.h"
#include "testing.h"

/* A generator of our own: the same numbers everywhere. */
static uint64_t random_state;

static uint64_t
roll(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

#define SERIES 60

/* Series of five teams, some without one, some in two Zones. */
struct world {
	struct arena arena;
	struct series_table table;
	struct groups groups;
	struct group *of[SERIES]; /* NULL: not bound yet */
};

static struct series *
world_series(struct world *world, size_t i)
{
	struct dimension dimensions[3];
	struct series_key key = {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"),
	    SPAN_OF("m"), SPAN_OF("None"), dimensions, 0};
	char number[24], team[2] = {(char)('a' + i % 5), 0};
	bool is_new;

	snprintf(number, sizeof(number), "%zu", i);
	dimensions[key.ndimensions++] =
	    (struct dimension){SPAN_OF("Id"), span_text(number)};
	if (i % 7 != 0)
		dimensions[key.ndimensions++] =
		    (struct dimension){SPAN_OF("Team"), span_text(team)};
	if (i % 3 == 0)
		dimensions[key.ndimensions++] =
		    (struct dimension){SPAN_OF("Zone"), SPAN_OF("z")};
	return series_intern(&world->table, &key, &is_new);
}

static const struct insights *
parsed(struct arena *arena, const char *text)
{
	struct insights_fault fault;
	const struct insights *query =
	    insights_parse(arena, span_text(text), &fault);

	ck_assert_msg(query != NULL, "%s: %s", text, fault.text);
	return query;
}

static void
world_init(struct world *world, const char *text)
{
	*world = (struct world){0};
	arena_init(&world->arena);
	series_table_init(&world->table);
	groups_init(&world->groups, parsed(&world->arena, text));
	for (size_t i = 0; i < SERIES; i++)
		world_series(world, i);
}

static void
world_fini(struct world *world)
{
	groups_fini(&world->groups);
	series_table_fini(&world->table);
	arena_fini(&world->arena);
}

/* One point of a series, as the engine puts it. */
static enum pane_put
world_put(
    struct world *world, size_t i, const struct pane *pane, int64_t oldest)
{
	enum pane_put how = panes_put(
	    &series_history(world->table.at[i])->panes, pane, NULL, oldest);

	if (world->of[i] != NULL)
		group_pane(world->of[i], how, pane, oldest);
	return how;
}

static void
world_bind(struct world *world, size_t i, int64_t oldest)
{
	if (world->of[i] == NULL)
		world->of[i] =
		    groups_bind(&world->groups, world->table.at[i], oldest);
}

static bool
has_values(const struct insights *query, const struct group *group,
    const struct series *series)
{
	struct series_name room;
	const struct series_key *key = series_key(series, &room);

	for (size_t i = 0; i < query->ngroup_by; i++)
		if (!span_equal(
			group->values[i], insights_group_value(query, i, key)))
			return false;
	return true;
}

/* The group's pane made anew, from the keys of series rather than members. */
static struct window
naive(const struct world *world, const struct group *group, int64_t index)
{
	struct window window = {0};

	for (size_t i = 0; i < SERIES; i++) {
		const struct series *series = world->table.at[i];
		const struct pane *pane =
		    panes_get(series_panes(series), index);

		if (pane != NULL && world->of[i] != NULL &&
		    has_values(world->groups.query, group, series))
			window_add(&window, pane);
	}
	return window;
}

static void
world_check(const struct world *world, int64_t oldest, int64_t now)
{
	for (size_t g = 0; g < world->groups.count; g++)
		for (int64_t i = oldest; i <= now; i++) {
			const struct group *group = world->groups.at[g];
			const struct pane *pane = panes_get(&group->panes, i);
			struct window window = naive(world, group, i);

			ck_assert_int_eq(pane != NULL, window.panes > 0);
			if (pane == NULL)
				continue;
			ck_assert(pane->sum == window.sum);
			ck_assert(pane->count == window.count);
			ck_assert(pane->min == window.min);
			ck_assert(pane->max == window.max);
		}
}

/* Points that come late, twice, changed, out of order; time that jumps. */
static void
world_run(struct world *world, uint64_t seed, size_t puts[PANE_FAR + 1])
{
	int64_t now = -30;

	random_state = seed;
	for (size_t step = 0; step < 4000; step++) {
		size_t i = roll(SERIES);
		double min = (double)roll(100) - 50;
		struct pane pane = {now - (int64_t)roll(24),
		    (double)roll(1000) - 500, 1 + (double)roll(4), min,
		    min + (double)roll(50)};

		if (roll(3) == 0)
			pane.index = now;
		now += roll(60) == 0 ? (int64_t)roll(90) : roll(9) == 0;
		if (step % 50 == 0)
			world_bind(world, i, now - 20);
		puts[world_put(world, i, &pane, now - 20)]++;
		if (roll(40) != 0)
			continue;
		groups_settle(&world->groups);
		world_check(world, now - 20, now);
	}
}

static const char *const queries[] = {
    "SELECT AVG(m) FROM n",
    "SELECT AVG(m) FROM n GROUP BY Team",
    "SELECT AVG(m) FROM n GROUP BY Zone_, Team",
    "SELECT AVG(m) FROM n GROUP BY Team, \"Zone\"",
    "SELECT AVG(m) FROM n GROUP BY Id",
};
#define QUERIES (sizeof(queries) / sizeof(*queries))

START_TEST(holds_what_its_members_hold)
{
	size_t puts[PANE_FAR + 1] = {0};

	for (size_t q = 0; q < QUERIES; q++)
		for (uint64_t seed = 1; seed <= 3; seed++) {
			struct world world;

			world_init(&world, queries[q]);
			world_run(&world, seed * 7919 + q, puts);
			world_fini(&world);
		}
	/* The streams held what they are for. */
	ck_assert_uint_gt(puts[PANE_NEW], 500);
	ck_assert_uint_gt(puts[PANE_REPLACED], 500);
	ck_assert_uint_gt(puts[PANE_KEPT_OLD], 500);
	ck_assert_uint_gt(puts[PANE_LATE], 500);
}
END_TEST

/* Every member's minutes replaced many times between two readings. */
START_TEST(settles_each_dirty_index_once)
{
	struct world world;
	int64_t oldest = 1000, now = oldest + 300;

	world_init(&world, "SELECT AVG(m) FROM n GROUP BY Team");
	random_state = 5;
	for (size_t i = 0; i < SERIES; i++)
		world_bind(&world, i, oldest);
	for (size_t round = 0; round < 20000; round++) {
		struct pane pane = {oldest + (int64_t)roll(300),
		    (double)roll(1000), (double)(1 + round), 0, 1};

		world_put(&world, roll(SERIES), &pane, oldest);
	}
	for (size_t g = 0; g < world.groups.count; g++)
		ck_assert_uint_le(world.groups.at[g]->dirty.room, 1024);
	groups_settle(&world.groups);
	world_check(&world, oldest, now);
	for (size_t g = 0; g < world.groups.count; g++)
		ck_assert_uint_eq(world.groups.at[g]->dirty.count, 0);
	world_fini(&world);
}
END_TEST

/* Nothing is counted twice when a series with panes comes in. */
START_TEST(late_members_bring_their_panes)
{
	const struct pane first = {100, 10, 2, 1, 9}, old = {50, 1, 1, 1, 1};
	const struct pane second = {100, 5, 1, -5, 5};
	struct world world;
	const struct pane *pane;

	world_init(&world, "SELECT AVG(m) FROM n");
	ck_assert_uint_eq(world.groups.count, 1);
	ck_assert_uint_eq(world.groups.at[0]->nvalues, 0);
	world_put(&world, 0, &old, 40);
	world_put(&world, 0, &first, 90);
	world_put(&world, 1, &second, 90);
	world_bind(&world, 0, 90);
	world_bind(&world, 1, 90);
	world_bind(&world, 2, 90); /* has none */
	ck_assert_uint_eq(world.groups.count, 1);
	pane = panes_get(&world.groups.at[0]->panes, 100);
	ck_assert(pane->sum == 15 && pane->count == 3);
	ck_assert(pane->min == -5 && pane->max == 9);
	ck_assert_ptr_null(panes_get(&world.groups.at[0]->panes, 50));
	world_fini(&world);
}
END_TEST

START_TEST(ignores_what_changes_nothing)
{
	const struct pane pane = {100, 10, 2, 1, 9},
			  far = {INT64_C(1) << 40, 1, 1, 1, 1};
	const struct pane late = {89, 1, 1, 1, 1};
	struct world world;
	struct group *group;

	world_init(&world, "SELECT AVG(m) FROM n");
	world_bind(&world, 0, 90);
	group = world.of[0];
	world_put(&world, 0, &pane, 90);
	group_pane(group, PANE_SAME, &pane, 90);
	group_pane(group, PANE_KEPT_OLD, &pane, 90);
	group_pane(group, PANE_LATE, &late, 90);
	group_pane(group, PANE_NEW, &late, 90);
	group_pane(group, PANE_FAR, &far, 90);
	group_pane(group, PANE_NEW, &far, 90);
	ck_assert_uint_eq(group->dirty.count, 0);
	ck_assert_ptr_null(world.groups.dirty);
	ck_assert(panes_get(&group->panes, 100)->sum == 10);
	ck_assert_ptr_null(panes_get(&group->panes, 89));
	ck_assert_uint_le(group->panes.room, 16);
	world_fini(&world);
}
END_TEST

/* The bytes of all panes, in the order of sorted groups. */
static uint64_t
world_hash(struct world *world, int64_t from, int64_t to)
{
	struct group *const *sorted = groups_sorted(&world->groups);
	struct buf all = {0};
	uint64_t hash;

	for (size_t g = 0; g < world->groups.count; g++)
		for (int64_t i = from; i <= to; i++) {
			const struct pane *pane =
			    panes_get(&sorted[g]->panes, i);

			buf_text(&all, sorted[g]->id);
			if (pane != NULL)
				buf_put(&all, pane, sizeof(*pane));
		}
	hash = hash_stable(buf_span(&all));
	buf_fini(&all);
	return hash;
}

/*
 * Fractions that no double holds, with sums that cancel: put in the order
 * `first` rules, some twice with a change, and the series bound before the
 * points, among them or after all.
 */
static uint64_t
fractions(size_t first, size_t bound)
{
	struct world world;
	uint64_t hash;

	world_init(&world, "SELECT AVG(m) FROM n GROUP BY Team");
	for (size_t step = 0; step < SERIES; step++) {
		size_t i = (first + step * 7) % SERIES;

		for (int64_t minute = 0; minute < 10; minute++) {
			double odd = (double)(i * 10 + (size_t)minute) / 7;
			struct pane pane = {minute, i % 2 ? odd : -odd * 1e9,
			    (double)(i + 1) / 3, 0, 1};

			struct pane before = pane;

			before.sum /= 3;
			if (i % 5 == first % 5)
				world_put(&world, i, &before, 0);
			world_put(&world, i, &pane, 0);
		}
		if (step % 9 == first % 9)
			groups_settle(&world.groups);
		if (step == bound)
			for (size_t k = 0; k < SERIES; k++)
				world_bind(&world, (first + k) % SERIES, 0);
	}
	groups_settle(&world.groups);
	ck_assert_uint_eq(world.groups.count, 6);
	hash = world_hash(&world, 0, 10);
	world_fini(&world);
	return hash;
}

START_TEST(same_points_in_any_order_same_bits)
{
	uint64_t hash = fractions(0, 0);

	for (size_t first = 0; first < SERIES; first++) {
		ck_assert(fractions(first, 0) == hash);
		ck_assert(fractions(first, SERIES / 2) == hash);
		ck_assert(fractions(first, SERIES - 1) == hash);
	}
}
END_TEST

/* They are in messages and in the memory of what read them: for ever so. */
START_TEST(ids_are_of_labels_and_values_alone)
{
	struct world there, back;
	static const struct {
		const char *value, *id;
	} ids[] = {
	    {"a", "0718c159aeea6e16"},
	    {"e", "9326b7d54ef69fd1"},
	    {"Other", "6e30c2fcfd9e5186"},
	};

	world_init(&there, "SELECT AVG(m) FROM n GROUP BY Team");
	world_init(&back, "SELECT SUM(m) FROM n GROUP BY Team LIMIT 3");
	for (size_t i = 0; i < SERIES; i++) {
		world_bind(&there, i, 0);
		world_bind(&back, SERIES - 1 - i, 0);
	}
	ck_assert_uint_eq(there.groups.count, 6);
	for (size_t g = 0; g < 6; g++) {
		const struct group *group = groups_sorted(&there.groups)[g];

		ck_assert_uint_eq(there.groups.at[g]->index, g);
		ck_assert_str_eq(group->id, groups_sorted(&back.groups)[g]->id);
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
			if (span_is(group->values[0], ids[i].value))
				ck_assert_str_eq(group->id, ids[i].id);
	}
	world_fini(&there);
	world_fini(&back);
}
END_TEST

/* Other behind all; sorted anew when a group is added. */
START_TEST(sorts_by_values)
{
	static const char *const order[] = {"a", "b", "c", "d", "e", "Other"};
	struct world world;

	world_init(&world, "SELECT AVG(m) FROM n GROUP BY Team");
	ck_assert_uint_eq(world.groups.count, 0);
	world_bind(&world, 0, 0);
	world_bind(&world, 4, 0);
	ck_assert(span_is(groups_sorted(&world.groups)[0]->values[0], "e"));
	for (size_t i = SERIES; i > 0; i--)
		world_bind(&world, i - 1, 0);
	for (size_t g = 0; g < 6; g++)
		ck_assert(span_is(
		    groups_sorted(&world.groups)[g]->values[0], order[g]));
	world_fini(&world);
}
END_TEST

/* Lengths stand in the encoding: no two pairs of values look the same. */
START_TEST(values_do_not_run_into_each_other)
{
	static const struct dimension pairs[][2] = {
	    {{SPAN_OF("A"), SPAN_OF("xy")}, {SPAN_OF("B"), SPAN_OF("z")}},
	    {{SPAN_OF("A"), SPAN_OF("x")}, {SPAN_OF("B"), SPAN_OF("yz")}},
	    {{SPAN_OF("A"), SPAN_OF("")}, {SPAN_OF("B"), SPAN_OF("xyz")}},
	};
	struct series_table table;
	struct groups groups;
	struct arena arena;

	arena_init(&arena);
	series_table_init(&table);
	groups_init(
	    &groups, parsed(&arena, "SELECT AVG(m) FROM n GROUP BY A, B"));
	for (size_t i = 0; i < 3; i++) {
		struct series_key key = {SPAN_OF("1"), SPAN_OF("r"),
		    SPAN_OF("n"), SPAN_OF("m"), SPAN_OF("None"), pairs[i], 2};
		bool is_new;

		groups_bind(&groups, series_intern(&table, &key, &is_new), 0);
	}
	ck_assert_uint_eq(groups.count, 3);
	groups_fini(&groups);
	series_table_fini(&table);
	arena_fini(&arena);
}
END_TEST

START_TEST(refuses_groups_above_the_limit)
{
	struct series_table table;
	struct series *first = NULL;
	struct groups groups;
	struct arena arena;

	arena_init(&arena);
	series_table_init(&table);
	groups_init(
	    &groups, parsed(&arena, "SELECT AVG(m) FROM n GROUP BY Id"));
	for (size_t i = 0; i <= LIMIT_CONTRIBUTORS; i++) {
		char number[24];
		struct dimension id = {SPAN_OF("Id"), {0}};
		struct series_key key = {SPAN_OF("1"), SPAN_OF("r"),
		    SPAN_OF("n"), SPAN_OF("m"), SPAN_OF("None"), &id, 1};
		struct series *series;
		bool is_new;

		snprintf(number, sizeof(number), "%zu", i);
		id.value = span_text(number);
		series = series_intern(&table, &key, &is_new);
		first = i == 0 ? series : first;
		ck_assert_int_eq(groups_bind(&groups, series, 0) != NULL,
		    i < LIMIT_CONTRIBUTORS);
	}
	ck_assert_uint_eq(groups.count, LIMIT_CONTRIBUTORS);
	/* Those that are there still take members. */
	ck_assert_ptr_eq(groups_bind(&groups, first, 0), groups.at[0]);
	groups_fini(&groups);
	series_table_fini(&table);
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("group", holds_what_its_members_hold, settles_each_dirty_index_once,
    late_members_bring_their_panes, ignores_what_changes_nothing,
    same_points_in_any_order_same_bits, ids_are_of_labels_and_values_alone,
    sorts_by_values, values_do_not_run_into_each_other,
    refuses_groups_above_the_limit)
