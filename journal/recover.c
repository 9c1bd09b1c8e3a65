#include "journal/recover.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/cursor.h"

/* What one file turned out to hold. */
struct recover_scan {
	uint64_t name; /* the number in its name */
	struct writer found;
	uint64_t size;
	bool head;	/* sound */
	bool ends_tick; /* the last entry is a tick: it may be sealed */
	bool torn;
	const char *reason;
};

static void
recover_request(struct journal *journal, const struct segment_frame *frame)
{
	struct requests *requests = &journal->requests;

	if (frame->kind != SEGMENT_BATCH || frame->request_id.len == 0 ||
	    requests_find(requests, frame->source, frame->request_id) != NULL)
		return;
	requests_settle(requests,
	    requests_begin(requests, frame->source, frame->request_id, NULL),
	    frame->seq, frame->arrival_ms);
}

static void
recover_frame(struct journal *journal, struct recover_scan *scan,
    const struct segment_frame *frame)
{
	struct writer *found = &scan->found;

	if (frame->arrival_ms > journal->last_ms)
		journal->last_ms = frame->arrival_ms;
	if (frame->kind == SEGMENT_HEAD) {
		/* Under another name the file is read but not written. */
		scan->head = frame->seq == scan->name;
		found->segment_id = frame->segment_id;
		found->made_ms = found->first_ms = found->last_ms =
		    frame->arrival_ms;
		if (frame->seq > journal->next_seq)
			journal->next_seq = frame->seq;
		return;
	}
	if (found->last_seq < found->first_seq)
		found->first_ms = frame->arrival_ms;
	found->last_seq = frame->seq;
	found->last_ms = frame->arrival_ms;
	scan->ends_tick = frame->kind == SEGMENT_TICK;
	if (frame->seq >= journal->next_seq)
		journal->next_seq = frame->seq + 1;
	recover_request(journal, frame);
}

static void
recover_quarantine(const struct cursor *cursor, const char *reason)
{
	counter_add(&journal_stats[JOURNAL_QUARANTINED], 1);
	log_error("journal_damaged",
	    "path=%s offset=%llu reason=\"%s\"; stepped over, see `tocsin "
	    "journal verify`",
	    cursor->path, (unsigned long long)cursor->damage_at, reason);
}

/* Every frame of a file, with its checksum. */
static enum rc
recover_read(struct journal *journal, struct cursor *cursor,
    struct recover_scan *scan, struct err *err)
{
	for (;;) {
		struct segment_frame frame;
		enum rc rc = cursor_next(cursor, &frame, err);

		if (rc == RC_FATAL)
			return rc;
		if (rc == RC_AGAIN)
			break;
		if (rc == RC_OK)
			recover_frame(journal, scan, &frame);
		else if (!cursor->torn)
			recover_quarantine(cursor, cursor->reason);
		else
			break;
	}
	scan->found.bytes = cursor->pos;
	scan->size = cursor_size(cursor);
	scan->torn = scan->size > cursor->pos;
	scan->reason = cursor->reason;
	return RC_OK;
}

static enum rc
recover_scan_file(struct journal *journal, uint64_t name, bool last,
    struct recover_scan *scan, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	struct cursor cursor;
	enum rc rc;

	*scan = (struct recover_scan){.name = name,
	    .found = {.fd = -1, .first_seq = name, .last_seq = name - 1}};
	if (name > journal->next_seq)
		journal->next_seq = name;
	folder_path(path, journal->folder, name);
	rc = cursor_open(&cursor, path, err);
	if (rc == RC_OK)
		rc = recover_read(journal, &cursor, scan, err);
	/* The last one's tail is dealt with later, unless it stays. */
	if (rc == RC_OK && scan->torn &&
	    (!last || (!scan->head && cursor.pos > 0)))
		recover_quarantine(&cursor, cursor.reason);
	cursor_close(&cursor);
	return rc;
}

/* Sealed up to the file that follows, whatever of it can still be read. */
static void
recover_keep(
    struct journal *journal, const struct recover_scan *scan, uint64_t next)
{
	const struct writer *found = &scan->found;

	commit_seal(journal,
	    &(struct sealed){.first_seq = scan->name,
		.last_seq = next - 1,
		.first_ms = found->first_ms,
		.last_ms = found->last_ms,
		.bytes = scan->size});
}

static void
recover_torn(const char *path, const struct recover_scan *scan, uint64_t from)
{
	folder_keep_tail(path, from);
	counter_add(&journal_stats[JOURNAL_TORN], 1);
	log_warn("journal_torn",
	    "path=%s offset=%llu bytes=%llu reason=\"%s\"; cut off, a copy "
	    "of at most 1 MiB is in %s.torn",
	    path, (unsigned long long)from,
	    (unsigned long long)(scan->size - from), scan->reason, path);
}

/* The last file goes on, or a new one is begun when its head is gone. */
static enum rc
recover_resume(
    struct journal *journal, const struct recover_scan *scan, struct err *err)
{
	char path[FOLDER_PATH_SIZE];

	if (!scan->head) {
		recover_keep(journal, scan, journal->next_seq);
		return RC_OK;
	}
	folder_path(path, journal->folder, scan->name);
	if (scan->torn)
		recover_torn(path, scan, scan->found.bytes);
	journal->writer = scan->found;
	return writer_resume(&journal->writer, path, err);
}

/*
 * The last file holds nothing: its making was cut by a power failure. The one
 * before is sealed then and must not change, and the empty file waits for its
 * head. But when that one is whole and no tick ends it, the making had failed
 * for want of space and it goes on.
 */
static enum rc
recover_empty(struct journal *journal, const struct recover_scan *scan,
    const struct recover_scan *before, struct err *err)
{
	char path[FOLDER_PATH_SIZE];

	folder_path(path, journal->folder, scan->name);
	if (scan->size > 0)
		recover_torn(path, scan, 0);
	if (before == NULL || before->ends_tick || before->torn) {
		if (truncate(path, 0) != 0)
			return err_errno(err, RC_FATAL, "truncate %s", path);
		if (before != NULL)
			recover_keep(journal, before, scan->name);
		return RC_OK;
	}
	if (unlink(path) != 0)
		return err_errno(err, RC_FATAL, "unlink %s", path);
	file_sync(journal->folder_fd, journal->folder);
	return recover_resume(journal, before, err);
}

/* A file is missing, or one is there twice. */
static void
recover_gap(const struct journal *journal, uint64_t name)
{
	log_error("journal_gap", "folder=%s expected=%llu found=%llu",
	    journal->folder, (unsigned long long)journal->next_seq,
	    (unsigned long long)name);
}

static enum rc
recover_files(struct journal *journal, const uint64_t *names, size_t count,
    struct err *err)
{
	struct recover_scan before = {0}, scan = {0};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < count && rc == RC_OK; i++) {
		bool last = i + 1 == count;

		/* The one before is decided by what follows it. */
		before = scan;
		if (i > 0 && names[i] != journal->next_seq)
			recover_gap(journal, names[i]);
		rc = recover_scan_file(journal, names[i], last, &scan, err);
		if (rc != RC_OK)
			return rc;
		if (last && scan.found.bytes == 0)
			return recover_empty(
			    journal, &scan, i > 0 ? &before : NULL, err);
		if (i > 0)
			recover_keep(journal, &before, names[i]);
		if (last)
			rc = recover_resume(journal, &scan, err);
	}
	return rc;
}

enum rc
recover_folder(struct journal *journal, const struct journal_resume *resume,
    struct err *err)
{
	uint64_t *names;
	size_t count;
	enum rc rc = folder_segments(journal->folder, &names, &count, err);

	(void)resume;
	if (rc != RC_OK)
		return rc;
	journal->next_seq = 1;
	journal->writer.fd = -1;
	rc = recover_files(journal, names, count, err);
	free(names);
	journal->last_seq = journal->next_seq - 1;
	return rc;
}
