/*
 * A watch: one alarm's definition, its memory, and what it reads.
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
 * to the period, but for wall-clock windows.
 */
#ifndef PIPELINE_ALARM_WATCH_H
#define PIPELINE_ALARM_WATCH_H

#include "pipeline/alarm/composite.h"
#include "pipeline/alarm/contributor.h"
#include "pipeline/alarm/evidence.h"
#include "pipeline/alarm/gate.h"
#include "pipeline/alarm/memory.h"

struct watch {
	const struct alarm *alarm;
	struct memory memory;
	int64_t delay_ms, step_ms;
	int64_t created_ms;    /* when the engine first saw the alarm */
	int64_t newest_ms;     /* start of the newest pane it was told of */
	struct input *inputs;  /* by alarm->metrics */
	struct groups *groups; /* ALARM_INSIGHTS */
	struct contributors contributors;
	struct anomaly *model;	    /* ALARM_ANOMALY */
	enum composite_cause cause; /* ALARM_COMPOSITE */
	bool stirred;	       /* a composite whose rule must be looked at */
	struct gate *gate;     /* of what holds back actions; NULL: nothing */
	const size_t *parents; /* composites whose rule names it */
	size_t nparents;
	size_t cadence;	 /* of the set */
	bool complained; /* too many contributors were reported */
	bool due;	 /* in the list of those to look at */
	bool touched;	 /* in the list of those that this entry touched */
	bool asleep;	 /* nothing it reads lies in its range any more */
	bool warm;	 /* no warm-up, or it is over */
};

/* How far an entry moved the frontier and the clock of a watch. */
struct watch_move {
	int64_t frontier_ms, horizon_ms;
	bool settles; /* the frontier moved */
};

/* What one evaluation found. */
struct decision {
	enum alarm_state state;
	const struct slot *slots; /* newest first */
	size_t range;
	bool pending; /* decided before the missing ones could come */
	bool empty;   /* no datapoint in the whole range */
};

void watch_init(struct watch *watch, const struct alarm *alarm,
    int64_t delay_ms, int64_t pane_ms);
void watch_fini(struct watch *watch);
/* How far before its end the range begins, at most. */
int64_t watch_range_ms(const struct watch *watch);
/* Panes that a series must keep behind the clock for this watch. */
int64_t watch_reach(const struct watch *watch, int64_t pane_ms);

/* One evaluation of the alarm, or of one of its groups. False: the state
 * stays, or nothing had to be decided. */
bool watch_decide(const struct watch *watch, const struct evidence *evidence,
    const struct watch_move *move, struct arena *arena,
    struct decision *decision);

/*
 * One step of the alarm: definition, memory, the periods it looks at and the
 * clock in; transitions out.
 */
void watch_step(struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct outcome *outcome);

/* The settled periods feed the model of an anomaly alarm. */
void watch_learn(const struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct arena *arena);

/* True when the alarm has contributors: its query has GROUP BY. */
bool watch_has_contributors(const struct watch *watch);

#endif
