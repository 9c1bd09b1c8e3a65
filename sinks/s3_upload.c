/* The file that says which upload is under way, and what becomes of uploads
 * that are not to be completed. */
#include "sinks/s3_upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/s3_key.h"

#define S3_PART_BYTES (16 * MIB)
#define S3_PARTS_MOST 10000
/* Leftovers aborted at one start: more are for the bucket's life cycle. */
#define S3_SWEEP_MOST 1000

uint64_t
s3_upload_part_bytes(uint64_t bytes, int64_t multipart_bytes)
{
	uint64_t part = S3_PART_BYTES;
	uint64_t least = (bytes + S3_PARTS_MOST - 1) / S3_PARTS_MOST;

	if ((uint64_t)multipart_bytes < part)
		part = (uint64_t)multipart_bytes;
	return part < least ? least : part;
}

static void
s3_upload_take(struct buf *to, struct json *json)
{
	struct json_text text;

	if (json_string(json, &text) && !text.escaped)
		buf_span_put(to, text.raw);
	else
		json->fault = "escaped";
}

static void
s3_upload_number(uint64_t *to, struct json *json)
{
	struct span raw;
	int64_t value;

	if (json_number(json, &raw) && text_parse_int(raw, &value) && value > 0)
		*to = (uint64_t)value;
	else
		json->fault = "no number";
}

static bool
s3_upload_parse(struct s3_upload *upload, struct span text)
{
	struct json_text key;
	struct json json;

	json_init(&json, text);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		if (span_is(key.raw, "key"))
			s3_upload_take(&upload->key, &json);
		else if (span_is(key.raw, "id"))
			s3_upload_take(&upload->id, &json);
		else if (span_is(key.raw, "crc32c"))
			s3_upload_take(&upload->checksum, &json);
		else if (span_is(key.raw, "bytes"))
			s3_upload_number(&upload->bytes, &json);
		else if (span_is(key.raw, "part_bytes"))
			s3_upload_number(&upload->part_bytes, &json);
		else
			json_skip(&json);
	}
	return json.fault == NULL && upload->id.len > 0 &&
	    upload->key.len > 0 && upload->part_bytes > 0;
}

static void
s3_upload_clear(struct s3_upload *upload)
{
	buf_clear(&upload->id);
	buf_clear(&upload->key);
	buf_clear(&upload->checksum);
	upload->bytes = upload->part_bytes = 0;
}

void
s3_upload_open(struct s3_upload *upload, const struct s3_bucket *bucket,
    const char *folder, const char *name, const char *below)
{
	struct buf text = {0};
	struct err err;

	*upload = (struct s3_upload){.bucket = bucket};
	if (asprintf(&upload->path, "%s/%s.upload", folder, name) < 0)
		log_die("out of memory: a path");
	s3_key_root(&upload->sweep, bucket);
	buf_text(&upload->sweep, below);
	if (access(upload->path, F_OK) != 0)
		return;
	if (file_read(upload->path, &text, &err) == RC_OK &&
	    !s3_upload_parse(upload, buf_span(&text))) {
		s3_upload_clear(upload);
		err_set(&err, RC_REJECT, "not what was written");
	}
	if (upload->id.len == 0)
		log_warn("upload_forgotten", "path=%s reason=%s", upload->path,
		    err.text);
	buf_fini(&text);
}

void
s3_upload_close(struct s3_upload *upload)
{
	free(upload->path);
	buf_fini(&upload->sweep);
	buf_fini(&upload->id);
	buf_fini(&upload->key);
	buf_fini(&upload->checksum);
}

enum rc
s3_upload_record(struct s3_upload *upload, struct err *err)
{
	struct buf text = {0};
	enum rc rc;

	buf_text(&text, "{\"key\":");
	buf_json(&text, buf_span(&upload->key));
	buf_text(&text, ",\"id\":");
	buf_json(&text, buf_span(&upload->id));
	buf_text(&text, ",\"crc32c\":");
	buf_json(&text, buf_span(&upload->checksum));
	buf_printf(&text, ",\"bytes\":%llu,\"part_bytes\":%llu}\n",
	    (unsigned long long)upload->bytes,
	    (unsigned long long)upload->part_bytes);
	rc = file_replace(upload->path, buf_span(&text), err);
	buf_fini(&text);
	return rc;
}

void
s3_upload_forget(struct s3_upload *upload)
{
	s3_upload_clear(upload);
	if (unlink(upload->path) != 0 && errno != ENOENT)
		log_warn("upload_stays", "path=%s reason=%s", upload->path,
		    strerror(errno));
}

void
s3_upload_query(struct buf *query, const char *name, struct span value)
{
	if (query->len > 0)
		buf_byte(query, '&');
	buf_printf(query, "%s=", name);
	sigv4_encode(query, value, false);
}

enum rc
s3_upload_abort(
    struct s3_upload *upload, struct span key, struct span id, struct err *err)
{
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct buf query = {0};
	struct aws_call call =
	    s3_bucket_call(upload->bucket, "DELETE", key, &headers, 0);
	enum rc rc;

	s3_upload_query(&query, "uploadId", id);
	call.query = buf_span(&query);
	rc = aws_send(
	    upload->bucket->aws, &call, "AbortMultipartUpload", &answer, err);
	if (answer.status == 404)
		rc = RC_OK;
	http_answer_fini(&answer);
	buf_fini(&query);
	return rc;
}

/* One page of uploads; `query` becomes that of the next, or "". */
static enum rc
s3_upload_sweep_page(
    struct s3_upload *upload, struct buf *query, size_t *gone, struct err *err)
{
	struct s3_headers headers = {0};
	struct http_answer answer = {0};
	struct buf key = {0}, id = {0};
	struct aws_call call =
	    s3_bucket_call(upload->bucket, "GET", SPAN_OF("/"), &headers, 0);
	struct span rest, one;
	enum rc rc;

	call.query = buf_span(query);
	rc = aws_send(
	    upload->bucket->aws, &call, "ListMultipartUploads", &answer, err);
	rest = buf_span(&answer.body);
	while (rc == RC_OK && xml_next(&rest, "Upload", &one)) {
		xml_text(&id, one, "Key");
		buf_clear(&key);
		buf_byte(&key, '/');
		buf_span_put(&key, buf_span(&id));
		xml_text(&id, one, "UploadId");
		if (span_equal(buf_span(&id), buf_span(&upload->id)) ||
		    key.len < upload->sweep.len + 1 ||
		    memcmp(key.bytes + 1, upload->sweep.bytes,
			upload->sweep.len) != 0)
			continue;
		rc =
		    s3_upload_abort(upload, buf_span(&key), buf_span(&id), err);
		*gone += rc == RC_OK;
	}
	one = buf_span(&answer.body);
	buf_clear(query);
	if (rc == RC_OK && span_is(xml_inside(one, "IsTruncated"), "true")) {
		xml_text(&key, one, "NextKeyMarker");
		xml_text(&id, one, "NextUploadIdMarker");
		s3_upload_query(query, "key-marker", buf_span(&key));
		s3_upload_query(query, "prefix", buf_span(&upload->sweep));
		s3_upload_query(query, "upload-id-marker", buf_span(&id));
		buf_text(query, "&uploads=");
	}
	http_answer_fini(&answer);
	buf_fini(&key);
	buf_fini(&id);
	return rc;
}

void
s3_upload_sweep(struct s3_upload *upload)
{
	struct buf query = {0};
	struct err err;
	size_t gone = 0;
	enum rc rc;

	if (upload->swept)
		return;
	s3_upload_query(&query, "prefix", buf_span(&upload->sweep));
	buf_text(&query, "&uploads=");
	do
		rc = s3_upload_sweep_page(upload, &query, &gone, &err);
	while (rc == RC_OK && query.len > 0 && gone < S3_SWEEP_MOST);
	buf_fini(&query);
	/* What is not allowed now will not be the next time. */
	upload->swept = rc == RC_OK || rc == RC_REJECT;
	if (rc == RC_REJECT)
		log_warn("uploads_not_looked_for",
		    "reason=%s; unless a life cycle rule aborts incomplete "
		    "uploads, they are paid for",
		    err.text);
	if (gone > 0)
		log_info("uploads_aborted", "count=%zu below=%s", gone,
		    buf_cstr(&upload->sweep));
}
