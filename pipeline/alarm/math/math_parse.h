/*
 * An expression's text into its parts, without types. Of math/ alone.
 *
 *   OR ||      lowest
 *   AND &&
 *   == !=
 *   < > <= >=
 *   + -
 *   * /
 *   - (of one)
 *   ^          highest, from the right: 2^3^2 is 2^(3^2), -2^2 is -(2^2)
 *
 * Ownership. A parser is made once and reads one expression after another;
 * what it gives lives in the arena.
 * Limits. LIMIT_MATH_DEPTH within one another, LIMIT_MATH_NODES parts.
 */
#ifndef PIPELINE_ALARM_MATH_MATH_PARSE_H
#define PIPELINE_ALARM_MATH_MATH_PARSE_H

#include "base/limits.h"
#include "pipeline/alarm/math/math_lex.h"

struct math_parse {
	struct math_lex lex;
	unsigned depth;
	struct math_node nodes[LIMIT_MATH_NODES];
	size_t count;
	/* Arguments read, of calls and lists that are still open. */
	unsigned short pending[LIMIT_MATH_NODES];
	size_t npending;
};

/* nodes and count are filled; names are not looked up. False: a fault. */
bool math_parse(struct math_parse *parse, struct arena *arena,
    struct span expression, struct math_fault *fault);

#endif
