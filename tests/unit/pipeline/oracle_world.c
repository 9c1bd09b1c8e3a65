/* Random histories: series, and entries with gaps, late, repeated and replaced
 * points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_world.h"

int64_t
oracle_roll(struct oracle_dice *dice, int64_t below)
{
	dice->state =
	    dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int64_t)((dice->state >> 33) % (uint64_t)below);
}

bool
oracle_chance(struct oracle_dice *dice, int percent)
{
	return oracle_roll(dice, 100) < percent;
}

int64_t
oracle_floor(int64_t ms, int64_t step_ms)
{
	int64_t rest = ms % step_ms;

	return ms - (rest < 0 ? rest + step_ms : rest);
}

void
oracle_notes_add(struct oracle_notes *notes, const struct oracle_note *note)
{
	if (notes->count == notes->room) {
		notes->room = notes->room == 0 ? 256 : notes->room * 2;
		notes->at =
		    realloc(notes->at, notes->room * sizeof(*notes->at));
		if (notes->at == NULL)
			abort();
	}
	notes->at[notes->count++] = *note;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
has_series(const struct oracle_world *world, const struct oracle_name *name)
{
	for (int i = 0; i < world->nseries; i++) {
		const struct oracle_name *s = &world->series[i];

		if (same_text(s->namespace, name->namespace) &&
		    same_text(s->metric, name->metric) &&
		    same_text(s->team, name->team) &&
		    same_text(s->host, name->host) &&
		    same_text(s->region, name->region) &&
		    same_text(s->unit, name->unit))
			return true;
	}
	return false;
}

static void
make_series(struct oracle_world *world, struct oracle_dice *dice)
{
	static const char *const metrics[] = {"errors", "requests", "faults"};
	static const char *const teams[] = {NULL, "a", "b", "c", "Other"};
	static const char *const hosts[] = {NULL, NULL, "x", "y"};
	int wanted = 4 + (int)oracle_roll(dice, ORACLE_SERIES - 3);

	while (world->nseries < wanted) {
		struct oracle_name name = {
		    .namespace = oracle_chance(dice, 85) ? "N" : "AWS/DynamoDB",
		    .metric = metrics[oracle_roll(dice, 3)],
		    .team = teams[oracle_roll(dice, 5)],
		    .host = hosts[oracle_roll(dice, 4)],
		    .region = oracle_chance(dice, 75) ? "r1" : "r2",
		    .unit = oracle_chance(dice, 80) ? "Count" : "Seconds"};

		if (!has_series(world, &name))
			world->series[world->nseries++] = name;
	}
}

/* What a history is like. */
struct weather {
	int64_t step_min_ms, step_more_ms; /* from clock to clock */
	int64_t length_ms;		   /* of all clocks */
	int64_t late_max;		   /* minutes, most of the time less */
	int density;			   /* percent of clocks with points */
	int burst;			   /* most points of an entry */
	int restarts;			   /* percent of clocks */
};

static struct oracle_point
make_point(struct oracle_world *world, struct oracle_dice *dice,
    const struct weather *weather, int64_t clock_ms)
{
	int64_t late =
	    oracle_roll(dice, oracle_chance(dice, 20) ? weather->late_max : 3);
	int64_t minute =
	    oracle_floor(clock_ms, ORACLE_MINUTE) - (1 + late) * ORACLE_MINUTE;
	double a = (double)oracle_roll(dice, 6),
	       b = (double)oracle_roll(dice, 6);
	double low = fmin(a, b), high = fmax(a, b);
	double count = (double)(1 + oracle_roll(dice, 4));
	struct oracle_point p = {
	    .series = (int)oracle_roll(dice, world->nseries),
	    .count = count,
	    .min = low,
	    .max = high,
	    .p50 = -1,
	    .p90 = -1};

	if (oracle_chance(dice, 3)) /* ahead of time */
		minute += 3 * ORACLE_MINUTE;
	if (oracle_chance(dice, 10)) /* many samples */
		count = p.count = (double)(10 + oracle_roll(dice, 120));
	p.at_ms = minute + oracle_roll(dice, 60) * 1000;
	p.sum = low * count +
	    (double)oracle_roll(dice, (int64_t)((high - low) * count) + 1);
	if (oracle_chance(dice, 85)) {
		p.p50 = low;
		p.p90 = high;
	}
	return p;
}

static void
make_entries(struct oracle_world *world, struct oracle_dice *dice,
    const struct weather *weather)
{
	int64_t begin =
	    ORACLE_START + weather->late_max * ORACLE_MINUTE + ORACLE_HOUR;
	int64_t end = begin + weather->length_ms;
	size_t room = (size_t)(weather->length_ms / weather->step_min_ms) + 1;
	bool silent = false;

	world->minutes = (end - ORACLE_START) / ORACLE_MINUTE + 60;
	world->entries = calloc(room, sizeof(*world->entries));
	world->points =
	    calloc(room * (size_t)weather->burst, sizeof(*world->points));
	if (world->entries == NULL || world->points == NULL)
		abort();
	for (int64_t clock = begin; clock < end; clock += weather->step_min_ms +
		 (weather->step_more_ms == 0
			 ? 0
			 : oracle_roll(dice, weather->step_more_ms))) {
		struct oracle_entry *entry = &world->entries[world->nentries++];
		int64_t n = 0;

		if (oracle_chance(dice, 2))
			silent = !silent;
		if (!silent && oracle_chance(dice, weather->density))
			n = 1 + oracle_roll(dice, weather->burst);
		*entry = (struct oracle_entry){.clock_ms = clock,
		    .first = world->npoints,
		    .npoints = (size_t)n,
		    .restart = oracle_chance(dice, weather->restarts)};
		for (; n > 0; n--)
			world->points[world->npoints++] =
			    make_point(world, dice, weather, clock);
	}
}

void
oracle_world_make(struct oracle_world *world, uint64_t seed)
{
	struct oracle_dice dice = {seed * 0x9E3779B97F4A7C15ULL};
	bool hourly = seed % 12 == 0;
	struct weather weather = {.step_min_ms = 1000,
	    .step_more_ms = 44000,
	    .length_ms = 110 * ORACLE_MINUTE,
	    .late_max = 12};

	*world = (struct oracle_world){
	    .seed = seed, .event_order = seed % 3 == 0, .option_delay_ms = -1};
	oracle_roll(&dice, 2);
	if (oracle_chance(&dice, 25))
		world->option_delay_ms = oracle_roll(&dice, 4) * ORACLE_MINUTE;
	world->delay_ms = oracle_roll(&dice, 11) * 30000;
	world->dynamo_delay_ms = oracle_roll(&dice, 11) * 30000;
	weather.density = 10 + (int)oracle_roll(&dice, 90);
	weather.burst = 1 + (int)oracle_roll(&dice, 12);
	weather.restarts =
	    oracle_chance(&dice, 60) ? 0 : 1 + (int)oracle_roll(&dice, 30);
	if (hourly) {
		weather.length_ms = 4 * ORACLE_DAY;
		weather.step_min_ms = 7 * ORACLE_MINUTE;
		weather.step_more_ms = 25 * ORACLE_MINUTE;
		weather.late_max = 200;
		if (world->event_order) /* clocks are whole minutes */
			weather.step_more_ms = 0;
	} else if (world->event_order) {
		weather.step_min_ms = ORACLE_MINUTE;
		weather.step_more_ms = 0;
	}
	make_series(world, &dice);
	oracle_alarms_make(world, &dice, hourly);
	make_entries(world, &dice, &weather);
}

void
oracle_world_fini(struct oracle_world *world)
{
	free(world->points);
	free(world->entries);
	*world = (struct oracle_world){0};
}
