#include "journal/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define CURSOR_AHEAD ((size_t)(256 * KIB))
/* A buffer that one huge entry made is given back. */
#define CURSOR_KEEP ((size_t)(8 * MIB))

enum rc
cursor_open(struct cursor *cursor, const char *path, struct err *err)
{
	*cursor = (struct cursor){.fd = -1};
	if ((size_t)snprintf(cursor->path, sizeof(cursor->path), "%s", path) >=
	    sizeof(cursor->path))
		return err_set(err, RC_FATAL, "%s: path too long", path);
	cursor->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (cursor->fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	return RC_OK;
}

void
cursor_close(struct cursor *cursor)
{
	if (cursor->fd >= 0)
		close(cursor->fd);
	cursor->fd = -1;
	buf_fini(&cursor->ahead);
}

void
cursor_drop(struct cursor *cursor)
{
	buf_clear(&cursor->ahead);
}

uint64_t
cursor_size(const struct cursor *cursor)
{
	struct stat st;

	return fstat(cursor->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Makes the bytes read ahead begin at `at`, keeping those that do. */
static void
cursor_shift(struct cursor *cursor, uint64_t at, size_t len)
{
	struct buf *ahead = &cursor->ahead;
	uint64_t end = cursor->ahead_at + ahead->len;
	size_t keep = 0;

	if (at >= cursor->ahead_at && at < end)
		keep = (size_t)(end - at);
	if (keep == 0 && ahead->room > CURSOR_KEEP && len < CURSOR_KEEP)
		buf_fini(ahead);
	if (keep > 0)
		memmove(ahead->bytes, ahead->bytes + ahead->len - keep, keep);
	buf_clear(ahead);
	ahead->len = keep;
	cursor->ahead_at = at;
}

/* The file's bytes from `at`: `len` of them, or fewer at its end. */
static enum rc
cursor_need(struct cursor *cursor, uint64_t at, size_t len, struct span *out,
    struct err *err)
{
	struct buf *ahead = &cursor->ahead;

	if (at < cursor->ahead_at || at + len > cursor->ahead_at + ahead->len)
		cursor_shift(cursor, at, len);
	while (at + len > cursor->ahead_at + ahead->len) {
		size_t want =
		    (size_t)(at + len - cursor->ahead_at - ahead->len);
		char *to;
		ssize_t got;

		if (want < CURSOR_AHEAD)
			want = CURSOR_AHEAD;
		to = buf_reserve(ahead, want);
		got = to == NULL ? 0
				 : pread(cursor->fd, to, want,
				       (off_t)(cursor->ahead_at + ahead->len));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, RC_FATAL, "read %s at %llu",
			    cursor->path,
			    (unsigned long long)(cursor->ahead_at +
				ahead->len));
		if (got == 0)
			break;
		ahead->len += (size_t)got;
	}
	*out = span_make(ahead->bytes + (at - cursor->ahead_at),
	    (size_t)(cursor->ahead_at + ahead->len - at));
	if (out->len > len)
		out->len = len;
	return RC_OK;
}

/* Whether a measured frame belongs here. A head begins a segment of its own:
 * segments may be joined in one file. */
static const char *
cursor_order(const struct cursor *cursor, const struct segment_frame *frame,
    bool searching)
{
	if (cursor->known && frame->segment_id != cursor->segment_id &&
	    (searching || frame->kind != SEGMENT_HEAD))
		return "a frame of another segment";
	if (frame->seq <= cursor->last_seq)
		return "position goes back";
	return NULL;
}

/* RC_REJECT: no sound frame at `at`. `checked` gathers what that cost. */
static enum rc
cursor_try(struct cursor *cursor, uint64_t at, bool searching,
    struct segment_frame *frame, uint64_t *checked, struct err *err)
{
	struct span bytes;
	size_t len;

	if (cursor_need(cursor, at, SEGMENT_FIXED, &bytes, err) != RC_OK)
		return RC_FATAL;
	cursor->reason = segment_measure(bytes, frame);
	if (cursor->reason == NULL)
		cursor->reason = cursor_order(cursor, frame, searching);
	if (cursor->reason != NULL)
		return RC_REJECT;
	len = frame->header_len + frame->payload_len;
	/* A length that lies must not make a buffer: ask the file first. */
	if (at + len > cursor_size(cursor)) {
		cursor->reason = "cut short";
		return RC_REJECT;
	}
	if (cursor_need(cursor, at, len, &bytes, err) != RC_OK)
		return RC_FATAL;
	cursor->reason = segment_check(bytes, frame);
	*checked += len;
	return cursor->reason == NULL ? RC_OK : RC_REJECT;
}

/*
 * Looks for a sound frame behind damage: the magic, then all the checks.
 * RC_OK: `pos` is there. RC_AGAIN: none. The budget only ends what a file
 * made for that purpose could make quadratic.
 */
static enum rc
cursor_search(struct cursor *cursor, uint64_t from, struct err *err)
{
	const size_t before = 8; /* of the magic, in a header */
	struct segment_frame frame;
	uint64_t checked = 0, at = from;
	struct span bytes;

	while (checked < LIMIT_RESYNC_BYTES) {
		const char *hit;
		enum rc rc;

		if (cursor_need(cursor, at, CURSOR_AHEAD, &bytes, err) != RC_OK)
			return RC_FATAL;
		if (bytes.len < SEGMENT_FIXED)
			return RC_AGAIN;
		hit = memmem(bytes.at + before, bytes.len - before,
		    segment_magic.at, segment_magic.len);
		if (hit == NULL) {
			/* A magic may lie across the end of these bytes. */
			at += bytes.len - before - segment_magic.len + 1;
			continue;
		}
		at += (uint64_t)(hit - bytes.at) - before;
		rc = cursor_try(cursor, at, true, &frame, &checked, err);
		if (rc == RC_OK) {
			cursor->pos = at;
			cursor->known = true;
			cursor->segment_id = frame.segment_id;
		}
		if (rc != RC_REJECT)
			return rc;
		at++;
	}
	return RC_AGAIN;
}

static enum rc
cursor_damage(struct cursor *cursor, struct err *err)
{
	const char *reason = cursor->reason;
	enum rc rc = cursor_search(cursor, cursor->pos + 1, err);

	if (rc == RC_FATAL)
		return rc;
	cursor->reason = reason;
	cursor->torn = rc == RC_AGAIN;
	return RC_REJECT;
}

/* A file that a later version wrote is whole; it must not be "repaired". */
static enum rc
cursor_later(struct cursor *cursor, struct err *err)
{
	unsigned version;
	struct span bytes;

	if (cursor_need(cursor, 0, CURSOR_AHEAD, &bytes, err) != RC_OK)
		return RC_FATAL;
	if (!segment_is_later(bytes, &version))
		return RC_OK;
	return err_set(err, RC_FATAL,
	    "%s is a segment of format version %u and this program knows "
	    "up to %d: use the newer one again, or move the file away",
	    cursor->path, version, SEGMENT_VERSION);
}

enum rc
cursor_next(struct cursor *cursor, struct segment_frame *frame, struct err *err)
{
	uint64_t checked = 0;
	struct span bytes;
	enum rc rc;

	if (cursor_need(cursor, cursor->pos, 1, &bytes, err) != RC_OK)
		return RC_FATAL;
	if (bytes.len == 0)
		return RC_AGAIN;
	cursor->damage_at = cursor->pos;
	if (cursor->pos == 0 && cursor_later(cursor, err) != RC_OK)
		return RC_FATAL;
	rc = cursor_try(cursor, cursor->pos, false, frame, &checked, err);
	if (rc == RC_REJECT)
		return cursor_damage(cursor, err);
	if (rc != RC_OK)
		return rc;
	if (!cursor->known && frame->kind != SEGMENT_HEAD) {
		/* The head is gone and what follows is sound: said once. */
		cursor->known = true;
		cursor->segment_id = frame->segment_id;
		cursor->reason = "segment head missing";
		cursor->torn = false;
		return RC_REJECT;
	}
	cursor->known = true;
	cursor->segment_id = frame->segment_id;
	cursor->last_seq =
	    frame->kind == SEGMENT_HEAD ? frame->seq - 1 : frame->seq;
	cursor->at = cursor->pos;
	cursor->pos += frame->header_len + frame->payload_len;
	return RC_OK;
}

void
cursor_back(struct cursor *cursor, const struct segment_frame *frame)
{
	cursor->pos = cursor->at;
	cursor->last_seq = frame->seq - 1;
}
