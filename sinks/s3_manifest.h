/*
 * A list of each day's segments, so that replay finds a time range without
 * listing everything: one object a day, put when a segment of a later day is
 * archived and never changed. A line a segment, in log order:
 *
 *   {"key":"year=2026/…/SEQ.zst","first_seq":1,"last_seq":42,
 *    "first":"2026-09-14T…Z","last":"…","bytes":1234,"crc32c":"kqBUGg=="}
 *
 * Keys are below the root (s3_key.h). A manifest says that these are all of
 * the day: it is put only when the rows follow one another without a gap, and
 * the last segment of an earlier day. So the day on which a log begins, or an
 * archive is begun anew, has none: it is listed instead.
 *
 * What is known of the day that is not over is in NAME.manifest, beside the
 * position:
 *
 *   {"day":20710,"whole":true}      and its rows; durable before the position
 *                                   passes the row's segment
 *
 * Threads. One.
 */
#ifndef SINKS_S3_MANIFEST_H
#define SINKS_S3_MANIFEST_H

#include "journal/journal.h"
#include "sinks/s3_object.h"

struct s3_manifest {
	const struct s3_bucket *bucket;
	char *path;
	int64_t day;	   /* that is open; -1: none */
	bool whole;	   /* the rows are all of it so far */
	bool unsaved;	   /* the file says something else */
	uint64_t last_seq; /* of the last row */
	struct buf rows;
};

/* A file that cannot be read is as if it were not there, and told. */
void s3_manifest_open(struct s3_manifest *manifest,
    const struct s3_bucket *bucket, const char *folder, const char *name);
void s3_manifest_close(struct s3_manifest *manifest);
/* The segment is archived, with this CRC32C in base64. Puts the manifest of
 * the day before when it is of a later one. RC_RETRY: again. */
enum rc s3_manifest_add(struct s3_manifest *manifest,
    const struct journal_segment *segment, struct span checksum,
    struct err *err);

#endif
