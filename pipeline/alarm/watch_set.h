/*
 * All watches of one configuration, and which series each reads. Which alarm
 * reads a series is decided once, when the series is first seen; a point
 * costs its look-up and no more.
 *
 * Ownership. Owns the configuration whose alarms it watches.
 */
#ifndef PIPELINE_ALARM_WATCH_SET_H
#define PIPELINE_ALARM_WATCH_SET_H

#include "base/table.h"
#include "pipeline/alarm/watch.h"
#include "pipeline/engine_config.h"

/* The watches of one metric name, by index. */
struct watch_group {
	size_t *at;
	size_t count;
};

struct watch_set {
	struct engine_config config;
	struct watch *watches;
	size_t count;
	struct table by_metric; /* "namespace\0metric" → struct watch_group */
	size_t *touched;	/* watches whose data this entry changed */
	size_t ntouched;
	struct buf scratch;
};

/* Takes the configuration over. delay_ms >= 0 stands in for every delay. */
void watch_set_init(struct watch_set *set, struct engine_config *config,
    int64_t delay_ms, int64_t pane_ms);
void watch_set_fini(struct watch_set *set);
/* Alarms that were there before keep their state (PutMetricAlarm: "the state
 * is unchanged"). */
void watch_set_inherit(struct watch_set *set, const struct watch_set *before);

/* Binds a series to its readers; a complaint about an alarm that is now
 * ambiguous, made in the arena, or NULL. */
const char *watch_set_bind(struct watch_set *set, struct series *series,
    int64_t pane_ms, struct arena *arena);
void watch_set_touch(struct watch_set *set, const struct series *series);

#endif
