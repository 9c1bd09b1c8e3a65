#include "journal/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "journal/folder.h"
#include "journal/segment.h"

static uint64_t
writer_random(void)
{
	uint64_t id;

	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		log_die("getrandom: %s", strerror(errno));
	return id;
}

static enum rc
writer_head(struct writer *writer, struct err *err)
{
	const struct segment_frame frame = {.kind = SEGMENT_HEAD};
	struct buf head = {0};
	struct iovec iov;
	enum rc rc;

	segment_build(&head, &frame, NULL);
	segment_stamp(buf_span(&head), 0, writer->segment_id, writer->first_seq,
	    writer->made_ms);
	iov = (struct iovec){head.bytes, head.len};
	rc = writer_put(writer, &iov, 1, err);
	buf_fini(&head);
	return rc;
}

/* An empty file may be there: a power cut, or recovery, left it. */
static enum rc
writer_open(
    struct writer *writer, int folder_fd, const char *name, struct err *err)
{
	struct stat st;

	writer->fd =
	    openat(folder_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (writer->fd < 0 || fstat(writer->fd, &st) != 0)
		return err_errno(err, RC_RETRY, "segment %s", name);
	if (st.st_size > 0)
		return err_set(
		    err, RC_RETRY, "segment %s exists already", name);
	return RC_OK;
}

enum rc
writer_create(struct writer *writer, int folder_fd, uint64_t first_seq,
    int64_t made_ms, struct err *err)
{
	char name[FOLDER_NAME_SIZE];
	enum rc rc;

	folder_name(name, first_seq);
	*writer = (struct writer){.fd = -1,
	    .segment_id = writer_random(),
	    .first_seq = first_seq,
	    .last_seq = first_seq - 1,
	    .made_ms = made_ms};
	rc = writer_open(writer, folder_fd, name, err);
	if (rc != RC_OK) {
		writer_close(writer);
		return rc;
	}
	rc = writer_head(writer, err);
	if (rc != RC_OK) {
		unlinkat(folder_fd, name, 0);
		writer_close(writer);
		return rc;
	}
	file_sync(writer->fd, name);
	file_sync(folder_fd, "the journal's folder");
	return RC_OK;
}

static bool
writer_trim(struct writer *writer)
{
	int failed;

	do
		failed = ftruncate(writer->fd, (off_t)writer->bytes);
	while (failed != 0 && errno == EINTR);
	writer->ragged = failed != 0;
	return !writer->ragged;
}

enum rc
writer_resume(struct writer *writer, const char *path, struct err *err)
{
	writer->fd = open(path, O_RDWR | O_CLOEXEC);
	if (writer->fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	if (!writer_trim(writer)) {
		err_errno(err, RC_FATAL, "truncate %s", path);
		writer_close(writer);
		return RC_FATAL;
	}
	file_sync(writer->fd, path);
	return RC_OK;
}

void
writer_close(struct writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = -1;
}

/* Steps over what was written. */
static void
writer_advance(struct iovec **iov, size_t *niov, size_t put)
{
	while (*niov > 0 && put >= (*iov)->iov_len) {
		put -= (*iov)->iov_len;
		++*iov;
		--*niov;
	}
	if (*niov > 0) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + put;
		(*iov)->iov_len -= put;
	}
}

enum rc
writer_put(
    struct writer *writer, struct iovec *iov, size_t niov, struct err *err)
{
	uint64_t at = writer->bytes;

	/* A refused group behind the good bytes must be gone before others are
	 * written over a part of it. */
	if (writer->ragged && !writer_trim(writer))
		return err_errno(err, RC_RETRY, "truncate segment");
	while (niov > 0) {
		int some = niov > IOV_MAX ? IOV_MAX : (int)niov;
		ssize_t put = pwritev(writer->fd, iov, some, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			if (put == 0)
				errno = ENOSPC;
			err_errno(err, RC_RETRY, "write segment");
			writer_trim(writer);
			return RC_RETRY;
		}
		at += (uint64_t)put;
		writer_advance(&iov, &niov, (size_t)put);
	}
	writer->bytes = at;
	return RC_OK;
}

void
writer_sync(struct writer *writer)
{
	/* After a failure the pages count as clean and are gone: a second
	 * fdatasync would lie (reliability.md a.2). */
	if (fdatasync(writer->fd) != 0)
		log_die("fdatasync of a segment: %s; what is on the disk is "
			"unknown, start again to recover",
		    strerror(errno));
}
