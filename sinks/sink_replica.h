/*
 * The replica: the records of every batch, posted again over the Firehose
 * HTTP protocol to any receiver, another tocsin included. The request id is a
 * function of the log: the same batch always has the same one.
 */
#ifndef SINKS_SINK_REPLICA_H
#define SINKS_SINK_REPLICA_H

#include "aws/http.h"
#include "base/option.h"
#include "journal/journal.h"
#include "sinks/delivery.h"

struct sink_replica;

/* One item of `sinks: replica:`. */
struct replica_config {
	struct span name;
	struct span url, access_key_file; /* firehose_http: */
};
extern const struct option replica_options[];	    /* name */
extern const struct option firehose_http_options[]; /* url, key file */

/* `folder` is for the position; `journal_folder` is read from. */
enum rc sink_replica_start(struct sink_replica **sink, struct http *http,
    const struct replica_config *config, struct journal *journal,
    const char *journal_folder, const char *folder, struct err *err);
const struct delivery *sink_replica_delivery(const struct sink_replica *sink);
void sink_replica_stop(struct sink_replica **sink, int64_t deadline_ms);

#endif
