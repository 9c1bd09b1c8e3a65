/*
 * A replica: what the log holds, sent on to another Region by one of several
 * ways (sinks/replica_kind.h), in the order of the log. Batches without
 * records, ticks and configurations are not sent. docs/replica.md says what a
 * receiver may rely on.
 *
 * Each of what a replica sends has a delivery, and so a position, of its own:
 * replica-NAME for records, transitions-NAME for transitions.
 *
 * An attempt of which a part was taken is followed by one for the rest at
 * once, a few times, so that a stream which is throttled still moves; one of
 * which nothing was taken is tried again as delivery.h says.
 */
#ifndef SINKS_SINK_REPLICA_H
#define SINKS_SINK_REPLICA_H

#include "sinks/delivery.h"
#include "sinks/replica_kind.h"
#include "sinks/replica_tap.h"

struct sink_replica;

/* `folder` is for the position. The configuration outlives the sink, the rest
 * of `setup` is copied. RC_FATAL when it can never work. */
enum rc sink_replica_start(struct sink_replica **sink,
    const struct replica_setup *setup, enum replica_what what,
    const struct replica_log *log, const char *folder, struct err *err);
const struct delivery *sink_replica_delivery(const struct sink_replica *sink);

/* How a replica is, for those who look. Texts live as long as the sink. */
struct replica_status {
	const char *sink;  /* replica-west: of metrics and files */
	const char *sends; /* records, transitions */
	const struct replica_config *config;
	const struct delivery *delivery;
	/* What would be lost if this Region were lost now: how much older the
	 * newest entry that was sent is than the newest that was taken; 0:
	 * nothing waits. */
	int64_t lag_ms;
};
/* Calls `look` for each replica that runs, in the order they were started.
 * Threads. Any. */
typedef void replica_look(void *cookie, const struct replica_status *status);
void sink_replica_each(replica_look *look, void *cookie);
/* The lags, for /metrics. */
void sink_replica_print(struct buf *out);

void sink_replica_stop(struct sink_replica **sink, int64_t within_ms);

#endif
