/*
 * Every counter and gauge of the process, as OpenMetrics text.
 *
 * Threads. Any.
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "base/buf.h"

#define METRICS_CONTENT_TYPE                                                   \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Ends with "# EOF". */
void metrics_print(struct buf *out);

#endif
