/*
 * Metric math: the language of CloudWatch's expressions, read into a typed
 * tree and evaluated over the periods that an alarm looks at. Pure.
 *
 * Source: CloudWatch User Guide, "Using math expressions with CloudWatch
 * metrics", and captured evaluations; docs/metric-math.md tells where they
 * pull apart and what tocsin does. Functions that need another service are
 * refused by name.
 *
 * Ownership. Trees live in the arena they were compiled into.
 * Threads. None. Nothing is written after math_compile(): evaluations of one
 * tree may run side by side.
 * Limits. LIMIT_EXPRESSION, LIMIT_MATH_DEPTH, LIMIT_MATH_NODES,
 * LIMIT_MATH_QUERIES, LIMIT_MATH_SERIES. An evaluation computes each query
 * once, and holds the few series that are not yet consumed.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_H
#define PIPELINE_ALARM_MATH_MATH_H

#include <stdint.h>

#include "base/arena.h"

struct math;

/* One MetricDataQuery as math sees it. */
struct math_query {
	struct span id;
	struct span expression; /* "": a metric */
	/* An expression that is not math (a band, a query): no other may name
	 * it. */
	bool skipped;
	/* Out: NULL for a metric, and for what is skipped. */
	const struct math *math;
};

struct math_fault {
	size_t query;	 /* index of the query whose expression is faulty */
	unsigned column; /* in the expression, from 1; 0: of the whole */
	const char *text;
};

/*
 * Reads the expressions of all queries, which may name one another in any
 * order, into typed trees. False: `fault` says what is wrong, in the arena.
 */
bool math_compile(struct arena *arena, struct math_query *queries, size_t count,
    struct math_fault *fault);
/* Whether the result is one time series (a scalar counts as one): what an
 * alarm can judge. */
bool math_is_series(const struct math *math);
/* ANOMALY_DETECTION_BAND(id[, deviations]); false when the text is no such
 * call, `fault` clear. When it is one, true, with a fault (text set) when it is
 * wrong. The default of 2 deviations is the guide's; whether there is such an
 * id is for the caller to see. */
bool math_band(struct arena *arena, struct span expression, struct span *id,
    double *deviations, struct math_fault *fault);

/* Which periods of its inputs an expression's value in one period rests on. */
enum math_reach {
	MATH_REACH_POINT, /* the same one */
	MATH_REACH_BACK,  /* and those before it: DIFF, FILL(…, REPEAT) */
	MATH_REACH_WHOLE  /* all: AVG of a series, FILL(…, LINEAR), SORT */
};
enum math_reach math_reach(const struct math *math);

/* The periods, oldest first. */
struct math_window {
	int64_t start_ms, period_ms;
	size_t count;
	/* By query: the values of a metric, `count` of them, NAN where there
	 * is none; NULL for expressions. */
	const double *const *values;
};

/* The expression's value in each period, NAN where it returns none. Memory in
 * the arena is for the caller to roll back. */
void math_evaluate(const struct math *math, const struct math_window *window,
    struct arena *arena, double *out);

#endif
