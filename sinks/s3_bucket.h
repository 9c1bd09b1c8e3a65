/*
 * A bucket of the archive: what the configuration says of it, and how calls to
 * it are made. The names of objects in it: s3_key.h.
 *
 * Ownership. The configuration's texts are copied. Threads. Any; nothing
 * changes after s3_bucket_init().
 */
#ifndef SINKS_S3_BUCKET_H
#define SINKS_S3_BUCKET_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/arena.h"
#include "base/option.h"

/* The `sinks: s3:` section, one of them when that is a list. */
struct s3_config {
	struct span name; /* of this bucket in files and metrics; may be "" */
	struct span bucket, prefix, region, endpoint;
	struct span sse, kms_key, storage_class, expected_bucket_owner;
	bool bucket_key, sign_payload, transitions, rollups;
	int64_t multipart_bytes;
};
extern const struct option s3_options[];

struct s3_bucket {
	struct arena arena;
	struct aws_client *aws;
	struct s3_config config;
	const char *name; /* tocsin's; stands in the keys */
};

/* Enough for any call. */
#define S3_HEADERS 12

struct s3_headers {
	struct http_header at[S3_HEADERS];
	size_t count;
};

/* RC_FATAL: what the configuration says cannot be. */
enum rc s3_config_check(const struct s3_config *config, struct err *err);
void s3_bucket_init(struct s3_bucket *bucket, struct aws_client *aws,
    const struct s3_config *config, const char *name);
void s3_bucket_fini(struct s3_bucket *bucket);

/* Empty values are left out. */
void
s3_headers_add(struct s3_headers *headers, const char *name, struct span value);
/* What every new object is given: encryption, storage class. */
void s3_headers_new(struct s3_headers *headers, const struct s3_bucket *bucket);
/* A call with the bucket's owner among its headers; `path` begins with '/';
 * `bytes` that go or come. It borrows all of them. */
struct aws_call
s3_bucket_call(const struct s3_bucket *bucket, const char *method,
    struct span path, struct s3_headers *headers, uint64_t bytes);
/* What x-amz-checksum-crc32c says: base64 of the big-endian digest. */
void s3_checksum(struct buf *out, uint32_t crc);

#endif
