#include "pipeline/outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/table.h"

void
outcome_init(struct outcome *outcome)
{
	*outcome = (struct outcome){0};
	arena_init(&outcome->arena);
}

void
outcome_clear(struct outcome *outcome)
{
	struct arena arena = outcome->arena;

	arena_reset(&arena);
	*outcome = (struct outcome){.arena = arena};
}

void
outcome_fini(struct outcome *outcome)
{
	arena_fini(&outcome->arena);
}

/* Room for one more behind `count` items: grows at 0, 1, 2, 4, 8, … */
static void *
outcome_room(struct outcome *outcome, void *items, size_t count, size_t size)
{
	void *more;

	if ((count & (count - 1)) != 0)
		return items;
	more =
	    arena_alloc(&outcome->arena, (count == 0 ? 1 : 2 * count) * size);
	if (count > 0)
		memcpy(more, items, count * size);
	return more;
}

/* What happened twice in one entry to one alarm has two names. */
static uint64_t
outcome_hash(const struct transition *transition)
{
	uint64_t hash = hash_stable(transition->alarm->arn);

	if (transition->contributor != NULL)
		hash ^= hash_stable(span_text(transition->contributor->id));
	return transition->released ? ~hash : hash;
}

void
outcome_transition(struct outcome *outcome, const struct transition *transition)
{
	struct transition *all = outcome_room(
	    outcome, outcome->transitions, outcome->ntransitions, sizeof(*all));
	struct transition *t = &all[outcome->ntransitions++];

	outcome->transitions = all;
	*t = *transition;
	t->seq = outcome->seq;
	snprintf(t->id, sizeof(t->id), "%016llx-%016llx",
	    (unsigned long long)t->seq, (unsigned long long)outcome_hash(t));
}

bool
outcome_rollup(struct outcome *outcome, const struct rollup_line *line)
{
	struct rollup_line *all;

	if (outcome->nrollups >= LIMIT_ROLLUP_LINES) {
		outcome->counts.cut++;
		return false;
	}
	all = outcome_room(
	    outcome, outcome->rollups, outcome->nrollups, sizeof(*all));
	outcome->rollups = all;
	all[outcome->nrollups++] = *line;
	return true;
}

void
outcome_change(struct outcome *outcome, const struct alarm_change *change)
{
	struct alarm_change *all = outcome_room(
	    outcome, outcome->changes, outcome->nchanges, sizeof(*all));

	outcome->changes = all;
	all[outcome->nchanges] = *change;
	all[outcome->nchanges++].seq = outcome->seq;
}

void
outcome_complain(struct outcome *outcome, const char *complaint)
{
	const char **all;

	if (complaint == NULL)
		return;
	all = outcome_room(
	    outcome, outcome->complaints, outcome->ncomplaints, sizeof(*all));
	all[outcome->ncomplaints++] = complaint;
	outcome->complaints = all;
}
