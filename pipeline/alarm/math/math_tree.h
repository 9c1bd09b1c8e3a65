/*
 * What an expression becomes: its parts in postfix order, so that types are
 * told and values are computed in one walk from the first part to the last,
 * without recursion. Of math/ alone.
 *
 * Limits. LIMIT_MATH_NODES parts. A part's value is taken by one other part,
 * so a walk holds few values at a time.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_TREE_H
#define PIPELINE_ALARM_MATH_MATH_TREE_H

#include "pipeline/alarm/math/math.h"

/* Bits: what an argument may be is a set of them. */
enum math_type {
	MATH_S = 1,	  /* a number */
	MATH_TS = 2,	  /* a time series */
	MATH_ARRAY = 4,	  /* TS[]: an array of time series */
	MATH_STRING = 8,  /* "text" */
	MATH_STRINGS = 16 /* String[]: ["a", "b"] */
};

enum math_kind {
	MATH_NUMBER,
	MATH_TEXT,
	MATH_WORD,  /* a keyword: REPEAT, DESC */
	MATH_QUERY, /* another query, by its id */
	MATH_LIST,  /* [a, b] */
	MATH_CALL,
	MATH_NEGATE,
	MATH_BINARY
};

enum math_operator {
	MATH_ADD,
	MATH_SUBTRACT,
	MATH_MULTIPLY,
	MATH_DIVIDE,
	MATH_POWER,
	MATH_EQ,
	MATH_NE,
	MATH_LE,
	MATH_GE,
	MATH_LT,
	MATH_GT,
	MATH_AND,
	MATH_OR
};

struct math_function;

struct math_node {
	enum math_kind kind;
	enum math_operator sign;	      /* MATH_BINARY */
	const struct math_function *function; /* MATH_CALL */
	double number;			      /* MATH_NUMBER */
	struct span text;		      /* as written, without quotes */
	size_t query;			      /* MATH_QUERY: its index */
	unsigned begin;	      /* column of its first character */
	unsigned column;      /* the same; of operators that of the sign */
	unsigned short *args; /* indices of the parts it takes, all below */
	size_t nargs;
	enum math_type type; /* told by math_type */
	size_t most;	     /* series that the value can have */
	bool metric;	     /* the value is a metric, untouched */
};

struct math {
	const struct math_node *nodes; /* the last is the whole */
	size_t count;
	enum math_type type;
	size_t most;
	const struct math_set *set;
	const size_t *needs; /* expressions it rests on, in order */
	size_t nneeds;
};

/* The queries of one math_compile(). */
struct math_set {
	const struct math **maths; /* by query; NULL: not math */
	struct span *ids;
	bool *metric;
	size_t count;
};

#endif
