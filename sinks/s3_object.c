#include "sinks/s3_object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/s3_key.h"

#define S3_TAIL_BYTES (64 * KIB)
#define S3_READ_BYTES ((size_t)(128 * KIB))

void
s3_object_fini(struct s3_object *object)
{
	buf_fini(&object->key);
	buf_fini(&object->plain);
	buf_fini(&object->checksum);
}

void
s3_object_begin(struct s3_object *object, const struct s3_bucket *bucket)
{
	buf_clear(&object->key);
	buf_clear(&object->plain);
	buf_clear(&object->checksum);
	object->hashed = false;
	object->fd = 0;
	buf_byte(&object->key, '/');
	s3_key_root(&object->key, bucket);
}

static enum rc
s3_object_crc(const struct s3_object *object, uint32_t *crc, struct err *err)
{
	char *bytes = malloc(S3_READ_BYTES);
	uint64_t at = 0;

	if (bytes == NULL)
		log_die("out of memory: checksum of an object");
	*crc = 0;
	while (at < object->bytes) {
		uint64_t left = object->bytes - at;
		ssize_t got = pread(object->fd, bytes,
		    left < S3_READ_BYTES ? left : S3_READ_BYTES, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*crc = crc32c(*crc, bytes, (size_t)got);
		at += (uint64_t)got;
	}
	free(bytes);
	return at < object->bytes
	    ? err_errno(err, RC_RETRY, "%.*s: cannot be read whole",
		  SPAN_ARGS(buf_span(&object->key)))
	    : RC_OK;
}

enum rc
s3_object_hash(struct s3_object *object, struct err *err)
{
	uint32_t crc;
	enum rc rc = RC_OK;

	if (object->hashed)
		return RC_OK;
	if (object->fd <= 0)
		crc = crc32c(0, object->body.at, object->body.len);
	else
		rc = s3_object_crc(object, &crc, err);
	if (rc != RC_OK)
		return RC_RETRY;
	buf_clear(&object->checksum);
	s3_checksum(&object->checksum, crc);
	object->hashed = true;
	return RC_OK;
}

bool
s3_object_checked(const struct s3_object *object, const char *checksum)
{
	return *checksum == '\0' || strchr(checksum, '-') != NULL ||
	    span_is(buf_span(&object->checksum), checksum);
}

static enum rc
s3_object_other(const struct s3_bucket *bucket, const struct s3_object *object,
    struct err *err)
{
	return err_set(err, RC_REJECT,
	    "s3://%.*s%.*s is there with other content; give this tocsin a "
	    "name or prefix of its own",
	    SPAN_ARGS(bucket->config.bucket),
	    SPAN_ARGS(buf_span(&object->key)));
}

/* The last bytes of the content; malloc'ed. */
static char *
s3_object_tail(const struct s3_object *object, size_t tail)
{
	char *bytes = malloc(tail + 1);
	uint64_t from = object->bytes - tail;

	if (bytes == NULL)
		log_die("out of memory: comparing an object");
	if (object->fd <= 0)
		memcpy(bytes, object->body.at + from, tail);
	else if (pread(object->fd, bytes, tail, (off_t)from) != (ssize_t)tail) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

static enum rc
s3_object_compare_tail(const struct s3_bucket *bucket,
    const struct s3_object *object, struct err *err)
{
	size_t tail = object->bytes < S3_TAIL_BYTES ? (size_t)object->bytes
						    : (size_t)S3_TAIL_BYTES;
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	char *bytes = s3_object_tail(object, tail), range[48];
	struct aws_call call;
	enum rc rc;

	if (bytes == NULL)
		return err_errno(err, RC_RETRY, "a segment's last bytes");
	snprintf(range, sizeof(range), "bytes=-%zu", tail);
	s3_headers_add(&headers, "Range", span_text(range));
	call = s3_bucket_call(
	    bucket, "GET", buf_span(&object->key), &headers, tail);
	rc = aws_send(bucket->aws, &call, "GetObject", &answer, err);
	if (rc == RC_OK &&
	    !span_equal(span_make(bytes, tail), buf_span(&answer.body)))
		rc = s3_object_other(bucket, object, err);
	else if (rc != RC_OK)
		rc = RC_RETRY;
	http_answer_fini(&answer);
	free(bytes);
	return rc;
}

/* What HEAD tells; RC_AGAIN: not enough. */
static enum rc
s3_object_judge(const struct s3_bucket *bucket, const struct s3_object *object,
    const struct http_answer *answer, struct err *err)
{
	const char *length = answer->wanted[0], *checksum = answer->wanted[1];
	const char *plain = answer->wanted[2];
	int64_t bytes;

	if (object->plain.len > 0 && *plain != '\0')
		return span_is(buf_span(&object->plain), plain)
		    ? RC_OK
		    : s3_object_other(bucket, object, err);
	if (text_parse_int(span_text(length), &bytes) &&
	    (uint64_t)bytes != object->bytes)
		return s3_object_other(bucket, object, err);
	/* Another one may be of the parts: others than S3 do not say so. */
	return *checksum != '\0' &&
		span_is(buf_span(&object->checksum), checksum)
	    ? RC_OK
	    : RC_AGAIN;
}

enum rc
s3_object_compare(const struct s3_bucket *bucket, struct s3_object *object,
    bool known, struct err *err)
{
	static const char *const wanted[] = {"Content-Length",
	    "x-amz-checksum-crc32c", "x-amz-meta-plain-crc32c", NULL};
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct aws_call call;
	enum rc rc;

	s3_headers_add(&headers, "x-amz-checksum-mode", SPAN_OF("ENABLED"));
	call =
	    s3_bucket_call(bucket, "HEAD", buf_span(&object->key), &headers, 0);
	call.wanted = wanted;
	rc = aws_send(bucket->aws, &call, "HeadObject", &answer, err);
	if (rc == RC_OK) {
		rc = s3_object_judge(bucket, object, &answer, err);
		if (rc == RC_AGAIN)
			rc = s3_object_compare_tail(bucket, object, err);
	} else if (answer.status == 404) {
		rc = RC_AGAIN;
	} else if (rc == RC_REJECT &&
	    (answer.status == 403 || answer.status == 405)) {
		rc = known ? RC_OK : RC_AGAIN;
		if (known)
			log_warn("archive_not_compared", "key=%s reason=%s",
			    buf_cstr(&object->key) + 1, err->text);
	} else {
		rc = RC_RETRY;
	}
	http_answer_fini(&answer);
	return rc;
}

static enum rc
s3_object_send(const struct s3_bucket *bucket, struct s3_object *object,
    struct http_answer *answer, struct err *err)
{
	static const char *const wanted[] = {"x-amz-checksum-crc32c", NULL};
	struct s3_headers headers = {0};
	struct aws_call call;

	s3_headers_add(&headers, "Content-Type", span_text(object->type));
	s3_headers_add(&headers, "If-None-Match", SPAN_OF("*"));
	s3_headers_add(
	    &headers, "x-amz-checksum-crc32c", buf_span(&object->checksum));
	s3_headers_add(
	    &headers, "x-amz-meta-plain-crc32c", buf_span(&object->plain));
	s3_headers_new(&headers, bucket);
	call = s3_bucket_call(
	    bucket, "PUT", buf_span(&object->key), &headers, object->bytes);
	call.wanted = wanted;
	if (object->fd > 0) {
		call.body_fd = object->fd;
		call.body_fd_bytes = object->bytes;
	} else {
		call.body = object->body;
	}
	return aws_send(bucket->aws, &call, "PutObject", answer, err);
}

enum rc
s3_object_put(
    const struct s3_bucket *bucket, struct s3_object *object, struct err *err)
{
	struct http_answer answer = {0};
	enum rc rc = s3_object_hash(object, err);

	if (rc != RC_OK)
		return rc;
	rc = s3_object_send(bucket, object, &answer, err);
	if (rc == RC_OK && !s3_object_checked(object, answer.wanted[0]))
		rc = err_set(err, RC_RETRY,
		    "S3 says that %s has the CRC32C %s, not %s",
		    buf_cstr(&object->key) + 1, answer.wanted[0],
		    buf_cstr(&object->checksum));
	else if (rc == RC_REJECT && answer.status == 412)
		rc = s3_object_compare(bucket, object, true, err);
	/* Only this is the object's own fault. */
	else if (rc == RC_REJECT &&
	    !span_is(aws_error_code(buf_span(&answer.body)), "EntityTooLarge"))
		rc = RC_RETRY;
	http_answer_fini(&answer);
	if (rc == RC_AGAIN)
		rc = err_set(err, RC_RETRY, "%s was there and is gone",
		    buf_cstr(&object->key) + 1);
	return rc;
}
