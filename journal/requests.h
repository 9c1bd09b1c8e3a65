/*
 * The request ids that are remembered, per source, so that a repeat adds
 * nothing; those of replicas (journal/replica_id.h) count across sources. An
 * id is in flight until its entry is durable, then waits in the order of
 * arrival until it is too old or one too many:
 *
 *   table: source+id -> request     in flight: only in the table
 *   oldest -> request -> request -> newest     durable: also in this list
 *
 * Threads. None: the journal's lock. Limits. LIMIT_REQUEST_IDS and
 * LIMIT_REQUEST_ID_MS by arrival time; the oldest go first.
 */
#ifndef JOURNAL_REQUESTS_H
#define JOURNAL_REQUESTS_H

#include <stdint.h>

#include "base/table.h"

struct request {
	uint64_t seq; /* 0: in flight */
	int64_t arrival_ms;
	void *pending; /* the append in flight */
	struct request *newer;
	size_t key_len;
	char key[];
};

struct requests {
	struct table table;
	struct request *oldest, *newest;
	size_t durable;
	size_t limit;
	int64_t limit_ms;
};

void requests_init(struct requests *requests);
void requests_fini(struct requests *requests);

/* NULL: never seen, or forgotten. */
struct request *requests_find(const struct requests *requests,
    struct span source, struct span request_id);
/* What an id was entered by, the source "" for one of a replica; they borrow
 * from it. */
struct span request_source(const struct request *request);
struct span request_id(const struct request *request);
/* Enters a new id as in flight. */
struct request *requests_begin(struct requests *requests, struct span source,
    struct span request_id, void *pending);
/* What was in flight is durable, or was refused and is forgotten. */
void requests_settle(struct requests *requests, struct request *request,
    uint64_t seq, int64_t arrival_ms);
void requests_drop(struct requests *requests, struct request *request);

#endif
