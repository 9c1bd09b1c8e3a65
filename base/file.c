#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"

enum rc
file_read(const char *path, struct buf *out, struct err *err)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO
					: open(path, O_RDONLY | O_CLOEXEC);
	enum rc rc = RC_OK;

	if (fd < 0)
		return err_errno(err, RC_FATAL, "%s", path);
	for (;;) {
		char *to = buf_reserve(out, 64 * KIB);
		ssize_t got = to == NULL ? 0 : read(fd, to, 64 * KIB);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			rc = err_errno(err, RC_FATAL, "%s", path);
		else if (to == NULL || out->len > LIMIT_FILE_BYTES)
			rc = err_set(err, RC_REJECT, "%s: larger than %lld MiB",
			    path, LIMIT_FILE_BYTES / MIB);
		if (got <= 0 || rc != RC_OK)
			break;
		out->len += (size_t)got;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

static _Noreturn void
file_sync_failed(const char *what)
{
	log_die("fsync %s: %s; what is on the disk is unknown", what,
	    strerror(errno));
}

void
file_sync(int fd, const char *what)
{
	if (fsync(fd) != 0)
		file_sync_failed(what);
}

void
file_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		log_die("cannot open folder %s to sync it: %s", path,
		    strerror(errno));
	file_sync(fd, path);
	close(fd);
}

/* The folder that `path` is in. */
static void
file_above(char above[4096], const char *path)
{
	char *slash;

	snprintf(above, 4096, "%s", path);
	slash = strrchr(above, '/');
	if (slash == NULL)
		snprintf(above, 4096, ".");
	else
		slash[slash == above] = '\0';
}

/* The name of `path` lasts. */
static void
file_sync_above(const char *path)
{
	char above[4096];

	file_above(above, path);
	file_sync_folder(above);
}

/* The same of a folder that was there: one who was killed may have made it and
 * not come to that. Where we may not look he may not either; and where that
 * lies may be a file system that knows no sync of folders. */
static void
file_sync_found(const char *path)
{
	char above[4096];
	int fd;

	file_above(above, path);
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fsync(fd) != 0 && errno != EINVAL)
		file_sync_failed(above);
	close(fd);
}

static enum rc
file_write_all(int fd, const char *path, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t put = write(fd, bytes.at, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_errno(err, RC_RETRY, "write %s", path);
		bytes.at += put;
		bytes.len -= (size_t)put;
	}
	return RC_OK;
}

enum rc
file_replace(const char *path, struct span bytes, struct err *err)
{
	char beside[4096];
	enum rc rc;
	int fd;

	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, RC_RETRY, "%s", beside);
	rc = file_write_all(fd, beside, bytes, err);
	if (rc == RC_OK)
		file_sync(fd, beside);
	close(fd);
	if (rc == RC_OK && rename(beside, path) != 0)
		rc = err_errno(err, RC_RETRY, "rename %s", path);
	if (rc == RC_OK)
		file_sync_above(path);
	else
		unlink(beside);
	return rc;
}

/* Makes `path`, whose folder is there. *found: it was there too. */
static enum rc
file_make_one(const char *path, bool *found, struct err *err)
{
	*found = mkdir(path, 0750) != 0;
	if (*found && errno != EEXIST)
		return err_errno(err, RC_FATAL, "mkdir %s", path);
	if (!*found)
		file_sync_above(path);
	return RC_OK;
}

enum rc
file_make_folder(const char *path, struct err *err)
{
	char part[4096], last[4096] = "";

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
		return err_set(err, RC_FATAL, "%s: path too long", path);
	for (char *at = part + 1;; at++) {
		char saved = *at;
		bool found;

		if (saved != '/' && saved != '\0')
			continue;
		*at = '\0';
		if (file_make_one(part, &found, err) != RC_OK)
			return RC_FATAL;
		if (found)
			memcpy(last, part, (size_t)(at - part) + 1);
		*at = saved;
		if (saved != '\0')
			continue;
		if (last[0] != '\0')
			file_sync_found(last);
		return RC_OK;
	}
}

bool
file_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char **
file_names(struct arena *arena, const glob_t *found)
{
	const char **names =
	    arena_alloc(arena, (found->gl_pathc + 1) * sizeof(*names));

	for (size_t i = 0; i < found->gl_pathc; i++)
		names[i] = arena_text(arena, span_text(found->gl_pathv[i]));
	return names;
}

static int
file_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rc
file_list_folder(
    struct arena *arena, const char *path, const char ***names, struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *item;
	size_t count = 0, room = 0;
	const char **list = NULL;

	if (dir == NULL)
		return err_errno(err, RC_FATAL, "%s", path);
	while ((item = readdir(dir)) != NULL) {
		if (strcmp(item->d_name, ".") == 0 ||
		    strcmp(item->d_name, "..") == 0)
			continue;
		if (count == room) {
			room = room == 0 ? 64 : room * 2;
			list = realloc(list, room * sizeof(*list));
			if (list == NULL)
				log_die("out of memory: folder listing");
		}
		list[count++] =
		    arena_printf(arena, "%s/%s", path, item->d_name);
	}
	closedir(dir);
	if (count > 0)
		qsort(list, count, sizeof(*list), file_order);
	*names = arena_alloc(arena, (count + 1) * sizeof(**names));
	if (count > 0)
		memcpy(*names, list, count * sizeof(*list));
	free(list);
	return RC_OK;
}

enum rc
file_list(
    struct arena *arena, const char *path, const char ***names, struct err *err)
{
	glob_t found;
	int failed;

	if (file_is_folder(path))
		return file_list_folder(arena, path, names, err);
	failed = glob(path, GLOB_NOCHECK, NULL, &found);
	if (failed != 0)
		return err_set(err, RC_FATAL, "%s: cannot be listed", path);
	*names = file_names(arena, &found);
	globfree(&found);
	return RC_OK;
}
