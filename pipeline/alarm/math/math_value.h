/*
 * Values while an expression is evaluated. Of math/ alone.
 *
 * A number or a point that is not there is NAN; nothing else that is not
 * finite is kept.
 * Ownership. Points live in buffers of the run, which go back to it when the
 * part that took the value is done: a run holds few at a time. Points that are
 * borrowed (a metric's, another query's) have no buffer.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_VALUE_H
#define PIPELINE_ALARM_MATH_MATH_VALUE_H

#include "base/limits.h"
#include "pipeline/alarm/math/math_tree.h"

struct math_buffer {
	struct math_buffer *next; /* of the free ones */
	double at[];
};

struct math_series {
	const double *at;
	struct math_buffer *own; /* NULL: borrowed */
};

struct math_value {
	enum math_type type;
	double number;		    /* MATH_S */
	struct span text;	    /* a text; a keyword, which has no type */
	struct math_series *series; /* MATH_TS: one, MATH_ARRAY */
	size_t count;
};

struct math_run {
	const struct math_window *window;
	const struct math_set *set;
	struct arena *arena;
	struct math_buffer *free;
	struct math_value results[LIMIT_MATH_QUERIES]; /* of expressions */
};

struct math_value math_value_number(double number);
/* Room for series that the caller fills in. */
struct math_value
math_value_series(struct math_run *run, enum math_type type, size_t count);
/* Points to write; window->count of them, of any content. */
double *math_value_points(struct math_run *run, struct math_series *series);
/* What is left in it goes back to the run. */
void math_value_done(struct math_run *run, struct math_value *value);
/* The series changes hands: `from` has none left to give back. */
struct math_series math_value_move(struct math_series *from);
/* NAN for what is not finite. */
double math_finite(double value);

#endif
