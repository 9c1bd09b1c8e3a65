/* Counters of all calls of AWS, of this process. */
#ifndef AWS_AWS_STATS_H
#define AWS_AWS_STATS_H

#include "base/counter.h"

enum {
	AWS_CALLS,
	AWS_CALLS_FAILED,
	AWS_RETRIES,
	AWS_RETRIES_REFUSED,
	AWS_ANSWERS_TOO_LARGE,
	AWS_CREDENTIALS_RENEWED,
	AWS_CREDENTIALS_FAILED,
	AWS_CREDENTIALS_EXPIRE,
	AWS_CLOCK_OFF,
	AWS_STATS
};
extern struct counter aws_stats[AWS_STATS];

#endif
