/* Both sides live the history; what they say is put side by side. */
#include "oracle_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_naive.h"
#include "pipeline/engine.h"
#include "testing.h"

static struct engine *
make_engine(const struct oracle_world *world)
{
	const struct engine_options options = {.step_ms = ORACLE_MINUTE,
	    .delay_ms = world->option_delay_ms,
	    .from_ms = INT64_MIN,
	    .event_order = world->event_order};

	return engine_create(&options);
}

/* The engine stops, and another one goes on. */
static void
restart(const struct oracle_world *world, struct engine **engine)
{
	struct buf saved = {0};
	struct err err;

	engine_save(*engine, &saved);
	engine_free(engine);
	*engine = make_engine(world);
	ck_assert_int_eq(
	    engine_load(*engine, (struct span){saved.bytes, saved.len}, &err),
	    RC_OK);
	buf_fini(&saved);
}

static size_t
entry_points(const struct oracle_world *world, const struct oracle_entry *entry,
    struct point *points, struct dimension (*dimensions)[2],
    struct statistic (*statistics)[2])
{
	size_t n = 0;

	for (size_t i = 0; i < entry->npoints; i++) {
		const struct oracle_point *p = &world->points[entry->first + i];
		const struct oracle_name *s = &world->series[p->series];
		size_t nd = 0;

		if (p->dropped)
			continue;
		if (s->host != NULL)
			dimensions[n][nd++] = (struct dimension){
			    SPAN_OF("Host"), span_text(s->host)};
		if (s->team != NULL)
			dimensions[n][nd++] = (struct dimension){
			    SPAN_OF("Team"), span_text(s->team)};
		statistics[n][0] = (struct statistic){SPAN_OF("p50"), p->p50};
		statistics[n][1] = (struct statistic){SPAN_OF("p90"), p->p90};
		points[n] = (struct point){
		    .series = {SPAN_OF("1"), span_text(s->region),
			span_text(s->namespace), span_text(s->metric),
			span_text(s->unit), dimensions[n], nd},
		    .timestamp_ms = p->at_ms,
		    .sum = p->sum,
		    .count = p->count,
		    .min = p->min,
		    .max = p->max,
		    .statistics = statistics[n],
		    .nstatistics = p->p50 < 0 ? 0 : 2};
		n++;
	}
	return n;
}

static void
note_transition(const struct transition *t, struct oracle_notes *notes)
{
	struct oracle_note note = {.time_ms = t->time_ms,
	    .from = (enum oracle_state)t->from,
	    .to = (enum oracle_state)t->to,
	    .revised = t->revised,
	    .released = t->released,
	    .suppressed_by = (int)t->suppressed_by};

	note.alarm = atoi(t->alarm->name.at + 1);
	for (size_t i = 0;
	     t->contributor != NULL && i < t->contributor->nlabels; i++) {
		const struct dimension *d = &t->contributor->label[i];
		size_t len = strlen(note.who);

		snprintf(note.who + len, sizeof(note.who) - len, "%s%.*s=%.*s",
		    i == 0 ? "" : ",", (int)d->name.len, d->name.at,
		    (int)d->value.len, d->value.at);
	}
	snprintf(note.reason, sizeof(note.reason), "%.*s", (int)t->reason.len,
	    t->reason.at);
	oracle_notes_add(notes, &note);
}

static void
apply(struct engine *engine, const struct entry *entry,
    struct oracle_notes *notes)
{
	struct outcome outcome;
	struct err err;

	outcome_init(&outcome);
	ck_assert_int_eq(engine_apply(engine, entry, &outcome, &err), RC_OK);
	/* Later ones may be of percentiles that a point lacks. */
	for (size_t i = 0;
	     entry->kind == ENTRY_CONFIG && i < outcome.ncomplaints; i++)
		ck_assert_msg(false, "complaint: %s", outcome.complaints[i]);
	for (size_t i = 0; i < outcome.ntransitions; i++)
		note_transition(&outcome.transitions[i], notes);
	outcome_fini(&outcome);
}

#define MOST_POINTS 16

static void
engine_side(const struct oracle_world *world, struct oracle_notes *notes)
{
	struct engine *engine = make_engine(world);
	struct buf config = {0};
	uint64_t seq = 1;
	struct entry entry = {
	    .seq = seq, .kind = ENTRY_CONFIG, .arrival_ms = ORACLE_START};

	oracle_world_config(world, &config);
	entry.config = span_text(buf_cstr(&config));
	apply(engine, &entry, notes);
	for (size_t i = 0; i < world->nentries; i++) {
		const struct oracle_entry *e = &world->entries[i];
		struct point points[MOST_POINTS];
		struct dimension dimensions[MOST_POINTS][2];
		struct statistic statistics[MOST_POINTS][2];

		if (e->dropped)
			continue;
		if (e->restart)
			restart(world, &engine);
		entry = (struct entry){.seq = ++seq,
		    .kind = ENTRY_TICK,
		    .arrival_ms = e->clock_ms,
		    .points = points,
		    .npoints =
			entry_points(world, e, points, dimensions, statistics)};
		if (entry.npoints > 0)
			entry.kind = ENTRY_POINTS;
		apply(engine, &entry, notes);
	}
	buf_fini(&config);
	engine_free(&engine);
}

static void
naive_side(const struct oracle_world *world, struct oracle_notes *notes)
{
	struct naive *naive = calloc(1, sizeof(*naive));

	ck_assert_ptr_nonnull(naive);
	naive_init(naive, world, notes);
	for (size_t i = 0; i < world->nentries; i++)
		if (!world->entries[i].dropped)
			naive_step(naive, &world->entries[i]);
	naive_fini(naive);
	free(naive);
}

static int
compare_notes(const void *a, const void *b)
{
	const struct oracle_note *const *x = a, *const *y = b;

	if ((*x)->time_ms != (*y)->time_ms)
		return (*x)->time_ms < (*y)->time_ms ? -1 : 1;
	if ((*x)->alarm != (*y)->alarm)
		return (*x)->alarm < (*y)->alarm ? -1 : 1;
	if (strcmp((*x)->who, (*y)->who) != 0)
		return strcmp((*x)->who, (*y)->who);
	return *x < *y ? -1 : 1; /* as they came */
}

static const struct oracle_note **
sorted(const struct oracle_notes *notes)
{
	const struct oracle_note **out =
	    calloc(notes->count + 1, sizeof(const struct oracle_note *));

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < notes->count; i++)
		out[i] = &notes->at[i];
	qsort(out, notes->count, sizeof(*out), compare_notes);
	return out;
}

static bool
same_note(const struct oracle_note *naive, const struct oracle_note *engine)
{
	return naive->time_ms == engine->time_ms &&
	    naive->alarm == engine->alarm &&
	    strcmp(naive->who, engine->who) == 0 &&
	    naive->from == engine->from && naive->to == engine->to &&
	    naive->revised == engine->revised &&
	    naive->released == engine->released &&
	    naive->suppressed_by == engine->suppressed_by &&
	    (naive->reason[0] == '\0' ||
		strcmp(naive->reason, engine->reason) == 0);
}

static void
look_at(const struct oracle_world *world, const struct oracle_notes *notes,
    struct oracle_seen *seen)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < world->nentries; i++) {
		int64_t minute = world->entries[i].clock_ms / ORACLE_MINUTE;

		seen->restarts += world->entries[i].restart;
		if (minute != last)
			seen->alarm_minutes += (size_t)world->nalarms;
		last = minute;
	}
	for (size_t i = 0; i < notes->count; i++) {
		const struct oracle_note *n = &notes->at[i];
		const struct oracle_alarm *alarm = &world->alarms[n->alarm];

		seen->changes[alarm->kind]++;
		seen->contributors += n->who[0] != '\0';
		seen->revised += n->revised;
		seen->released += n->released;
		seen->reasons += n->reason[0] != '\0';
		seen->hourly += alarm->n * alarm->period_ms > ORACLE_DAY;
		seen->held[n->suppressed_by]++;
	}
}

struct oracle_difference
oracle_compare(const struct oracle_world *world, struct oracle_seen *seen)
{
	struct oracle_notes naive = {0}, engine = {0};
	struct oracle_difference d = {0};
	const struct oracle_note **n, **e;
	size_t i = 0;

	engine_side(world, &engine);
	naive_side(world, &naive);
	if (seen != NULL)
		look_at(world, &naive, seen);
	n = sorted(&naive);
	e = sorted(&engine);
	while (i < naive.count && i < engine.count && same_note(n[i], e[i]))
		i++;
	d.has_naive = i < naive.count;
	d.has_engine = i < engine.count;
	d.differs = d.has_naive || d.has_engine;
	if (d.has_naive)
		d.naive = *n[i];
	if (d.has_engine)
		d.engine = *e[i];
	free(n);
	free(e);
	free(naive.at);
	free(engine.at);
	return d;
}
