#include "sinks/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

void
dead_letter_begin(
    struct buf *line, const char *sink, uint64_t position, const char *reason)
{
	char now[TEXT_TIME_SIZE];
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	text_time(now, (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
	buf_printf(line, "{\"position\":%llu,\"time\":\"%s\",\"sink\":\"%s\"",
	    (unsigned long long)position, now, sink);
	buf_text(line, ",\"reason\":");
	buf_json_text(line, reason);
	buf_text(line, ",\"item\":");
}

void
dead_letter_end(struct buf *line)
{
	buf_text(line, "}\n");
}

/*
 * The file, locked; -1 and errno. Who waited for the lock may hold a file
 * that was replaced meanwhile: then it is opened again.
 */
static int
dead_letter_open(const char *path, int flags)
{
	for (;;) {
		int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0600);
		struct stat mine, there;

		if (fd < 0)
			return -1;
		while (flock(fd, LOCK_EX) != 0)
			if (errno != EINTR) {
				close(fd);
				return -1;
			}
		if (fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
		    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
}

/* A line that a crash cut in two is ended, so that the next one is whole. */
static enum rc
dead_letter_write(int fd, off_t size, struct span line)
{
	char last = '\n';
	ssize_t put;

	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		return RC_RETRY;
	if (last != '\n') {
		if (pwrite(fd, "\n", 1, size) != 1)
			return RC_RETRY;
		size++;
	}
	while (line.len > 0) {
		put = pwrite(fd, line.at, line.len, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return RC_RETRY;
		line.at += put;
		line.len -= (size_t)put;
		size += put;
	}
	return RC_OK;
}

static void
dead_letter_sync_folder(const char *path)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	file_sync_folder(folder);
}

enum rc
dead_letter_append(const char *path, struct span line, struct err *err)
{
	int fd = dead_letter_open(path, O_CREAT);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	enum rc rc;

	if (size < 0) {
		rc = err_errno(err, RC_RETRY, "%s", path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rc = dead_letter_write(fd, size, line);
	if (rc != RC_OK) {
		err_errno(err, rc, "write %s", path);
		if (ftruncate(fd, size) != 0)
			err_prefix(err, "cannot be cut back");
	}
	file_sync(fd, path);
	close(fd);
	if (rc == RC_OK && size == 0)
		dead_letter_sync_folder(path);
	return rc;
}

/* What is left of the file's content. */
static void
dead_letter_left(struct buf *left, struct span all,
    const struct dead_letter *letters, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (!letters[i].gone)
			continue;
		buf_put(left, all.at + at, letters[i].at - at);
		at = letters[i].at + letters[i].len;
	}
	buf_put(left, all.at + at, all.len - at);
}

enum rc
dead_letter_take_out(const char *path, const struct dead_letter *letters,
    size_t count, struct err *err)
{
	const struct dead_letter *last = &letters[count - 1];
	struct buf all = {0}, left = {0};
	int fd = dead_letter_open(path, 0);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_RETRY, "%s", path);
	rc = file_read(path, &all, err) == RC_OK ? RC_OK : RC_RETRY;
	if (rc == RC_OK && all.len < last->at + last->len)
		rc = err_set(err, RC_RETRY,
		    "%s: somebody else has taken lines out of it", path);
	if (rc == RC_OK) {
		dead_letter_left(&left, buf_span(&all), letters, count);
		if (left.len > 0)
			rc = file_replace(path, buf_span(&left), err);
		else if (unlink(path) != 0)
			rc = err_errno(err, RC_RETRY, "%s", path);
		else
			dead_letter_sync_folder(path);
	}
	close(fd); /* and with it the lock */
	buf_fini(&all);
	buf_fini(&left);
	return rc == RC_OK ? RC_OK : RC_RETRY;
}
