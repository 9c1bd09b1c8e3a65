/* What is wrong with an expression, and where. Of math/ alone. */
#ifndef PIPELINE_ALARM_MATH_MATH_FAULT_H
#define PIPELINE_ALARM_MATH_MATH_FAULT_H

#include "pipeline/alarm/math/math.h"

/* Characters, not bytes, from 1: what an editor shows. */
unsigned math_column(struct span expression, size_t offset);
/* Always false, for the caller to return. The first fault stays. */
bool math_fail(struct arena *arena, struct math_fault *fault, unsigned column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "; did you mean x?" of the names, or "". */
const char *math_hint(struct arena *arena, struct span wrong,
    const struct span *names, size_t count);

#endif
