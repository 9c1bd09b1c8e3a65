/*
 * Objects of S3 as inputs: what lies below s3://bucket/prefix, and its bytes.
 *
 * A prefix is taken as a path: the object of that key, else all below
 * "prefix/", in the order that the same files would have in folders. Left out
 * is what is left out of folders (source_leaves_out()).
 *
 * With a range, below which our own archive lies (year=/month=/day=/hour=,
 * sinks/s3_key.h), only days that the range touches are looked into: by their
 * manifest where there is one, else by listing them.
 *
 * Calls are made up to eight times when they fail for now; the bucket's Region
 * is followed when S3 names another.
 *
 * Ownership. Found objects live in the arena given. Threads. One at a time.
 */
#ifndef INGEST_SOURCE_S3_H
#define INGEST_SOURCE_S3_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/arena.h"
#include "ingest/spool.h"

struct source_s3;

/* Where a bucket is; "" is found by the rules of aws/client.h, the Region in
 * AWS_REGION or AWS_DEFAULT_REGION. */
struct source_s3_place {
	struct span region, endpoint;
};

/* Of arrival times. INT64_MIN, INT64_MAX: no bound. */
struct source_s3_range {
	int64_t since_ms; /* nothing before it is wanted */
	int64_t to_ms;
};

#define SOURCE_S3_ALL ((struct source_s3_range){INT64_MIN, INT64_MAX})

struct source_s3_object {
	const char *key, *etag;
	uint64_t bytes;
	/* Our own segment by its name, and the log position that says. */
	bool segment;
	uint64_t first_seq;
	/* Of a range: when its first entry arrived, at the earliest and at the
	 * latest; its last one, if known. */
	int64_t first_ms, first_most_ms, last_ms;
};

/* RC_FATAL: `url` is no s3://bucket or s3://bucket/prefix. */
enum rc source_s3_open(struct source_s3 **source, struct aws_client *aws,
    const char *url, const struct source_s3_place *place, struct err *err);
void source_s3_close(struct source_s3 **source);
/* s3://bucket/, without a prefix. */
const char *source_s3_bucket(const struct source_s3 *source);
/* RC_FATAL: nothing is there, or it cannot be listed. */
enum rc source_s3_list(struct source_s3 *source,
    const struct source_s3_range *range, struct arena *arena,
    struct source_s3_object **objects, size_t *count, struct err *err);
/* At most the first `most` bytes of it. */
enum rc
source_s3_begin(struct source_s3 *source, const struct source_s3_object *object,
    size_t most, struct buf *out, struct err *err);
/* All of it, into a file. */
enum rc
source_s3_fetch(struct source_s3 *source, const struct source_s3_object *object,
    struct spool *spool, struct err *err);

/* A file that nobody means: names that begin with '.', a journal's LOCK, what
 * recovery cut off (.torn), half-written files (.new), and what lies beside
 * the segments of an archive: lines and manifests. */
bool source_leaves_out(const char *name);

#endif
