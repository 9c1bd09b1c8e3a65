#include "journal/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/codec.h"
#include "journal/cursor.h"

struct repair {
	const char *from, *to;
	const struct repair_calls *calls;
	struct expander *expander;
	struct buf plain;
	uint64_t last_seq; /* copied */
	uint64_t expected; /* the entry that must come; 0: after damage */
	/* The segment at hand: */
	uint64_t name;
	struct cursor cursor;
	struct repair_segment segment;
	int fd; /* its copy; -1: nothing sound was found yet */
};

static void
repair_damage(
    struct repair *repair, uint64_t offset, bool torn, const char *reason)
{
	const struct reader_damage damage = {
	    repair->cursor.path, offset, torn, reason};

	repair->expected = 0;
	repair->calls->damage(repair->calls->cookie, &damage);
}

static enum rc
repair_put(struct repair *repair, struct span bytes, struct err *err)
{
	repair->segment.bytes_copied += bytes.len;
	while (bytes.len > 0) {
		ssize_t put = write(repair->fd, bytes.at, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return err_errno(
			    err, RC_FATAL, "write in %s", repair->to);
		bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
	}
	return RC_OK;
}

/* A head for a file that lost its own: that of its frames' segment. */
static enum rc
repair_put_head(
    struct repair *repair, const struct segment_frame *frame, struct err *err)
{
	const struct segment_frame made = {.kind = SEGMENT_HEAD};
	struct buf head = {0};
	enum rc rc;

	segment_build(&head, &made, NULL);
	segment_stamp(buf_span(&head), 0, frame->segment_id,
	    frame->seq < repair->name ? frame->seq : repair->name,
	    frame->arrival_ms);
	rc = repair_put(repair, buf_span(&head), err);
	buf_fini(&head);
	return rc;
}

/* The copy is made when there is something to put into it. */
static enum rc
repair_begin(
    struct repair *repair, const struct segment_frame *frame, struct err *err)
{
	char path[FOLDER_PATH_SIZE];

	if (repair->fd >= 0)
		return RC_OK;
	folder_path(path, repair->to, repair->name);
	repair->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (repair->fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	return frame->kind == SEGMENT_HEAD
	    ? RC_OK
	    : repair_put_head(repair, frame, err);
}

static enum rc
repair_copy(
    struct repair *repair, const struct segment_frame *frame, struct err *err)
{
	struct repair_segment *segment = &repair->segment;
	enum rc rc = repair_begin(repair, frame, err);

	if (rc == RC_OK)
		rc = repair_put(repair,
		    span_make(frame->source.at - SEGMENT_FIXED,
			frame->header_len + frame->payload_len),
		    err);
	if (frame->kind == SEGMENT_HEAD)
		return rc;
	if (segment->entries++ == 0) {
		segment->first_seq = frame->seq;
		segment->first_ms = frame->arrival_ms;
	}
	segment->last_seq = repair->last_seq = frame->seq;
	segment->last_ms = frame->arrival_ms;
	repair->expected = frame->seq + 1;
	return rc;
}

static enum rc
repair_frame(
    struct repair *repair, const struct segment_frame *frame, struct err *err)
{
	const struct cursor *cursor = &repair->cursor;

	if (frame->kind == SEGMENT_HEAD) {
		if (repair->expected == 0)
			repair->expected = frame->seq;
		return repair_copy(repair, frame, err);
	}
	if (frame->seq <= repair->last_seq) {
		repair_damage(repair, cursor->at, false, "position goes back");
		return RC_OK;
	}
	if (!expander_run(repair->expander, frame, &repair->plain)) {
		repair_damage(repair, cursor->at, false,
		    "payload cannot be decompressed");
		return RC_OK;
	}
	if (repair->expected > 0 && frame->seq > repair->expected)
		repair_damage(repair, cursor->at, false,
		    "entries are missing before this one");
	return repair_copy(repair, frame, err);
}

static enum rc
repair_frames(struct repair *repair, struct err *err)
{
	struct cursor *cursor = &repair->cursor;
	struct segment_frame frame;
	enum rc rc = RC_OK;

	while (rc == RC_OK || rc == RC_REJECT) {
		rc = cursor_next(cursor, &frame, err);
		if (rc == RC_OK)
			rc = repair_frame(repair, &frame, err);
		else if (rc == RC_REJECT)
			repair_damage(repair, cursor->damage_at, cursor->torn,
			    cursor->reason);
		if (rc == RC_REJECT && cursor->torn)
			break;
	}
	return rc == RC_FATAL ? RC_FATAL : RC_OK;
}

static enum rc
repair_segment(struct repair *repair, uint64_t name, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	enum rc rc;

	folder_path(path, repair->from, name);
	repair->name = name;
	repair->fd = -1;
	rc = cursor_open(&repair->cursor, path, err);
	repair->segment = (struct repair_segment){
	    .path = path, .bytes = cursor_size(&repair->cursor)};
	if (rc == RC_OK)
		rc = repair_frames(repair, err);
	if (repair->fd >= 0) {
		file_sync(repair->fd, repair->to);
		close(repair->fd);
	}
	if (rc == RC_OK)
		repair->calls->segment(repair->calls->cookie, &repair->segment);
	cursor_close(&repair->cursor);
	return rc;
}

static enum rc
repair_check(const char *from, const char *to, struct err *err)
{
	uint64_t *names;
	size_t count;

	if (folder_live(from))
		return err_set(err, RC_FATAL,
		    "%s is being written; stop that process first", from);
	if (file_make_folder(to, err) != RC_OK ||
	    folder_segments(to, &names, &count, err) != RC_OK)
		return RC_FATAL;
	free(names);
	return count == 0
	    ? RC_OK
	    : err_set(err, RC_FATAL,
		  "%s holds segments already; name a new folder", to);
}

enum rc
repair_folder(const char *from, const char *to,
    const struct repair_calls *calls, struct err *err)
{
	struct repair repair = {.from = from, .to = to, .calls = calls};
	uint64_t *names;
	size_t count;
	enum rc rc = folder_segments(from, &names, &count, err);

	if (rc != RC_OK)
		return rc;
	if (count == 0)
		rc = err_set(err, RC_FATAL, "%s: no segments are in it", from);
	else
		rc = repair_check(from, to, err);
	repair.expander = expander_create();
	for (size_t i = 0; i < count && rc == RC_OK; i++)
		rc = repair_segment(&repair, names[i], err);
	if (rc == RC_OK)
		file_sync_folder(to);
	expander_free(&repair.expander);
	buf_fini(&repair.plain);
	free(names);
	return rc;
}
