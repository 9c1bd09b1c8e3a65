/*
 * What the two visitors of OTLP share: the one that reads everything, in
 * decode_otlp.c, and the one that knows the usual shape of a message and the
 * series that it names, in decode_otlp_quick.c.
 */
#ifndef PIPELINE_DECODE_DECODE_OTLP_VISIT_H
#define PIPELINE_DECODE_DECODE_OTLP_VISIT_H

#include "base/limits.h"
#include "pipeline/decode/decode.h"

#define OTLP_QUANTILES (LIMIT_STATISTICS + 2) /* and 0 and 1 */

struct otlp_quantile {
	double at, value;
};

/* One message being visited. */
struct otlp {
	struct decoded *out;
	struct span record;
	size_t index, item;
	bool keep; /* else it is only seen whether it can be read */
	size_t points;
	const char *fault;		   /* the message cannot be read */
	struct span account, region, unit; /* of what is being visited */
	struct otlp_point *point;
	struct otlp_source *sources; /* resources that otlp_quick() knows */
};

/* Reads a resource's bytes into account and region; false: a fault. */
bool otlp_resource(struct otlp *o, struct span bytes);
/* Reads a data point's bytes in full: a point or a reject more when keep is
 * set. False: a fault. */
bool otlp_point(struct otlp *o, struct span bytes);

/*
 * Reads a message of the usual shape with out->identities, which is not NULL:
 * points of known series without their names, all others by otlp_point().
 * False: the message is something else, or cannot be read; nothing is kept of
 * it and it is to be read in full.
 */
bool otlp_quick(struct otlp *o, struct span message);

#endif
