/* Which part of an expression is a number, a series or an array. Of math/
 * alone. */
#ifndef PIPELINE_ALARM_MATH_MATH_TYPE_H
#define PIPELINE_ALARM_MATH_MATH_TYPE_H

#include "pipeline/alarm/math/math_tree.h"

/* Fills type, most and metric of each part, and adds the series that its steps
 * make to *work. Queries that it names are looked up and typed before. False:
 * a fault. */
bool
math_type(struct math_node *nodes, size_t count, const struct math_set *set,
    size_t *work, struct arena *arena, struct math_fault *fault);

#endif
