/*
 * Reading alarm definitions: every key of PutMetricAlarm and
 * PutCompositeAlarm, as `aws cloudwatch describe-alarms` prints them, and our
 * own keys in "Tocsin"; template.h brings other documents into that form. What
 * CloudWatch would refuse is refused, in its own words where they are known;
 * what needs another service (PromQL, logs, SEARCH) is refused by name.
 *
 * One bad alarm never stops the others: it is left out, and each of its faults
 * names the file, the place, the alarm and the path (Metrics[1].Expression).
 *
 * Three choices of ours. Tags and ActionConfiguration are read and checked,
 * and nothing follows from them: neither a metric stream nor describe-alarms
 * tells an alarm's tags. A statistic must be one that a metric stream carries,
 * and what it carries of a minute cannot be merged into longer periods. A
 * Metrics Insights query that says AWS.Region (AWS.AccountId) reads every
 * Region (account) unless "Tocsin" names some.
 *
 * Ownership. Alarms live in the arena given; `nodes` borrow the documents.
 * Threads. None. Limits. LIMIT_ALARMS; twenty faults of one alarm.
 */
#ifndef PIPELINE_ALARM_DEFINITION_DEFINITION_H
#define PIPELINE_ALARM_DEFINITION_DEFINITION_H

#include "base/fault.h"
#include "base/tree.h"
#include "schemas/alarm.h"

/* After how much silence a feed is an alarm condition, where the alarm itself
 * does not say. */
struct feed_silence {
	struct span name;
	int64_t silence_ms;
};

/* What an alarm without an ARN reads; "" is any. */
struct definition_scope {
	struct span account, region;
	const struct feed_silence *feeds;
	size_t nfeeds;
};

#define DEFINITION_NONE SIZE_MAX

/* What a composite names, as indices of alarms. */
struct definition_links {
	const size_t *children; /* in the order of alarm.rule->children */
	size_t suppressor;	/* DEFINITION_NONE: none */
};

struct definitions {
	struct alarm *alarms;
	const struct tree **nodes; /* what each was read from */
	size_t count, room;
	bool full; /* LIMIT_ALARMS was told */
	/* Names of the alarms that have faults; "" where even that is bad. */
	struct span *left_out;
	size_t nleft_out, left_out_room;
	/* By definitions_link(): of every alarm, and the composites in an
	 * order that has children and suppressors first. */
	const struct definition_links *links;
	const size_t *composites;
	size_t ncomposites;
};

/*
 * One alarm in the form of PutMetricAlarm or PutCompositeAlarm, which
 * template_read() gives. False: it is left out, the faults say why.
 */
bool definition_read_one(struct definitions *out, struct arena *arena,
    const struct tree *node, const struct definition_scope *scope,
    struct faults *faults);
/* Tells of an alarm that is left out for faults found elsewhere. */
void definitions_leave_out(
    struct definitions *all, struct arena *arena, struct span name);

/*
 * After the last alarm, once: leaves out the second of two alarms of one
 * name in one Region and account, and composites that name an alarm that is
 * not there or is left out, or that form a cycle; fills the links. A name
 * means the alarm of the composite's own Region and account, else the only
 * one of that name.
 */
void definitions_link(
    struct definitions *all, struct arena *arena, struct faults *faults);

/*
 * The statistics that a metric stream sends only when asked: writes the JSON
 * for put-metric-stream --statistics-configurations; false, nothing written,
 * when what every stream carries is enough.
 */
bool definition_stream_statistics(const struct alarm *alarm, struct buf *out);

#endif
