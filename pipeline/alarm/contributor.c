#include "pipeline/alarm/contributor.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "pipeline/alarm/reason.h"
#include "pipeline/alarm/watch.h"

/* CloudWatch counts alarming series up to here. */
#define CONTRIBUTORS_COUNTED 100

/* One evaluation of a query with groups. */
struct round {
	struct watch *watch;
	const struct watch_clock *clock;
	const struct watch_move *move;
	struct outcome *outcome;
	size_t returned, vanished, alarming;
	bool early;   /* a contributor changed before the frontier */
	bool changed; /* one changed */
};

void
contributors_fini(struct contributors *contributors)
{
	for (size_t i = 0; i < contributors->count; i++)
		memory_fini(&contributors->at[i].memory);
	free(contributors->at);
	arena_fini(&contributors->names);
	*contributors = (struct contributors){0};
}

struct contributor *
contributors_of(struct contributors *all, struct group *group,
    const struct insights *insights, int64_t now_ms)
{
	struct contributor *c;
	struct dimension *labels;

	if (group->index < all->count)
		return &all->at[group->index];
	if (all->count == all->room) {
		all->room = all->room == 0 ? 4 : all->room * 2;
		all->at = realloc(all->at, all->room * sizeof(*all->at));
		if (all->at == NULL)
			log_die("out of memory: contributors of an alarm");
	}
	c = &all->at[all->count++];
	*c = (struct contributor){.group = group};
	c->memory.state = STATE_OK;
	c->memory.since_ms = now_ms;
	insights_labels(insights, group, &all->names, &labels);
	c->name.label = labels;
	c->name.nlabels = group->nvalues;
	memcpy(c->name.id, group->id, sizeof(c->name.id));
	return c;
}

/* The name in the outcome: contributors move when there are more of them. */
static const struct contributor_name *
contributor_named(const struct contributor *c, struct arena *arena)
{
	struct contributor_name *name = arena_alloc(arena, sizeof(*name));

	*name = c->name;
	return name;
}

static void
contributor_change(struct round *round, struct contributor *c,
    const struct decision *decision, struct span reason)
{
	struct transition t = {.alarm = round->watch->alarm,
	    .time_ms = round->clock->now_ms,
	    .reason = reason,
	    .contributor = contributor_named(c, &round->outcome->arena),
	    .revised = !decision->pending && !round->move->settles};

	round->early = round->early || decision->pending;
	round->changed = true;
	gate_change_contributor(round->watch->gate, &c->muting, &t);
	memory_enter(&c->memory, &t, decision->state, round->outcome);
}

static struct span
contributor_reason(struct round *round, const struct decision *decision)
{
	struct reason reason = {.alarm = round->watch->alarm,
	    .state = decision->state,
	    .slots = decision->slots,
	    .range = decision->range,
	    .query_ms = round->clock->now_ms,
	    .contributor = true,
	    .pending = decision->pending};
	struct buf text = {0};
	struct span copy;

	reason_text(&text, &reason);
	copy = arena_copy(&round->outcome->arena, buf_span(&text));
	buf_fini(&text);
	return copy;
}

#define CONTRIBUTOR_GONE SPAN_OF("No data was returned for this contributor")

/* A series that the query does not return any more is OK, whatever the
 * treatment of missing data. */
static void
contributor_vanish(struct round *round, struct contributor *c)
{
	const struct decision ok = {.state = STATE_OK};

	if (c->memory.state != STATE_ALARM)
		return;
	round->vanished++;
	contributor_change(round, c, &ok, CONTRIBUTOR_GONE);
}

static void
contributor_judge(
    struct round *round, struct contributor *c, struct arena *arena)
{
	struct watch *watch = round->watch;
	struct evidence evidence = {
	    .alarm = watch->alarm, .group = c->group, .clock = round->clock};
	bool settles = round->move->settles || watch->touched;
	struct decision decision;
	bool decided =
	    watch_decide(watch, &evidence, round->move, arena, &decision);

	if (decision.pending)
		c->returned = true;
	else if (settles)
		c->returned = !decision.empty;
	if (settles && !decision.pending && decision.empty)
		contributor_vanish(round, c);
	else if (decided && decision.state != STATE_INSUFFICIENT_DATA &&
	    decision.state != c->memory.state)
		contributor_change(
		    round, c, &decision, contributor_reason(round, &decision));
}

/* Nothing to judge: it is OK and has no data that this evaluation could see.
 * Groups stay for good, most of them may be of the past. */
static bool
contributor_idle(const struct round *round, const struct contributor *c)
{
	int64_t first_ms = round->move->frontier_ms -
	    watch_range_ms(round->watch) - round->clock->pane_ms;
	int64_t newest = panes_newest(&c->group->panes);

	return c->memory.state == STATE_OK &&
	    (newest == INT64_MIN || newest * round->clock->pane_ms < first_ms);
}

static void
contributor_step(struct round *round, struct contributor *c, bool listed)
{
	struct arena *arena = &round->outcome->arena;
	struct arena_mark mark = arena_mark(arena);
	size_t before = round->outcome->ntransitions;

	if (contributor_idle(round, c)) {
		c->returned = false;
	} else if (listed) {
		contributor_judge(round, c, arena);
	} else {
		c->returned = false;
		contributor_vanish(round, c);
	}
	if (round->outcome->ntransitions == before)
		arena_rollback(arena, mark);
}

void
contributor_gone(struct watch *watch, const struct contributor *old,
    int64_t now_ms, struct outcome *outcome)
{
	struct transition t = {.alarm = watch->alarm,
	    .time_ms = now_ms,
	    .reason = CONTRIBUTOR_GONE,
	    .contributor = contributor_named(old, &outcome->arena)};
	struct memory memory = {0};
	struct muting muting = {0};

	memory_copy(&memory, &old->memory);
	gate_change_contributor(watch->gate, &muting, &t);
	memory_enter(&memory, &t, STATE_OK, outcome);
	memory_fini(&memory);
}

void
contributors_unmute(
    struct watch *watch, int64_t now_ms, struct outcome *outcome)
{
	for (size_t i = 0; i < watch->contributors.count; i++) {
		struct contributor *c = &watch->contributors.at[i];

		if (muting_ended(&c->muting))
			gate_release(watch->alarm, &c->memory,
			    contributor_named(c, &outcome->arena), true, now_ms,
			    outcome);
	}
}

/*
 * The alarm itself.
 */

static bool
round_empty(struct round *round, enum alarm_state *state, struct buf *reason)
{
	static const char *const words[] = {
	    "Missing", "Ignore", "Breaching", "NonBreaching"};
	struct watch *watch = round->watch;
	struct evidence evidence = {
	    .alarm = watch->alarm, .clock = round->clock};
	struct decision decision;

	if (!watch_decide(watch, &evidence, round->move, &round->outcome->arena,
		&decision))
		return false;
	*state = decision.state;
	buf_printf(reason,
	    "No time series were returned by the query. Treat missing data is "
	    "configured as [%s].",
	    words[watch->alarm->missing]);
	return true;
}

static bool
round_verdict(struct round *round, enum alarm_state *state, struct buf *reason)
{
	if (round->alarming > CONTRIBUTORS_COUNTED) {
		buf_printf(reason, "%d+ time series evaluated to ALARM",
		    CONTRIBUTORS_COUNTED);
	} else if (round->alarming > 0) {
		buf_printf(reason,
		    "%zu out of %zu time series evaluated to ALARM",
		    round->alarming, round->returned + round->vanished);
	} else if (round->returned > 0) {
		buf_printf(reason, "%zu time series evaluated to OK",
		    round->returned + round->vanished);
	} else {
		return round_empty(round, state, reason);
	}
	*state = round->alarming > 0 ? STATE_ALARM : STATE_OK;
	return true;
}

static void
round_parent(struct round *round)
{
	struct memory *memory = &round->watch->memory;
	struct transition t = {.alarm = round->watch->alarm,
	    .time_ms = round->clock->now_ms,
	    .revised = !round->move->settles && !round->early};
	struct buf text = {0}, data = {0};
	enum alarm_state state;

	if (!round_verdict(round, &state, &text)) {
		buf_fini(&text);
		return;
	}
	reason_data_plain(&data, round->clock->now_ms);
	if (state == memory->state) {
		if (!span_equal(memory->reason, buf_span(&text)))
			memory_set(memory, state, memory->since_ms,
			    buf_span(&text), buf_span(&data));
	} else {
		t.reason = arena_copy(&round->outcome->arena, buf_span(&text));
		t.data = arena_copy(&round->outcome->arena, buf_span(&data));
		t.alone = !round->changed &&
		    (state == STATE_ALARM || memory->state == STATE_ALARM);
		if (t.alone)
			gate_change(round->watch->gate, &t);
		memory_enter(memory, &t, state, round->outcome);
	}
	buf_fini(&text);
	buf_fini(&data);
}

/*
 * ORDER BY and LIMIT: which groups the query returns.
 */

struct ranked {
	double value; /* the smallest comes first */
	bool there;
	size_t at; /* in ascending order of labels */
	size_t index;
};

static int
ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->there != y->there)
		return x->there ? -1 : 1;
	if (x->there && x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Over the evaluation range: what is pending may still change. */
static struct ranked
round_rank(const struct round *round, struct group *group, size_t at)
{
	const struct alarm *a = round->watch->alarm;
	struct arena *arena = &round->outcome->arena;
	struct arena_mark mark = arena_mark(arena);
	struct evidence evidence = {
	    .alarm = a, .group = group, .clock = round->clock};
	size_t count = verdict_range(a);
	struct slot *slots = arena_alloc(arena, count * sizeof(*slots));
	int64_t *bounds = arena_alloc(arena, (count + 1) * sizeof(*bounds));
	double *values = arena_alloc(arena, count * sizeof(*values));
	struct ranked ranked = {.at = at, .index = group->index};

	evidence_bounds(a, round->move->horizon_ms, count, bounds);
	evidence_slots(
	    &evidence, bounds, count, round->move->horizon_ms, arena, slots);
	for (size_t i = 0; i < count; i++) {
		values[count - 1 - i] = slots[i].real ? slots[i].value : NAN;
		ranked.there = ranked.there || slots[i].real;
	}
	if (a->insights->ordered)
		ranked.value = insights_rank(a->insights, values, count);
	if (a->insights->descending)
		ranked.value = -ranked.value;
	arena_rollback(arena, mark);
	return ranked;
}

/* NULL: all are listed. Without ORDER BY the first by their labels are. */
static bool *
round_listed(const struct round *round)
{
	struct groups *groups = round->watch->groups;
	size_t limit = (size_t)round->watch->alarm->insights->limit;
	struct arena *arena = &round->outcome->arena;
	struct group *const *sorted;
	struct ranked *ranked;
	bool *listed;

	if (limit == 0 || groups->count <= limit)
		return NULL;
	sorted = groups_sorted(groups);
	ranked = arena_alloc(arena, groups->count * sizeof(*ranked));
	listed = arena_alloc(arena, groups->count * sizeof(*listed));
	for (size_t i = 0; i < groups->count; i++)
		ranked[i] = round_rank(round, sorted[i], i);
	qsort(ranked, groups->count, sizeof(*ranked), ranked_compare);
	for (size_t i = 0; i < limit; i++)
		listed[ranked[i].index] = ranked[i].there;
	return listed;
}

void
contributors_step(struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct outcome *outcome)
{
	struct watch_move settled = *move;
	struct round round = {
	    watch, clock, move, outcome, 0, 0, 0, false, false};
	const bool *listed;

	/* Under LIMIT pending points may change who is returned: nobody rings
	 * before the frontier. */
	settled.horizon_ms = move->frontier_ms;
	if (watch->alarm->insights->limit > 0)
		round.move = &settled;
	listed = round_listed(&round);

	for (size_t i = 0; i < watch->groups->count; i++) {
		struct contributor *c =
		    contributors_of(&watch->contributors, watch->groups->at[i],
			watch->alarm->insights, clock->now_ms);

		contributor_step(&round, c, listed == NULL || listed[i]);
		round.returned += c->returned;
		round.alarming += c->memory.state == STATE_ALARM;
	}
	if (move->settles || watch->touched || round.changed)
		round_parent(&round);
}
