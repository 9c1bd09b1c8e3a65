#include "journal/outcomes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/outcomes_file.h"

/* So much of one entry is gathered before it is written. */
#define OUTCOMES_GATHER ((size_t)(256 * KIB))

struct counter outcomes_stats[OUTCOMES_STATS] = {
    [OUTCOMES_LINES] = {.name = "tocsin_outcomes_lines_total",
	.help = "Lines kept for the archive and replicas, those of recovery "
		"too."},
    [OUTCOMES_BYTES] = {.name = "tocsin_outcomes_bytes_total",
	.help = "Bytes of these lines."},
    [OUTCOMES_REFUSED] = {.name = "tocsin_outcomes_refused_total",
	.help = "Lines that neither disk nor memory had room for; the next "
		"start makes them again."},
    [OUTCOMES_DAMAGED] = {.name = "tocsin_outcomes_damaged_total",
	.help = "Places among these lines that cannot be read."}};

/* Cuts a file off behind the last line of an entry up to `seq`. */
static enum rc
outcomes_cut(const char *path, uint64_t seq, struct err *err)
{
	struct outcomes_window window = {.fd = open(path, O_RDWR | O_CLOEXEC)};
	enum outcomes_found found;
	struct outcomes_line line;
	enum rc rc = RC_OK;

	if (window.fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	while ((found = outcomes_look(&window, &line)) == OUTCOMES_WHOLE &&
	    line.seq <= seq)
		outcomes_step(&window, &line);
	if (found == OUTCOMES_FAILED)
		rc = err_errno(err, RC_FATAL, "%s", path);
	else if (found != OUTCOMES_END &&
	    ftruncate(window.fd, (off_t)window.at) != 0)
		rc = err_errno(err, RC_FATAL, "cut %s", path);
	if (rc == RC_OK && found == OUTCOMES_BAD) {
		counter_add(&outcomes_stats[OUTCOMES_DAMAGED], 1);
		log_warn("outcomes_damaged", "path=%s offset=%llu cut off",
		    path, (unsigned long long)window.at);
	}
	close(window.fd);
	buf_fini(&window.ahead);
	return rc;
}

static enum rc
outcomes_cut_back(struct outcomes *self, uint64_t seq, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	uint64_t *files;
	size_t count;
	enum rc rc;

	rc = folder_numbers(self->folder, OUTCOMES_SUFFIX, &files, &count, err);
	while (rc == RC_OK && count > 0 && files[count - 1] > seq) {
		outcomes_path(path, self->folder, files[--count]);
		if (unlink(path) != 0)
			rc = err_errno(err, RC_FATAL, "%s", path);
	}
	self->begin = rc == RC_OK && count > 0 ? files[0] : seq + 1;
	if (rc == RC_OK && count > 0) {
		outcomes_path(path, self->folder, files[count - 1]);
		rc = outcomes_cut(path, seq, err);
	}
	free(files);
	return rc;
}

enum rc
outcomes_open(struct outcomes **outcomes, const char *folder, uint64_t seq,
    struct err *err)
{
	struct outcomes *self = calloc(1, sizeof(*self));
	enum rc rc;

	if (self == NULL)
		log_die("out of memory: outcomes");
	self->fd = -1;
	self->advanced = seq;
	self->pushed = seq;
	snprintf(self->folder, sizeof(self->folder), "%s", folder);
	rc = file_make_folder(folder, err);
	if (rc == RC_OK)
		rc = outcomes_cut_back(self, seq, err);
	*outcomes = self;
	if (rc != RC_OK)
		outcomes_close(outcomes);
	return rc;
}

void
outcomes_close(struct outcomes **outcomes)
{
	struct outcomes *self = *outcomes;

	if (self == NULL)
		return;
	invariant(self->readers == 0);
	if (self->fd >= 0)
		close(self->fd);
	buf_fini(&self->waiting);
	free(self);
	*outcomes = NULL;
}

bool
outcomes_wanted(const struct outcomes *outcomes)
{
	return outcomes->wanted;
}

/* Removes files but the newest `keep` that hold nothing behind `seq`. */
static void
outcomes_remove(struct outcomes *self, uint64_t seq, size_t keep)
{
	char path[FOLDER_PATH_SIZE];
	uint64_t *files;
	size_t count, gone = 0;
	struct err err;

	if (folder_numbers(
		self->folder, OUTCOMES_SUFFIX, &files, &count, &err) != RC_OK) {
		log_error("outcomes_stay", "%s", err.text);
		return;
	}
	while (gone + keep < count &&
	    (gone + 1 == count || files[gone + 1] <= seq + 1)) {
		/* Before it goes: a reader shall not look for it. */
		if (gone + 1 < count)
			self->begin = files[gone + 1];
		outcomes_path(path, self->folder, files[gone++]);
		if (unlink(path) != 0)
			break;
	}
	free(files);
}

void
outcomes_start(struct outcomes *outcomes)
{
	outcomes->started = true;
	outcomes->wanted = outcomes->readers > 0;
	if (outcomes->wanted)
		return;
	outcomes_remove(outcomes, UINT64_MAX - 1, 0);
	outcomes->begin = outcomes->advanced + 1;
}

void
outcomes_trim(struct outcomes *outcomes, uint64_t seq)
{
	if (outcomes_wanted(outcomes))
		outcomes_remove(outcomes, seq, 1);
}

static void
outcomes_failed(struct outcomes *self, const char *what)
{
	if (!self->failing)
		log_error(
		    "outcomes_not_written", "%s: %s", what, strerror(errno));
	self->failing = true;
}

/* The file that the lines from `first_seq` on go to. */
static bool
outcomes_create(struct outcomes *self, uint64_t first_seq)
{
	char path[FOLDER_PATH_SIZE];
	int fd;

	outcomes_path(path, self->folder, first_seq);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0) {
		outcomes_failed(self, path);
		return false;
	}
	if (self->fd >= 0)
		close(self->fd);
	self->fd = fd;
	self->bytes = 0;
	return true;
}

static void
outcomes_write(struct outcomes *self)
{
	struct buf *waiting = &self->waiting;
	size_t done = 0;

	if (self->fd < 0 && !outcomes_create(self, self->advanced + 1))
		return;
	while (done < waiting->len) {
		ssize_t put = pwrite(self->fd, waiting->bytes + done,
		    waiting->len - done, (off_t)self->bytes);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			outcomes_failed(self, self->folder);
			break;
		}
		done += (size_t)put;
		self->bytes += (uint64_t)put;
	}
	if (done < waiting->len)
		memmove(
		    waiting->bytes, waiting->bytes + done, waiting->len - done);
	else
		self->failing = false;
	waiting->len -= done;
}

static bool
outcomes_refuse(struct outcomes *self, uint64_t seq, size_t len)
{
	if (!self->behind &&
	    self->waiting.len + OUTCOMES_HEAD + len <= LIMIT_OUTCOMES_WAITING)
		return false;
	if (!self->behind)
		log_error("outcomes_refused",
		    "seq=%llu %lld MiB wait for the disk already: no "
		    "checkpoint until the next start, which makes these lines "
		    "again",
		    (unsigned long long)seq, LIMIT_OUTCOMES_WAITING / MIB);
	self->behind = true;
	counter_add(&outcomes_stats[OUTCOMES_REFUSED], 1);
	return true;
}

void
outcomes_push(struct outcomes *outcomes, enum outcomes_kind kind, uint64_t seq,
    int64_t arrival_ms, struct span line)
{
	const struct outcomes_line whole = {
	    .seq = seq, .arrival_ms = arrival_ms, .kind = kind, .text = line};

	if (!outcomes_wanted(outcomes))
		return;
	invariant(seq >= outcomes->pushed && seq > outcomes->advanced);
	outcomes->pushed = seq;
	if (outcomes_refuse(outcomes, seq, line.len))
		return;
	outcomes_put(&outcomes->waiting, &whole);
	counter_add(&outcomes_stats[OUTCOMES_LINES], 1);
	counter_add(&outcomes_stats[OUTCOMES_BYTES], (int64_t)line.len);
	if (outcomes->waiting.len >= OUTCOMES_GATHER)
		outcomes_write(outcomes);
}

void
outcomes_advance(struct outcomes *outcomes, uint64_t seq)
{
	if (!outcomes_wanted(outcomes)) {
		outcomes->advanced = seq;
		return;
	}
	if (outcomes->waiting.len > 0 || outcomes->fd < 0)
		outcomes_write(outcomes);
	if (outcomes->waiting.len > 0 || outcomes->behind || outcomes->fd < 0)
		return;
	/* Between entries alone: the lines of one are in one file. */
	if (outcomes->bytes >= OUTCOMES_FILE_BYTES)
		outcomes_create(outcomes, seq + 1);
	outcomes->advanced = seq;
}

static enum rc
outcomes_sync_one(const char *path, int flags, struct err *err)
{
	int fd = open(path, flags | O_CLOEXEC);
	enum rc rc = RC_OK;

	if (fd < 0)
		return err_errno(err, RC_RETRY, "%s", path);
	if (fsync(fd) != 0)
		rc = err_errno(err, RC_FATAL, "sync %s", path);
	close(fd);
	return rc;
}

enum rc
outcomes_sync(const struct outcomes *outcomes, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	uint64_t *files;
	size_t count;
	enum rc rc;

	if (!outcomes_wanted(outcomes))
		return RC_OK;
	if (outcomes->behind || outcomes->waiting.len > 0)
		return err_set(err, RC_RETRY,
		    "lines for the archive and replicas are not written yet");
	rc = folder_numbers(
	    outcomes->folder, OUTCOMES_SUFFIX, &files, &count, err);
	if (rc != RC_OK)
		return RC_RETRY;
	for (size_t i = 0; i < count && rc == RC_OK; i++) {
		outcomes_path(path, outcomes->folder, files[i]);
		rc = outcomes_sync_one(path, O_RDONLY, err);
	}
	free(files);
	if (rc == RC_OK)
		rc = outcomes_sync_one(
		    outcomes->folder, O_RDONLY | O_DIRECTORY, err);
	return rc;
}

uint64_t
outcomes_advanced(const struct outcomes *outcomes)
{
	return outcomes->advanced;
}

uint64_t
outcomes_begin(const struct outcomes *outcomes)
{
	return outcomes->begin;
}
