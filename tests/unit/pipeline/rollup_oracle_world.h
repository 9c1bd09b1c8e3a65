/*
 * Random rollups over a random stream: what the engine and the naive evaluator
 * both see. A function of the seed.
 */
#ifndef ROLLUP_ORACLE_WORLD_H
#define ROLLUP_ORACLE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_START 1767225600000 /* 2026-01-01T00:00:00Z */
#define WORLD_MINUTE 60000LL
#define WORLD_SERIES 12
#define WORLD_ROLLUPS 6
#define WORLD_MINUTES 150 /* of a stream */
#define WORLD_BEFORE 30	  /* panes may be so much older than the start */
#define WORLD_AFTER 130	  /* or newer than the end */
#define WORLD_PANES (WORLD_BEFORE + WORLD_MINUTES + WORLD_AFTER)
#define WORLD_POINTS 40 /* of one entry */

/* Labels; series may lack the last two. */
enum world_label {
	WORLD_ACCOUNT,
	WORLD_REGION,
	WORLD_HOST,
	WORLD_TEAM,
	WORLD_LABELS
};

struct world_series {
	const char *metric, *unit;
	const char *labels[WORLD_LABELS]; /* NULL: lacks it */
};

enum world_function {
	WORLD_AVG,
	WORLD_COUNT,
	WORLD_MAX,
	WORLD_MIN,
	WORLD_SUM,
	WORLD_FUNCTIONS
};

struct world_rollup {
	int name;
	enum world_function function;
	const char *metric;
	int schema; /* a bit a dimension, Host and Team; -1: none is said */
	int where;  /* a label; -1: none */
	bool equal;
	const char *value;
	enum world_label by[WORLD_LABELS];
	int nby;
	bool ordered, descending;
	enum world_function order_by;
	int limit;			  /* 0: none */
	int window, every, delay, revise; /* minutes */
	bool early;
};

struct world_point {
	int series, pane; /* pane 0: WORLD_BEFORE before the start */
	double sum, count, min, max;
};

struct world {
	uint64_t random;
	int nseries, nrollups;
	struct world_series series[WORLD_SERIES];
	int from[WORLD_SERIES], to[WORLD_SERIES]; /* minutes it speaks in */
	struct world_rollup rollups[WORLD_ROLLUPS];
	int64_t now_ms;
	int named; /* rollups so far */
};

/* What happens next. */
struct world_entry {
	int64_t now_ms;
	struct world_point points[WORLD_POINTS];
	int npoints;
	bool config; /* other rollups, in world->rollups */
};

void world_make(struct world *world, uint64_t seed);
unsigned world_below(struct world *world, unsigned bound);
/* False at the end of the stream. */
bool world_next(struct world *world, struct world_entry *entry);
/* The query as a text. */
void world_query(const struct world_rollup *rollup, char *out, size_t size);

#endif
