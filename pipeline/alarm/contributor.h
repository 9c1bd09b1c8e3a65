/*
 * Contributors: the groups of a Metrics Insights query as an alarm sees them,
 * each with a state of its own, OK or ALARM. The alarm is in ALARM while one
 * of them is; actions run for contributors, never for the alarm itself.
 *
 * Source: User Guide, "Alarms on Metrics Insights queries", "Multi time series
 * alarms", and captured alarms; docs/alarm-rules.md.
 */
#ifndef PIPELINE_ALARM_CONTRIBUTOR_H
#define PIPELINE_ALARM_CONTRIBUTOR_H

#include "pipeline/alarm/memory.h"
#include "pipeline/alarm/mute.h"
#include "pipeline/window/group.h"

struct watch;
struct watch_clock;
struct watch_move;

struct contributor {
	struct group *group;
	struct contributor_name name;
	struct memory memory;
	struct muting muting;
	bool returned; /* among the series of the last evaluation */
};

struct contributors {
	struct contributor *at; /* by the groups' index */
	size_t count, room;
	struct arena names;
};

void contributors_fini(struct contributors *contributors);
/* The contributor of a group, made when it is new, silently OK. */
struct contributor *contributors_of(struct contributors *contributors,
    struct group *group, const struct insights *insights, int64_t now_ms);
/* A contributor of an earlier query, in ALARM, that this one does not know. */
void contributor_gone(struct watch *watch, const struct contributor *old,
    int64_t now_ms, struct outcome *outcome);
/* A mute rule's window ended: the actions that waited run. */
void contributors_unmute(
    struct watch *watch, int64_t now_ms, struct outcome *outcome);
/* One evaluation of all groups, then of the alarm. */
void contributors_step(struct watch *watch, const struct watch_clock *clock,
    const struct watch_move *move, struct outcome *outcome);

#endif
