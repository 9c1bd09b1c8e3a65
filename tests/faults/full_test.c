/*
 * A disk that is really full, and one that may only be read: a small tmpfs
 * over /tmp, in a mount namespace of each test's own. Where that may not be
 * made, for want of the right, that is said and the program skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "journal/checkpoint.h"
#include "unit/journal/fixture.h"

#define CHECKPOINTS "/tmp/checkpoint"
#define BALLAST "/tmp/ballast"

/* False, and said: not here. */
static bool
mounted(const char *options)
{
	if ((unshare(CLONE_NEWNS) == 0 ||
		unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", "/tmp", "tmpfs", 0, options) == 0)
		return true;
	printf("skipped: no mount of its own: %s\n", strerror(errno));
	fflush(stdout);
	return false;
}

static void
remount(unsigned long flags)
{
	if (mount("tmpfs", "/tmp", "tmpfs", MS_REMOUNT | flags, NULL) != 0)
		abort();
}

/* Takes all the room that is left. */
static void
fill(void)
{
	char block[4096] = "";
	int fd = open(BALLAST, O_WRONLY | O_CREAT | O_APPEND, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

static void
make_room(void)
{
	if (unlink(BALLAST) != 0)
		abort();
}

/* A twentieth of its limit is what the journal leaves free of data. */
static void
make_journal(struct fixture *fixture)
{
	fixture_make(fixture);
	fixture->config.limit_bytes = MIB;
	fixture->config.segment_size_bytes = 1;
}

static enum rc
try_batch(struct fixture *fixture, int n, uint64_t *seq, struct err *err)
{
	static char text[6000];
	char id[16];
	const struct span records[] = {span_make(text, sizeof(text))};
	struct entry entry = {.kind = ENTRY_BATCH,
	    .source = span_text("primary"),
	    .records = records,
	    .nrecords = 1};

	snprintf(id, sizeof(id), "%d", n);
	entry.request_id = span_text(id);
	/* Does not compress. */
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] =
		    (char)((n * 7919u + i * i * 31u + (i >> 3)) * 2654435761u >>
			11);
	return journal_append_wait(fixture->journal, &entry, seq, err);
}

/* The journal looks for room once a second, so not at once. */
static void
batch_soon(struct fixture *fixture, int n, uint64_t *seq)
{
	const struct timespec pause = {0, 50000000};
	struct err err = {""};
	enum rc rc = RC_RETRY;

	for (int i = 0; i < 200 && rc == RC_RETRY; i++) {
		rc = try_batch(fixture, n, seq, &err);
		if (rc == RC_RETRY)
			nanosleep(&pause, NULL);
	}
	ck_assert_msg(rc == RC_OK, "%s", err.text);
}

/* Each of the entries answered is there and is known by its request id. */
static void
check_kept(struct fixture *fixture, const uint64_t *seqs, int count)
{
	uint64_t last = journal_last(fixture->journal), seq;
	struct reader *reader = fixture_reader(fixture->folder, 0);
	struct entry entry;
	struct err err;
	int found = 0;

	while (reader_next(reader, &entry, &err) == RC_OK)
		found += entry.kind == ENTRY_BATCH;
	reader_close(&reader);
	ck_assert_int_eq(found, count);
	for (int n = 0; n < count; n++) {
		ck_assert_int_eq(try_batch(fixture, n, &seq, &err), RC_OK);
		ck_assert_uint_eq(seq, seqs[n]);
	}
	ck_assert_uint_eq(journal_last(fixture->journal), last);
}

START_TEST(a_full_disk_refuses_and_with_room_goes_on)
{
	struct fixture fixture;
	struct err err = {""};
	uint64_t seqs[100];
	int count = 0;

	if (!mounted("size=1m"))
		return;
	make_journal(&fixture);
	fixture_open(&fixture);
	for (; count < 20; count++)
		ck_assert_int_eq(
		    try_batch(&fixture, count, &seqs[count], &err), RC_OK);
	fill();
	while (try_batch(&fixture, count, &seqs[count], &err) == RC_OK)
		ck_assert_int_lt(count++, 90);
	/* By the write that failed, or by the look before it. */
	ck_assert(strstr(err.text, "No space left") != NULL ||
	    strstr(err.text, "bytes left") != NULL);
	ck_assert_int_eq(
	    try_batch(&fixture, count, &seqs[count], &err), RC_RETRY);
	make_room();
	batch_soon(&fixture, count, &seqs[count]);
	count++;
	fixture_reopen(&fixture);
	check_kept(&fixture, seqs, count);
	fixture_fini(&fixture);
}
END_TEST

/* Begun before the disk was full, ended after. */
START_TEST(a_segment_goes_on_when_its_successor_cannot_be_made)
{
	struct fixture fixture;
	struct journal_segment sealed;
	struct err err = {""};
	uint64_t seqs[2];

	/* The root, the folder, LOCK and one segment. */
	if (!mounted("size=1m,nr_inodes=5"))
		return;
	make_journal(&fixture);
	fixture_open(&fixture);
	ck_assert_int_eq(try_batch(&fixture, 0, &seqs[0], &err), RC_OK);
	ck_assert_int_eq(close(open(BALLAST, O_WRONLY | O_CREAT, 0600)), 0);
	fixture_tick(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_AGAIN);
	ck_assert_int_eq(try_batch(&fixture, 1, &seqs[1], &err), RC_OK);
	make_room();
	fixture_tick(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_OK);
	fixture_reopen(&fixture);
	check_kept(&fixture, seqs, 2);
	fixture_fini(&fixture);
}
END_TEST

static enum rc
try_checkpoint(uint64_t seq, struct err *err)
{
	static char text[20000];
	struct span parts[CHECKPOINT_PARTS] = {{0}};
	enum rc rc;
	int fd;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)((seq + i * i * 31u) * 2654435761u >> 11);
	parts[CHECKPOINT_ENGINE] = span_make(text, sizeof(text));
	rc = checkpoint_begin(CHECKPOINTS, seq, &fd, err);
	if (rc != RC_OK)
		return rc;
	rc = checkpoint_write(fd, seq, parts, err);
	if (rc == RC_OK)
		return checkpoint_commit(CHECKPOINTS, seq, fd, err);
	checkpoint_abandon(CHECKPOINTS, seq, fd);
	return rc;
}

static uint64_t
newest_checkpoint(void)
{
	struct checkpoint checkpoint;
	struct err err;
	uint64_t seq;

	ck_assert_int_eq(
	    checkpoint_read(CHECKPOINTS, UINT64_MAX, &checkpoint, &err), RC_OK);
	seq = checkpoint.seq;
	checkpoint_fini(&checkpoint);
	return seq;
}

START_TEST(a_checkpoint_without_room_leaves_the_old_one)
{
	struct err err = {""};

	if (!mounted("size=1m"))
		return;
	ck_assert_int_eq(mkdir(CHECKPOINTS, 0750), 0);
	ck_assert_int_eq(try_checkpoint(10, &err), RC_OK);
	fill();
	ck_assert_int_eq(try_checkpoint(20, &err), RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "No space left"));
	ck_assert_uint_eq(newest_checkpoint(), 10);
	ck_assert(!fixture_exists(
	    CHECKPOINTS "/00000000000000000020.checkpoint.new"));
	make_room();
	ck_assert_int_eq(try_checkpoint(20, &err), RC_OK);
	ck_assert_uint_eq(newest_checkpoint(), 20);
}
END_TEST

START_TEST(a_position_without_room_stays_the_old_one)
{
	static char text[100000];
	struct buf now = {0};
	struct err err = {""};

	if (!mounted("size=1m"))
		return;
	ck_assert_int_eq(
	    file_replace("/tmp/position", span_text("17\n"), &err), RC_OK);
	fill();
	ck_assert_int_eq(
	    file_replace("/tmp/position", span_make(text, sizeof(text)), &err),
	    RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "No space left"));
	ck_assert(!fixture_exists("/tmp/position.new"));
	ck_assert_int_eq(file_read("/tmp/position", &now, &err), RC_OK);
	ck_assert_str_eq(buf_cstr(&now), "17\n");
	buf_fini(&now);
}
END_TEST

START_TEST(a_disk_to_be_read_only_is_told_and_read)
{
	struct fixture fixture;
	struct err err = {""};

	if (!mounted("size=1m"))
		return;
	make_journal(&fixture);
	fixture_open(&fixture);
	fixture_batch(&fixture, "", "a");
	journal_close(&fixture.journal);
	ck_assert_int_eq(mkdir(CHECKPOINTS, 0750), 0);
	ck_assert_int_eq(try_checkpoint(1, &err), RC_OK);
	remount(MS_RDONLY);
	ck_assert_int_eq(journal_open(&fixture.journal, fixture.folder,
			     &fixture.config, &fixture.clock, NULL, &err),
	    RC_FATAL);
	ck_assert_ptr_nonnull(strstr(err.text, "Read-only file system"));
	ck_assert_ptr_null(fixture.journal);
	err.text[0] = '\0';
	ck_assert_int_eq(try_checkpoint(2, &err), RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "Read-only file system"));
	ck_assert_int_eq(
	    file_replace(CHECKPOINTS "/position", span_text("1"), &err),
	    RC_RETRY);
	ck_assert_uint_eq(newest_checkpoint(), 1);
	fixture_says(fixture.folder, 0, "1=a");
	remount(0);
	fixture_open(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "b"), 2);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("full", a_full_disk_refuses_and_with_room_goes_on,
    a_segment_goes_on_when_its_successor_cannot_be_made,
    a_checkpoint_without_room_leaves_the_old_one,
    a_position_without_room_stays_the_old_one,
    a_disk_to_be_read_only_is_told_and_read)
