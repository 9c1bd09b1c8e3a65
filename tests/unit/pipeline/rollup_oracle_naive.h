/*
 * The naive evaluator of rollups: keeps the last version of every minute of
 * every series, and makes every window anew from them at every entry.
 */
#ifndef ROLLUP_ORACLE_NAIVE_H
#define ROLLUP_ORACLE_NAIVE_H

#include "base/buf.h"
#include "rollup_oracle_world.h"

#define NAIVE_GROUPS WORLD_SERIES
#define NAIVE_NAME 96

struct naive_pane {
	bool there, changed; /* at this entry */
	double sum, count, min, max;
};

struct naive_group {
	char name[NAIVE_NAME]; /* as lines say it */
	char sorts[NAIVE_NAME];
	int members[WORLD_SERIES], nmembers;
	bool told[WORLD_PANES + 1]; /* by the window's end */
	double value[WORLD_PANES + 1];
};

struct naive_rollup {
	struct world_rollup is;
	int since; /* no window begins before */
	int frontier;
	struct naive_group groups[NAIVE_GROUPS];
	int ngroups;
};

struct naive {
	const struct world *world;
	struct naive_pane panes[WORLD_SERIES][WORLD_PANES];
	struct naive_rollup rollups[WORLD_ROLLUPS];
	int nrollups;
	/* What the test is to have seen. */
	size_t minutes, finals, revised, early;
};

/* The world's rollups from now on; what entries make rollups tell, a line
 * each. */
void
naive_config(struct naive *naive, const struct world *world, struct buf *out);
void naive_apply(
    struct naive *naive, const struct world_entry *entry, struct buf *out);

#endif
