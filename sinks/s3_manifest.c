#include "sinks/s3_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/s3_key.h"

/* The whole number of a member; false when there is none. */
static bool
s3_manifest_number(struct span line, const char *name, int64_t *value)
{
	struct json_text key;
	struct json json;
	struct span raw;

	json_init(&json, line);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		if (span_is(key.raw, name))
			return json_number(&json, &raw) &&
			    text_parse_int(raw, value) && *value >= 0;
		json_skip(&json);
	}
	return false;
}

/* Takes a line, without its newline; false: no whole one is left. */
static bool
s3_manifest_line(struct span *rest, struct span *line)
{
	const char *end =
	    rest->len == 0 ? NULL : memchr(rest->at, '\n', rest->len);

	if (end == NULL)
		return false;
	*line = span_make(rest->at, (size_t)(end - rest->at));
	*rest = span_make(end + 1, rest->len - line->len - 1);
	return true;
}

static void
s3_manifest_head(struct buf *out, int64_t day, bool whole)
{
	buf_printf(out, "{\"day\":%lld,\"whole\":%d}\n", (long long)day, whole);
}

/* A last line that a crash cut short is no row: its segment comes again. */
static bool
s3_manifest_parse(struct s3_manifest *manifest, struct span text)
{
	struct span line;
	int64_t whole, last = 0;

	if (!s3_manifest_line(&text, &line) ||
	    !s3_manifest_number(line, "day", &manifest->day) ||
	    !s3_manifest_number(line, "whole", &whole))
		return false;
	manifest->whole = whole != 0;
	while (s3_manifest_line(&text, &line)) {
		if (!s3_manifest_number(line, "last_seq", &last))
			return false;
		manifest->last_seq = (uint64_t)last;
		buf_span_put(&manifest->rows, line);
		buf_byte(&manifest->rows, '\n');
	}
	return last > 0;
}

/* All of what is known, as the file. */
static enum rc
s3_manifest_save(struct s3_manifest *manifest, struct err *err)
{
	struct buf text = {0};
	enum rc rc;

	s3_manifest_head(&text, manifest->day, manifest->whole);
	buf_span_put(&text, buf_span(&manifest->rows));
	rc = file_replace(manifest->path, buf_span(&text), err);
	manifest->unsaved = rc != RC_OK;
	buf_fini(&text);
	return rc;
}

static void
s3_manifest_clear(struct s3_manifest *manifest)
{
	manifest->day = -1;
	manifest->whole = false;
	manifest->last_seq = 0;
	buf_clear(&manifest->rows);
}

void
s3_manifest_open(struct s3_manifest *manifest, const struct s3_bucket *bucket,
    const char *folder, const char *name)
{
	struct buf text = {0};
	struct err err;
	enum rc rc;

	*manifest = (struct s3_manifest){.bucket = bucket, .day = -1};
	if (asprintf(&manifest->path, "%s/%s.manifest", folder, name) < 0)
		log_die("out of memory: a path");
	if (access(manifest->path, F_OK) != 0)
		return;
	rc = file_read(manifest->path, &text, &err);
	if (rc == RC_OK && !s3_manifest_parse(manifest, buf_span(&text)))
		rc = err_set(&err, RC_REJECT, "not what was written");
	if (rc == RC_OK)
		manifest->unsaved = true; /* maybe without a last half row */
	else
		log_warn("manifest_forgotten", "path=%s reason=%s",
		    manifest->path, err.text);
	if (rc != RC_OK)
		s3_manifest_clear(manifest);
	buf_fini(&text);
}

void
s3_manifest_close(struct s3_manifest *manifest)
{
	free(manifest->path);
	buf_fini(&manifest->rows);
}

static void
s3_manifest_row(struct buf *out, const struct journal_segment *segment,
    struct span checksum)
{
	char first[TEXT_TIME_SIZE], last[TEXT_TIME_SIZE];

	text_time(first, segment->first_ms);
	text_time(last, segment->last_ms);
	buf_text(out, "{\"key\":\"");
	s3_key_segment(out, segment);
	buf_printf(out,
	    "\",\"first_seq\":%llu,\"last_seq\":%llu,\"first\":\"%s\","
	    "\"last\":\"%s\",\"bytes\":%llu,\"crc32c\":\"%.*s\"}\n",
	    (unsigned long long)segment->first_seq,
	    (unsigned long long)segment->last_seq, first, last,
	    (unsigned long long)segment->bytes, SPAN_ARGS(checksum));
}

static enum rc
s3_manifest_put(struct s3_manifest *manifest, struct err *err)
{
	struct s3_object object = {.type = "application/x-ndjson"};
	enum rc rc;

	s3_object_begin(&object, manifest->bucket);
	s3_key_manifest(&object.key, manifest->day);
	object.body = buf_span(&manifest->rows);
	object.bytes = object.body.len;
	rc = s3_object_put(manifest->bucket, &object, err);
	if (rc == RC_OK)
		log_info(
		    "manifest_archived", "key=%s", buf_cstr(&object.key) + 1);
	/* Another log of that name: what is there stays. */
	if (rc == RC_REJECT) {
		log_error("manifest_not_archived", "reason=%s", err->text);
		rc = RC_OK;
	}
	s3_object_fini(&object);
	return rc;
}

/* The last row, behind what the file holds. */
static enum rc
s3_manifest_append(
    struct s3_manifest *manifest, struct span row, struct err *err)
{
	int fd = open(manifest->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ssize_t put = fd < 0 ? -1 : write(fd, row.at, row.len);
	enum rc rc = RC_OK;

	manifest->unsaved = put != (ssize_t)row.len;
	if (manifest->unsaved)
		rc = err_errno(err, RC_RETRY, "%s", manifest->path);
	else
		file_sync(fd, manifest->path);
	if (fd >= 0)
		close(fd);
	return rc;
}

enum rc
s3_manifest_add(struct s3_manifest *manifest,
    const struct journal_segment *segment, struct span checksum,
    struct err *err)
{
	int64_t day = s3_key_day(segment->first_ms);
	bool follows = segment->first_seq == manifest->last_seq + 1;
	bool begins = day != manifest->day;
	size_t before = manifest->rows.len;
	enum rc rc = RC_OK;

	if (manifest->day >= 0 && segment->last_seq <= manifest->last_seq)
		return manifest->unsaved ? s3_manifest_save(manifest, err)
					 : RC_OK;
	if (begins && manifest->whole)
		rc = s3_manifest_put(manifest, err);
	if (rc != RC_OK)
		return rc;
	if (begins) {
		buf_clear(&manifest->rows);
		manifest->whole = manifest->day >= 0;
		manifest->day = day;
	}
	if (begins || !follows)
		manifest->unsaved = true;
	manifest->whole = manifest->whole && follows;
	s3_manifest_row(&manifest->rows, segment, checksum);
	manifest->last_seq = segment->last_seq;
	if (manifest->unsaved)
		return s3_manifest_save(manifest, err);
	return s3_manifest_append(manifest,
	    span_make(
		manifest->rows.bytes + before, manifest->rows.len - before),
	    err);
}
