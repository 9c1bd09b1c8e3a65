/* The files of the folder; what is in them: checkpoint_file.h. */
#include "journal/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/checkpoint_file.h"
#include "journal/folder.h"

#define CHECKPOINTS_KEPT 2
#define CHECKPOINTS_BAD_KEPT 1

static const char checkpoint_good[] = ".checkpoint";
static const char checkpoint_new[] = ".checkpoint.new";
static const char checkpoint_bad[] = ".checkpoint.bad";

static void
checkpoint_path(char out[FOLDER_PATH_SIZE], const char *folder, uint64_t seq,
    const char *suffix)
{
	snprintf(
	    out, FOLDER_PATH_SIZE, "%s/%020" PRIu64 "%s", folder, seq, suffix);
}

enum rc
checkpoint_begin(const char *folder, uint64_t seq, int *fd, struct err *err)
{
	char path[FOLDER_PATH_SIZE];

	checkpoint_path(path, folder, seq, checkpoint_new);
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	return *fd < 0 ? err_errno(err, RC_RETRY, "%s", path) : RC_OK;
}

/* Removes all but the newest `keep`. One that cannot be removed is tried
 * again the next time. */
static void
checkpoint_sweep(const char *folder, const char *suffix, size_t keep)
{
	char path[FOLDER_PATH_SIZE];
	uint64_t *seqs;
	size_t count;
	struct err err;

	if (folder_numbers(folder, suffix, &seqs, &count, &err) != RC_OK)
		return;
	for (size_t i = 0; i + keep < count; i++) {
		checkpoint_path(path, folder, seqs[i], suffix);
		unlink(path);
	}
	free(seqs);
}

enum rc
checkpoint_commit(const char *folder, uint64_t seq, int fd, struct err *err)
{
	char beside[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE];

	checkpoint_path(beside, folder, seq, checkpoint_new);
	checkpoint_path(path, folder, seq, checkpoint_good);
	file_sync(fd, beside);
	if (rename(beside, path) != 0) {
		err_errno(err, RC_RETRY, "rename %s", beside);
		checkpoint_abandon(folder, seq, fd);
		return RC_RETRY;
	}
	close(fd);
	file_sync_folder(folder);
	checkpoint_sweep(folder, checkpoint_good, CHECKPOINTS_KEPT);
	checkpoint_sweep(folder, checkpoint_new, 0);
	checkpoint_sweep(folder, checkpoint_bad, CHECKPOINTS_BAD_KEPT);
	return RC_OK;
}

void
checkpoint_abandon(const char *folder, uint64_t seq, int fd)
{
	char path[FOLDER_PATH_SIZE];

	close(fd);
	checkpoint_path(path, folder, seq, checkpoint_new);
	unlink(path);
}

static enum rc
checkpoint_open(
    const char *folder, struct checkpoint *checkpoint, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	enum rc rc;
	int fd;

	checkpoint_path(path, folder, checkpoint->seq, checkpoint_good);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, RC_REJECT, "%s", path);
	rc = checkpoint_file_read(fd, checkpoint, err);
	close(fd);
	if (rc != RC_OK)
		err_prefix(err, "%s", path);
	return rc;
}

enum rc
checkpoint_read(const char *folder, uint64_t before,
    struct checkpoint *checkpoint, struct err *err)
{
	uint64_t *seqs;
	size_t count;
	enum rc rc;

	*checkpoint = (struct checkpoint){0};
	rc = folder_numbers(folder, checkpoint_good, &seqs, &count, err);
	if (rc != RC_OK)
		return errno == ENOENT ? RC_AGAIN : rc;
	while (count > 0 && seqs[count - 1] >= before)
		count--;
	if (count > 0) {
		checkpoint->seq = seqs[count - 1];
		rc = checkpoint_open(folder, checkpoint, err);
	} else {
		rc = RC_AGAIN;
	}
	free(seqs);
	if (rc != RC_OK)
		for (size_t i = 0; i < CHECKPOINT_PARTS; i++)
			buf_fini(&checkpoint->parts[i]);
	return rc;
}

void
checkpoint_fini(struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++)
		buf_fini(&checkpoint->parts[i]);
	checkpoint->seq = 0;
}

void
checkpoint_set_aside(const char *folder, uint64_t seq)
{
	char path[FOLDER_PATH_SIZE], aside[FOLDER_PATH_SIZE];

	checkpoint_path(path, folder, seq, checkpoint_good);
	checkpoint_path(aside, folder, seq, checkpoint_bad);
	if (rename(path, aside) == 0)
		file_sync_folder(folder);
}

uint64_t
checkpoint_oldest(const char *folder)
{
	uint64_t *seqs, oldest = 0;
	size_t count;
	struct err err;

	if (folder_numbers(folder, checkpoint_good, &seqs, &count, &err) !=
	    RC_OK)
		return 0;
	if (count >= CHECKPOINTS_KEPT)
		oldest = seqs[count - CHECKPOINTS_KEPT];
	free(seqs);
	return oldest;
}
