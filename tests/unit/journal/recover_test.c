#include <signal.h>
#include <sys/wait.h>

#include "fixture.h"
#include "journal/segment.h"

/* One segment with some entries; `ends` has each one's end in the file. */
#define ENTRIES 4

static void
make(struct fixture *fixture, size_t ends[ENTRIES + 1])
{
	static const char *const records[ENTRIES] = {"a", "b", "c", "d"};

	fixture_init(fixture);
	ends[0] = SEGMENT_FIXED;
	for (int i = 0; i < ENTRIES; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%d", i);
		fixture_batch(fixture, id, records[i]);
		ends[i + 1] = fixture_size(fixture_segment(fixture, 1));
	}
	journal_close(&fixture->journal);
}

START_TEST(a_torn_tail_is_cut_at_every_length)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct buf whole = {0}, torn = {0};
	char beside[FOLDER_PATH_SIZE + 8];
	const char *path;

	make(&fixture, ends);
	path = fixture_segment(&fixture, 1);
	snprintf(beside, sizeof(beside), "%s.torn", path);
	fixture_read(path, &whole);
	for (size_t len = ends[3]; len < ends[4]; len++) {
		int64_t count = fixture_stat(JOURNAL_TORN);

		fixture_write(path, whole.bytes, len);
		unlink(beside);
		fixture_open(&fixture);
		ck_assert_int_eq(
		    fixture_stat(JOURNAL_TORN) - count, len > ends[3]);
		ck_assert(fixture_exists(beside) == (len > ends[3]));
		if (len > ends[3]) {
			fixture_read(beside, &torn);
			ck_assert(span_equal(buf_span(&torn),
			    span_make(whole.bytes + ends[3], len - ends[3])));
		}
		ck_assert_uint_eq(fixture_size(path), ends[3]);
		ck_assert_uint_eq(journal_last(fixture.journal), 3);
		/* What was cut was never answered and comes again. */
		ck_assert_uint_eq(fixture_batch(&fixture, "id-3", "D"), 4);
		ck_assert_uint_eq(fixture_batch(&fixture, "id-2", "c"), 3);
		journal_close(&fixture.journal);
		fixture_says(fixture.folder, 0, "1=a 2=b 3=c 4=D");
	}
	buf_fini(&whole);
	buf_fini(&torn);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(garbage_behind_the_end_is_cut)
{
	static char zeros[70000];
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct buf whole = {0};
	const char *path;

	make(&fixture, ends);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &whole);
	buf_put(&whole, zeros, sizeof(zeros));
	fixture_write(path, whole.bytes, whole.len);
	fixture_open(&fixture);
	ck_assert_uint_eq(fixture_size(path), ends[4]);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
	fixture_says(fixture.folder, 0, "1=a 2=b 3=c 4=d 5=e");
	buf_fini(&whole);
	fixture_fini(&fixture);
}
END_TEST

/* Frames of another segment, or an older state of this file, must not come
 * alive behind the end. */
START_TEST(bytes_of_another_segment_are_not_taken)
{
	struct fixture fixture, other;
	size_t ends[ENTRIES + 1];
	struct buf mine = {0}, theirs = {0};
	const char *path;

	make(&other, ends);
	fixture_read(fixture_segment(&other, 1), &theirs);
	make(&fixture, ends);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &mine);
	mine.len = ends[2];
	buf_put(&mine, theirs.bytes + ends[2], ends[4] - ends[2]);
	fixture_write(path, mine.bytes, mine.len);
	fixture_says(path, 0, "1=a 2=b ?");
	fixture_open(&fixture);
	ck_assert_uint_eq(fixture_size(path), ends[2]);
	ck_assert_uint_eq(journal_last(fixture.journal), 2);
	buf_fini(&mine);
	buf_fini(&theirs);
	fixture_fini(&fixture);
	fixture_fini(&other);
}
END_TEST

START_TEST(a_bad_frame_is_stepped_over_and_said)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct buf whole = {0};
	const char *path;

	make(&fixture, ends);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &whole);
	for (size_t at = ends[1]; at < ends[2]; at++) {
		int64_t count = fixture_stat(JOURNAL_QUARANTINED);
		int64_t torn = fixture_stat(JOURNAL_TORN);

		whole.bytes[at] ^= 0x10;
		fixture_write(path, whole.bytes, whole.len);
		fixture_says(path, 0, "1=a ! 3=c 4=d");
		fixture_open(&fixture);
		ck_assert_int_eq(fixture_stat(JOURNAL_QUARANTINED) - count, 1);
		ck_assert_int_eq(fixture_stat(JOURNAL_TORN), torn);
		ck_assert_uint_eq(fixture_size(path), whole.len);
		ck_assert_uint_eq(fixture_batch(&fixture, "id-3", "d"), 4);
		ck_assert_uint_eq(fixture_batch(&fixture, "id-1", "b"), 5);
		journal_close(&fixture.journal);
		fixture_says(fixture.folder, 0, "1=a ! 3=c 4=d 5=b");
		whole.bytes[at] ^= 0x10;
	}
	buf_fini(&whole);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_bad_head_begins_a_new_segment)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct buf whole = {0};
	const char *path;

	make(&fixture, ends);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &whole);
	for (size_t at = 0; at < SEGMENT_FIXED; at++) {
		whole.bytes[at] ^= 0x01;
		fixture_write(path, whole.bytes, whole.len);
		fixture_says(path, 0, "! 1=a 2=b 3=c 4=d");
		fixture_open(&fixture);
		ck_assert_uint_eq(fixture_batch(&fixture, "id-3", "d"), 4);
		ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
		journal_close(&fixture.journal);
		ck_assert_uint_eq(fixture_size(path), whole.len);
		fixture_says(fixture.folder, 0, "! 1=a 2=b 3=c 4=d 5=e");
		unlink(fixture_segment(&fixture, 5));
		path = fixture_segment(&fixture, 1);
		whole.bytes[at] ^= 0x01;
	}
	buf_fini(&whole);
	fixture_fini(&fixture);
}
END_TEST

/* Two segments, the second just begun: 1=a 2. | 3=b */
static void
make_two(struct fixture *fixture)
{
	fixture_make(fixture);
	fixture->config.segment_size_bytes = 1;
	fixture_open(fixture);
	fixture_batch(fixture, "one", "a");
	fixture_tick(fixture);
	fixture_batch(fixture, "two", "b");
	journal_close(&fixture->journal);
	fixture->config.segment_size_bytes = 64 * MIB;
}

START_TEST(the_making_of_a_segment_may_be_cut)
{
	struct fixture fixture;
	struct buf first = {0}, head = {0};
	struct journal_segment sealed;

	make_two(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &first);
	fixture_read(fixture_segment(&fixture, 3), &head);
	for (size_t len = 0; len <= SEGMENT_FIXED; len++) {
		fixture_write(fixture_segment(&fixture, 3), head.bytes, len);
		fixture_open(&fixture);
		/* The first one is sealed and stays as it is. */
		ck_assert_int_eq(
		    journal_sealed(fixture.journal, 0, &sealed), RC_OK);
		ck_assert_uint_eq(sealed.last_seq, 2);
		ck_assert_uint_eq(fixture_batch(&fixture, "one", "a"), 1);
		ck_assert_uint_eq(fixture_batch(&fixture, "", "c"), 3);
		journal_close(&fixture.journal);
		ck_assert_uint_eq(
		    fixture_size(fixture_segment(&fixture, 1)), first.len);
		fixture_says(fixture.folder, 0, "1=a 2. 3=c");
	}
	buf_fini(&first);
	buf_fini(&head);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(an_empty_file_of_a_making_that_failed_goes)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct journal_segment sealed;

	make(&fixture, ends);
	fixture_write(fixture_segment(&fixture, 5), "", 0);
	fixture_open(&fixture);
	ck_assert(!fixture_exists(fixture_segment(&fixture, 5)));
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_AGAIN);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
	fixture_says(fixture.folder, 0, "1=a 2=b 3=c 4=d 5=e");
	fixture_fini(&fixture);
}
END_TEST

/* It is archived as far as the next one begins, or the archive would stand. */
START_TEST(a_sealed_segment_of_zeros_reaches_to_the_next)
{
	struct fixture fixture;
	struct buf first = {0};
	struct journal_segment sealed;

	make_two(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &first);
	memset(first.bytes, 0, first.len);
	fixture_write(fixture_segment(&fixture, 1), first.bytes, first.len);
	fixture_open(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_OK);
	ck_assert_uint_eq(sealed.first_seq, 1);
	ck_assert_uint_eq(sealed.last_seq, 2);
	buf_fini(&first);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(damage_in_an_older_segment_stays_there)
{
	struct fixture fixture;
	struct buf first = {0};
	int64_t count;
	const char *path;

	make_two(&fixture);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &first);
	fixture_write(path, first.bytes, first.len - 1);
	count = fixture_stat(JOURNAL_QUARANTINED);
	fixture_open(&fixture);
	ck_assert_int_eq(fixture_stat(JOURNAL_QUARANTINED) - count, 1);
	ck_assert_uint_eq(
	    fixture_size(fixture_segment(&fixture, 1)), first.len - 1);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "c"), 4);
	fixture_says(fixture.folder, 0, "1=a ? 3=b 4=c");
	buf_fini(&first);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_missing_file_leaves_a_gap)
{
	struct fixture fixture;

	make_two(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	fixture_tick(&fixture);
	fixture_batch(&fixture, "", "c");
	unlink(fixture_segment(&fixture, 3));
	fixture_reopen(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "d"), 6);
	fixture_says(fixture.folder, 0, "1=a 2. ! 5=c 6=d");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_later_version_is_refused_and_left_alone)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	struct buf whole = {0};
	struct err err;

	make(&fixture, ends);
	fixture_read(fixture_segment(&fixture, 1), &whole);
	whole.bytes[16] = 2;
	segment_stamp(span_make(whole.bytes, SEGMENT_FIXED), 0, 99, 1, 1234);
	fixture_write(fixture_segment(&fixture, 1), whole.bytes, whole.len);
	ck_assert_int_eq(journal_open(&fixture.journal, fixture.folder,
			     &fixture.config, &fixture.clock, NULL, &err),
	    RC_FATAL);
	ck_assert_msg(
	    strstr(err.text, "format version 2") != NULL, "%s", err.text);
	ck_assert_uint_eq(
	    fixture_size(fixture_segment(&fixture, 1)), whole.len);
	buf_fini(&whole);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(other_files_are_left_alone)
{
	static const char *const names[] = {"00000000000000000001.zst.torn",
	    "LOCK", "00000000000000000001.zst.torn.new", "1.zst", "notes",
	    "99999999999999999999.zst", "0000000000000000000a.zst"};
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	char path[128];

	make(&fixture, ends);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture.folder, names[i]);
		fixture_write(path, "x", 1);
	}
	fixture_open(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
	fixture_says(fixture.folder, 0, "1=a 2=b 3=c 4=d 5=e");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture.folder, names[i]);
		ck_assert(fixture_exists(path));
	}
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_segment_under_another_name_is_not_written)
{
	struct fixture fixture;
	size_t ends[ENTRIES + 1];
	char path[FOLDER_PATH_SIZE];

	make(&fixture, ends);
	snprintf(path, sizeof(path), "%s", fixture_segment(&fixture, 1));
	ck_assert_int_eq(rename(path, fixture_segment(&fixture, 3)), 0);
	fixture_open(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "id-3", "d"), 4);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
	ck_assert_uint_eq(fixture_size(fixture_segment(&fixture, 3)), ends[4]);
	fixture_says(fixture.folder, 0, "1=a 2=b 3=c 4=d 5=e");
	fixture_fini(&fixture);
}
END_TEST

/* Puts another file under the descriptor of the open segment. */
static void
swap_segment(const char *path)
{
	char link[64], target[512];
	FILE *other = fopen(path, "r+");

	for (int fd = 3; fd < 64; fd++) {
		ssize_t len;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (fd != fileno(other) &&
		    (strstr(target, ".zst") != NULL ||
			strcmp(target, "/dev/full") == 0))
			dup2(fileno(other), fd);
	}
}

static void
child_done(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	(void)cookie;
	(void)seq;
	(void)repeat;
	(void)err;
	_exit(rc == RC_OK ? 40 : 41);
}

/* /dev/null takes writes and refuses fdatasync; /dev/full refuses writes. */
START_TEST(a_failed_sync_ends_the_process_unanswered)
{
	static const struct {
		const char *path;
		int status;
	} rows[] = {{"/dev/null", 3}, {"/dev/full", 41}};
	const struct entry entry = {.kind = ENTRY_BATCH};

	for (size_t i = 0; i < 2; i++) {
		struct fixture fixture;
		int status;
		pid_t child;

		fixture_make(&fixture);
		child = fork();
		if (child == 0) {
			fixture_open(&fixture);
			fixture_batch(&fixture, "", "a");
			swap_segment(rows[i].path);
			journal_append(
			    fixture.journal, &entry, child_done, NULL);
			for (;;)
				pause();
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), rows[i].status);
		fixture_says(fixture.folder, 0, "1=a");
		fixture_fini(&fixture);
	}
}
END_TEST

START_TEST(what_cannot_be_taken_back_is_not_written_over)
{
	const struct entry entry = {.kind = ENTRY_BATCH};
	struct fixture fixture;
	int status;
	pid_t child;

	fixture_make(&fixture);
	child = fork();
	if (child == 0) {
		fixture_open(&fixture);
		fixture_batch(&fixture, "", "a");
		swap_segment("/dev/full");
		if (fixture_try(&fixture, "", "b", NULL) != RC_RETRY)
			_exit(1);
		/* Takes writes, but what was refused is still in the way. */
		swap_segment("/dev/null");
		journal_append(fixture.journal, &entry, child_done, NULL);
		for (;;)
			pause();
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 41);
	fixture_fini(&fixture);
}
END_TEST

/* The child tells each acknowledged entry on the pipe, then is killed. */
static void
run_child(struct fixture *fixture, int told, int first)
{
	fixture->config.segment_size_bytes = 2000;
	fixture_open(fixture);
	for (int i = first;; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		fixture_batch(fixture, id, id);
		if (i % 7 == 0)
			fixture_tick(fixture);
		if (write(told, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static int
kill_after(struct fixture *fixture, int first, int count)
{
	int ends[2], last = first - 1, seen = 0, got;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		run_child(fixture, ends[1], first);
	close(ends[1]);
	while (read(ends[0], &got, sizeof(got)) == sizeof(got)) {
		last = got;
		if (++seen == count)
			kill(child, SIGKILL);
	}
	close(ends[0]);
	waitpid(child, NULL, 0);
	return last;
}

START_TEST(killed_at_any_moment_keeps_what_was_acknowledged)
{
	struct fixture fixture;
	struct reader *reader;
	struct entry entry;
	struct err err;
	int next = 1, seen = 0;
	char id[16];

	fixture_make(&fixture);
	/* What the killed one had not told of is sent again. */
	for (int round = 0; round < 12; round++)
		next = kill_after(&fixture, next, 5 + round * 3) + 1;
	reader = fixture_reader(fixture.folder, 0);
	while (reader_next(reader, &entry, &err) == RC_OK)
		if (entry.kind == ENTRY_BATCH) {
			snprintf(id, sizeof(id), "%d", ++seen);
			ck_assert(span_is(entry.records[0], id));
		}
	reader_close(&reader);
	ck_assert_int_ge(seen, next - 1);
	ck_assert_int_le(seen, next);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("recover", a_segment_under_another_name_is_not_written,
    what_cannot_be_taken_back_is_not_written_over,
    a_torn_tail_is_cut_at_every_length, garbage_behind_the_end_is_cut,
    bytes_of_another_segment_are_not_taken,
    a_bad_frame_is_stepped_over_and_said, a_bad_head_begins_a_new_segment,
    the_making_of_a_segment_may_be_cut,
    an_empty_file_of_a_making_that_failed_goes,
    a_sealed_segment_of_zeros_reaches_to_the_next,
    damage_in_an_older_segment_stays_there, a_missing_file_leaves_a_gap,
    a_later_version_is_refused_and_left_alone, other_files_are_left_alone,
    a_failed_sync_ends_the_process_unanswered,
    killed_at_any_moment_keeps_what_was_acknowledged)
