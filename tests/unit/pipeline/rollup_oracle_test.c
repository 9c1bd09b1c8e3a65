/* The engine's rollups against a naive evaluator: random queries, dimension
 * sets and units, late and replaced points, groups that come and go, both kinds
 * of windows, saved and loaded at random moments. */
#include <stdio.h>

#include "pipeline/engine.h"
#include "rollup_oracle_naive.h"
#include "testing.h"

#define SEED 1
#define MINUTES_LEAST 100000 /* query-minutes of all streams together */

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static struct engine *
make(void)
{
	const struct engine_options options = {
	    .step_ms = WORLD_MINUTE, .delay_ms = -1, .from_ms = INT64_MIN};

	return engine_create(&options);
}

static void
config_print(const struct world *world, struct buf *out)
{
	buf_text(out, "{\"series\":{\"forget\":1200000},\"rollups\":[");
	for (int i = 0; i < world->nrollups; i++) {
		const struct world_rollup *r = &world->rollups[i];
		char query[512];

		world_query(r, query, sizeof(query));
		buf_printf(out,
		    "%s{\"name\":\"r%d\",\"query\":", i == 0 ? "" : ",",
		    r->name);
		buf_json_text(out, query);
		buf_printf(out,
		    ",\"window\":%d,\"every\":%d,\"delay\":%d,\"revise\":%d,"
		    "\"early\":%s,\"output\":[\"metrics\"]}",
		    r->window * 60000, r->every * 60000, r->delay * 60000,
		    r->revise * 60000, r->early ? "true" : "false");
	}
	/* What nothing reads is dropped as it comes; here all is read. */
	for (int i = 0; i < 2; i++)
		buf_printf(out,
		    ",{\"name\":\"keeper%d\",\"query\":\"SELECT COUNT(%s) "
		    "FROM N\",\"window\":60000}",
		    i, i == 0 ? "lags" : "other");
	buf_text(out, "]}");
}

static void
line_print(const struct rollup_line *line, struct buf *out)
{
	int64_t window = line->rollup->window_ms / WORLD_MINUTE;

	if (span_starts(line->rollup->name, "keeper"))
		return;
	buf_printf(out, "%.*s ", SPAN_ARGS(line->rollup->name));
	for (size_t i = 0; i < line->nlabels; i++)
		buf_printf(out, "%.*s,", SPAN_ARGS(line->labels[i].value));
	buf_printf(out, " %lld+%lld %.17g %s\n",
	    (long long)((line->start_ms - WORLD_START) / WORLD_MINUTE +
		WORLD_BEFORE),
	    (long long)window, line->value,
	    line->revised     ? "revised"
		: line->final ? "final"
			      : "early");
}

struct run {
	struct engine *engine;
	struct outcome outcome;
	struct buf text; /* of its lines, or of a configuration */
	uint64_t seq;
};

static void
apply(struct run *run, struct entry entry)
{
	struct err err;

	entry.seq = ++run->seq;
	outcome_clear(&run->outcome);
	ck_assert_int_eq(
	    engine_apply(run->engine, &entry, &run->outcome, &err), RC_OK);
	ck_assert_msg(
	    run->outcome.ncomplaints == 0, "%s", run->outcome.complaints[0]);
}

static void
lines_print(struct run *run)
{
	buf_clear(&run->text);
	for (size_t i = 0; i < run->outcome.nrollups; i++)
		line_print(&run->outcome.rollups[i], &run->text);
}

static void
configure(struct run *run, const struct world *world)
{
	buf_clear(&run->text);
	config_print(world, &run->text);
	apply(run,
	    (struct entry){.kind = ENTRY_CONFIG,
		.arrival_ms = world->now_ms,
		.config = buf_span(&run->text)});
	lines_print(run);
}

static void
point_make(const struct world *world, const struct world_point *from,
    struct point *to, struct dimension *dimensions)
{
	const struct world_series *s = &world->series[from->series];
	size_t n = 0;

	if (s->labels[WORLD_HOST] != NULL)
		dimensions[n++] = (struct dimension){
		    SPAN_OF("Host"), span_text(s->labels[WORLD_HOST])};
	if (s->labels[WORLD_TEAM] != NULL)
		dimensions[n++] = (struct dimension){
		    SPAN_OF("Team"), span_text(s->labels[WORLD_TEAM])};
	*to = (struct point){
	    .series = {.account = span_text(s->labels[WORLD_ACCOUNT]),
		.region = span_text(s->labels[WORLD_REGION]),
		.namespace = SPAN_OF("N"),
		.metric = span_text(s->metric),
		.unit = span_text(s->unit),
		.dimensions = dimensions,
		.ndimensions = n},
	    .timestamp_ms =
		WORLD_START + (from->pane - WORLD_BEFORE) * WORLD_MINUTE,
	    .sum = from->sum,
	    .count = from->count,
	    .min = from->min,
	    .max = from->max};
}

/* What the engine tells of the entry. */
static void
tell(
    struct run *run, const struct world *world, const struct world_entry *entry)
{
	struct point points[WORLD_POINTS];
	struct dimension dimensions[WORLD_POINTS][2];

	for (int i = 0; i < entry->npoints; i++)
		point_make(world, &entry->points[i], &points[i], dimensions[i]);
	apply(run,
	    (struct entry){
		.kind = entry->npoints == 0 ? ENTRY_TICK : ENTRY_POINTS,
		.arrival_ms = entry->now_ms,
		.points = points,
		.npoints = (size_t)entry->npoints});
	lines_print(run);
}

static void
reload(struct run *run, uint64_t seed)
{
	struct buf saved = {0}, again = {0};
	struct err err;

	engine_save(run->engine, &saved);
	engine_free(&run->engine);
	run->engine = make();
	ck_assert_msg(engine_load(run->engine, buf_span(&saved), &err) == RC_OK,
	    "%s", err.text);
	engine_save(run->engine, &again);
	ck_assert_msg(span_equal(buf_span(&saved), buf_span(&again)),
	    "seed %llu: what is loaded saves other bytes",
	    (unsigned long long)seed);
	buf_fini(&saved);
	buf_fini(&again);
}

static void
one_stream(uint64_t seed, struct naive *naive)
{
	struct run run = {.engine = make()};
	struct buf right = {0};
	struct world_entry entry;
	struct world world;

	outcome_init(&run.outcome);
	world_make(&world, seed);
	naive->nrollups = 0;
	memset(naive->panes, 0, sizeof(naive->panes));
	configure(&run, &world);
	naive_config(naive, &world, &right);
	while (world_next(&world, &entry)) {
		buf_clear(&right);
		if (entry.config) {
			naive_config(naive, &world, &right);
			configure(&run, &world);
		} else {
			naive_apply(naive, &entry, &right);
			tell(&run, &world, &entry);
		}
		if (!span_equal(buf_span(&right), buf_span(&run.text)))
			ck_abort_msg("seed %llu, %lld ms, entry %llu: right "
				     "is\n%sthe engine says\n%s",
			    (unsigned long long)seed,
			    (long long)(entry.now_ms - WORLD_START),
			    (unsigned long long)run.seq, buf_cstr(&right),
			    buf_cstr(&run.text));
		if (world_below(&world, 40) == 0)
			reload(&run, seed);
	}
	engine_free(&run.engine);
	outcome_fini(&run.outcome);
	buf_fini(&run.text);
	buf_fini(&right);
}

START_TEST(agrees)
{
	uint64_t seed = from_environment("TOCSIN_SEED", SEED);
	struct naive *naive = calloc(1, sizeof(*naive));

	for (; naive->minutes <
	     from_environment("TOCSIN_ROLLUP_MINUTES", MINUTES_LEAST);
	     seed++)
		one_stream(seed, naive);
	fprintf(stderr,
	    "%zu query-minutes: %zu final lines, %zu revised, %zu early\n",
	    naive->minutes, naive->finals, naive->revised, naive->early);
	ck_assert_uint_gt(naive->finals, naive->minutes / 10);
	ck_assert_uint_gt(naive->revised, naive->minutes / 100);
	ck_assert_uint_gt(naive->early, naive->minutes / 100);
	free(naive);
}
END_TEST

TEST_MAIN("rollup_oracle", agrees)
