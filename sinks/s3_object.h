/*
 * One object on its way into a bucket: by one PUT, or in parts (s3_upload.h).
 *
 * It never replaces what is there (If-None-Match: *), and is sent with its
 * CRC32C, which S3 checks before it keeps anything; what S3 says of it in its
 * answer is checked here. An object that is there already (412) is compared:
 *
 *   HEAD: length, S3's own CRC32C where it keeps one, our note of the plain
 *   content; else GET of the last 64 KiB, where every entry of a segment
 *   carries the segment's id and checksum
 *
 * The same is done; another (a second tocsin of that name, or a log begun
 * anew) is rejected. Where reading is not allowed it is taken for the same,
 * which is said.
 */
#ifndef SINKS_S3_OBJECT_H
#define SINKS_S3_OBJECT_H

#include "sinks/s3_bucket.h"

struct s3_object {
	struct buf key; /* with a '/' before it */
	const char *type;
	int fd; /* > 0: the content is this file's */
	uint64_t bytes;
	struct span body; /* else this */
	/* Not "": base64 of the plain content's CRC32C, where its compression
	 * may come out in other bytes one day. */
	struct buf plain;
	/* Of s3_object_hash(): */
	bool hashed;
	struct buf checksum; /* CRC32C in base64 */
};

void s3_object_fini(struct s3_object *object);
/* A new object of that key; the root is put before it. */
void s3_object_begin(struct s3_object *object, const struct s3_bucket *bucket);

/* Reads the content for its checksum, once. RC_RETRY: cannot be read. */
enum rc s3_object_hash(struct s3_object *object, struct err *err);
/*
 * RC_OK: it is there. RC_REJECT: another one is, or it can never be taken.
 * RC_RETRY: not now; what configuration or policy get wrong is for a person to
 * mend.
 */
enum rc s3_object_put(
    const struct s3_bucket *bucket, struct s3_object *object, struct err *err);
/* Is what is there the same? RC_AGAIN: nothing is there (or, unless `known` to
 * be there, it may not be looked at). RC_REJECT: no. RC_RETRY: not known. */
enum rc s3_object_compare(const struct s3_bucket *bucket,
    struct s3_object *object, bool known, struct err *err);
/* S3's own checksum in an answer, against the object's; "" is good, and so is
 * one of parts. */
bool s3_object_checked(const struct s3_object *object, const char *checksum);

#endif
