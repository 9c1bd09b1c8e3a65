/*
 * The functions of metric math: one table of what each takes and gives. Of
 * math/ alone.
 *
 * Source: CloudWatch User Guide, "Functions supported for metric math"; where
 * the types here go beyond it, docs/metric-math.md says so.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_FUNCTION_H
#define PIPELINE_ALARM_MATH_MATH_FUNCTION_H

#include "pipeline/alarm/math/math_tree.h"

#define MATH_ARGUMENTS 4

enum math_code {
	/* Each value by itself. */
	CODE_ABS,
	CODE_CEIL,
	CODE_FLOOR,
	CODE_LOG,
	CODE_LOG10,
	/* Over the time of each series. */
	CODE_DIFF,
	CODE_DIFF_TIME,
	CODE_RATE,
	CODE_RUNNING_SUM,
	CODE_FILL,
	/* Of a series a number, of an array a series. */
	CODE_AVG,
	CODE_MAX,
	CODE_MIN,
	CODE_STDDEV,
	CODE_SUM,
	CODE_DATAPOINT_COUNT,
	CODE_IF,
	/* Arrays. */
	CODE_METRICS,
	CODE_FIRST,
	CODE_LAST,
	CODE_SLICE,
	CODE_SORT,
	CODE_REMOVE_EMPTY,
	CODE_METRIC_COUNT,
	/* Without a gap. */
	CODE_TIME_SERIES,
	CODE_MINUTE,
	CODE_HOUR,
	CODE_DAY,
	CODE_DATE,
	CODE_MONTH,
	CODE_YEAR,
	CODE_EPOCH,
	CODE_PERIOD,
	/* Needs what tocsin has not: `usage` says why. */
	CODE_REFUSED
};

enum math_result {
	RESULT_S,
	RESULT_TS,
	RESULT_ARRAY,
	RESULT_SAME,	/* as the first argument */
	RESULT_REDUCED, /* TS: S, TS[]: TS */
	RESULT_IF	/* S when all its arguments are, else TS */
};

/* What one argument may be; math_takes says it in types and words. */
enum math_taking {
	TAKES_NOTHING,
	TAKES_S,
	TAKES_TS,
	TAKES_EITHER, /* S, TS */
	TAKES_SERIES, /* TS, TS[] */
	TAKES_ARRAY,
	TAKES_METRIC, /* a metric itself, not an expression */
	TAKES_TEXT,
	TAKES_FILLER,
	TAKES_STATISTIC,
	TAKES_ORDER
};

struct math_takes {
	unsigned types;		  /* a set of enum math_type */
	const char *const *words; /* or one of these; NULL: none */
	const char *shown;	  /* as faults say it */
};

struct math_function {
	const char *name;
	enum math_code code;
	enum math_result result;
	size_t least; /* arguments; at most those that follow */
	enum math_taking takes[MATH_ARGUMENTS];
	const char *usage; /* AVG(TS or TS[]); refused: why */
	const char *doc;
};

extern const struct math_takes math_takes[];

/* NULL when there is none; names are upper case. */
const struct math_function *math_function_find(struct span name);
/* The same in any case: what somebody meant. */
const struct math_function *math_function_meant(struct span name);
/* "; did you mean AVG?" or "". */
const char *math_function_hint(struct arena *arena, struct span name);
/* Whether an argument may be that keyword: REPEAT, DESC. */
bool math_function_takes_word(enum math_taking taking, struct span word);
/* Arguments it takes at most. */
size_t math_function_most(const struct math_function *function);

#endif
