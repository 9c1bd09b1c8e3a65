#include "rollup_oracle_world.h"

#include <stdio.h>
#include <string.h>

static const char *const world_words[] = {"AVG", "COUNT", "MAX", "MIN", "SUM"};
static const char *const world_labels[] = {
    "AWS.AccountId", "AWS.Region", "Host", "Team"};
static const char *const world_values[][4] = {{"1", "2", "2", "1"},
    {"r1", "r2", "r1", "r3"}, {"a", "b", "c", "Other"}, {"x", "y", "x", "z z"}};

unsigned
world_below(struct world *world, unsigned bound)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (unsigned)(world->random >> 33) % bound;
}

static bool
one_in(struct world *world, unsigned n)
{
	return world_below(world, n) == 0;
}

static bool
series_same(const struct world_series *a, const struct world_series *b)
{
	bool same = a->metric == b->metric && a->unit == b->unit;

	for (int i = 0; i < WORLD_LABELS; i++)
		same = same &&
		    (a->labels[i] == NULL || b->labels[i] == NULL
			    ? a->labels[i] == b->labels[i]
			    : strcmp(a->labels[i], b->labels[i]) == 0);
	return same;
}

static void
series_make(struct world *world, int at)
{
	static const char *const units[] = {"None", "Seconds", "Milliseconds"};
	struct world_series *s = &world->series[at];
	bool taken;

	do {
		s->metric = one_in(world, 4) ? "other" : "lags";
		s->unit = units[world_below(world, 3)];
		for (unsigned i = 0; i < WORLD_LABELS; i++) {
			s->labels[i] = world_values[i][world_below(world, 4)];
			if (i >= WORLD_HOST && one_in(world, 3))
				s->labels[i] = NULL;
		}
		taken = false;
		for (int i = 0; i < at; i++)
			taken = taken || series_same(s, &world->series[i]);
	} while (taken);
	world->from[at] =
	    one_in(world, 2) ? 0 : (int)world_below(world, WORLD_MINUTES);
	world->to[at] = one_in(world, 2)
	    ? WORLD_MINUTES
	    : world->from[at] + 1 + (int)world_below(world, 60);
}

static void
rollup_groups_by(struct world *world, struct world_rollup *r)
{
	unsigned first = world_below(world, WORLD_LABELS);

	r->nby = (int)world_below(world, 4);
	for (int i = 0; i < r->nby; i++)
		r->by[i] = (first + (unsigned)i) % WORLD_LABELS;
}

static void
rollup_make(struct world *world, struct world_rollup *r)
{
	static const int minutes[] = {1, 1, 2, 3, 5, 8};

	*r = (struct world_rollup){.name = world->named++,
	    .function = world_below(world, WORLD_FUNCTIONS),
	    .metric = one_in(world, 5) ? "other" : "lags",
	    .schema = one_in(world, 2) ? -1 : (int)world_below(world, 4),
	    .where = one_in(world, 2) ? -1 : (int)world_below(world, 4),
	    .equal = one_in(world, 2),
	    .ordered = one_in(world, 2),
	    .descending = one_in(world, 2),
	    .order_by = world_below(world, WORLD_FUNCTIONS),
	    .limit = one_in(world, 3) ? 1 + (int)world_below(world, 3) : 0,
	    .delay = (int)world_below(world, 5),
	    .revise = (int)world_below(world, 12),
	    .early = one_in(world, 3)};
	if (r->where >= 0)
		r->value = world_values[r->where][world_below(world, 4)];
	rollup_groups_by(world, r);
	r->window = minutes[world_below(world, 6)];
	r->every = r->window;
	if (one_in(world, 2))
		r->every = 1 + (int)world_below(world, (unsigned)r->window);
}

void
world_make(struct world *world, uint64_t seed)
{
	*world = (struct world){
	    .random = seed * 0x9e3779b97f4a7c15u + 1, .now_ms = WORLD_START};
	for (int i = 0; i < 10; i++)
		world_below(world, 2);
	world->nseries = 2 + (int)world_below(world, WORLD_SERIES - 1);
	for (int i = 0; i < world->nseries; i++)
		series_make(world, i);
	world->nrollups = 1 + (int)world_below(world, WORLD_ROLLUPS);
	for (int i = 0; i < world->nrollups; i++)
		rollup_make(world, &world->rollups[i]);
}

/* One goes, one comes, one waits less, or they change places. */
static void
world_change(struct world *world)
{
	unsigned at = world_below(world, (unsigned)world->nrollups);
	struct world_rollup *r = &world->rollups[at], other = *r;

	switch (world_below(world, 4)) {
	case 0:
		rollup_make(world, r);
		break;
	case 1:
		r->delay = (int)world_below(world, (unsigned)r->delay + 1);
		break;
	case 2:
		*r = world->rollups[0];
		world->rollups[0] = other;
		break;
	default:
		if (world->nrollups < WORLD_ROLLUPS)
			rollup_make(world, &world->rollups[world->nrollups++]);
	}
}

/* Mostly of the last minutes, some late, some of minutes to come; numbers with
 * which sums are exact. */
static bool
point_make(struct world *world, struct world_point *point)
{
	int minute = (int)((world->now_ms - WORLD_START) / WORLD_MINUTE);
	int ago = one_in(world, 4) ? (int)world_below(world, 28)
				   : (int)world_below(world, 4);
	double a = (double)world_below(world, 400) / 8 - 10;
	double b = (double)world_below(world, 400) / 8 - 10;

	if (one_in(world, 20))
		ago = -(int)world_below(world, 119);
	*point = (struct world_point){
	    .series = (int)world_below(world, (unsigned)world->nseries),
	    .pane = WORLD_BEFORE + minute - ago,
	    .count = 1 + (double)world_below(world, 4),
	    .min = a < b ? a : b,
	    .max = a < b ? b : a};
	point->sum = a + b;
	return minute >= world->from[point->series] &&
	    minute < world->to[point->series];
}

bool
world_next(struct world *world, struct world_entry *entry)
{
	unsigned n = world_below(world, one_in(world, 3) ? WORLD_POINTS : 4);
	int64_t step = (int64_t)world_below(world, 50) * 1000;

	if (one_in(world, 150))
		step = (1 + (int64_t)world_below(world, 60)) * WORLD_MINUTE;
	world->now_ms += step;
	entry->now_ms = world->now_ms;
	entry->npoints = 0;
	entry->config = one_in(world, 60);
	if (world->now_ms >= WORLD_START + WORLD_MINUTES * WORLD_MINUTE)
		return false;
	if (entry->config)
		world_change(world);
	for (unsigned i = 0; i < n && !entry->config; i++)
		entry->npoints +=
		    point_make(world, &entry->points[entry->npoints]);
	return true;
}

void
world_query(const struct world_rollup *r, char *out, size_t size)
{
	static const char *const schemas[] = {
	    "", ", Host", ", Team", ", Team, Host"};
	size_t at = (size_t)snprintf(out, size, "SELECT %s(%s) FROM ",
	    world_words[r->function], r->metric);

	at += r->schema < 0 ? (size_t)snprintf(out + at, size - at, "N")
			    : (size_t)snprintf(out + at, size - at,
				  "SCHEMA(N%s)", schemas[r->schema]);
	if (r->where >= 0)
		at += (size_t)snprintf(out + at, size - at, " WHERE %s %s '%s'",
		    world_labels[r->where], r->equal ? "=" : "!=", r->value);
	for (int i = 0; i < r->nby; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s",
		    i == 0 ? " GROUP BY " : ", ", world_labels[r->by[i]]);
	if (r->ordered)
		at += (size_t)snprintf(out + at, size - at, " ORDER BY %s()%s",
		    world_words[r->order_by], r->descending ? " DESC" : "");
	if (r->limit > 0)
		snprintf(out + at, size - at, " LIMIT %d", r->limit);
}
