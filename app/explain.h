/*
 * An alarm in plain words: what it watches, when it rings, what missing data
 * does, who is told, what the metric stream must carry, and what may surprise.
 *
 * Pure: an alarm in, lines of at most 80 columns out. Threads. Any.
 */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "base/buf.h"
#include "pipeline/alarm/mute.h"
#include "schemas/alarm.h"

/* What is known besides the definition. */
struct explain_context {
	int64_t delay_ms; /* that applies to the alarm; composites: 0 */
	/* put-metric-stream's StatisticsConfigurations; "": what every stream
	 * carries is enough. */
	struct span stream_statistics;
	const struct mutes *mutes; /* NULL: none */
};

void explain(struct buf *out, const struct alarm *alarm,
    const struct explain_context *context);

/*
 * For explain*.c.
 */

/* "label     words, wrapped", the words lined up; "" continues a label. */
void explain_line(struct buf *out, const char *label, struct span words);
void explain_say(struct buf *out, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* 90 s as "90 seconds", 60 s as "1 minute". */
void explain_duration(struct buf *out, int64_t ms);
/* What it watches; of a composite also when it rings. */
void explain_watches(struct buf *out, const struct alarm *alarm);
/* A rule in words; it was parsed before. */
void explain_rule(struct buf *out, struct span rule);
/* What may surprise: lines of "beware". */
void explain_beware(struct buf *out, const struct alarm *alarm);

#endif
