#include "pipeline/window/rollup.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

int64_t
rollup_floor(int64_t value, int64_t unit)
{
	int64_t rest = value % unit;

	return value - (rest < 0 ? rest + unit : rest);
}

int64_t
rollup_index(const struct rollup *rollup, int64_t ms)
{
	return rollup_floor(ms, rollup->pane_ms) / rollup->pane_ms;
}

void
rollup_advance(struct rollup *rollup, int64_t frontier)
{
	rollup->frontier = frontier;
	rollup->noted = rollup->definition->early ? INT64_MAX : frontier;
}

void
rollup_init(struct rollup *rollup, const struct rollup_definition *definition,
    int64_t delay_ms, int64_t pane_ms, int64_t since_ms)
{
	*rollup = (struct rollup){.definition = definition,
	    .pane_ms = pane_ms,
	    .delay_ms = delay_ms,
	    .window = definition->window_ms / pane_ms,
	    .every = definition->every_ms / pane_ms,
	    .revise = definition->revise_ms / pane_ms,
	    .since = INT64_MIN};
	rollup_advance(rollup, INT64_MIN);
	if (since_ms != INT64_MIN) {
		rollup->since = rollup_index(rollup, since_ms + pane_ms - 1);
		rollup_advance(
		    rollup, rollup_floor(rollup->since, rollup->every));
	}
	rollup->told_room =
	    (size_t)((rollup->revise + delay_ms / pane_ms) / rollup->every + 4);
	arena_init(&rollup->names);
	groups_init(&rollup->groups, definition->query);
	rollup_placed(rollup);
}

void
rollup_fini(struct rollup *rollup)
{
	for (size_t i = 0; i < rollup->count; i++) {
		free(rollup->at[i].told);
		indexes_fini(&rollup->at[i].changed);
	}
	free(rollup->at);
	groups_fini(&rollup->groups);
	arena_fini(&rollup->names);
	*rollup = (struct rollup){0};
}

int64_t
rollup_reach(const struct rollup *rollup)
{
	int64_t delay =
	    (rollup->delay_ms + rollup->pane_ms - 1) / rollup->pane_ms;

	return delay + rollup->window + rollup->every + rollup->revise + 1;
}

/* Room beside every group there is. */
static void
rollup_groups(struct rollup *rollup)
{
	while (rollup->count < rollup->groups.count) {
		if (rollup->count == rollup->room) {
			rollup->room = rollup->room == 0 ? 1 : rollup->room * 2;
			rollup->at = realloc(
			    rollup->at, rollup->room * sizeof(*rollup->at));
		}
		if (rollup->at == NULL)
			log_die("out of memory: groups of a rollup");
		rollup->at[rollup->count++] = (struct rollup_group){0};
	}
}

static void
rollup_name(struct rollup *rollup, size_t at)
{
	struct dimension *labels;

	insights_labels(rollup->definition->query, rollup->groups.at[at],
	    &rollup->names, &labels);
	rollup->at[at].labels = labels;
}

void
rollup_placed(struct rollup *rollup)
{
	rollup_groups(rollup);
	for (size_t i = 0; i < rollup->count; i++)
		rollup_name(rollup, i);
}

struct group *
rollup_bind(struct rollup *rollup, struct series *series, int64_t now_ms)
{
	size_t before = rollup->groups.count;
	int64_t oldest = rollup_index(rollup, now_ms) - rollup_reach(rollup);
	struct group *group;

	/* One that waited longer until now has windows from before that. */
	if (rollup->frontier != INT64_MIN &&
	    rollup->frontier - rollup->window < oldest)
		oldest = rollup->frontier - rollup->window;
	group = groups_bind(&rollup->groups, series, oldest);

	if (rollup->groups.count > before) {
		rollup_groups(rollup);
		rollup_name(rollup, before);
	}
	return group;
}

void
rollup_changed_put(struct rollup *rollup, size_t group, int64_t index)
{
	struct indexes *changed = &rollup->at[group].changed;

	rollup->nchanged += changed->count == 0;
	indexes_put(changed, index, INT64_MIN);
}

/* Whether it is looked at again: of what was told in it nothing can be revised
 * when all its panes are out of reach. */
static bool
rollup_holds(const struct rollup *rollup, size_t at, int64_t oldest)
{
	const struct group *group = rollup->groups.at[at];

	return group->nvalues == 0 || group->nmembers > 0 || group->is_dirty ||
	    group->newest >= oldest || rollup->at[at].changed.count > 0;
}

void
rollup_forget(struct rollup *rollup, int64_t now_ms)
{
	int64_t oldest = rollup_index(rollup, now_ms) - rollup_reach(rollup);
	struct groups *groups = &rollup->groups;
	size_t kept = 0;

	groups_forget(groups);
	for (size_t i = 0; i < rollup->count; i++) {
		if (rollup_holds(rollup, i, oldest)) {
			groups->at[i]->index = kept;
			groups->at[kept] = groups->at[i];
			rollup->at[kept++] = rollup->at[i];
			continue;
		}
		free(rollup->at[i].told);
		indexes_fini(&rollup->at[i].changed);
		groups_drop(groups, groups->at[i]);
	}
	groups->count = rollup->count = kept;
	if (kept < LIMIT_CONTRIBUTORS)
		rollup->full = false;
}

/*
 * What was told.
 */

struct rollup_told *
rollup_told(struct rollup *rollup, size_t group, int64_t end)
{
	struct rollup_group *g = &rollup->at[group];
	int64_t number = end / rollup->every;
	int64_t at = number % (int64_t)rollup->told_room;

	if (g->told == NULL) {
		g->told = malloc(rollup->told_room * sizeof(*g->told));
		if (g->told == NULL)
			log_die("out of memory: windows of a rollup");
		for (size_t i = 0; i < rollup->told_room; i++)
			g->told[i].end = INT64_MIN;
	}
	return &g->told[at < 0 ? at + (int64_t)rollup->told_room : at];
}

/* Of one group and window; what is told of it is the caller's to add. */
struct rollup_line
rollup_line(const struct rollup *rollup, size_t group, int64_t end)
{
	return (struct rollup_line){.rollup = rollup->definition,
	    .labels = rollup->at[group].labels,
	    .nlabels = rollup->groups.at[group]->nvalues,
	    .start_ms = (end - rollup->window) * rollup->pane_ms};
}

void
rollup_newest(const struct rollup *rollup,
    void (*tell)(void *cookie, const struct rollup_line *line), void *cookie)
{
	int64_t room = (int64_t)rollup->told_room, at;

	if (rollup->frontier == INT64_MIN)
		return;
	at = rollup->frontier / rollup->every % room;
	at = at < 0 ? at + room : at;
	for (size_t i = 0; i < rollup->count; i++) {
		const struct rollup_told *told = rollup->at[i].told;
		struct rollup_line line;

		if (told == NULL || told[at].end != rollup->frontier)
			continue;
		line = rollup_line(rollup, i, rollup->frontier);
		line.value = told[at].value;
		line.final = true;
		tell(cookie, &line);
	}
}

bool
rollup_told_put(struct rollup *rollup, size_t group, int64_t end, double value)
{
	struct rollup_told *told;

	if (group >= rollup->count || end % rollup->every != 0)
		return false;
	told = rollup_told(rollup, group, end);
	if (end > told->end)
		*told = (struct rollup_told){end, value};
	return true;
}

/*
 * Definitions that are replaced.
 */

static void
rollup_inherit_group(
    struct rollup *rollup, size_t to, const struct rollup *was, size_t from)
{
	const struct rollup_group *old = &was->at[from];
	int64_t first = rollup->frontier == INT64_MIN
	    ? INT64_MIN
	    : rollup->frontier - rollup->revise;

	for (size_t i = 0; old->told != NULL && i < was->told_room; i++)
		if (old->told[i].end > first)
			rollup_told_put(
			    rollup, to, old->told[i].end, old->told[i].value);
	for (size_t i = 0; i < old->changed.count; i++)
		rollup_changed_put(rollup, to, old->changed.at[i]);
}

void
rollup_go_on(struct rollup *rollup, const struct rollup *was, int64_t now_ms)
{
	int64_t reach = rollup_reach(was);

	rollup_advance(rollup, was->frontier);
	rollup->full = was->full;
	rollup->cut = was->cut;
	rollup->since = was->since;
	/* Further back than it looked, panes may be gone. */
	if (rollup_reach(rollup) > reach &&
	    rollup_index(rollup, now_ms) - reach > was->since)
		rollup->since = rollup_index(rollup, now_ms) - reach;
}

void
rollup_inherit(struct rollup *rollup, const struct rollup *was)
{
	struct table by_id = {0};

	for (size_t i = 0; i < rollup->groups.count; i++)
		table_put(&by_id, span_text(rollup->groups.at[i]->id),
		    rollup->groups.at[i]);
	for (size_t i = 0; i < was->groups.count; i++) {
		const struct group *group =
		    table_get(&by_id, span_text(was->groups.at[i]->id));

		if (group != NULL)
			rollup_inherit_group(rollup, group->index, was, i);
	}
	table_fini(&by_id);
}
