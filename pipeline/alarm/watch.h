/*
 * A watch: one alarm's definition, its memory, and the series it reads.
 *
 *              frontier                clock
 *   ───┬────┬────┬─┊──┬────┬────┬───────┊──▶ time
 *      │ -5 │ -4 │ ┊  │    │    │       ┊
 *   ───┴────┴────┴─┊──┴────┴────┴───────┊──
 *    decided; what ┊ pending; rings at  ┊
 *    is not there  ┊ once if M of N     ┊
 *    is missing    ┊ breach already     ┊
 *
 * The frontier is floor((clock - delay) / step) * step; the step is a minute,
 * the pane's width below a minute, an hour when N periods exceed a day (User
 * Guide, "Alarm evaluation"). Windows slide by one step and are not aligned
 * to the period.
 */
#ifndef PIPELINE_ALARM_WATCH_H
#define PIPELINE_ALARM_WATCH_H

#include "base/arena.h"
#include "pipeline/window/series.h"
#include "schemas/outcome.h"

struct watch {
	const struct alarm *alarm;
	enum alarm_state state;
	int64_t delay_ms, step_ms;
	int64_t frontier_ms;	/* evaluated up to here; INT64_MIN: never */
	int64_t horizon_ms;	/* early answers looked for up to here */
	struct series **series; /* all of one account and Region */
	size_t nseries, series_room;
	bool touched;	 /* in the list of those that this entry touched */
	bool complained; /* ambiguity was reported */
};

/* What is the same for all watches of an engine. */
struct watch_clock {
	int64_t now_ms;
	int64_t pane_ms;  /* width of a pane */
	int64_t start_ms; /* periods that end before are unknown, not missing;
			     INT64_MIN: none are */
};

void watch_init(struct watch *watch, const struct alarm *alarm,
    int64_t delay_ms, int64_t pane_ms);
void watch_fini(struct watch *watch);
/* Panes that a series must keep behind the clock for this watch. */
int64_t watch_reach(const struct watch *watch, int64_t pane_ms);
bool watch_matches(const struct watch *watch, const struct series_key *key);
/* False when the series is of another account or Region than the first: the
 * definition is ambiguous and this series is not read. */
bool watch_bind(struct watch *watch, struct series *series);

/*
 * One step of the alarm: definition, memory, the periods it looks at and the
 * clock in; a transition or nothing out (false). `touched`: its data changed.
 * Fills state, reason, data, revised; the texts live in the arena.
 */
bool watch_step(struct watch *watch, const struct watch_clock *clock,
    bool touched, struct arena *arena, struct transition *out);

#endif
