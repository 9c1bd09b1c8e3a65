/*
 * The replica: the records of every batch, posted again over the Firehose
 * HTTP protocol to any receiver, another tocsin included. The request id is a
 * function of the log: the same batch always has the same one.
 *
 * A batch too large for one request is sent as several, -1, -2 … behind the
 * id. Batches without records, ticks and configurations are not sent.
 * Ids of a tocsin's replica are kept as they are: where two post to each
 * other, a batch that comes round is known and goes no further.
 *
 * Only 200 with our request id is success; 413 is final (AWS: "permanent
 * failure"), all else is tried again. The key file is read again after 401
 * and 403.
 *
 * Ownership. The configuration's texts are copied.
 * Limits. One body of LIMIT_BODY_PLAIN a replica.
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

/* `folder` is for the position; `journal_folder` is read from. RC_FATAL when
 * the URL is missing or the key file cannot be read. */
enum rc sink_replica_start(struct sink_replica **sink, struct http *http,
    const struct replica_config *config, struct journal *journal,
    const char *journal_folder, const char *folder, struct err *err);
const struct delivery *sink_replica_delivery(const struct sink_replica *sink);
void sink_replica_stop(struct sink_replica **sink, int64_t within_ms);

#endif
