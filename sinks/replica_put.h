/*
 * Records put into a stream of AWS by one signed call: what Kinesis and
 * Firehose have in common. JSON 1.1 over POST; 200 may say of each record that
 * it was not taken, and then only those are sent again.
 *
 * What is wrong with the stream, the Region or the credentials is tried again,
 * for the next item would fare no better; only what the service says is wrong
 * with the request itself is a reject.
 */
#ifndef SINKS_REPLICA_PUT_H
#define SINKS_REPLICA_PUT_H

#include "sinks/replica_pack.h"

struct replica_put;

struct replica_put_service {
	const char *service;   /* kinesis, firehose */
	const char *target;    /* Kinesis_20131202.PutRecords */
	const char *operation; /* PutRecords */
	const char *results;   /* the answer's list, a row for each record */
	/* Appends the member that names the stream, and one record. */
	void (*stream)(struct span stream, struct buf *body);
	void (*record)(const struct replica_config *config,
	    const struct replica_message *message, struct buf *body);
};

struct replica_put {
	const struct replica_put_service *service;
	struct replica_setup setup;
	struct replica_pack_rule rule;
	struct replica_pack pack;
	struct buf body;
};

/* The stream's name has only letters, digits and `others`, at most `most`. */
enum rc replica_put_check(const struct replica_config *config,
    const char *others, size_t most, struct err *err);
void replica_put_open(void **kind, const struct replica_setup *setup,
    const struct replica_put_service *service,
    const struct replica_pack_rule *rule);
/* The other functions of such a kind. */
enum rc
replica_put_pack(void *kind, struct replica_load *load, struct err *err);
enum rc replica_put_send(void *kind, bool *progress, struct err *err);
void replica_put_dead(void *kind, struct buf *out);
void replica_put_close(void **kind);

/* What a 200 says: marks what was taken. Pure. */
enum rc replica_put_answer(struct replica_put *put, struct span answer,
    bool *progress, struct err *err);

#endif
