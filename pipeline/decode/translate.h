/*
 * OpenTelemetry's words into CloudWatch's. Source: CloudWatch User Guide,
 * CloudWatch-metric-streams-formats-opentelemetry-translation.
 */
#ifndef PIPELINE_DECODE_TRANSLATE_H
#define PIPELINE_DECODE_TRANSLATE_H

#include "base/arena.h"

/* By -> Bytes, {Count}/s -> Count/Second; empty and 1 -> None; what is not in
 * the table passes through. */
struct span translate_unit(struct span unit);

/* The statistic of a quantile in (0, 1): p and 100q in shortest decimal,
 * 0.999 -> p99.9. */
struct span translate_quantile(struct arena *arena, double quantile);

#endif
