/* Rollups in the engine: limits, definitions that are replaced or bad, and what
 * a clock that jumps leaves behind. Windows and values are the oracle's. */
#include "base/limits.h"
#include "pipeline/engine.h"
#include "testing.h"

#define START 1767225600000 /* 2026-01-01T00:00:00Z */
#define MINUTE 60000LL

#define ROLLUP(name, query, more)                                              \
	"{\"name\":\"" name "\",\"query\":\"" query "\"," more "}"
#define CONFIG(rollups) "{\"rollups\":[" rollups "]}"

struct run {
	struct engine *engine;
	struct outcome outcome;
	struct buf text; /* of the last entry's lines */
	uint64_t seq;
};

static void
begin(struct run *run)
{
	const struct engine_options options = {
	    .step_ms = MINUTE, .delay_ms = -1, .from_ms = INT64_MIN};

	*run = (struct run){.engine = engine_create(&options)};
	outcome_init(&run->outcome);
}

static void
end(struct run *run)
{
	engine_free(&run->engine);
	outcome_fini(&run->outcome);
	buf_fini(&run->text);
}

static const char *
apply(struct run *run, struct entry entry)
{
	struct err err;

	entry.seq = ++run->seq;
	ck_assert_int_eq(
	    engine_apply(run->engine, &entry, &run->outcome, &err), RC_OK);
	buf_clear(&run->text);
	for (size_t i = 0; i < run->outcome.nrollups; i++) {
		const struct rollup_line *line = &run->outcome.rollups[i];

		if (line->rollup == NULL)
			continue;
		buf_printf(&run->text, "%.*s %lld %g%s%s,",
		    SPAN_ARGS(line->rollup->name),
		    (long long)((line->start_ms - START) / MINUTE), line->value,
		    line->final ? "" : " early",
		    line->revised ? " revised" : "");
	}
	return buf_cstr(&run->text);
}

/* Times in seconds since the start. */
static const char *
configure(struct run *run, int64_t at, const char *config)
{
	outcome_clear(&run->outcome);
	return apply(run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = START + at * 1000,
		.config = span_text(config)});
}

static const char *
tick(struct run *run, int64_t at)
{
	outcome_clear(&run->outcome);
	return apply(run,
	    (struct entry){
		.kind = ENTRY_TICK, .arrival_ms = START + at * 1000});
}

static struct point
point_make(int minute, const struct dimension *dimension, double value)
{
	return (struct point){.series = {.account = SPAN_OF("1"),
				  .region = SPAN_OF("r"),
				  .namespace = SPAN_OF("N"),
				  .metric = SPAN_OF("m"),
				  .unit = SPAN_OF("None"),
				  .dimensions = dimension,
				  .ndimensions = 1},
	    .timestamp_ms = START + minute * MINUTE,
	    .sum = value,
	    .count = 1,
	    .min = value,
	    .max = value};
}

static const char *
say(struct run *run, int64_t at, int minute, const char *id, double value)
{
	const struct dimension dimension = {SPAN_OF("Id"), span_text(id)};
	const struct point point = point_make(minute, &dimension, value);

	outcome_clear(&run->outcome);
	return apply(run,
	    (struct entry){.kind = ENTRY_POINTS,
		.arrival_ms = START + at * 1000,
		.points = &point,
		.npoints = 1});
}

/* So many series speak in the first minute. */
static void
flood(struct run *run, size_t count)
{
	struct arena arena;
	struct point *points;

	arena_init(&arena);
	points = arena_alloc(&arena, count * sizeof(*points));
	for (size_t i = 0; i < count; i++) {
		struct dimension *dimension =
		    arena_alloc(&arena, sizeof(*dimension));

		*dimension = (struct dimension){
		    SPAN_OF("Id"), span_text(arena_printf(&arena, "i-%zu", i))};
		points[i] = point_make(0, dimension, 1);
	}
	outcome_clear(&run->outcome);
	apply(run,
	    (struct entry){.kind = ENTRY_POINTS,
		.arrival_ms = START + 1000,
		.points = points,
		.npoints = count});
	arena_fini(&arena);
}

#define MAX "SELECT MAX(m) FROM N"
#define BY_ID "SELECT SUM(m) FROM N GROUP BY Id"

START_TEST(bad_definitions_are_left_out)
{
	struct run run;

	begin(&run);
	configure(&run, 0,
	    CONFIG(ROLLUP("a", "SELECT", "\"window\":60000") "," ROLLUP(
		"b", MAX, "\"window\":60001") "," ROLLUP("c", MAX,
		"\"window\":60000,\"delay\":0") "," ROLLUP("c", MAX,
		"\"window\":120000")));
	ck_assert_uint_eq(run.outcome.ncomplaints, 3);
	ck_assert_uint_eq(engine_sizes(run.engine).rollups, 1);
	ck_assert_str_eq(say(&run, 60, 0, "x", 5), "c 0 5,");
	end(&run);
}
END_TEST

START_TEST(what_came_before_is_unknown)
{
	struct run run;
	const char *config =
	    CONFIG(ROLLUP("a", MAX, "\"window\":120000,\"delay\":0"));

	begin(&run);
	configure(&run, 90, config); /* in the window from 0 to 2 */
	ck_assert_str_eq(say(&run, 91, 0, "x", 1), "");
	ck_assert_str_eq(say(&run, 92, 1, "x", 2), "");
	ck_assert_str_eq(tick(&run, 120), "");
	ck_assert_str_eq(say(&run, 185, 2, "x", 3), "");
	ck_assert_str_eq(tick(&run, 240), "a 2 3,");
	end(&run);
}
END_TEST

START_TEST(a_revised_window_says_so_once_a_value)
{
	struct run run;
	const char *config = CONFIG(
	    ROLLUP("a", MAX, "\"window\":60000,\"delay\":0,\"revise\":180000"));

	begin(&run);
	configure(&run, 0, config);
	say(&run, 50, 0, "x", 5);
	ck_assert_str_eq(tick(&run, 60), "a 0 5,");
	ck_assert_str_eq(say(&run, 70, 0, "y", 4), ""); /* no other maximum */
	ck_assert_str_eq(say(&run, 80, 0, "y", 7), "a 0 7 revised,");
	ck_assert_str_eq(say(&run, 90, 0, "y", 6), "a 0 6 revised,");
	/* Until three minutes behind its end. */
	ck_assert_str_eq(say(&run, 239, 0, "y", 3), "a 0 5 revised,");
	ck_assert_str_eq(say(&run, 240, 0, "y", 9), "");
	end(&run);
}
END_TEST

START_TEST(replaced_definitions_go_on_or_begin)
{
	const char *other = CONFIG(ROLLUP("b", MAX,
	    "\"window\":60000,\"delay\":0,\"revise\":120000") "," ROLLUP("a",
	    MAX, "\"window\":60000,\"delay\":0,\"revise\":0"));
	struct run run;
	const char *two = CONFIG(ROLLUP("a", MAX,
	    "\"window\":60000,\"delay\":0,\"revise\":0") "," ROLLUP("b", BY_ID,
	    "\"window\":60000,\"delay\":0,\"revise\":120000"));

	begin(&run);
	configure(&run, 0, two);
	say(&run, 50, 0, "x", 5);
	ck_assert_str_eq(tick(&run, 60), "a 0 5,b 0 5,");
	say(&run, 70, 1, "x", 6);
	ck_assert_str_eq(configure(&run, 100, two), "");
	ck_assert_str_eq(say(&run, 101, 0, "x", 5), "");
	ck_assert_str_eq(say(&run, 110, 0, "x", 7), "b 0 7 revised,");
	/* Another query under b's name begins behind the configuration. */
	configure(&run, 111, other);
	ck_assert_str_eq(tick(&run, 120), "a 1 6,");
	say(&run, 130, 2, "x", 8);
	ck_assert_str_eq(tick(&run, 180), "b 2 8,a 2 8,");
	end(&run);
}
END_TEST

/* With more patience than before, older panes are gone already: their windows
 * are not made of the rest. */
START_TEST(more_patience_does_not_revise_what_is_gone)
{
	struct run run;

	begin(&run);
	configure(&run, 0,
	    CONFIG(ROLLUP("a", "SELECT SUM(m) FROM N",
		"\"window\":60000,\"delay\":0,\"revise\":0")));
	say(&run, 50, 0, "x", 5);
	for (int minute = 1; minute < 20; minute++)
		say(&run, minute * 60 + 50, minute, "x", 5);
	configure(&run, 1200,
	    CONFIG(ROLLUP("a", "SELECT SUM(m) FROM N",
		"\"window\":60000,\"delay\":0,\"revise\":3600000")));
	ck_assert_str_eq(say(&run, 1201, 3, "y", 1), "a 19 5,");
	ck_assert_str_eq(say(&run, 1202, 19, "y", 1), "a 19 6 revised,");
	end(&run);
}
END_TEST

/* A batch is the first thing after a long silence: what was told of nobody is
 * told before its points take the place. */
START_TEST(a_clock_that_jumps_loses_no_window)
{
	struct run run;

	begin(&run);
	configure(&run, 0,
	    CONFIG(ROLLUP("a", MAX,
		"\"window\":60000,\"delay\":120000,\"revise\":60000")));
	say(&run, 60, 0, "x", 5);
	say(&run, 120, 1, "x", 6);
	ck_assert_str_eq(
	    say(&run, 24 * 3600, 24 * 60 - 3, "x", 7), "a 0 5,a 1 6,a 1437 7,");
	end(&run);
}
END_TEST

START_TEST(groups_above_the_limit_are_counted_and_named)
{
	struct run run;

	begin(&run);
	configure(&run, 0,
	    CONFIG(ROLLUP(
		"a", BY_ID, "\"window\":60000,\"delay\":0,\"revise\":0")));
	flood(&run, LIMIT_CONTRIBUTORS);
	ck_assert_uint_eq(run.outcome.counts.ungrouped, 0);
	say(&run, 1, 0, "one", 1);
	ck_assert_uint_eq(run.outcome.counts.ungrouped, 1);
	ck_assert_uint_eq(run.outcome.counts.unread, 1);
	ck_assert_uint_eq(run.outcome.ncomplaints, 1);
	ck_assert_ptr_nonnull(strstr(run.outcome.complaints[0],
	    "rollup \"a\" has more than 100000 groups"));
	say(&run, 1, 0, "two", 1);
	ck_assert_uint_eq(run.outcome.counts.ungrouped, 1);
	ck_assert_uint_eq(run.outcome.ncomplaints, 0);
	ck_assert_uint_eq(
	    engine_sizes(run.engine).rollup_groups, LIMIT_CONTRIBUTORS);
	tick(&run, 60);
	ck_assert_uint_eq(run.outcome.nrollups, LIMIT_CONTRIBUTORS);
	end(&run);
}
END_TEST

/* Groups whose series are forgotten make room for others. */
START_TEST(groups_of_the_past_go)
{
	struct run run;

	begin(&run);
	configure(&run, 0,
	    "{\"series\":{\"forget\":3600000},\"rollups\":[" ROLLUP(
		"a", BY_ID, "\"window\":60000,\"delay\":0,\"revise\":0") "]}");
	flood(&run, LIMIT_CONTRIBUTORS);
	say(&run, 2, 0, "one", 1);
	ck_assert_uint_eq(run.outcome.counts.ungrouped, 1);
	say(&run, 7000, 116, "i-7", 7); /* in another hour */
	ck_assert_uint_eq(run.outcome.forgotten, LIMIT_CONTRIBUTORS + 1);
	ck_assert_uint_eq(engine_sizes(run.engine).rollup_groups, 1);
	tick(&run, 7201);
	say(&run, 7202, 120, "i-8", 8);
	say(&run, 7203, 120, "i-6", 6);
	say(&run, 7204, 120, "i-7", 7);
	ck_assert_str_eq(tick(&run, 7260), "a 120 6,a 120 7,a 120 8,");
	end(&run);
}
END_TEST

START_TEST(lines_above_the_limit_are_counted_and_named)
{
	const struct rollup_line none = {0};
	struct run run;

	begin(&run);
	configure(&run, 0,
	    CONFIG(ROLLUP("a", BY_ID, "\"window\":60000,\"delay\":0")));
	say(&run, 1, 0, "x", 5);
	say(&run, 1, 0, "y", 5);
	outcome_clear(&run.outcome);
	for (int i = 0; i < LIMIT_ROLLUP_LINES - 1; i++)
		ck_assert(outcome_rollup(&run.outcome, &none));
	ck_assert_str_eq(apply(&run,
			     (struct entry){.kind = ENTRY_TICK,
				 .arrival_ms = START + MINUTE}),
	    "a 0 5,");
	ck_assert_uint_eq(run.outcome.counts.cut, 1);
	ck_assert_uint_eq(run.outcome.ncomplaints, 1);
	ck_assert_ptr_nonnull(
	    strstr(run.outcome.complaints[0], "more than 1000000 lines"));
	end(&run);
}
END_TEST

TEST_MAIN("rollup_set", bad_definitions_are_left_out,
    what_came_before_is_unknown, a_revised_window_says_so_once_a_value,
    replaced_definitions_go_on_or_begin,
    more_patience_does_not_revise_what_is_gone,
    a_clock_that_jumps_loses_no_window,
    groups_above_the_limit_are_counted_and_named, groups_of_the_past_go,
    lines_above_the_limit_are_counted_and_named)
