/*
 * The kinds of replicas: ways to the same thing. sink_replica.c gives them the
 * batches of the log one after another, in order; a kind cuts a batch into
 * items and sends an item.
 *
 *   entry ──▶ load ──pack()──▶ item ──send()──▶ RC_OK       the next item
 *               ▲ more of it     ▲        │     RC_RETRY    the same again
 *               └────────────────┼────────┘     RC_REJECT   a dead letter
 *                                └ `progress`: what was taken is not sent again
 *
 * An item is a function of the load and of the configuration alone: sent again
 * after a crash it has the same ids and the same bytes. A kind keeps the order
 * of what has one key (replica_pack.h).
 *
 * Threads. One replica's calls are on one thread.
 */
#ifndef SINKS_REPLICA_KIND_H
#define SINKS_REPLICA_KIND_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/buf.h"
#include "base/option.h"
#include "kafka/kafka_connection.h"

/* What is sent; bits of `send:`. */
enum replica_what {
	REPLICA_RECORDS = 1,
	REPLICA_TRANSITIONS = 2,
	REPLICA_ROLLUPS = 4 /* those whose output says replica */
};
#define REPLICA_WHATS 3 /* how many there are */

/* One item of `sinks: replica:`. Texts end in NUL. */
struct replica_config {
	struct span name;
	unsigned send; /* enum replica_what */
	const struct replica_kind *kind;
	struct span url, access_key_file;     /* firehose_http: */
	struct span stream, region, endpoint; /* kinesis:, firehose: */
	struct kafka_connection kafka;	      /* kafka: */
	struct span topic;
	int64_t record_size_bytes, request_size_bytes; /* kinesis: */
	bool record_ids;
};
extern const struct option replica_options[]; /* name */

/* What an entry gives to send, and where the next item of it begins. */
struct replica_load {
	struct span id;	    /* journal/replica_id.h */
	struct span source; /* the feed; the key of what has no finer one */
	bool series; /* records of a metric stream, not lines of our own */
	bool more;   /* another load of the same entry follows */
	uint64_t seq;
	int64_t arrival_ms;
	const struct span *records;
	size_t nrecords;

	size_t record, offset; /* of the next byte to send */
	size_t parts;	       /* messages made of it so far */
};

/* What a kind is made with; `config` and `origin` outlive it. */
struct replica_setup {
	struct http *http;
	struct aws_client *aws;
	const struct replica_config *config;
};

struct replica_kind {
	const char *name;	      /* its key in the configuration */
	const struct option *options; /* into struct replica_config */
	const char *const *required;  /* those that may not be empty */
	/* What else must hold; may be NULL. */
	enum rc (*check)(const struct replica_config *config, struct err *err);

	/* RC_FATAL: it cannot be used like this; nothing is to be closed. */
	enum rc (*open)(
	    void **kind, const struct replica_setup *setup, struct err *err);
	/*
	 * Pure. The item that begins at load->record and ->offset, which move
	 * behind it; what it borrows of the load stays until the next call.
	 * RC_AGAIN: nothing is left to send. RC_REJECT: what stands there can
	 * never be sent, err says why; they moved behind it.
	 */
	enum rc (*pack)(void *kind, struct replica_load *load, struct err *err);
	/* One attempt at what of the item was not taken yet. RC_OK: now all
	 * is. *progress: some was, whatever came of the rest. */
	enum rc (*send)(void *kind, bool *progress, struct err *err);
	/* Appends the item as one JSON value, for the dead letter. */
	void (*dead)(void *kind, struct buf *out);
	void (*close)(void **kind);
};

/* NULL-ended. */
extern const struct replica_kind *const replica_kinds[];
extern const struct replica_kind replica_http, replica_kinesis,
    replica_firehose, replica_kafka;
extern const struct option firehose_http_options[], kinesis_options[],
    firehose_options[], replica_kafka_options[];

#endif
