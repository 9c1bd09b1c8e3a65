#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "wrap.h"

static struct {
	pthread_mutex_t lock;
	struct fail_plan plan;
	struct fail_result *result; /* NULL: nothing fails */
} fail = {.lock = PTHREAD_MUTEX_INITIALIZER};

void
fail_arm(const struct fail_plan *plan, struct fail_result *result)
{
	pthread_mutex_lock(&fail.lock);
	fail.plan = *plan;
	fail.result = result;
	pthread_mutex_unlock(&fail.lock);
}

void
fail_disarm(void)
{
	pthread_mutex_lock(&fail.lock);
	fail.result = NULL;
	pthread_mutex_unlock(&fail.lock);
}

/* Only what waits on a medium is interrupted or done by half. */
static bool
fail_applies(enum fail_kind kind)
{
	if (fail.plan.how == FAIL_SHORT)
		return kind == FAIL_WRITE;
	if (fail.plan.how == EINTR)
		return kind == FAIL_WRITE || kind == FAIL_READ ||
		    kind == FAIL_TRUNCATE;
	return true;
}

/* Counts a call; whether it fails, with errno set. */
static bool
fail_now(enum fail_kind kind, bool folder)
{
	struct fail_result *result;
	bool now = false;

	pthread_mutex_lock(&fail.lock);
	result = fail.result;
	if (result != NULL && fail.plan.memory == (kind == FAIL_MEMORY)) {
		int call = ++result->calls;

		now = fail_applies(kind) &&
		    (call == fail.plan.nth ||
			(fail.plan.lasting && call > fail.plan.nth));
		if (now && result->failed++ == 0) {
			result->kind = kind;
			result->folder = folder;
		}
	}
	pthread_mutex_unlock(&fail.lock);
	if (now)
		errno = fail.plan.how;
	return now;
}

/* The log is not what is tested here. */
static bool
fail_is_log(int fd)
{
	return fd == STDERR_FILENO || fd == STDOUT_FILENO;
}

/* How much of a write is done: all, half of it, or none (negative). */
static ssize_t
fail_part(int fd, size_t len)
{
	if (fail_is_log(fd) || !fail_now(FAIL_WRITE, false))
		return (ssize_t)len;
	return fail.plan.how == FAIL_SHORT ? (ssize_t)(len + 1) / 2 : -1;
}

int
wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (fail_now(FAIL_OPEN, (flags & O_DIRECTORY) != 0))
		return -1;
	return real_open(path, flags, mode);
}

int
wrap_openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (fail_now(FAIL_OPEN, (flags & O_DIRECTORY) != 0))
		return -1;
	return real_openat(folder, path, flags, mode);
}

int
wrap_close(int fd)
{
	return real_close(fd);
}

ssize_t
wrap_read(int fd, void *to, size_t len)
{
	return fail_now(FAIL_READ, false) ? -1 : real_read(fd, to, len);
}

ssize_t
wrap_pread(int fd, void *to, size_t len, off_t at)
{
	return fail_now(FAIL_READ, false) ? -1 : real_pread(fd, to, len, at);
}

ssize_t
wrap_write(int fd, const void *bytes, size_t len)
{
	ssize_t part = fail_part(fd, len);

	return part < 0 ? -1 : real_write(fd, bytes, (size_t)part);
}

ssize_t
wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t part = fail_part(fd, len);

	return part < 0 ? -1 : real_pwrite(fd, bytes, (size_t)part, at);
}

/* By half: the first of the parts, or half of the only one. */
ssize_t
wrap_pwritev(int fd, const struct iovec *iov, int niov, off_t at)
{
	size_t first = iov[0].iov_len;
	ssize_t part = fail_part(fd, first);

	if (part < 0)
		return -1;
	if ((size_t)part == first)
		return real_pwritev(fd, iov, niov, at);
	if (niov > 1)
		return real_pwritev(fd, iov, 1, at);
	return real_pwrite(fd, iov[0].iov_base, (size_t)part, at);
}

int
wrap_fsync(int fd)
{
	(void)fd; /* the machine stays up */
	return fail_now(FAIL_SYNC, false) ? -1 : 0;
}

int
wrap_fdatasync(int fd)
{
	(void)fd; /* the machine stays up */
	return fail_now(FAIL_SYNC, false) ? -1 : 0;
}

int
wrap_ftruncate(int fd, off_t len)
{
	return fail_now(FAIL_TRUNCATE, false) ? -1 : real_ftruncate(fd, len);
}

int
wrap_truncate(const char *path, off_t len)
{
	return fail_now(FAIL_TRUNCATE, false) ? -1 : real_truncate(path, len);
}

int
wrap_rename(const char *from, const char *to)
{
	return fail_now(FAIL_RENAME, false) ? -1 : real_rename(from, to);
}

int
wrap_unlink(const char *path)
{
	return fail_now(FAIL_UNLINK, false) ? -1 : real_unlink(path);
}

int
wrap_unlinkat(int folder, const char *path, int flags)
{
	return fail_now(FAIL_UNLINK, false)
	    ? -1
	    : real_unlinkat(folder, path, flags);
}

int
wrap_mkdir(const char *path, mode_t mode)
{
	return fail_now(FAIL_MKDIR, false) ? -1 : real_mkdir(path, mode);
}

void *
wrap_malloc(size_t size)
{
	return fail_now(FAIL_MEMORY, false) ? NULL : real_malloc(size);
}

void *
wrap_calloc(size_t count, size_t size)
{
	return fail_now(FAIL_MEMORY, false) ? NULL : real_calloc(count, size);
}

void *
wrap_realloc(void *old, size_t size)
{
	return fail_now(FAIL_MEMORY, false) ? NULL : real_realloc(old, size);
}
