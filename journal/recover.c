#include "journal/recover.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/cursor.h"
#include "journal/resume_codec.h"

/* What one file turned out to hold. */
struct recover_scan {
	uint64_t name; /* the number in its name */
	struct writer found;
	uint64_t size;
	bool head;	/* sound */
	bool ends_tick; /* the last entry is a tick: it may be sealed */
	bool torn;
	bool sealed; /* in the list already, or nothing */
	const char *reason;
};

/* The run over the folder: two files at hand, for the one before is decided
 * by what follows it. */
struct recover {
	struct journal *journal;
	struct resume resume; /* seq 0: none */
	struct recover_scan before, scan;
};

static void
recover_request(struct recover *recover, const struct segment_frame *frame)
{
	struct requests *requests = &recover->journal->requests;
	int64_t mark;

	/* The state knows those, and which of them were forgotten. */
	if (frame->seq <= recover->resume.seq)
		return;
	if (frame->kind == SEGMENT_BATCH &&
	    marks_range(frame->source, frame->request_id, &mark)) {
		marks_note(
		    &recover->journal->marks, frame->source, mark, frame->seq);
		return;
	}
	if (frame->kind != SEGMENT_BATCH || frame->request_id.len == 0 ||
	    requests_find(requests, frame->source, frame->request_id) != NULL)
		return;
	requests_settle(requests,
	    requests_begin(requests, frame->source, frame->request_id, NULL),
	    frame->seq, frame->arrival_ms);
}

static void
recover_frame(struct recover *recover, const struct segment_frame *frame)
{
	struct journal *journal = recover->journal;
	struct recover_scan *scan = &recover->scan;
	struct writer *found = &scan->found;

	found->segment_id = frame->segment_id;

	if (frame->arrival_ms > journal->last_ms)
		journal->last_ms = frame->arrival_ms;
	if (frame->kind == SEGMENT_HEAD) {
		/* Under another name the file is read but not written. */
		scan->head = frame->seq == scan->name;
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
	recover_request(recover, frame);
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
recover_read(struct recover *recover, struct cursor *cursor, struct err *err)
{
	struct recover_scan *scan = &recover->scan;

	for (;;) {
		struct segment_frame frame;
		enum rc rc = cursor_next(cursor, &frame, err);

		if (rc == RC_FATAL)
			return rc;
		if (rc == RC_AGAIN)
			break;
		if (rc == RC_OK)
			recover_frame(recover, &frame);
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
recover_scan_file(
    struct recover *recover, uint64_t name, bool last, struct err *err)
{
	struct recover_scan *scan = &recover->scan;
	struct journal *journal = recover->journal;
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
		rc = recover_read(recover, &cursor, err);
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

	if (scan->sealed)
		return;
	commit_seal(journal,
	    &(struct sealed){.first_seq = scan->name,
		.last_seq = next - 1,
		.first_ms = found->first_ms,
		.last_ms = found->last_ms,
		.bytes = scan->size,
		.id = found->segment_id});
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
recover_go_on(
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
	/* A process that was killed may have made it and not synced that. */
	file_sync(journal->folder_fd, journal->folder);
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
	if (before->sealed || before->ends_tick || before->torn) {
		if (truncate(path, 0) != 0)
			return err_errno(err, RC_FATAL, "truncate %s", path);
		recover_keep(journal, before, scan->name);
		return RC_OK;
	}
	if (unlink(path) != 0)
		return err_errno(err, RC_FATAL, "unlink %s", path);
	file_sync(journal->folder_fd, journal->folder);
	return recover_go_on(journal, before, err);
}

/* A file is missing, or one is there twice. */
static void
recover_gap(const struct journal *journal, uint64_t name)
{
	log_error("journal_gap", "folder=%s expected=%llu found=%llu",
	    journal->folder, (unsigned long long)journal->next_seq,
	    (unsigned long long)name);
}

/* What the checkpoint knows of a file that is as long as it was; or NULL. */
static const struct sealed *
recover_known(const struct recover *recover, uint64_t name)
{
	const struct sealed *row = resume_find(&recover->resume, name);
	char path[FOLDER_PATH_SIZE];
	struct stat st;

	folder_path(path, recover->journal->folder, name);
	return row != NULL && stat(path, &st) == 0 &&
		(uint64_t)st.st_size == row->bytes
	    ? row
	    : NULL;
}

static void
recover_take(struct recover *recover, const struct sealed *row)
{
	struct journal *journal = recover->journal;

	commit_seal(journal, row);
	if (row->last_seq >= journal->next_seq)
		journal->next_seq = row->last_seq + 1;
	if (row->last_ms > journal->last_ms)
		journal->last_ms = row->last_ms;
	recover->scan = (struct recover_scan){.sealed = true};
}

static enum rc
recover_file(struct recover *recover, uint64_t name, bool last, struct err *err)
{
	const struct sealed *known = recover_known(recover, name);
	enum rc rc;

	recover->before = recover->scan;
	if (known != NULL) {
		recover_keep(recover->journal, &recover->before, name);
		recover_take(recover, known);
		return RC_OK;
	}
	rc = recover_scan_file(recover, name, last, err);
	/* Without anything in the last one, see recover_empty(). */
	if (rc == RC_OK && (!last || recover->scan.found.bytes > 0))
		recover_keep(recover->journal, &recover->before, name);
	return rc;
}

static enum rc
recover_files(struct recover *recover, const uint64_t *names, size_t count,
    struct err *err)
{
	enum rc rc = RC_OK;

	recover->scan.sealed = true;
	for (size_t i = 0; i < count && rc == RC_OK; i++) {
		if (i > 0 && names[i] != recover->journal->next_seq)
			recover_gap(recover->journal, names[i]);
		rc = recover_file(recover, names[i], i + 1 == count, err);
	}
	return rc;
}

static enum rc
recover_last(struct recover *recover, struct err *err)
{
	const struct recover_scan *scan = &recover->scan;
	struct journal *journal = recover->journal;
	enum rc rc;

	if (scan->sealed)
		return RC_OK;
	rc = scan->found.bytes > 0
	    ? recover_go_on(journal, scan, err)
	    : recover_empty(journal, scan, &recover->before, err);
	if (journal->writer.fd >= 0)
		commit_opened(journal);
	return rc;
}

/* The id in the first frame that can be read; 0: none can. */
static enum rc
recover_segment_id(
    const struct journal *journal, uint64_t name, uint64_t *id, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	struct segment_frame frame;
	struct cursor cursor;
	enum rc rc;

	folder_path(path, journal->folder, name);
	rc = cursor_open(&cursor, path, err);
	while (rc == RC_OK || rc == RC_REJECT) {
		rc = cursor_next(&cursor, &frame, err);
		if (rc != RC_REJECT || cursor.torn)
			break;
	}
	*id = rc == RC_OK ? frame.segment_id : 0;
	cursor_close(&cursor);
	return rc == RC_FATAL ? RC_FATAL : RC_OK;
}

/*
 * Whether the checkpoint is of this log: the segment that held its entry is
 * here, and is the same one. It may have been trimmed when the entry was its
 * last one; then the log begins just behind it.
 */
static enum rc
recover_fits(const struct recover *recover, const uint64_t *names, size_t count,
    struct err *err)
{
	const struct resume *resume = &recover->resume;
	uint64_t id = 0;
	size_t i = 0;

	while (i < count && names[i] != resume->holder_first)
		i++;
	if (i == count && count > 0 && names[0] == resume->seq + 1)
		return RC_OK;
	if (i == count)
		return err_set(err, RC_REJECT,
		    "the checkpoint does not fit the journal: segment %llu "
		    "with entry %llu is not there",
		    (unsigned long long)resume->holder_first,
		    (unsigned long long)resume->seq);
	if (recover_segment_id(recover->journal, names[i], &id, err) != RC_OK)
		return RC_FATAL;
	return id == 0 || resume->holder_id == 0 || id == resume->holder_id
	    ? RC_OK
	    : err_set(err, RC_REJECT,
		  "the checkpoint does not fit the journal: segment %llu is "
		  "of another log",
		  (unsigned long long)names[i]);
}

static enum rc
recover_reaches(const struct recover *recover, struct err *err)
{
	uint64_t last_seq = recover->journal->next_seq - 1;

	return last_seq >= recover->resume.seq
	    ? RC_OK
	    : err_set(err, RC_REJECT,
		  "the checkpoint does not fit the journal: that ends with "
		  "entry %llu, before %llu",
		  (unsigned long long)last_seq,
		  (unsigned long long)recover->resume.seq);
}

static enum rc
recover_run(struct recover *recover, const struct journal_resume *from,
    const uint64_t *names, size_t count, struct err *err)
{
	struct journal *journal = recover->journal;
	enum rc rc = RC_OK;

	journal->next_seq = 1;
	journal->writer.fd = -1;
	if (from != NULL)
		rc = resume_load(&recover->resume, &journal->requests,
		    &journal->marks, from, err);
	if (rc == RC_OK && from != NULL)
		rc = recover_fits(recover, names, count, err);
	if (rc == RC_OK)
		rc = recover_files(recover, names, count, err);
	if (rc == RC_OK)
		rc = recover_reaches(recover, err);
	if (rc == RC_OK)
		rc = recover_last(recover, err);
	journal->last_seq = journal->next_seq - 1;
	journal->durable_ms = journal->last_ms;
	return rc;
}

enum rc
recover_folder(struct journal *journal, const struct journal_resume *resume,
    struct err *err)
{
	struct recover recover = {.journal = journal};
	uint64_t *names;
	size_t count;
	enum rc rc = folder_segments(journal->folder, &names, &count, err);

	if (rc != RC_OK)
		return rc;
	rc = recover_run(&recover, resume, names, count, err);
	free(names);
	resume_fini(&recover.resume);
	return rc;
}
