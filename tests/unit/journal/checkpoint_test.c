#include "journal/checkpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/crc32c.h"
#include "base/word.h"
#include "fixture.h"
#include "journal/checkpoint_file.h"

#define BIG ((size_t)(3 * MIB))

static char folder[64];
static char big[BIG];

/* Something that zstd cannot make small, the same in every run. */
static void
fill(char *out, size_t len)
{
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = (char)x;
	}
}

static void
make(void)
{
	log_setup(LOG_ERROR, false);
	snprintf(folder, sizeof(folder), "/tmp/tocsin-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	fill(big, sizeof(big));
}

static void
unmake(void)
{
	const struct fixture fixture = {0};
	struct fixture other = fixture;

	memcpy(other.folder, folder, sizeof(folder));
	fixture_empty(&other, "");
	ck_assert_int_eq(rmdir(folder), 0);
}

static const char *
path_of(uint64_t seq, const char *suffix)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%020llu.checkpoint%s", folder,
	    (unsigned long long)seq, suffix);
	return path;
}

static bool
is_there(uint64_t seq, const char *suffix)
{
	return fixture_exists(path_of(seq, suffix));
}

static enum rc
put(uint64_t seq, struct span first, struct err *err)
{
	const struct span parts[CHECKPOINT_PARTS] = {first, {big, 1}, {NULL, 0},
	    {big, BIG}, SPAN_OF("{\"transitions\":[]}")};
	enum rc rc;
	int fd;

	ck_assert_int_eq(checkpoint_begin(folder, seq, &fd, err), RC_OK);
	rc = checkpoint_write(fd, seq, parts, err);
	if (rc != RC_OK) {
		checkpoint_abandon(folder, seq, fd);
		return rc;
	}
	return checkpoint_commit(folder, seq, fd, err);
}

static void
keep(uint64_t seq, const char *first)
{
	struct err err = {""};

	ck_assert_msg(
	    put(seq, span_text(first), &err) == RC_OK, "%s", err.text);
}

/* A small one, for those who look at each of its bytes. */
static void
keep_small(uint64_t seq)
{
	const struct span parts[CHECKPOINT_PARTS] = {SPAN_OF("journal"),
	    {big, 700}, SPAN_OF("{}"), {NULL, 0}, SPAN_OF("x")};
	struct err err;
	int fd;

	ck_assert_int_eq(checkpoint_begin(folder, seq, &fd, &err), RC_OK);
	ck_assert_int_eq(checkpoint_write(fd, seq, parts, &err), RC_OK);
	ck_assert_int_eq(checkpoint_commit(folder, seq, fd, &err), RC_OK);
}

/* The newest before `before` cannot be used, and nothing of it comes. */
static void
refused(uint64_t before, uint64_t seq, const char *why)
{
	struct checkpoint checkpoint;
	struct err err = {""};
	enum rc rc = checkpoint_read(folder, before, &checkpoint, &err);

	ck_assert_int_eq(rc, RC_REJECT);
	ck_assert_uint_eq(checkpoint.seq, seq);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
	ck_assert_msg(
	    strstr(err.text, path_of(seq, "")) != NULL, "%s", err.text);
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++)
		ck_assert_ptr_null(checkpoint.parts[i].bytes);
	checkpoint_fini(&checkpoint);
}

static void
reads(uint64_t before, uint64_t seq, const char *first)
{
	struct checkpoint checkpoint;
	struct err err = {""};
	enum rc rc = checkpoint_read(folder, before, &checkpoint, &err);

	ck_assert_msg(rc == RC_OK, "%s", err.text);
	ck_assert_uint_eq(checkpoint.seq, seq);
	ck_assert(span_is(buf_span(&checkpoint.parts[0]), first));
	ck_assert_uint_eq(checkpoint.parts[1].len, 1);
	ck_assert_uint_eq(checkpoint.parts[2].len, 0);
	ck_assert(
	    span_equal(buf_span(&checkpoint.parts[3]), span_make(big, BIG)));
	ck_assert(
	    span_is(buf_span(&checkpoint.parts[4]), "{\"transitions\":[]}"));
	checkpoint_fini(&checkpoint);
}

static void
reads_none(uint64_t before)
{
	struct checkpoint checkpoint;
	struct err err;

	ck_assert_int_eq(
	    checkpoint_read(folder, before, &checkpoint, &err), RC_AGAIN);
}

START_TEST(what_was_written_is_read_back)
{
	struct buf once = {0}, again = {0};

	make();
	reads_none(UINT64_MAX);
	keep(42, "first");
	reads(UINT64_MAX, 42, "first");
	reads(43, 42, "first");
	reads_none(42);
	fixture_read(path_of(42, ""), &once);
	keep(42, "first");
	fixture_read(path_of(42, ""), &again);
	ck_assert(span_equal(buf_span(&once), buf_span(&again)));
	buf_fini(&once);
	buf_fini(&again);
	unmake();
	reads_none(UINT64_MAX); /* nor is a folder */
}
END_TEST

START_TEST(the_newest_two_are_kept)
{
	make();
	fixture_write(path_of(7, ".new"), "half", 4);
	fixture_write(path_of(3, ".bad"), "x", 1);
	fixture_write(path_of(5, ".bad"), "x", 1);
	fixture_write(path_of(6, ".txt"), "x", 1);
	ck_assert_uint_eq(checkpoint_oldest(folder), 0);
	keep(10, "a");
	ck_assert_uint_eq(checkpoint_oldest(folder), 0);
	keep(20, "b");
	ck_assert_uint_eq(checkpoint_oldest(folder), 10);
	keep(30, "c");
	ck_assert_uint_eq(checkpoint_oldest(folder), 20);
	ck_assert(!is_there(10, "") && is_there(20, "") && is_there(30, ""));
	ck_assert(!is_there(7, ".new"));
	ck_assert(!is_there(3, ".bad") && is_there(5, ".bad"));
	ck_assert(is_there(6, ".txt"));
	reads(UINT64_MAX, 30, "c");
	reads(30, 20, "b");
	reads_none(20);
	unmake();
}
END_TEST

/* One that rotted counts neither as kept nor for what the log must hold. */
START_TEST(one_set_aside_does_not_count)
{
	make();
	keep(10, "a");
	keep(20, "b");
	fixture_write(path_of(20, ""), "rot", 3);
	refused(UINT64_MAX, 20, "cut short");
	checkpoint_set_aside(folder, 20);
	ck_assert(!is_there(20, "") && is_there(20, ".bad"));
	ck_assert_uint_eq(checkpoint_oldest(folder), 0);
	reads(UINT64_MAX, 10, "a");
	keep(30, "c");
	ck_assert_uint_eq(checkpoint_oldest(folder), 10);
	reads(30, 10, "a");
	unmake();
}
END_TEST

/* Changes bits of the file of entry 9, in place. */
static void
flip(const struct buf *file, size_t at, char bits)
{
	char byte = (char)(file->bytes[at] ^ bits);
	int fd = open(path_of(9, ""), O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

START_TEST(a_flipped_bit_anywhere_is_refused)
{
	struct buf file = {0};

	make();
	keep_small(9);
	fixture_read(path_of(9, ""), &file);
	ck_assert_uint_gt(file.len, CHECKPOINT_HEAD);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		flip(&file, bit / 8, (char)(1 << bit % 8));
		refused(UINT64_MAX, 9, "");
		flip(&file, bit / 8, 0);
	}
	buf_fini(&file);
	unmake();
}
END_TEST

/* In a large one, a byte every so often. */
START_TEST(a_flipped_byte_of_a_large_one_is_refused)
{
	struct buf file = {0};

	make();
	keep(9, "first");
	fixture_read(path_of(9, ""), &file);
	for (size_t at = CHECKPOINT_HEAD; at < file.len; at += file.len / 97) {
		flip(&file, at, 0x20);
		refused(UINT64_MAX, 9, "checksum wrong");
		flip(&file, at, 0);
	}
	buf_fini(&file);
	unmake();
}
END_TEST

START_TEST(cut_anywhere_or_longer_is_refused)
{
	struct buf file = {0};

	make();
	keep_small(9);
	fixture_read(path_of(9, ""), &file);
	for (size_t len = file.len; len-- > 0;) {
		ck_assert_int_eq(truncate(path_of(9, ""), (off_t)len), 0);
		refused(UINT64_MAX, 9, "");
	}
	buf_byte(&file, '\0');
	fixture_write(path_of(9, ""), file.bytes, file.len);
	refused(UINT64_MAX, 9, "lengths out of bounds");
	buf_fini(&file);
	unmake();
}
END_TEST

/* Gives the head a checksum that is right again. */
static void
stamp(struct buf *file)
{
	uint32_t crc = crc32c(
	    0, file->bytes + CHECKPOINT_HEAD, file->len - CHECKPOINT_HEAD);

	word_set(file->bytes + 20, 0, 4);
	crc = crc32c(crc, file->bytes, CHECKPOINT_HEAD);
	word_set(file->bytes + 20, crc, 4);
}

/* A file that lies with a right checksum. */
START_TEST(a_head_that_lies_is_refused)
{
	static const struct {
		size_t at, bytes;
		uint64_t value;
		const char *why;
	} rows[] = {{0, 4, 0x184D2A5D, "no checkpoint"},
	    {8, 1, 'T', "no checkpoint"}, {16, 4, 2, "version unknown"},
	    {4, 4, 16, "head out of bounds"}, {24, 8, 10, "another entry"},
	    {32, 4, 6, "head out of bounds"}, {36, 4, 1, "head out of bounds"},
	    {40, 8, 1ULL << 60, "lengths out of bounds"},
	    {40, 8, LIMIT_BUF_BYTES + 1, "lengths out of bounds"},
	    {40, 8, 0, "lengths out of bounds"},
	    {48, 8, 1ULL << 63, "lengths out of bounds"},
	    {40, 8, 6, "cannot be decompressed"},
	    {40, 8, 8, "cannot be decompressed"},
	    {40, 8, 64 * MIB, "cannot be decompressed"}};
	struct buf file = {0};

	make();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		keep_small(9);
		fixture_read(path_of(9, ""), &file);
		word_set(file.bytes + rows[i].at, rows[i].value, rows[i].bytes);
		stamp(&file);
		fixture_write(path_of(9, ""), file.bytes, file.len);
		refused(UINT64_MAX, 9, rows[i].why);
	}
	buf_fini(&file);
	unmake();
}
END_TEST

START_TEST(one_under_another_name_is_refused)
{
	char other[128];

	make();
	keep(9, "first");
	snprintf(other, sizeof(other), "%s", path_of(11, ""));
	ck_assert_int_eq(rename(path_of(9, ""), other), 0);
	refused(UINT64_MAX, 11, "another entry");
	unmake();
}
END_TEST

START_TEST(a_full_disk_leaves_those_that_are_there)
{
	struct rlimit limit;
	struct err err = {""};
	enum rc rc;

	signal(SIGXFSZ, SIG_IGN);
	make();
	keep(10, "a");
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = (rlim_t)MIB;
	setrlimit(RLIMIT_FSIZE, &limit);
	rc = put(20, SPAN_OF("b"), &err);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(rc, RC_RETRY);
	ck_assert_msg(strstr(err.text, "write") != NULL, "%s", err.text);
	ck_assert(!is_there(20, ".new") && !is_there(20, ""));
	reads(UINT64_MAX, 10, "a");
	keep(20, "b");
	reads(UINT64_MAX, 20, "b");
	unmake();
}
END_TEST

START_TEST(one_that_cannot_be_named_was_not_made)
{
	struct err err = {""};

	make();
	keep(10, "a");
	ck_assert_int_eq(mkdir(path_of(20, ""), 0700), 0);
	ck_assert_int_eq(put(20, SPAN_OF("b"), &err), RC_RETRY);
	ck_assert_msg(strstr(err.text, "rename") != NULL, "%s", err.text);
	ck_assert(!is_there(20, ".new"));
	ck_assert_int_eq(rmdir(path_of(20, "")), 0);
	reads(UINT64_MAX, 10, "a");
	unmake();
}
END_TEST

/* Killed while it writes: the file does not count, and goes with the next. */
START_TEST(a_writer_that_dies_leaves_nothing_that_counts)
{
	int status;
	pid_t child;

	make();
	keep(10, "a");
	child = fork();
	if (child == 0) {
		const struct span parts[CHECKPOINT_PARTS] = {{big, BIG}};
		struct err err;
		int fd;

		checkpoint_begin(folder, 20, &fd, &err);
		checkpoint_write(fd, 20, parts, &err);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert(is_there(20, ".new") && !is_there(20, ""));
	reads(UINT64_MAX, 10, "a");
	keep(30, "c");
	ck_assert(!is_there(20, ".new"));
	unmake();
}
END_TEST

START_TEST(too_large_is_refused)
{
	const struct span whole = {big, (size_t)LIMIT_BUF_BYTES};
	const struct span parts[2][CHECKPOINT_PARTS] = {
	    {{big, (size_t)LIMIT_BUF_BYTES + 1}},
	    {whole, whole, whole, whole, {big, 1}}};
	struct err err;
	int fd;

	make();
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(checkpoint_begin(folder, 1, &fd, &err), RC_OK);
		ck_assert_int_eq(
		    checkpoint_write(fd, 1, parts[i], &err), RC_REJECT);
		checkpoint_abandon(folder, 1, fd);
	}
	ck_assert(!is_there(1, ".new"));
	unmake();
}
END_TEST

TEST_MAIN("checkpoint", what_was_written_is_read_back, the_newest_two_are_kept,
    one_set_aside_does_not_count, a_flipped_bit_anywhere_is_refused,
    a_flipped_byte_of_a_large_one_is_refused, cut_anywhere_or_longer_is_refused,
    a_head_that_lies_is_refused, one_under_another_name_is_refused,
    a_full_disk_leaves_those_that_are_there,
    one_that_cannot_be_named_was_not_made,
    a_writer_that_dies_leaves_nothing_that_counts, too_large_is_refused)
