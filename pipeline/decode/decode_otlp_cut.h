/*
 * A data point of the usual shape cut in two: figures, which change with
 * every minute, and the bytes that name its series, which do not and so need
 * not be read again.
 *
 *   0.7   labels  start end count [sum] quantiles
 *   1.0           start end count [sum] quantiles  attributes
 *
 * Quantiles stand from the minimum to the maximum. Figures are checked as
 * check_point() has it, so that a cut point whose names are known is good.
 */
#ifndef PIPELINE_DECODE_DECODE_OTLP_CUT_H
#define PIPELINE_DECODE_DECODE_OTLP_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "pipeline/decode/decode_otlp_visit.h"

struct otlp_cut {
	uint64_t start_ns, count;
	double sum, min, max;
	struct span names;
	const unsigned char *quantiles, *end; /* all of them, and behind */
	size_t nstatistics; /* quantiles between the first and the last */
};

/* False: the point is odd, or wrong, and is to be read in full. */
bool otlp_cut(struct otlp_cut *cut, struct span bytes);
/*
 * Whether the names are labels, or attributes, and nothing else. That is not
 * seen in cutting: it is asked before the bytes are taught, and what was never
 * taught is not known. *shared is where the first two end, namespace and
 * metric, which many series have in common; 0 when there are no two.
 */
bool otlp_cut_names(const struct otlp_cut *cut, uint32_t *shared);
/* The quantile at `at` of a point that was cut; gives where the next is. */
const unsigned char *otlp_cut_quantile(const struct otlp_cut *cut,
    const unsigned char *at, struct otlp_quantile *quantile);

#endif
