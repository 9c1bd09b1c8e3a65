/* An object in parts: what is there, what is not, and the end of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/xml.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/s3_upload.h"

#define S3_ETAG 80

struct s3_part {
	char etag[S3_ETAG]; /* "": not there */
	char checksum[16];  /* as S3 told it, then as it must be */
};

/* An object on its way up. */
struct s3_parts {
	struct s3_upload *upload;
	const struct s3_object *object;
	struct s3_part *at;
	size_t count;
};

static uint64_t
s3_parts_size(const struct s3_parts *parts, size_t i)
{
	uint64_t from = i * parts->upload->part_bytes;
	uint64_t left = parts->object->bytes - from;

	return left < parts->upload->part_bytes ? left
						: parts->upload->part_bytes;
}

/* RC_AGAIN: S3 does not know the upload. */
static enum rc
s3_parts_send(struct s3_parts *parts, struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	enum rc rc =
	    aws_send(parts->upload->bucket->aws, call, operation, answer, err);

	if (rc != RC_OK &&
	    span_is(aws_error_code(buf_span(&answer->body)), "NoSuchUpload"))
		return RC_AGAIN;
	return rc;
}

enum rc
s3_upload_create(
    struct s3_upload *upload, const struct s3_object *object, struct err *err)
{
	const struct s3_bucket *bucket = upload->bucket;
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct aws_call call;
	enum rc rc;

	s3_headers_add(&headers, "Content-Type", span_text(object->type));
	s3_headers_add(&headers, "x-amz-checksum-algorithm", SPAN_OF("CRC32C"));
	s3_headers_add(&headers, "x-amz-checksum-type", SPAN_OF("FULL_OBJECT"));
	s3_headers_add(
	    &headers, "x-amz-meta-plain-crc32c", buf_span(&object->plain));
	s3_headers_new(&headers, bucket);
	call =
	    s3_bucket_call(bucket, "POST", buf_span(&object->key), &headers, 0);
	call.query = SPAN_OF("uploads=");
	rc =
	    aws_send(bucket->aws, &call, "CreateMultipartUpload", &answer, err);
	if (rc == RC_OK) {
		xml_text(&upload->id, buf_span(&answer.body), "UploadId");
		buf_span_put(&upload->key, buf_span(&object->key));
		buf_span_put(&upload->checksum, buf_span(&object->checksum));
		upload->bytes = object->bytes;
		upload->part_bytes = s3_upload_part_bytes(
		    object->bytes, bucket->config.multipart_bytes);
		rc = upload->id.len > 0
		    ? s3_upload_record(upload, err)
		    : err_set(err, RC_RETRY, "S3 gave no upload id");
	}
	http_answer_fini(&answer);
	return rc == RC_OK ? RC_OK : RC_RETRY;
}

static void
s3_parts_take(struct s3_parts *parts, struct span one, size_t *last)
{
	int64_t number, size;
	struct buf etag = {0};

	xml_text(&etag, one, "ETag");
	if (text_parse_int(xml_inside(one, "PartNumber"), &number) &&
	    number >= 1 && (size_t)number <= parts->count &&
	    text_parse_int(xml_inside(one, "Size"), &size)) {
		struct s3_part *part = &parts->at[number - 1];
		struct span checksum = xml_inside(one, "ChecksumCRC32C");

		*last = (size_t)number;
		if ((uint64_t)size ==
			s3_parts_size(parts, (size_t)number - 1) &&
		    etag.len > 0 && etag.len < S3_ETAG) {
			snprintf(part->etag, S3_ETAG, "%s", buf_cstr(&etag));
			snprintf(part->checksum, sizeof(part->checksum), "%.*s",
			    SPAN_ARGS(checksum));
		}
	}
	buf_fini(&etag);
}

/* What an earlier attempt has sent. */
static enum rc
s3_parts_list(struct s3_parts *parts, struct err *err)
{
	struct s3_upload *upload = parts->upload;
	bool more = true;
	enum rc rc = RC_OK;
	size_t last = 0;

	while (more && rc == RC_OK) {
		struct s3_headers headers = {0};
		struct http_answer answer = {0};
		struct buf query = {0};
		struct aws_call call = s3_bucket_call(upload->bucket, "GET",
		    buf_span(&parts->object->key), &headers, 0);
		struct span rest, one;
		size_t before = last;

		if (last > 0)
			buf_printf(&query, "part-number-marker=%zu", last);
		s3_upload_query(&query, "uploadId", buf_span(&upload->id));
		call.query = buf_span(&query);
		rc = s3_parts_send(parts, &call, "ListParts", &answer, err);
		rest = buf_span(&answer.body);
		while (rc == RC_OK && xml_next(&rest, "Part", &one))
			s3_parts_take(parts, one, &last);
		more = last > before &&
		    span_is(xml_inside(buf_span(&answer.body), "IsTruncated"),
			"true");
		http_answer_fini(&answer);
		buf_fini(&query);
	}
	return rc;
}

static enum rc
s3_parts_put(
    struct s3_parts *parts, size_t i, struct span bytes, struct err *err)
{
	static const char *const wanted[] = {
	    "ETag", "x-amz-checksum-crc32c", NULL};
	struct s3_upload *upload = parts->upload;
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct buf query = {0};
	struct s3_part *part = &parts->at[i];
	struct aws_call call;
	const char *etag = answer.wanted[0], *checksum = answer.wanted[1];
	enum rc rc;

	s3_headers_add(
	    &headers, "x-amz-checksum-crc32c", span_text(part->checksum));
	call = s3_bucket_call(upload->bucket, "PUT",
	    buf_span(&parts->object->key), &headers, bytes.len);
	buf_printf(&query, "partNumber=%zu", i + 1);
	s3_upload_query(&query, "uploadId", buf_span(&upload->id));
	call.query = buf_span(&query);
	call.body = bytes;
	call.wanted = wanted;
	rc = s3_parts_send(parts, &call, "UploadPart", &answer, err);
	if (rc == RC_OK && *checksum != '\0' &&
	    strcmp(checksum, part->checksum) != 0)
		rc = err_set(err, RC_RETRY,
		    "S3 says that part %zu has the CRC32C %s, not %s", i + 1,
		    checksum, part->checksum);
	if (rc == RC_OK && (*etag == '\0' || strlen(etag) >= S3_ETAG))
		rc = err_set(err, RC_RETRY, "S3 gave no ETag of a part");
	if (rc == RC_OK)
		memcpy(part->etag, etag, strlen(etag) + 1);
	http_answer_fini(&answer);
	buf_fini(&query);
	return rc;
}

static enum rc
s3_parts_read(int fd, uint64_t from, char *bytes, size_t len, struct err *err)
{
	size_t have = 0;

	while (have < len) {
		ssize_t got =
		    pread(fd, bytes + have, len - have, (off_t)(from + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_errno(
			    err, RC_RETRY, "a segment cannot be read whole");
		have += (size_t)got;
	}
	return RC_OK;
}

/* Sends what is not there yet, and what is not what was sent, where S3 tells
 * a part's checksum. */
static enum rc
s3_parts_rest(struct s3_parts *parts, struct err *err)
{
	uint64_t step = parts->upload->part_bytes;
	char *bytes = malloc(step);
	struct buf checksum = {0};
	enum rc rc = RC_OK;

	if (bytes == NULL)
		log_die("out of memory: a part of an object");
	for (size_t i = 0; i < parts->count && rc == RC_OK; i++) {
		struct s3_part *part = &parts->at[i];
		size_t len = (size_t)s3_parts_size(parts, i);

		rc =
		    s3_parts_read(parts->object->fd, i * step, bytes, len, err);
		buf_clear(&checksum);
		s3_checksum(&checksum, crc32c(0, bytes, len));
		if (part->checksum[0] != '\0' &&
		    !span_is(buf_span(&checksum), part->checksum))
			part->etag[0] = '\0';
		snprintf(part->checksum, sizeof(part->checksum), "%s",
		    buf_cstr(&checksum));
		if (rc == RC_OK && part->etag[0] == '\0')
			rc = s3_parts_put(parts, i, span_make(bytes, len), err);
	}
	buf_fini(&checksum);
	free(bytes);
	return rc;
}

static void
s3_parts_print(struct buf *out, const struct s3_parts *parts)
{
	buf_text(out,
	    "<CompleteMultipartUpload "
	    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (size_t i = 0; i < parts->count; i++) {
		const struct s3_part *part = &parts->at[i];

		buf_text(out, "<Part><ETag>");
		xml_put(out, span_text(part->etag));
		buf_text(out, "</ETag>");
		buf_printf(out,
		    "<ChecksumCRC32C>%s</ChecksumCRC32C>"
		    "<PartNumber>%zu</PartNumber></Part>",
		    part->checksum, i + 1);
	}
	buf_text(out, "</CompleteMultipartUpload>");
}

/* RC_REJECT: something is there (412). */
static enum rc
s3_parts_complete(struct s3_parts *parts, struct err *err)
{
	struct s3_upload *upload = parts->upload;
	const struct s3_object *object = parts->object;
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct buf query = {0}, body = {0};
	struct aws_call call;
	struct span code;
	enum rc rc;

	s3_headers_add(&headers, "Content-Type", SPAN_OF("application/xml"));
	s3_headers_add(&headers, "If-None-Match", SPAN_OF("*"));
	s3_headers_add(
	    &headers, "x-amz-checksum-crc32c", buf_span(&object->checksum));
	s3_headers_add(&headers, "x-amz-checksum-type", SPAN_OF("FULL_OBJECT"));
	call = s3_bucket_call(upload->bucket, "POST", buf_span(&object->key),
	    &headers, object->bytes);
	s3_upload_query(&query, "uploadId", buf_span(&upload->id));
	s3_parts_print(&body, parts);
	call.query = buf_span(&query);
	call.body = buf_span(&body);
	rc = s3_parts_send(
	    parts, &call, "CompleteMultipartUpload", &answer, err);
	code = aws_error_code(buf_span(&answer.body));
	if (rc != RC_OK && rc != RC_AGAIN)
		rc = answer.status == 412 || span_is(code, "PreconditionFailed")
		    ? RC_REJECT
		    : RC_RETRY;
	/* Another one was being made: this upload is of no use any more. */
	if (span_is(code, "ConditionalRequestConflict") ||
	    span_is(code, "InvalidPart") || span_is(code, "InvalidPartOrder"))
		rc = RC_AGAIN;
	http_answer_fini(&answer);
	buf_fini(&query);
	buf_fini(&body);
	return rc;
}

/* With an upload on record. RC_AGAIN: it is none any more. */
static enum rc
s3_upload_go_on(
    struct s3_upload *upload, struct s3_object *object, struct err *err)
{
	struct s3_parts parts = {.upload = upload, .object = object};
	enum rc rc;

	parts.count = (size_t)((object->bytes + upload->part_bytes - 1) /
	    upload->part_bytes);
	parts.at = calloc(parts.count, sizeof(*parts.at));
	if (parts.at == NULL)
		log_die("out of memory: parts of an object");
	rc = s3_parts_list(&parts, err);
	if (rc == RC_OK)
		rc = s3_parts_rest(&parts, err);
	if (rc == RC_OK) {
		rc = s3_parts_complete(&parts, err);
		if (rc == RC_REJECT) {
			s3_upload_abort(upload, buf_span(&upload->key),
			    buf_span(&upload->id), err);
			s3_upload_forget(upload);
			rc = s3_object_compare(
			    upload->bucket, object, true, err);
			rc = rc == RC_AGAIN ? RC_RETRY : rc;
		}
	} else if (rc == RC_REJECT) {
		/* Not the object's fault: Complete alone says that. */
		rc = RC_RETRY;
	}
	free(parts.at);
	return rc;
}

/* What is on record is of another object, or cut into other parts. */
static enum rc
s3_upload_drop(struct s3_upload *upload, struct err *err)
{
	enum rc rc = s3_upload_abort(
	    upload, buf_span(&upload->key), buf_span(&upload->id), err);

	if (rc == RC_RETRY)
		return rc;
	if (rc != RC_OK)
		log_warn("upload_not_aborted", "key=%s reason=%s",
		    buf_cstr(&upload->key) + 1, err->text);
	s3_upload_forget(upload);
	return RC_OK;
}

enum rc
s3_upload_put(
    struct s3_upload *upload, struct s3_object *object, struct err *err)
{
	enum rc rc = s3_object_hash(object, err);

	if (rc == RC_OK && upload->id.len > 0 &&
	    (!span_equal(buf_span(&upload->key), buf_span(&object->key)) ||
		!span_equal(
		    buf_span(&upload->checksum), buf_span(&object->checksum)) ||
		upload->bytes != object->bytes))
		rc = s3_upload_drop(upload, err);
	if (rc == RC_OK && upload->id.len == 0) {
		/* It is much to send in vain. */
		rc = s3_object_compare(upload->bucket, object, false, err);
		if (rc != RC_AGAIN)
			return rc;
		rc = s3_upload_create(upload, object, err);
	}
	if (rc == RC_OK)
		rc = s3_upload_go_on(upload, object, err);
	/* Maybe it was completed and the answer was lost: the next attempt
	 * looks. */
	if (rc == RC_AGAIN || (rc == RC_OK && upload->id.len > 0))
		s3_upload_forget(upload);
	return rc == RC_AGAIN ? RC_RETRY : rc;
}
