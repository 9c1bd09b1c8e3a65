/*
 * The report of an outage or exercise, out of the stream: per rollup that has
 * an objective, and group,
 *
 *   RPO   the lag of the last good point before the outage, and the time from
 *         that point's end to the outage, of which nothing is known
 *   RTO   from the outage to the end of the first window behind it in which
 *         the group is healthy
 *
 * A negative lag means "not replicating" and is no good point.
 *
 * Ownership. Copies what it keeps. Threads. None.
 * Limits. LIMIT_DRILL_POINTS; what is above is left out and counted.
 */
#ifndef APP_DRILL_H
#define APP_DRILL_H

#include "base/buf.h"
#include "schemas/alarm.h"
#include "schemas/rollup.h"

/* What a rollup is judged by; rpo_ms and rto_ms 0: not. */
struct drill_objective {
	int64_t rpo_ms;
	double unit_ms; /* of a lag's value: 1000 or 1 */
	int64_t rto_ms;
	enum alarm_operator operator; /* of `healthy`: GE GT LT LE */
	double threshold;
};

struct drill_range {
	int64_t from_ms, to_ms; /* of the outage */
};

struct drill;

/* By the number of a rollup among `rollups`; all of it outlives the drill. */
struct drill *drill_create(const struct rollup_definition *rollups,
    const struct drill_objective *objectives, size_t count,
    const struct drill_range *range);
void drill_free(struct drill **drill);
/* A line of a rollup; early ones, those of rollups without an objective and
 * those outside of the range (and an hour before it) are passed over. The last
 * of a group and window stands. */
void drill_line(struct drill *drill, const struct rollup_line *line);
/* A JSON line a rollup and group. False: an objective is not met, or nothing
 * is known of it. */
bool drill_print(struct drill *drill, struct buf *out);
uint64_t drill_left_out(const struct drill *drill);

/* ">= 1" and the like; false when it is none. */
bool drill_healthy_parse(struct drill_objective *objective, struct span text);

#endif
