/*
 * The median without sorting, in time that is linear whatever the values are:
 * it is found byte by byte of the numbers' order. Pure.
 */
#ifndef PIPELINE_ALARM_MEDIAN_H
#define PIPELINE_ALARM_MEDIAN_H

#include <stddef.h>

/* Of at least one value, none of them NAN; the mean of the two middle ones
 * when their number is even. The values may be reordered. */
double median_of(double *values, size_t count);

#endif
