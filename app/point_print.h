/* The contract's Point line: what `decode` prints. */
#ifndef APP_POINT_PRINT_H
#define APP_POINT_PRINT_H

#include "base/buf.h"
#include "schemas/point.h"

/* One JSON object and a newline; keys in the contract's order. */
void point_print(struct buf *out, const struct point *point);

#endif
