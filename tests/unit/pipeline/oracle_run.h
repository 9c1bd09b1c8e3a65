/* Lives one history on both sides, and makes a failing one small. */
#ifndef TESTS_UNIT_PIPELINE_ORACLE_RUN_H
#define TESTS_UNIT_PIPELINE_ORACLE_RUN_H

#include "oracle_world.h"

/* The first difference; a NULL side says nothing there. */
struct oracle_difference {
	bool differs;
	struct oracle_note naive, engine;
	bool has_naive, has_engine;
};

/* How often what happened: a history in which nothing happens proves nothing.
 */
struct oracle_seen {
	size_t alarm_minutes; /* alarms times minutes they were looked at */
	size_t changes[4];    /* by kind */
	size_t contributors, revised, released, reasons, hourly, restarts;
	size_t held[4]; /* by oracle_note.suppressed_by */
};

/* `seen`: what happened is added; NULL: nobody asks. */
struct oracle_difference
oracle_compare(const struct oracle_world *world, struct oracle_seen *seen);
/* Drops alarms and points while the two still differ. */
void oracle_shrink(struct oracle_world *world);
void oracle_print(const struct oracle_world *world);

#endif
