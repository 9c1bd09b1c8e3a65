/*
 * tocsin's own metrics, as a metric stream would send them: a batch a minute,
 * appended to the journal beside everything else. So a disk that fills is an
 * ordinary alarm, is replayed like one, and is seen by a peer over the
 * replica. Nothing is appended unless an alarm reads the namespace.
 *
 *   Tocsin  JournalFree       Percent  Name        of limit or file system
 *           JournalFreeBytes  Bytes    Name
 *           EvaluatorBehind   Seconds  Name        age of what is not applied
 *           DeliveryBehind    Seconds  Name, Sink  age of what is not delivered
 *           KafkaLag          Count    Name, Source
 *           ReplicaLag        Seconds  Name, Sink  newest sent to newest taken
 *           CommitTime        Seconds  Name        the slowest of the last ones
 *
 * A value is a sample each tick; a minute's samples make one point. All times
 * are the journal's clock's, but for CommitTime. A full journal refuses these
 * too: then the minute is missing.
 *
 * Threads. tick: one (the ticker's). switch: any.
 * Limits. LIMIT_OWN_METRICS; sinks above it are left out and counted.
 */
#ifndef APP_OWN_METRICS_H
#define APP_OWN_METRICS_H

#include "app/evaluator.h"
#include "pipeline/alarm/definition/definition.h"

#define OWN_METRICS_NAMESPACE "Tocsin"
#define OWN_METRICS_SOURCE "tocsin"

enum {
	OWN_METRICS_BATCHES,
	OWN_METRICS_FAILED,
	OWN_METRICS_LEFT_OUT,
	OWN_METRICS_STATS
};
extern struct counter own_metrics_stats[OWN_METRICS_STATS];

struct config;
struct own_metrics;

/* Copied; what it points to outlives the metrics. */
struct own_metrics_options {
	struct journal *journal;
	const char *journal_folder;
	int64_t limit_bytes; /* of the journal */
	const struct evaluator *evaluator;
	struct span account, region, name; /* of the configuration; account
		     and region "": 000000000000, local */
};

/* Whether an alarm or a rollup reads the namespace. */
bool own_metrics_wanted(const struct config *config);

struct own_metrics *
own_metrics_create(const struct own_metrics_options *options);
void own_metrics_free(struct own_metrics **metrics);
/* At first they are off. */
void own_metrics_switch(struct own_metrics *metrics, bool on);
/* Before each tick: takes the samples; when a minute is over, appends it. */
void own_metrics_tick(struct own_metrics *metrics);

/* One metric's minute. */
struct own_sample {
	const char *metric, *unit;
	char sink[128];		  /* "": none */
	char source[65];	  /* of Kafka; "": none */
	struct span peer, region; /* of what a peer heard; "": none */
	double sum, min, max, count;
};
/* The line of a metric stream. `minute_ms`: the start of the minute. */
void
own_metrics_print(struct buf *out, const struct own_metrics_options *options,
    const struct own_sample *sample, int64_t minute_ms);

#endif
