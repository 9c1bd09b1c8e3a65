/*
 * The order of durable steps, seen at the system calls: this program's own
 * fsync and friends stand before those of the C library.
 */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/file.h"
#include "fixture.h"
#include "journal/checkpoint.h"

/* w write, t truncate, d fdatasync, F fsync of a file of ours; r rename of
 * one, u its removal; D fsync of the folder; A an answer. */
static char steps[256];
static size_t nsteps;

static void
step(char what)
{
	ck_assert_uint_lt(nsteps, sizeof(steps) - 1);
	steps[nsteps++] = what;
	steps[nsteps] = '\0';
}

static bool
is_ours(const char *path)
{
	size_t len = strlen(path);

	return (len > 4 && strcmp(path + len - 4, ".zst") == 0) ||
	    strstr(path, ".checkpoint") != NULL ||
	    strstr(path, ".position") != NULL;
}

static void
step_of(int fd, char segment, char folder)
{
	char link[64], target[512];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	if (is_ours(target))
		step(segment);
	else if (folder != '\0' && len > 6 && strchr(target + 5, '/') == NULL &&
	    strstr(target, "/tmp/tocsin-journal-") == target)
		step(folder);
}

int
fsync(int fd)
{
	step_of(fd, 'F', 'D');
	return (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	step_of(fd, 'd', '\0');
	return (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t len)
{
	step_of(fd, 't', '\0');
	return (int)syscall(SYS_ftruncate, fd, len);
}

ssize_t
pwritev(int fd, const struct iovec *iov, int niov, off_t at)
{
	step_of(fd, 'w', '\0');
	return syscall(SYS_pwritev, fd, iov, niov, at, 0);
}

int
rename(const char *from, const char *to)
{
	if (is_ours(to))
		step('r');
	return (int)syscall(SYS_rename, from, to);
}

int
unlink(const char *path)
{
	if (is_ours(path))
		step('u');
	return (int)syscall(SYS_unlink, path);
}

int
unlinkat(int fd, const char *path, int flags)
{
	int failed = (int)syscall(SYS_unlinkat, fd, path, flags);

	if (failed == 0 && is_ours(path))
		step('u');
	return failed;
}

/* What has happened since the last time. */
static const char *
took(void)
{
	static char out[sizeof(steps)];

	memcpy(out, steps, sizeof(out));
	nsteps = 0;
	steps[0] = '\0';
	return out;
}

static uint64_t
batch(struct fixture *fixture)
{
	uint64_t seq = fixture_batch(fixture, "", "a");

	step('A');
	return seq;
}

START_TEST(nothing_is_answered_before_it_is_durable)
{
	struct fixture fixture;
	const char *path;
	struct buf bytes = {0};

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	took();
	/* A new segment: head, file, folder; then the entry. */
	batch(&fixture);
	ck_assert_str_eq(took(), "wFDwdA");
	batch(&fixture);
	ck_assert_str_eq(took(), "wdA");
	/* Sealed: durable as a whole before its successor exists. */
	fixture_tick(&fixture);
	step('A');
	ck_assert_str_eq(took(), "wdFwFDA");
	batch(&fixture);
	ck_assert_str_eq(took(), "wdA");
	journal_close(&fixture.journal);
	ck_assert_str_eq(took(), "F");
	/* A torn tail: the copy is in the folder before the tail is cut. Then
	 * the folder: the last process may not have come to that. */
	path = fixture_segment(&fixture, 4);
	fixture_read(path, &bytes);
	fixture_write(path, bytes.bytes, bytes.len - 1);
	fixture_open(&fixture);
	ck_assert_str_eq(took(), "DDtF");
	ck_assert_uint_eq(batch(&fixture), 4);
	ck_assert_str_eq(took(), "wdA");
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

static const char *
took_checkpoint(const struct fixture *fixture, uint64_t seq)
{
	const struct span parts[CHECKPOINT_PARTS] = {SPAN_OF("state")};
	struct err err;
	int fd;

	ck_assert_int_eq(
	    checkpoint_begin(fixture->folder, seq, &fd, &err), RC_OK);
	ck_assert_int_eq(checkpoint_write(fd, seq, parts, &err), RC_OK);
	ck_assert_str_eq(took(), "");
	ck_assert_int_eq(
	    checkpoint_commit(fixture->folder, seq, fd, &err), RC_OK);
	return took();
}

/* On the disk, then under its name, and only then goes what it replaces. */
START_TEST(a_checkpoint_counts_when_it_is_durable)
{
	struct fixture fixture;

	fixture_make(&fixture);
	ck_assert_str_eq(took_checkpoint(&fixture, 1), "FrD");
	ck_assert_str_eq(took_checkpoint(&fixture, 2), "FrD");
	ck_assert_str_eq(took_checkpoint(&fixture, 3), "FrDu");
	fixture_fini(&fixture);
}
END_TEST

/* One by one: a power cut takes a beginning of the log, never its middle. */
START_TEST(segments_go_in_order)
{
	struct fixture fixture;

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	for (int i = 0; i < 3; i++)
		fixture_tick(&fixture);
	fixture.clock.start_ms += 1;
	fixture_reopen(&fixture);
	took();
	ck_assert_uint_eq(journal_trim(fixture.journal, 2), 2);
	ck_assert_str_eq(took(), "uDuD");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_position_counts_when_it_is_durable)
{
	struct fixture fixture;
	char path[FOLDER_PATH_SIZE];
	struct err err;

	fixture_make(&fixture);
	snprintf(path, sizeof(path), "%s/sns.position", fixture.folder);
	took();
	ck_assert_int_eq(file_replace(path, span_text("7\n"), &err), RC_OK);
	ck_assert_str_eq(took(), "FrD");
	fixture_fini(&fixture);
}
END_TEST

/* One who was killed may have made it, and not synced that. */
START_TEST(a_folder_counts_when_it_is_durable)
{
	struct fixture fixture;
	char path[FOLDER_PATH_SIZE];
	struct err err;

	fixture_make(&fixture);
	snprintf(path, sizeof(path), "%s/journal", fixture.folder);
	took();
	ck_assert_int_eq(file_make_folder(path, &err), RC_OK);
	ck_assert_str_eq(took(), "D");
	ck_assert_int_eq(file_make_folder(path, &err), RC_OK);
	ck_assert_str_eq(took(), "D");
	ck_assert_int_eq(rmdir(path), 0);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("durable", nothing_is_answered_before_it_is_durable,
    a_checkpoint_counts_when_it_is_durable,
    a_position_counts_when_it_is_durable, a_folder_counts_when_it_is_durable,
    segments_go_in_order)
