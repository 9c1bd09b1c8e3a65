/*
 * A rollup: a Metrics Insights query over windows, as the configuration
 * defines it, and what it says of one group in one window.
 */
#ifndef SCHEMAS_ROLLUP_H
#define SCHEMAS_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "schemas/point.h"

struct insights;

/* Where its lines go, beside `replay --rollups`. */
enum rollup_output {
	ROLLUP_ARCHIVE = 1,
	ROLLUP_REPLICA = 2,
	ROLLUP_METRICS = 4,
	ROLLUP_STATUS = 8
};

struct rollup_definition {
	struct span name;
	struct span text; /* the query */
	const struct insights *query;
	struct span account; /* CURRENT_ACCOUNT_ID(); "": any */
	struct span unit;    /* of the series it reads; "": any */
	int64_t window_ms;
	int64_t every_ms;  /* = window_ms: tumbling */
	int64_t delay_ms;  /* -1: that of its namespace */
	int64_t revise_ms; /* how long behind its end a window is revised */
	bool early;
	unsigned outputs; /* of enum rollup_output */
};

struct rollup_line {
	const struct rollup_definition *rollup;
	const struct dimension *labels; /* in GROUP BY's order */
	size_t nlabels;
	int64_t start_ms;
	double value;
	bool final;   /* false: early, may still change */
	bool revised; /* its frontier had passed before */
};

#endif
