/* A point: one series' statistics for one minute, and what names a series. */
#ifndef SCHEMAS_POINT_H
#define SCHEMAS_POINT_H

#include <stdint.h>

#include "base/span.h"

struct identity_key;

struct dimension {
	struct span name, value;
};

/*
 * What names a series. Unit is part of it: one metric can arrive with two
 * units in one record (seen: AWS/EC2 MetadataNoToken), and they must not mix.
 * Dimensions are sorted by name, in bytes.
 */
struct series_key {
	struct span account, region, namespace, metric;
	struct span unit; /* CloudWatch's word; "None" when absent */
	const struct dimension *dimensions;
	size_t ndimensions;
};

/* An extended statistic under the name it was sent with: p99, TM(25%:75%). */
struct statistic {
	struct span name;
	double value;
};

/*
 * min and max may both be 0 while the sum is not (services that publish
 * statistic sets), so neither bounds the other. count is a double: JSON
 * carries fractions.
 *
 * A decoder with an identity cache gives `known`, what the cache was taught
 * for the series' raw bytes, in place of `series`, which means nothing then.
 * What the full parser read instead has `teach` when it can be taught.
 */
struct point {
	struct series_key series;
	int64_t timestamp_ms; /* start of the minute, as sent */
	double sum, count, min, max;
	const struct statistic *statistics;
	size_t nstatistics;
	void *known;
	const struct identity_key *teach;
};

#endif
