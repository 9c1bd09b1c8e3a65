/*
 * A rollup at work: the groups of its query, and which of their windows were
 * told.
 *
 *     ├── every ──┤                       (window = every: tumbling)
 *     ├──────── window ────────┤
 *  ───┼────┬──────┼────┬───────┼────┬──┊──┼────┬───┊──▶ time
 *     │    │      │    │       │    │  ┊  │    │   ┊
 *  ───┴────┴──────┴────┴───────┴────┴──┊──┴────┴───┊──
 *      final; a pane that comes or     ┊ early, if ┊
 *      is replaced now revises it      ┊ asked     ┊
 *                                  frontier      clock
 *
 * Windows end at multiples of `every` since 1970. The frontier is the clock
 * less the delay, rounded down to such a multiple. A window is told as final
 * when the frontier passes its end: a line for each group that has a pane in
 * it. What comes for it afterwards is told as revised while the frontier is no
 * more than revise_ms behind its end, when the value is another. A window is
 * panes merged, never subtracted.
 *
 * ORDER BY and LIMIT choose which groups a window tells of; a group that falls
 * out of them afterwards is not taken back.
 *
 * In a log, windows that begin before the rollup was defined are never told:
 * what came before is unknown.
 *
 * Ownership. The definition is borrowed. Limits. LIMIT_CONTRIBUTORS groups.
 */
#ifndef PIPELINE_WINDOW_ROLLUP_H
#define PIPELINE_WINDOW_ROLLUP_H

#include "pipeline/outcome.h"
#include "pipeline/window/group.h"
#include "schemas/rollup.h"

/* The value told of a window. */
struct rollup_told {
	int64_t end; /* of the window, an index; INT64_MIN: nothing is told */
	double value;
};

struct rollup_group {
	const struct dimension *labels;
	struct rollup_told *told; /* a ring of told_room; NULL: nothing yet */
	struct indexes changed;	  /* panes, since the last step */
};

struct rollup {
	/* A change of a pane before it is noted: those of final windows, all of
	 * an early rollup. */
	int64_t noted;
	const struct rollup_definition *definition;
	int64_t pane_ms, delay_ms;
	int64_t window, every, revise; /* in panes */
	int64_t since;		       /* no window begins before; an index */
	int64_t frontier;	       /* an index; INT64_MIN: none yet */
	struct groups groups;
	struct rollup_group *at; /* by the groups' index */
	size_t count, room;
	size_t told_room;
	struct arena names;
	size_t nchanged;	  /* groups with changed panes */
	bool full;		  /* that a limit leaves groups out was told */
	bool cut;		  /* or lines */
	const struct rollup *was; /* what it goes on, while definitions are
				     replaced */
	struct rollup *next_same; /* of the same metric, in their order */
};

void
rollup_init(struct rollup *rollup, const struct rollup_definition *definition,
    int64_t delay_ms, int64_t pane_ms, int64_t since_ms);
void rollup_fini(struct rollup *rollup);
/* Panes that its series must keep behind the clock. */
int64_t rollup_reach(const struct rollup *rollup);

/* The group of a series that the query matches; NULL above the limit. */
struct group *
rollup_bind(struct rollup *rollup, struct series *series, int64_t now_ms);
/* Drops the members that series_expire() chose, then the groups that have
 * none and no pane that is still read. */
void rollup_forget(struct rollup *rollup, int64_t now_ms);
void rollup_changed_put(struct rollup *rollup, size_t group, int64_t index);
/* As group_pane(). */
static inline void
rollup_touch(struct rollup *rollup, struct group *group, enum pane_put how,
    const struct pane *pane, int64_t oldest)
{
	group_pane(group, how, pane, oldest);
	if (pane->index < rollup->noted)
		rollup_changed_put(rollup, group->index, pane->index);
}

/* Before an entry's points are put and series are forgotten: windows that would
 * lose panes to a clock that jumped are told as they are. */
void rollup_rescue(struct rollup *rollup, int64_t now_ms, struct arena *work,
    struct outcome *outcome);
/* After them. `work` is for the caller to reset. */
void rollup_step(struct rollup *rollup, int64_t now_ms, struct arena *work,
    struct outcome *outcome);
/* The same without telling: before the first evaluation. */
void rollup_learn(struct rollup *rollup, int64_t now_ms);

/* The lines, final, of the window that ends at the frontier: none when nothing
 * was said in it. */
void rollup_newest(const struct rollup *rollup,
    void (*tell)(void *cookie, const struct rollup_line *line), void *cookie);

/* A rollup of the same query and windows goes on: before series are bound;
 * then what was told of its groups. */
void
rollup_go_on(struct rollup *rollup, const struct rollup *was, int64_t now_ms);
void rollup_inherit(struct rollup *rollup, const struct rollup *was);
/* For loading: after groups were placed, before the rest; then a value told,
 * false when it is none of this rollup's; rollup_changed_put(). */
void rollup_placed(struct rollup *rollup);
bool
rollup_told_put(struct rollup *rollup, size_t group, int64_t end, double value);

/* The only one who moves the frontier. */
void rollup_advance(struct rollup *rollup, int64_t frontier);

/* For rollup*.c: rounded down to a multiple; the index of a pane; where the
 * value of a window that was told stands, if it is still there. */
int64_t rollup_floor(int64_t value, int64_t unit);
int64_t rollup_index(const struct rollup *rollup, int64_t ms);
struct rollup_told *
rollup_told(struct rollup *rollup, size_t group, int64_t end);
struct rollup_line
rollup_line(const struct rollup *rollup, size_t group, int64_t end);

#endif
