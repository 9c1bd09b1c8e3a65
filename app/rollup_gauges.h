/*
 * Rollups as gauges: of each the window that became final last, a gauge a
 * group.
 *
 *   tocsin_rollup{rollup="lag",AWS_Region="us-east-2"} 120.5
 *   tocsin_rollup_window_end_timestamp_seconds{rollup="lag"} 1767225660
 *
 * A label's name is the dimension's with '_' for what OpenMetrics does not
 * allow. A group that said nothing in that window has no gauge.
 *
 * Threads. update: the engine's; print: any. Limits. LIMIT_ROLLUP_GAUGES;
 * groups above it are left out and counted.
 */
#ifndef APP_ROLLUP_GAUGES_H
#define APP_ROLLUP_GAUGES_H

#include "base/buf.h"
#include "base/counter.h"
#include "pipeline/engine.h"

enum { ROLLUP_GAUGES_LEFT_OUT, ROLLUP_GAUGES_STATS };
extern struct counter rollup_gauges_stats[ROLLUP_GAUGES_STATS];

void rollup_gauges_update(const struct engine *engine);
void rollup_gauges_print(struct buf *out);
/* One gauge's labels, braces included. */
void rollup_gauge_labels(struct buf *out, const struct rollup_line *line);

#endif
