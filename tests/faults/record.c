#include "record.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wrap.h"

#define RECORD_FDS 1024
#define RECORD_START_S 1700000000

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct disk *disk;
	pthread_t driver;
	struct rng rng;
	int nodes[RECORD_FDS]; /* node + 1 of each descriptor */
	int64_t now_ms;
	bool shut;
	int standing, let_go; /* at a sync */
	int awaited;
} record = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void
record_lock(void)
{
	pthread_mutex_lock(&record.lock);
}

static void
record_unlock(void)
{
	pthread_mutex_unlock(&record.lock);
}

void
record_begin(struct disk *disk, uint64_t seed)
{
	record_lock();
	record.disk = disk;
	record.driver = pthread_self();
	record.rng = rng_of(seed, 77);
	record.awaited = 0;
	memset(record.nodes, 0, sizeof(record.nodes));
	record_unlock();
}

void
record_end(void)
{
	record_lock();
	record.disk = NULL;
	memset(record.nodes, 0, sizeof(record.nodes));
	record_unlock();
}

void
record_gate(bool shut)
{
	record_lock();
	record.shut = shut;
	pthread_cond_broadcast(&record.changed);
	record_unlock();
}

static bool
record_settle(void)
{
	while (record.awaited > 0 && record.standing == record.let_go)
		pthread_cond_wait(&record.changed, &record.lock);
	return record.standing > record.let_go;
}

bool
record_wait(void)
{
	bool stands;

	record_lock();
	stands = record_settle();
	record_unlock();
	return stands;
}

bool
record_step(void)
{
	bool stands;

	record_lock();
	if (record.standing > record.let_go) {
		record.let_go++;
		pthread_cond_broadcast(&record.changed);
	}
	stands = record_settle();
	record_unlock();
	return stands;
}

void
record_await(int more)
{
	record_lock();
	record.awaited += more;
	record_unlock();
}

void
record_note(bool told, void (*with)(void *cookie, size_t at), void *cookie)
{
	record_lock();
	with(cookie, disk_note(record.disk));
	record.awaited -= told;
	pthread_cond_broadcast(&record.changed);
	record_unlock();
}

void
record_pass(int64_t ms)
{
	record_lock();
	record.now_ms += ms;
	record_unlock();
}

/* ---- which node -----------------------------------------------------------
 */

static int
record_of(int fd)
{
	if (record.disk == NULL || fd < 0 || fd >= RECORD_FDS)
		return DISK_NONE;
	return record.nodes[fd] - 1;
}

/* What stands for a path: false when it is not below the root. `folder` is a
 * descriptor, or AT_FDCWD. */
static bool
record_path(
    int folder, const char *path, int *node, int *parent, const char **name)
{
	size_t len;

	if (record.disk == NULL)
		return false;
	if (path[0] != '/') {
		if (folder == AT_FDCWD || record_of(folder) == DISK_NONE)
			return false;
		*node = disk_find(
		    record.disk, record_of(folder), path, parent, name);
		return true;
	}
	len = strlen(disk_root(record.disk));
	if (strncmp(path, disk_root(record.disk), len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return false;
	*parent = *node = DISK_ROOT;
	if (path[len] == '/')
		*node = disk_find(
		    record.disk, DISK_ROOT, path + len + 1, parent, name);
	return true;
}

static int
record_opened(int folder, const char *path, int flags, int fd)
{
	int node, parent;
	const char *name;

	if (fd < 0 || !record_path(folder, path, &node, &parent, &name))
		return fd;
	if (fd >= RECORD_FDS)
		abort();
	if (node == DISK_NONE)
		node = disk_make(record.disk, parent, name, false);
	else if (flags & O_TRUNC)
		disk_truncate(record.disk, node, 0);
	record.nodes[fd] = node + 1;
	return fd;
}

/* ---- the calls ------------------------------------------------------------
 */

int
wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	record_lock();
	fd = record_opened(AT_FDCWD, path, flags, real_open(path, flags, mode));
	record_unlock();
	return fd;
}

int
wrap_openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	record_lock();
	fd = record_opened(
	    folder, path, flags, real_openat(folder, path, flags, mode));
	record_unlock();
	return fd;
}

int
wrap_close(int fd)
{
	record_lock();
	if (fd >= 0 && fd < RECORD_FDS)
		record.nodes[fd] = 0;
	record_unlock();
	return real_close(fd);
}

static void
record_written(int fd, const void *bytes, ssize_t put, off_t at)
{
	if (put > 0 && record_of(fd) != DISK_NONE)
		disk_write(
		    record.disk, record_of(fd), (size_t)at, bytes, (size_t)put);
}

/* Of the log only last words are shown: every cut makes recovery talk. */
ssize_t
wrap_write(int fd, const void *bytes, size_t len)
{
	ssize_t put;

	if (fd == STDERR_FILENO && memmem(bytes, len, " fatal ", 7) == NULL)
		return (ssize_t)len;
	record_lock();
	put = real_write(fd, bytes, len);
	if (put > 0 && record_of(fd) != DISK_NONE)
		record_written(fd, bytes, put, lseek(fd, 0, SEEK_CUR) - put);
	record_unlock();
	return put;
}

ssize_t
wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t put;

	record_lock();
	put = real_pwrite(fd, bytes, len, at);
	record_written(fd, bytes, put, at);
	record_unlock();
	return put;
}

/* One write: its parts reach the disk in any order as well. */
ssize_t
wrap_pwritev(int fd, const struct iovec *iov, int niov, off_t at)
{
	size_t len = 0, done = 0;
	unsigned char *joined;
	ssize_t put;

	record_lock();
	for (int i = 0; i < niov; i++)
		len += iov[i].iov_len;
	joined = malloc(len + 1);
	if (joined == NULL)
		abort();
	for (int i = 0; i < niov; i++) {
		memcpy(joined + done, iov[i].iov_base, iov[i].iov_len);
		done += iov[i].iov_len;
	}
	put = real_pwritev(fd, iov, niov, at);
	record_written(fd, joined, put, at);
	free(joined);
	record_unlock();
	return put;
}

/* Nothing is asked of the real disk: the machine stays up. */
static int
record_sync(int fd)
{
	size_t begun;
	int node;

	record_lock();
	node = record_of(fd);
	if (node == DISK_NONE) {
		record_unlock();
		return 0;
	}
	begun = disk_ops(record.disk);
	if (record.shut && !pthread_equal(record.driver, pthread_self())) {
		record.standing++;
		pthread_cond_broadcast(&record.changed);
		while (record.shut && record.let_go == 0)
			pthread_cond_wait(&record.changed, &record.lock);
		record.standing--;
		if (record.let_go > 0)
			record.let_go--;
	}
	disk_sync(record.disk, node, begun);
	record_unlock();
	return 0;
}

int
wrap_fsync(int fd)
{
	return record_sync(fd);
}

int
wrap_fdatasync(int fd)
{
	return record_sync(fd);
}

int
wrap_ftruncate(int fd, off_t len)
{
	int failed;

	record_lock();
	failed = real_ftruncate(fd, len);
	if (failed == 0 && record_of(fd) != DISK_NONE)
		disk_truncate(record.disk, record_of(fd), (size_t)len);
	record_unlock();
	return failed;
}

int
wrap_truncate(const char *path, off_t len)
{
	int node, parent, failed;
	const char *name;

	record_lock();
	failed = real_truncate(path, len);
	if (failed == 0 && record_path(AT_FDCWD, path, &node, &parent, &name))
		disk_truncate(record.disk, node, (size_t)len);
	record_unlock();
	return failed;
}

int
wrap_rename(const char *from, const char *to)
{
	int node, parent, to_parent, failed;
	const char *name, *to_name;

	record_lock();
	failed = real_rename(from, to);
	if (failed == 0 && record_path(AT_FDCWD, from, &node, &parent, &name) &&
	    record_path(AT_FDCWD, to, &node, &to_parent, &to_name)) {
		if (parent != to_parent)
			abort();
		disk_rename(record.disk, parent, name, to_name);
	}
	record_unlock();
	return failed;
}

static int
record_unlinked(int folder, const char *path, int failed)
{
	int node, parent;
	const char *name;

	if (failed == 0 && record_path(folder, path, &node, &parent, &name))
		disk_unlink(record.disk, parent, name);
	return failed;
}

int
wrap_unlink(const char *path)
{
	int failed;

	record_lock();
	failed = record_unlinked(AT_FDCWD, path, real_unlink(path));
	record_unlock();
	return failed;
}

int
wrap_unlinkat(int folder, const char *path, int flags)
{
	int failed;

	record_lock();
	failed =
	    record_unlinked(folder, path, real_unlinkat(folder, path, flags));
	record_unlock();
	return failed;
}

int
wrap_mkdir(const char *path, mode_t mode)
{
	int node, parent, failed;
	const char *name;

	record_lock();
	failed = real_mkdir(path, mode);
	if (failed == 0 && record_path(AT_FDCWD, path, &node, &parent, &name))
		disk_make(record.disk, parent, name, true);
	record_unlock();
	return failed;
}

int
wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	record_lock();
	now->tv_sec = RECORD_START_S + record.now_ms / 1000;
	now->tv_nsec = record.now_ms % 1000 * 1000000;
	record_unlock();
	return 0;
}

ssize_t
wrap_getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char *at = to;

	(void)flags;
	record_lock();
	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)rng_next(&record.rng);
	record_unlock();
	return (ssize_t)len;
}

pid_t
wrap_getpid(void)
{
	return 42;
}
