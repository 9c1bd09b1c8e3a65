/*
 * Multipart uploads, for objects above `multipart`. Which upload is under way
 * is on record before its first part is sent, in one small file beside the
 * position, so that a restart goes on where it was:
 *
 *   CreateMultipartUpload ─▶ NAME.upload durable ─▶ parts ─▶ Complete ─▶ done
 *        ▲                        │ restart: ListParts, the rest only
 *        └── NoSuchUpload ────────┘
 *
 * Parts carry their CRC32C, and the whole its own at the end. What earlier
 * lives left behind (a crash between Create and the file) is aborted before
 * the first one: uploads below `sweep` that are not on record.
 *
 * Threads. One. Limits. One part in memory.
 */
#ifndef SINKS_S3_UPLOAD_H
#define SINKS_S3_UPLOAD_H

#include "sinks/s3_object.h"

struct s3_upload {
	const struct s3_bucket *bucket;
	char *path;	  /* of the file */
	struct buf sweep; /* what the keys that are ours begin with */
	bool swept;
	/* On record; an empty id: none. */
	struct buf id, key, checksum;
	uint64_t bytes, part_bytes;
};

/* `folder` holds NAME.upload. One that cannot be read is left out, and told. */
void s3_upload_open(struct s3_upload *upload, const struct s3_bucket *bucket,
    const char *folder, const char *name, const char *below);
void s3_upload_close(struct s3_upload *upload);
/* As s3_object_put(). The object's content is a file. */
enum rc s3_upload_put(
    struct s3_upload *upload, struct s3_object *object, struct err *err);
/* Aborts what earlier lives left behind, once; failing is told. */
void s3_upload_sweep(struct s3_upload *upload);

/* For s3_upload*.c. */
uint64_t s3_upload_part_bytes(uint64_t bytes, int64_t multipart_bytes);
enum rc s3_upload_create(
    struct s3_upload *upload, const struct s3_object *object, struct err *err);
enum rc s3_upload_abort(
    struct s3_upload *upload, struct span key, struct span id, struct err *);
enum rc s3_upload_record(struct s3_upload *upload, struct err *err);
void s3_upload_forget(struct s3_upload *upload);
/* NAME=VALUE of a query, with '&' before it when it is not the first. */
void s3_upload_query(struct buf *query, const char *name, struct span value);

#endif
