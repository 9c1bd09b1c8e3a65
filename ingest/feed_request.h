/*
 * One request, from its header to its answer.
 *
 *            header good                    body whole and good
 *   (new) ───────────────▶ BODY ─────────────────────────▶ KEEPING
 *     │                     │ │ too much                      │ answer,
 *     │ header bad          │ ▼                               ▼ any thread
 *     │                     │ REFUSED (drops the rest)     ANSWERED
 *     ▼                     ▼ ▼                               ▼
 *   REPLIED ◀─────────────────────────────────────────────────┘
 *
 * In KEEPING the connection is suspended: nothing of the request moves until
 * the answer resumes it, so the answer always finds it alive.
 */
#ifndef INGEST_FEED_REQUEST_H
#define INGEST_FEED_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "ingest/feed_spare.h"

struct feed_server;

struct feed_request {
	struct feed_server *server;
	struct MHD_Connection *connection;
	enum {
		FEED_BODY,
		FEED_REFUSED,
		FEED_KEEPING,
		FEED_ANSWERED,
		FEED_REPLIED
	} state;
	struct arena arena;
	struct span id;	    /* of the header; "" when there is none */
	struct span source; /* the feed whose key it was */
	bool gzip;
	struct feed_spare *spare; /* the body; NULL: none of it came */
	int64_t held;		  /* of server->bodies */
	size_t nrecords, nbytes;
	bool owed;	 /* was given to `keep` */
	unsigned status; /* REFUSED and ANSWERED: what to say */
	struct err err;
};

/* Takes `bytes` of what all bodies may fill; false when it is too much. */
bool feed_request_hold(struct feed_request *request, int64_t bytes);

/* Callbacks of libmicrohttpd; `cls` is the struct feed_server. */
enum MHD_Result feed_request_handle(void *cls,
    struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **context);
void feed_request_completed(void *cls, struct MHD_Connection *connection,
    void **context, enum MHD_RequestTerminationCode code);

#endif
