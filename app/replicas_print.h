/* /api/replicas: how each replica is, as a JSON array with a line each. */
#ifndef APP_REPLICAS_PRINT_H
#define APP_REPLICAS_PRINT_H

#include "base/buf.h"

void replicas_print(struct buf *out);

#endif
