#include "journal/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"

#define FOLDER_DIGITS 20
/* A reader that looks whether the folder is live holds the lock for a moment
 * (folder_live), so one refusal says nothing yet. */
#define FOLDER_LOCK_TRIES 20
#define FOLDER_LOCK_PAUSE_MS 5

void
folder_name(char out[FOLDER_NAME_SIZE], uint64_t first_seq)
{
	snprintf(out, FOLDER_NAME_SIZE, "%020" PRIu64 ".zst", first_seq);
}

void
folder_path(char out[FOLDER_PATH_SIZE], const char *folder, uint64_t first_seq)
{
	char name[FOLDER_NAME_SIZE];

	folder_name(name, first_seq);
	snprintf(out, FOLDER_PATH_SIZE, "%s/%s", folder, name);
}

static bool
folder_number(const char *name, const char *suffix, uint64_t *seq)
{
	if (strspn(name, "0123456789") != FOLDER_DIGITS)
		return false;
	errno = 0;
	*seq = strtoull(name, NULL, 10);
	return errno == 0 && strcmp(name + FOLDER_DIGITS, suffix) == 0;
}

static int
folder_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum rc
folder_numbers(const char *folder, const char *suffix, uint64_t **seqs,
    size_t *count, struct err *err)
{
	DIR *dir = opendir(folder);
	const struct dirent *item;
	size_t room = 0;
	uint64_t seq;

	*seqs = NULL;
	*count = 0;
	if (dir == NULL)
		return err_errno(err, RC_FATAL, "%s", folder);
	while ((item = readdir(dir)) != NULL) {
		if (!folder_number(item->d_name, suffix, &seq))
			continue;
		if (*count == room) {
			room = room == 0 ? 64 : room * 2;
			*seqs = realloc(*seqs, room * sizeof(**seqs));
			if (*seqs == NULL)
				log_die("out of memory: names of files");
		}
		(*seqs)[(*count)++] = seq;
	}
	closedir(dir);
	if (*count > 0)
		qsort(*seqs, *count, sizeof(**seqs), folder_order);
	return RC_OK;
}

enum rc
folder_segments(
    const char *folder, uint64_t **seqs, size_t *count, struct err *err)
{
	return folder_numbers(folder, ".zst", seqs, count, err);
}

enum rc
folder_open(const char *folder, int *fd, struct err *err)
{
	*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? err_errno(err, RC_FATAL, "%s", folder) : RC_OK;
}

void
folder_keep_tail(const char *path, uint64_t from)
{
	char beside[FOLDER_PATH_SIZE + 8];
	struct buf tail = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err err = {""};

	if (fd >= 0 && buf_reserve(&tail, LIMIT_TORN_BYTES) != NULL) {
		ssize_t got =
		    pread(fd, tail.bytes, LIMIT_TORN_BYTES, (off_t)from);

		tail.len = got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	snprintf(beside, sizeof(beside), "%s.torn", path);
	if (file_replace(beside, buf_span(&tail), &err) != RC_OK)
		log_warn("torn_not_copied", "%s", err.text);
	buf_fini(&tail);
}

static bool
folder_try_lock(int fd)
{
	const struct timespec pause = {0, FOLDER_LOCK_PAUSE_MS * 1000000L};

	for (int i = 0; i < FOLDER_LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

static enum rc
folder_refuse(const char *folder, int fd, struct err *err)
{
	char pid[32] = "";
	ssize_t got;

	if (errno != EWOULDBLOCK)
		return err_errno(err, RC_FATAL, "lock of %s", folder);
	got = pread(fd, pid, sizeof(pid) - 1, 0);
	pid[got > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	return err_set(err, RC_FATAL,
	    "journal %s: process %s writes it already; stop that one, or give "
	    "this one a data folder of its own",
	    folder, pid[0] == '\0' ? "(unknown)" : pid);
}

enum rc
folder_lock(const char *folder, int *fd, struct err *err)
{
	char path[FOLDER_PATH_SIZE + 8], pid[32];
	int len;

	snprintf(path, sizeof(path), "%s/LOCK", folder);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (*fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	if (!folder_try_lock(*fd)) {
		enum rc rc = folder_refuse(folder, *fd, err);

		close(*fd);
		*fd = -1;
		return rc;
	}
	/* For people and the sentence above; nothing depends on it. */
	len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(*fd, 0) != 0 || pwrite(*fd, pid, (size_t)len, 0) != len)
		log_debug("lock_unnamed", "path=%s", path);
	return RC_OK;
}

bool
folder_live(const char *folder)
{
	char path[FOLDER_PATH_SIZE + 8];
	bool live;
	int fd;

	snprintf(path, sizeof(path), "%s/LOCK", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	live = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return live;
}
