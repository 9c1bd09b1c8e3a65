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
 * once, so that a stream which is throttled still moves; one of which nothing
 * was taken is tried again as delivery.h says.
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
/* replica-west: of metrics and files. */
const char *sink_replica_name(const struct sink_replica *sink);
const struct replica_config *
sink_replica_config(const struct sink_replica *sink);
/*
 * What would be lost if this Region were lost now: how much older the newest
 * entry that was sent is than the newest that was taken; 0: nothing waits.
 * Threads. Any.
 */
int64_t sink_replica_lag_ms(const struct sink_replica *sink);
void sink_replica_stop(struct sink_replica **sink, int64_t within_ms);

#endif
