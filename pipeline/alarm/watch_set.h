/*
 * All watches of one configuration: which series each reads, and when each is
 * due. Which alarm reads a series is decided once, when the series is first
 * seen; a point costs its look-up and no more. An alarm is looked at when one
 * of its inputs changed or its frontier moved; one that has no data left
 * sleeps until a point comes.
 *
 * Ownership. Owns the configuration whose alarms it watches.
 */
#ifndef PIPELINE_ALARM_WATCH_SET_H
#define PIPELINE_ALARM_WATCH_SET_H

#include "base/table.h"
#include "pipeline/alarm/rule.h"
#include "pipeline/alarm/silence.h"
#include "pipeline/alarm/watch.h"
#include "pipeline/engine_config.h"

/* An input that wants the series of one metric; a query wants all series of a
 * metric name. */
struct want {
	size_t watch, input;
	struct want *next;
};

struct wants {
	struct want *first, *last;
};

/* The watches that share step and delay, and so their frontier. */
struct cadence {
	int64_t step_ms, delay_ms;
	struct watch_move move;
	size_t *at; /* in ascending order */
	size_t count;
};

struct watch_set {
	struct engine_config config;
	struct watch *watches;
	size_t count;
	struct table by_metric; /* series_metric_name() → struct wants */
	struct table by_query;	/* the same without dimensions */
	struct cadence *cadences;
	size_t ncadences;
	int64_t clock_ms; /* of the entry before; INT64_MIN: none */
	size_t *silences; /* alarms on silence */
	size_t nsilences;
	size_t *gated; /* metric alarms with a gate */
	size_t ngated;
	size_t *touched; /* watches whose data this entry changed */
	size_t ntouched;
	size_t *due;
	size_t ndue;
	struct buf scratch;
};

/* Takes the configuration over. delay_ms >= 0 stands in for every delay. */
void watch_set_init(struct watch_set *set, struct engine_config *config,
    int64_t delay_ms, int64_t pane_ms, int64_t now_ms);
void watch_set_fini(struct watch_set *set);
/* Alarms that were there before keep their state (PutMetricAlarm: "the state
 * is unchanged"); what came, changed or went is told. */
void watch_set_inherit(struct watch_set *set, struct watch_set *before,
    int64_t now_ms, struct outcome *outcome);

/* Where a series is bound: the clock, and the outcome that complaints about
 * ambiguous alarms go to. */
struct binding {
	int64_t now_ms, pane_ms;
	struct outcome *outcome;
};

/* Binds a series to its readers. */
void watch_set_bind(struct watch_set *set, const struct binding *binding,
    struct series *series);
/* Drops what points to series that series_expire() chose. */
void watch_set_forget(struct watch_set *set);
/* The series' pane was put: `how` is PANE_NEW or PANE_REPLACED. */
void watch_set_touch(struct watch_set *set, const struct series *series,
    const struct pane *pane, enum pane_put how, int64_t oldest,
    int64_t pane_ms);

/* What an entry before the first evaluation teaches: models only. */
void watch_set_learn(struct watch_set *set, const struct watch_clock *clock,
    struct outcome *outcome);

/* One step of every watch that is due, then of composites and of what holds
 * back actions. `whole`: alarms of a minute or more are looked at too. */
void watch_set_step(struct watch_set *set, const struct watch_clock *clock,
    const struct heard *heard, bool whole, struct outcome *outcome);

#endif
