/* A failing history, made small by dropping what it does not need. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "oracle_run.h"

#define TRIES 3000

static bool
still_differs(const struct oracle_world *world, int *tries)
{
	(*tries)++;
	return oracle_compare(world, NULL).differs;
}

static bool
is_needed(const struct oracle_world *world, int alarm)
{
	for (int i = alarm + 1; i < world->nalarms; i++) {
		const struct oracle_alarm *a = &world->alarms[i];

		if (a->dropped || a->kind != KIND_COMPOSITE)
			continue;
		if (a->suppressor == alarm)
			return true;
		for (int j = 0; j < a->nnodes; j++) {
			const struct oracle_node *n = &a->nodes[j];

			if (n->part == PART_STATE && n->at == alarm)
				return true;
			for (size_t k = 0; k < n->nmany; k++)
				if (n->many[k] == alarm)
					return true;
		}
	}
	return false;
}

static void
shrink_alarms(struct oracle_world *world, int *tries)
{
	for (int i = world->nalarms - 1; i >= 0; i--) {
		if (world->alarms[i].dropped || is_needed(world, i))
			continue;
		world->alarms[i].dropped = true;
		if (!still_differs(world, tries))
			world->alarms[i].dropped = false;
	}
}

/* Marks or unmarks those of [from, to) that are not marked for good; whether
 * there was one. */
static bool
mark_points(
    struct oracle_world *world, size_t from, size_t to, bool on, bool *kept)
{
	bool any = false;

	for (size_t i = from; i < to && i < world->npoints; i++) {
		if (on)
			kept[i] = world->points[i].dropped;
		world->points[i].dropped = on || kept[i];
		any = any || !kept[i];
	}
	return any;
}

static void
shrink_points(struct oracle_world *world, int *tries)
{
	bool *kept = calloc(world->npoints + 1, sizeof(*kept));

	for (size_t i = 0; i < world->nentries; i++)
		for (size_t j = 0;
		     world->entries[i].dropped && j < world->entries[i].npoints;
		     j++)
			world->points[world->entries[i].first + j].dropped =
			    true;
	for (size_t size = world->npoints; size > 0 && kept != NULL; size /= 2)
		for (size_t at = 0; at < world->npoints && *tries < TRIES;
		     at += size) {
			if (!mark_points(world, at, at + size, true, kept))
				continue;
			if (!still_differs(world, tries))
				mark_points(world, at, at + size, false, kept);
		}
	free(kept);
}

static bool
mark_entries(
    struct oracle_world *world, size_t from, size_t to, bool on, bool *kept)
{
	bool any = false;

	for (size_t i = from; i < to && i < world->nentries; i++) {
		if (on)
			kept[i] = world->entries[i].dropped;
		world->entries[i].dropped = on || kept[i];
		any = any || !kept[i];
	}
	return any;
}

static void
shrink_entries(struct oracle_world *world, int *tries)
{
	bool *kept = calloc(world->nentries + 1, sizeof(*kept));

	for (size_t size = world->nentries / 2; size > 0 && kept != NULL;
	     size /= 2)
		for (size_t at = 0; at < world->nentries && *tries < TRIES;
		     at += size) {
			if (!mark_entries(world, at, at + size, true, kept))
				continue;
			if (!still_differs(world, tries))
				mark_entries(world, at, at + size, false, kept);
		}
	free(kept);
}

/* What comes behind the first difference is not needed. */
static void
shrink_tail(struct oracle_world *world)
{
	struct oracle_difference d = oracle_compare(world, NULL);
	int64_t last = d.has_engine ? d.engine.time_ms : 0;

	if (d.has_naive && d.naive.time_ms > last)
		last = d.naive.time_ms;
	for (size_t i = 0; i < world->nentries; i++)
		world->entries[i].dropped = world->entries[i].clock_ms > last;
}

void
oracle_shrink(struct oracle_world *world)
{
	int tries = 0;

	for (size_t i = 0; i < world->nentries; i++)
		world->entries[i].restart = false;
	if (!still_differs(world, &tries)) /* only a restart shows it */
		for (size_t i = 0; i < world->nentries; i++)
			world->entries[i].restart = true;
	shrink_alarms(world, &tries);
	shrink_tail(world);
	shrink_entries(world, &tries);
	shrink_points(world, &tries);
}

static void
print_point(const struct oracle_world *world, const struct oracle_point *p)
{
	const struct oracle_name *s = &world->series[p->series];
	char at[TEXT_TIME_SIZE];

	text_time(at, p->at_ms);
	printf("    %s %s %s %s Team=%s Host=%s %s: sum %g count %g min %g "
	       "max %g p50 %g p90 %g\n",
	    at, s->region, s->namespace, s->metric,
	    s->team == NULL ? "-" : s->team, s->host == NULL ? "-" : s->host,
	    s->unit, p->sum, p->count, p->min, p->max, p->p50, p->p90);
}

static void
print_note(const char *side, bool there, const struct oracle_note *n)
{
	static const char *const states[] = {
	    "INSUFFICIENT_DATA", "OK", "ALARM"};
	char at[TEXT_TIME_SIZE];

	if (!there) {
		printf("  %s: nothing more\n", side);
		return;
	}
	text_time(at, n->time_ms);
	printf("  %s: %s a%d {%s} %s > %s%s%s, suppressed by %d: %s\n", side,
	    at, n->alarm, n->who, states[n->from], states[n->to],
	    n->revised ? ", revised" : "", n->released ? ", released" : "",
	    n->suppressed_by, n->reason);
}

void
oracle_print(const struct oracle_world *world)
{
	struct oracle_difference d = oracle_compare(world, NULL);
	struct buf config = {0};
	char at[TEXT_TIME_SIZE];

	oracle_world_config(world, &config);
	printf("seed %llu (TOCSIN_SEED=%llu TOCSIN_ROUNDS=1), %s, --delay "
	       "%lld\n%s\n",
	    (unsigned long long)world->seed, (unsigned long long)world->seed,
	    world->event_order ? "event order" : "log order",
	    (long long)world->option_delay_ms, buf_cstr(&config));
	for (size_t i = 0; i < world->nentries; i++) {
		const struct oracle_entry *e = &world->entries[i];

		if (e->dropped)
			continue;
		text_time(at, e->clock_ms);
		printf("  %s%s\n", at, e->restart ? " after a restart" : "");
		for (size_t j = 0; j < e->npoints; j++)
			if (!world->points[e->first + j].dropped)
				print_point(
				    world, &world->points[e->first + j]);
	}
	print_note("naive ", d.has_naive, &d.naive);
	print_note("engine", d.has_engine, &d.engine);
	fflush(stdout);
	buf_fini(&config);
}
