/*
 * The Firehose HTTP endpoint (AWS: "HTTP endpoint delivery request and
 * response specifications", protocol 1.0), on libmicrohttpd.
 *
 * What it promises. 200 is sent only after `keep` said that the records are
 * durable. Never 413 for anything Firehose may send. What is wrong with the
 * envelope is 400 and nothing is kept; what is wrong with the payload is the
 * pipeline's to quarantine. Answers are exactly the contract's: application/
 * json, Content-Length, {"requestId","timestamp","errorMessage"?}. (Requests
 * so broken that libmicrohttpd itself refuses them get its own 400.)
 *
 * The order of the checks: a header that can be read in two ways 400, method
 * 405, client certificate and access key 401, shutting down 503, request id,
 * protocol version (absent or 1.0) and Content-Encoding (gzip, identity or
 * absent) 400, a length beyond LIMIT_BODY_BYTES, which AWS never sends, 413,
 * LIMIT_BODIES_TOTAL 503; all this before the body is read. Then the body 400.
 *
 * Threads. config.threads of its own, and one that watches deadlines.
 * Limits. LIMIT_CONNECTIONS, LIMIT_BODY_BYTES, LIMIT_BODIES_TOTAL,
 * LIMIT_REQUEST_SECONDS; 30 s for a connection on which nothing moves.
 */
#ifndef INGEST_FEED_H
#define INGEST_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/option.h"
#include "base/rc.h"
#include "schemas/entry.h"

struct feed_server;

/* Who may send: the `feeds:` of the configuration. */
struct feed {
	struct span name;
	struct span access_key_file; /* one key a line, all are good */
	int64_t silence_ms;
};
extern const struct option feed_options[];

struct feed_config {
	struct span address; /* host:port; port 0 picks a free one */
	const struct feed *feeds;
	size_t nfeeds; /* 0: nobody is asked for a key (loopback only) */
	struct span certificate, key; /* TLS when set; PEM files */
	struct span client_ca;	      /* mutual TLS when set */
	int64_t threads;	      /* 0: two */
	/* A request must be here whole this long after it (or the connection)
	 * began; 0: LIMIT_REQUEST_SECONDS. */
	int64_t deadline_ms;
};

enum {
	FEED_REQUESTS_200,
	FEED_REQUESTS_400,
	FEED_REQUESTS_401,
	FEED_REQUESTS_405,
	FEED_REQUESTS_413,
	FEED_REQUESTS_503,
	FEED_RECORDS,
	FEED_BYTES,
	FEED_REPEATS,
	FEED_ATTRIBUTES_BAD, /* common attributes that are no JSON, ignored */
	FEED_CUT,	     /* connections closed at the deadline */
	FEED_ABORTED,	     /* requests that ended before their answer */
	FEED_CONNECTIONS,    /* gauge */
	FEED_BODIES,	     /* gauge: bytes of bodies being received */
	FEED_STATS
};
extern struct counter feed_stats[FEED_STATS];

/* Answers one kept batch; called once, from any thread. RC_OK: 200; RC_REJECT
 * (it can never be kept): 400; others: 503, with the error's words. */
typedef void
feed_answer(void *request, enum rc rc, bool repeat, const struct err *err);
/* Keeps a batch; must call `answer(request, …)` once, now or later. The batch
 * lives until the call returns. seq and arrival_ms are 0. Must not block. */
typedef void feed_keep(void *cookie, const struct entry *batch,
    feed_answer *answer, void *request);

/* Reads the key files and the TLS files as the start does. RC_FATAL says
 * which is wrong, and why. */
enum rc feed_files_check(const struct feed_config *config, struct err *err);

/* Listens. RC_FATAL with a clear sentence: port taken, bad key file. */
enum rc
feed_server_start(struct feed_server **server, const struct feed_config *config,
    feed_keep *keep, void *cookie, struct err *err);
/* The port that is listened on. */
unsigned feed_server_port(const struct feed_server *server);
/* New requests get 503 from now on; those in flight are answered. */
void feed_server_drain(struct feed_server *server);
/* Drains, waits until every batch that is being kept was answered and the
 * answers are sent (bodies that are still arriving have five seconds), then
 * closes. The one who keeps must still be there. NULL is fine. */
void feed_server_stop(struct feed_server **server);

#endif
