#include "sinks/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

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

enum rc
dead_letter_append(const char *path, struct span line, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	char folder[4096];
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
	if (rc == RC_OK && size == 0) {
		snprintf(folder, sizeof(folder), "%s", path);
		*strrchr(folder, '/') = '\0';
		file_sync_folder(folder);
	}
	return rc;
}
