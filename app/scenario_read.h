/*
 * A scenario's description, read from YAML. docs/scenario.md has every key.
 *
 * Ownership. All of a plan lives in the arena it was read into.
 */
#ifndef APP_SCENARIO_READ_H
#define APP_SCENARIO_READ_H

#include "app/scenario_series.h"
#include "base/fault.h"
#include "base/tree.h"

struct scenario_plan {
	int64_t start_ms, duration_ms;
	int64_t seed;
	struct span account, stream;
	int64_t delay_ms, jitter_ms; /* of arrival, behind a minute's end */
	struct scenario_series *series;
	size_t nseries, series_room;
	struct scenario_event *events;
	size_t nevents;
	struct span *regions; /* in the order they are first named */
	size_t nregions;
};

/* Fills the plan; what is wrong becomes faults. */
void scenario_read(struct scenario_plan *plan, struct arena *arena,
    const struct tree *document, struct faults *faults);

#endif
