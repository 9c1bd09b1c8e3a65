/* What the files of the endpoint share. Not for others: see feed.h. */
#ifndef INGEST_FEED_SERVER_H
#define INGEST_FEED_SERVER_H

#include <pthread.h>

#include "ingest/feed.h"
#include "ingest/feed_key.h"
#include "ingest/feed_spare.h"
#include "ingest/feed_tls.h"

struct MHD_Daemon;

/* A connection, for the one who watches deadlines. */
struct feed_connection {
	int fd;
	int64_t since_ms; /* it, or its newest request, began */
	bool waiting;	  /* for the journal: not the client's fault */
	struct feed_connection *next, *previous;
};

struct feed_server {
	feed_keep *keep;
	void *cookie;
	struct feed_keys keys;
	struct feed_tls tls;
	int64_t deadline_ms;
	int listener;
	unsigned port;
	struct MHD_Daemon *daemon;
	pthread_t watcher;
	bool watching;

	struct feed_spares spares;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t changed;
	struct feed_connection *connections;
	size_t nopen;	/* requests that are not done with */
	size_t nowed;	/* of these: given to `keep` */
	int64_t bodies; /* bytes that open requests may fill */
	bool draining;	/* new requests are sent away */
	bool stopping;	/* and nothing is given to `keep` any more */
	bool stopped;	/* the watcher goes home */
};

/* Milliseconds that only go forward, and those of the calendar. */
int64_t feed_clock_ms(void);
int64_t feed_calendar_ms(void);

#endif
