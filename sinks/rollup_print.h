/* The contract's rollup line. Pure. */
#ifndef SINKS_ROLLUP_PRINT_H
#define SINKS_ROLLUP_PRINT_H

#include "base/buf.h"
#include "schemas/rollup.h"

/* With its newline. */
void rollup_print(struct buf *out, const struct rollup_line *line);

#endif
