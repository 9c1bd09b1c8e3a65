/* What every point must be, whatever format brought it. */
#ifndef PIPELINE_DECODE_CHECK_H
#define PIPELINE_DECODE_CHECK_H

#include "schemas/point.h"

/*
 * The reason, a constant, why the point is refused; NULL when it is good.
 * Names: LIMIT_NAME bytes of UTF-8 without control characters (MetricDatum
 * and Dimension, CloudWatch API). Values: finite, at most LIMIT_VALUE.
 */
const char *check_point(const struct point *point);

#endif
