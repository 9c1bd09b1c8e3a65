/* An entry: one item of the journal, the only thing the pipeline reads. */
#ifndef SCHEMAS_ENTRY_H
#define SCHEMAS_ENTRY_H

#include <stdint.h>

#include "base/span.h"

struct point;

enum entry_kind {
	ENTRY_BATCH = 1,  /* raw records that arrived together */
	ENTRY_TICK = 2,	  /* time passed, nothing arrived */
	ENTRY_CONFIG = 3, /* alarm definitions and delays, as JSON */
	/* Never on disk: points of one minute, made by replay from archives
	 * that carry no arrival times. */
	ENTRY_POINTS = 4
};

/*
 * A record: the bytes as AWS sent them, after base64 and inflate. JSON lines
 * or length-delimited OTLP messages, told by content. A JSON record always
 * ends in a newline here: the door adds the one that is missing.
 */
struct entry {
	uint64_t seq;	     /* position in the log, from 1, without gaps */
	int64_t arrival_ms;  /* never decreases */
	int64_t received_ns; /* monotonic clock of this run at the last byte;
				never on disk; 0: not known */
	enum entry_kind kind;
	struct span source;	/* the feed's name; "" when feeds are unnamed */
	struct span request_id; /* Firehose's; "" when there is none */
	const struct span *records; /* ENTRY_BATCH */
	size_t nrecords;
	struct span config;	    /* ENTRY_CONFIG */
	const struct point *points; /* ENTRY_POINTS */
	size_t npoints;
};

#endif
