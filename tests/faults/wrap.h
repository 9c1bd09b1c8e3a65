/*
 * The system calls that these programs take from the linker (--wrap, see
 * tests/CMakeLists.txt): real_X is the C library's, wrap_X is called instead
 * by all of tocsin's code.
 */
#ifndef TESTS_FAULTS_WRAP_H
#define TESTS_FAULTS_WRAP_H

#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#define REAL(name) __asm__("__real_" #name)
#define WRAP(name) __asm__("__wrap_" #name)

int real_open(const char *path, int flags, ...) REAL(open);
int wrap_open(const char *path, int flags, ...) WRAP(open);
int real_openat(int folder, const char *path, int flags, ...) REAL(openat);
int wrap_openat(int folder, const char *path, int flags, ...) WRAP(openat);
int real_close(int fd) REAL(close);
int wrap_close(int fd) WRAP(close);
ssize_t real_read(int fd, void *to, size_t len) REAL(read);
ssize_t wrap_read(int fd, void *to, size_t len) WRAP(read);
ssize_t real_pread(int fd, void *to, size_t len, off_t at) REAL(pread);
ssize_t wrap_pread(int fd, void *to, size_t len, off_t at) WRAP(pread);
ssize_t real_write(int fd, const void *bytes, size_t len) REAL(write);
ssize_t wrap_write(int fd, const void *bytes, size_t len) WRAP(write);
ssize_t
real_pwrite(int fd, const void *bytes, size_t len, off_t at) REAL(pwrite);
ssize_t
wrap_pwrite(int fd, const void *bytes, size_t len, off_t at) WRAP(pwrite);
ssize_t
real_pwritev(int fd, const struct iovec *iov, int niov, off_t at) REAL(pwritev);
ssize_t
wrap_pwritev(int fd, const struct iovec *iov, int niov, off_t at) WRAP(pwritev);
int real_fsync(int fd) REAL(fsync);
int wrap_fsync(int fd) WRAP(fsync);
int real_fdatasync(int fd) REAL(fdatasync);
int wrap_fdatasync(int fd) WRAP(fdatasync);
int real_ftruncate(int fd, off_t len) REAL(ftruncate);
int wrap_ftruncate(int fd, off_t len) WRAP(ftruncate);
int real_truncate(const char *path, off_t len) REAL(truncate);
int wrap_truncate(const char *path, off_t len) WRAP(truncate);
int real_rename(const char *from, const char *to) REAL(rename);
int wrap_rename(const char *from, const char *to) WRAP(rename);
int real_unlink(const char *path) REAL(unlink);
int wrap_unlink(const char *path) WRAP(unlink);
int real_unlinkat(int folder, const char *path, int flags) REAL(unlinkat);
int wrap_unlinkat(int folder, const char *path, int flags) WRAP(unlinkat);
int real_mkdir(const char *path, mode_t mode) REAL(mkdir);
int wrap_mkdir(const char *path, mode_t mode) WRAP(mkdir);
int real_clock_gettime(clockid_t id, struct timespec *now) REAL(clock_gettime);
int wrap_clock_gettime(clockid_t id, struct timespec *now) WRAP(clock_gettime);
ssize_t real_getrandom(void *to, size_t len, unsigned flags) REAL(getrandom);
ssize_t wrap_getrandom(void *to, size_t len, unsigned flags) WRAP(getrandom);
pid_t real_getpid(void) REAL(getpid);
pid_t wrap_getpid(void) WRAP(getpid);
void *real_malloc(size_t size) REAL(malloc);
void *wrap_malloc(size_t size) WRAP(malloc);
void *real_calloc(size_t count, size_t size) REAL(calloc);
void *wrap_calloc(size_t count, size_t size) WRAP(calloc);
void *real_realloc(void *old, size_t size) REAL(realloc);
void *wrap_realloc(void *old, size_t size) WRAP(realloc);

#endif
