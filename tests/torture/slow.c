/*
 * Preloaded: a slow disk. Writing, syncing, renaming and removing take up to
 * SLOW_US microseconds longer, now before and now after they are done, so that
 * a kill falls between the steps and not only beside them.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void *
slow_real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static uint64_t
slow_random(void)
{
	static _Thread_local uint64_t state;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	state = (state ^ (uint64_t)now.tv_nsec) * 6364136223846793005u + 1;
	return state >> 33;
}

/* One time in two. */
static void
slow_down(void)
{
	const char *most = getenv("SLOW_US");
	uint64_t us = most == NULL ? 0 : strtoull(most, NULL, 10);

	if (us > 0 && slow_random() % 2 == 0)
		usleep((useconds_t)(slow_random() % us));
}

#define SLOW(type, name, declared, given)                                      \
	type name declared                                                     \
	{                                                                      \
		type(*real) declared = (type(*) declared)slow_real(#name);     \
		type result;                                                   \
                                                                               \
		slow_down();                                                   \
		result = real given;                                           \
		slow_down();                                                   \
		return result;                                                 \
	}

SLOW(ssize_t, pwritev, (int fd, const struct iovec *iov, int count, off_t at),
    (fd, iov, count, at))
SLOW(ssize_t, pwritev64,
    (int fd, const struct iovec *iov, int count, off64_t at),
    (fd, iov, count, at))
SLOW(int, fdatasync, (int fd), (fd))
SLOW(int, fsync, (int fd), (fd))
SLOW(int, ftruncate, (int fd, off_t len), (fd, len))
SLOW(int, rename, (const char *from, const char *to), (from, to))
SLOW(int, unlink, (const char *path), (path))
SLOW(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
