/*
 * Evidence: the periods an alarm looks at, as slots, whatever kind of alarm it
 * is. A metric's come from its series, a query's from its group, an
 * expression's from metric math over its metrics, a band's from its model.
 *
 *   bounds[2]     bounds[1]     bounds[0] = end
 *   ───┬─────────────┬─────────────┬───▶ time
 *      │   slots[1]  │   slots[0]  │
 */
#ifndef PIPELINE_ALARM_EVIDENCE_H
#define PIPELINE_ALARM_EVIDENCE_H

#include "base/arena.h"
#include "pipeline/alarm/anomaly.h"
#include "pipeline/alarm/verdict.h"
#include "pipeline/window/group.h"
#include "pipeline/window/series.h"

/* A metric of an alarm, and the series that it reads. */
struct source {
	struct series *series;
	size_t column; /* of an extended statistic */
};

struct input {
	const struct alarm_metric *metric;
	struct source *sources; /* all of one account and Region */
	size_t nsources, room;
	bool complained; /* ambiguity was reported */
};

void input_fini(struct input *input);
/* False when the series is of another account or Region than the first: the
 * definition is ambiguous and this series is not read. */
bool input_bind(struct input *input, struct series *series, size_t column);
/* Drops the series that series_expire() chose. */
void input_forget(struct input *input);

/* What is the same for all alarms of an engine at one entry. Panes that end
 * before start_ms are unknown, not missing, and so are periods that have one;
 * INT64_MIN: none are. */
struct watch_clock {
	int64_t now_ms;
	int64_t pane_ms; /* width of a pane */
	int64_t start_ms;
};

struct evidence {
	const struct alarm *alarm;
	const struct input *inputs; /* by alarm->metrics */
	const struct group *group;  /* of a query, instead of inputs */
	struct anomaly *model;	    /* of a band */
	const struct watch_clock *clock;
};

/* The newest `count` periods that end at or before end_ms: count + 1 bounds,
 * newest first. Sliding windows end at end_ms, wall-clock ones at a boundary
 * of their zone. */
void evidence_bounds(
    const struct alarm *alarm, int64_t end_ms, size_t count, int64_t *bounds);
/*
 * Fills `count` slots, newest first. A period of which something may still
 * come after frontier_ms is no datapoint yet, unless nothing can undo its
 * breach (a maximum above, a minimum below, a sample count above).
 */
void evidence_slots(const struct evidence *evidence, const int64_t *bounds,
    size_t count, int64_t frontier_ms, struct arena *arena, struct slot *slots);
/* Tells the model the values of the periods that are settled. */
void evidence_learn(const struct evidence *evidence, const int64_t *bounds,
    size_t count, int64_t frontier_ms, struct arena *arena);

#endif
