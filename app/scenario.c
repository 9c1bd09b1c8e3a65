#include "app/scenario.h"

#include <stdlib.h>

#include "app/scenario_read.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"

#define SCENARIO_MINUTE_MS 60000
#define SCENARIO_TICK_MS 10000

/* A minute of a Region on its way. */
struct scenario_parcel {
	int64_t arrival_ms, minute_ms, together_ms;
	size_t region;
};

struct scenario {
	struct arena arena;
	struct scenario_plan plan;
	struct scenario_parcel *parcels; /* in order of arrival */
	size_t nparcels, at;
	int64_t end_ms;
	struct buf lines;
	uint64_t id;
};

static int
scenario_parcel_order(const void *a, const void *b)
{
	const struct scenario_parcel *x = a, *y = b;

	if (x->arrival_ms != y->arrival_ms)
		return x->arrival_ms < y->arrival_ms ? -1 : 1;
	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	if (x->minute_ms != y->minute_ms)
		return x->minute_ms < y->minute_ms ? -1 : 1;
	return x->together_ms < y->together_ms
	    ? -1
	    : x->together_ms > y->together_ms;
}

/* When a minute's points arrive that go with those of `together_ms`. */
static int64_t
scenario_arrival(
    const struct scenario_plan *plan, const struct scenario_parcel *parcel)
{
	double chance = scenario_chance((uint64_t)plan->seed,
	    hash_stable(plan->regions[parcel->region]), parcel->minute_ms);
	int64_t since_ms = parcel->minute_ms - plan->start_ms;
	int64_t end_ms =
	    (since_ms / parcel->together_ms + 1) * parcel->together_ms;

	return plan->start_ms + end_ms + plan->delay_ms +
	    (int64_t)(chance * (double)plan->jitter_ms);
}

/* The lengths of time that series are sent together in, each once. */
static int64_t *
scenario_lengths(struct scenario *s, size_t *count)
{
	const struct scenario_plan *plan = &s->plan;
	int64_t *lengths =
	    arena_alloc(&s->arena, (plan->nseries + 1) * sizeof(*lengths));

	*count = 0;
	for (size_t i = 0; i < plan->nseries; i++) {
		size_t k = 0;

		while (k < *count && lengths[k] != plan->series[i].together_ms)
			k++;
		if (k == *count)
			lengths[(*count)++] = plan->series[i].together_ms;
	}
	return lengths;
}

/* Each minute of each Region, at its arrival: late minutes may overtake. */
static void
scenario_dispatch(struct scenario *s)
{
	const struct scenario_plan *plan = &s->plan;
	size_t minutes = (size_t)(plan->duration_ms / SCENARIO_MINUTE_MS);
	int64_t last_ms = plan->start_ms + plan->duration_ms;
	size_t nlengths;
	const int64_t *lengths = scenario_lengths(s, &nlengths);

	s->nparcels = minutes * plan->nregions * nlengths;
	s->parcels =
	    arena_alloc(&s->arena, (s->nparcels + 1) * sizeof(*s->parcels));
	for (size_t i = 0; i < s->nparcels; i++) {
		size_t minute = i / nlengths / plan->nregions;
		struct scenario_parcel *parcel = &s->parcels[i];

		*parcel = (struct scenario_parcel){.minute_ms = plan->start_ms +
			(int64_t)minute * SCENARIO_MINUTE_MS,
		    .together_ms = lengths[i % nlengths],
		    .region = i / nlengths % plan->nregions};
		parcel->arrival_ms = scenario_arrival(plan, parcel);
		if (parcel->arrival_ms > last_ms)
			last_ms = parcel->arrival_ms;
	}
	qsort(s->parcels, s->nparcels, sizeof(*s->parcels),
	    scenario_parcel_order);
	s->end_ms = plan->start_ms +
	    (last_ms - plan->start_ms + SCENARIO_TICK_MS - 1) /
		SCENARIO_TICK_MS * SCENARIO_TICK_MS;
}

enum rc
scenario_open(struct scenario **scenario, const char *path,
    struct faults *faults, struct err *err)
{
	struct scenario *s = calloc(1, sizeof(*s));
	struct buf text = {0};
	const struct tree *document;
	enum rc rc;

	if (s == NULL)
		log_die("out of memory: scenario");
	*scenario = s;
	arena_init(&s->arena);
	rc = file_read(path, &text, err);
	if (rc == RC_OK) {
		document =
		    tree_parse(&s->arena, buf_span(&text), path, false, faults);
		if (document != NULL)
			scenario_read(&s->plan, &s->arena, document, faults);
		if (faults->count > 0)
			rc = err_set(err, RC_REJECT, "%s has %zu fault%s", path,
			    faults->count, faults->count == 1 ? "" : "s");
		else
			scenario_dispatch(s);
	}
	buf_fini(&text);
	if (rc != RC_OK)
		scenario_close(scenario);
	return rc;
}

void
scenario_close(struct scenario **scenario)
{
	struct scenario *s = *scenario;

	*scenario = NULL;
	if (s == NULL)
		return;
	buf_fini(&s->lines);
	arena_fini(&s->arena);
	free(s);
}

uint64_t
scenario_id(const struct scenario *scenario)
{
	return scenario->id;
}

int64_t
scenario_start_ms(const struct scenario *scenario)
{
	return scenario->plan.start_ms;
}

int64_t
scenario_end_ms(const struct scenario *scenario)
{
	return scenario->end_ms;
}

static uint64_t
scenario_fill(struct scenario *s, const struct scenario_parcel *parcel)
{
	const struct scenario_plan *plan = &s->plan;
	struct scenario_figures figures;
	uint64_t points = 0;

	buf_clear(&s->lines);
	for (size_t i = 0; i < plan->nseries; i++) {
		const struct scenario_series *series = &plan->series[i];

		if (series->region != parcel->region ||
		    series->together_ms != parcel->together_ms ||
		    !scenario_series_minute(series, plan->events, plan->nevents,
			(uint64_t)plan->seed, parcel->minute_ms, &figures))
			continue;
		scenario_series_line(
		    &s->lines, series, parcel->minute_ms, &figures);
		points++;
	}
	return points;
}

enum rc
scenario_next(struct scenario *scenario, struct scenario_batch *batch)
{
	while (scenario->at < scenario->nparcels) {
		const struct scenario_parcel *parcel =
		    &scenario->parcels[scenario->at++];
		uint64_t points = scenario_fill(scenario, parcel);

		if (points == 0)
			continue;
		if (buf_failed(&scenario->lines) ||
		    scenario->lines.len > (size_t)LIMIT_ENTRY_BYTES)
			return RC_REJECT;
		*batch =
		    (struct scenario_batch){.arrival_ms = parcel->arrival_ms,
			.region = scenario->plan.regions[parcel->region],
			.lines = buf_span(&scenario->lines),
			.points = points};
		return RC_OK;
	}
	return RC_AGAIN;
}
