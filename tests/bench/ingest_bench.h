/*
 * What the files of ingest_bench share: bodies as Firehose sends them, who
 * sends them, and the steps of their way alone.
 */
#ifndef BENCH_INGEST_BENCH_H
#define BENCH_INGEST_BENCH_H

#include <sys/types.h>

#include "decoder_points.h"

#define BODY_RECORDS 10
#define BODY_RECORD_POINTS 400

/* One request, and what is in it. */
struct body {
	struct buf request; /* header and body */
	size_t body_from;   /* of the body in `request` */
	struct buf plain;   /* the records joined */
	size_t lens[BODY_RECORDS];
	size_t nrecords, points;
	int64_t newest_ms;
};

struct bodies {
	struct body *at;
	size_t count, room;
	size_t points;
	double bytes; /* plain */
	/* Of bench_bodies: */
	struct points *source;
	struct chunks chunks[FORMATS];
	size_t made; /* for the request ids */
	char prefix[32];
};

/* Makes `count` requests of nrecords records with record_points points each
 * in place of what was there; below POINTS_MESSAGE points only JSON. */
void bodies_make(struct bodies *bodies, enum format format, size_t count,
    size_t nrecords, size_t record_points);
void bodies_fini(struct bodies *bodies);
/* The records of a body; room for BODY_RECORDS. */
void body_records(const struct body *body, struct span *records);

/* The server that is measured. */
struct server {
	pid_t pid;
	unsigned feed, admin;
};

/* Sends all, by so many connections at a time, until the last answer; each
 * must be 200. */
void client_send(const struct server *server, const struct bodies *bodies,
    size_t connections);
/* Waits until the server has decoded so many points in all. */
void client_wait_points(const struct server *server, uint64_t points);
/* The value of a counter of /metrics. */
uint64_t client_counter(const struct server *server, const char *name);

double bench_now(void); /* ns of this thread's CPU */

/* ns a point of each step alone, over the same bodies. */
enum stage {
	STAGE_ZSTD, /* not a step: zstd -1 of the same bytes */
	STAGE_ENVELOPE,
	STAGE_BASE64,
	STAGE_COMPRESS,
	STAGE_CRC,
	STAGE_EXPAND,
	STAGE_DECODE,
	STAGE_WINDOW,
	STAGES
};
extern const char *const stage_names[STAGES];
struct stages;
struct stages *stages_create(size_t series, unsigned alarms_each);
void stages_free(struct stages *stages);
/* Without spent: only what the later ones remember is brought up to date. */
void
stages_run(struct stages *stages, const struct bodies *bodies, double *spent);

/* The definitions that a server is given, for `series`, one on each n-th. */
void alarms_print(size_t series, unsigned each);

/* Appends a second, in a journal of its own in `folder`: by one thread, by 64
 * with a group commit, and by 64 one after another. */
void commit_bench(const char *folder, double seconds);

#endif
