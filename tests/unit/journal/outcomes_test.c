/* The outcomes log: what readers see, what a start cuts off, what goes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "fixture.h"
#include "journal/outcomes.h"
#include "journal/outcomes_file.h"

static char folder[64];

/* What was synced: 'F' a file of lines, 'D' their folder. */
static char synced[64];
static bool sync_fails;

int
fsync(int fd)
{
	char link[64], target[512];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	if (strstr(target, ".outcomes") != NULL)
		strcat(synced, "F");
	else if (strcmp(target, folder) == 0)
		strcat(synced, "D");
	errno = EIO;
	return sync_fails ? -1 : 0;
}
static struct outcomes *outcomes;
static struct outcomes_reader *reader;

static void
begin(uint64_t seq, bool read)
{
	struct err err = {""};
	enum rc rc = outcomes_open(&outcomes, folder, seq, &err);

	ck_assert_msg(rc == RC_OK, "%s", err.text);
	reader = read ? outcomes_reader_open(outcomes) : NULL;
	outcomes_start(outcomes);
}

static void
init(void)
{
	log_setup(LOG_ERROR, false);
	snprintf(folder, sizeof(folder), "/tmp/tocsin-outcomes-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	begin(0, true);
}

static void
end(void)
{
	outcomes_reader_close(&reader);
	outcomes_close(&outcomes);
}

static void
fini(void)
{
	struct fixture fixture = {0};

	end();
	snprintf(fixture.folder, sizeof(fixture.folder), "%s", folder);
	fixture_empty(&fixture, "0");
	rmdir(folder);
}

static void
push(uint64_t seq, const char *text)
{
	outcomes_push(outcomes, OUTCOMES_TRANSITION, seq, (int64_t)seq * 1000,
	    span_text(text));
}

/* An entry with that many lines "SEQ.N\n". */
static void
entry(uint64_t seq, unsigned lines)
{
	for (unsigned i = 1; i <= lines; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%llu.%u\n",
		    (unsigned long long)seq, i);
		push(seq, text);
	}
	outcomes_advance(outcomes, seq);
}

/* What the reader gives until there is no more, joined; '|' behind the last
 * of an entry, "(reach)" for what can never be read, at the end "=reach". */
static const char *
all(void)
{
	static char out[4096];
	struct outcomes_line line;
	struct err err = {""};
	uint64_t reach = 0;
	size_t len = 0;
	enum rc rc;

	while ((rc = outcomes_next(reader, &line, &reach, &err)) == RC_OK ||
	    rc == RC_REJECT) {
		if (rc == RC_REJECT) {
			len += (size_t)snprintf(out + len, sizeof(out) - len,
			    "(%llu)", (unsigned long long)reach);
			continue;
		}
		ck_assert_int_eq(line.arrival_ms, (int64_t)line.seq * 1000);
		ck_assert_int_eq(line.kind, OUTCOMES_TRANSITION);
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%.*s%s",
		    (int)line.text.len - 1, line.text.at,
		    line.last ? "|" : " ");
	}
	if (rc == RC_AGAIN)
		snprintf(out + len, sizeof(out) - len, "=%llu",
		    (unsigned long long)reach);
	else
		snprintf(out + len, sizeof(out) - len, "!%d", (int)rc);
	return out;
}

static const char *
all_after(uint64_t after)
{
	outcomes_seek(reader, after);
	return all();
}

static uint64_t
newest_file(char path[FOLDER_PATH_SIZE])
{
	uint64_t *files, last;
	size_t count;
	struct err err;
	struct stat st;

	ck_assert(
	    folder_numbers(folder, ".outcomes", &files, &count, &err) == RC_OK);
	ck_assert(count > 0);
	last = files[count - 1];
	free(files);
	outcomes_path(path, folder, last);
	ck_assert(stat(path, &st) == 0);
	return (uint64_t)st.st_size;
}

START_TEST(readers_see_whole_entries)
{
	init();
	ck_assert_str_eq(all(), "=0");
	entry(1, 0);
	entry(2, 3);
	ck_assert_str_eq(all(), "2.1 2.2 2.3|=2");
	push(3, "3.1\n");
	ck_assert_str_eq(all(), "=2");
	outcomes_advance(outcomes, 3);
	entry(4, 0);
	entry(5, 1);
	ck_assert_str_eq(all(), "3.1|5.1|=5");
	ck_assert_str_eq(all(), "=5");
	ck_assert_str_eq(all_after(2), "3.1|5.1|=5");
	ck_assert_str_eq(all_after(5), "=5");
	fini();
}
END_TEST

START_TEST(lines_that_are_written_early_wait_for_their_entry)
{
	static char text[100001];
	struct outcomes_line line;
	struct err err;
	uint64_t reach;
	unsigned lines = 0;

	init();
	entry(1, 1);
	memset(text, 'x', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	for (int i = 0; i < 7; i++)
		push(2, text);
	ck_assert_str_eq(all(), "1.1|=1");
	outcomes_advance(outcomes, 2);
	while (outcomes_next(reader, &line, &reach, &err) == RC_OK) {
		lines++;
		ck_assert_uint_eq(line.text.len, sizeof(text) - 1);
		ck_assert(line.last == (lines == 7));
	}
	ck_assert_uint_eq(lines, 7);
	fini();
}
END_TEST

START_TEST(a_start_cuts_back_and_the_same_is_derived)
{
	static const struct {
		uint64_t seq;
		const char *left, *after;
	} rows[] = {{4, "1.1 1.2|3.1|4.1 4.2|=4", "1.1 1.2|3.1|4.1 4.2|5.1|=6"},
	    {3, "1.1 1.2|3.1|=3", "1.1 1.2|3.1|4.1 4.2|5.1|=6"},
	    {2, "1.1 1.2|=2", "1.1 1.2|3.1|4.1 4.2|5.1|=6"},
	    {0, "=0", "1.1 1.2|3.1|4.1 4.2|5.1|=6"}};
	static const unsigned lines[] = {0, 2, 0, 1, 2, 1, 0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init();
		for (uint64_t seq = 1; seq <= 4; seq++)
			entry(seq, lines[seq]);
		/* Of an entry that the crash cut short. */
		push(5, "5.other\n");
		end();
		begin(rows[i].seq, true);
		ck_assert_str_eq(all(), rows[i].left);
		for (uint64_t seq = rows[i].seq + 1; seq <= 6; seq++)
			entry(seq, lines[seq]);
		ck_assert_str_eq(all_after(0), rows[i].after);
		end();
		begin(6, true);
		ck_assert_str_eq(all(), rows[i].after);
		fini();
	}
}
END_TEST

START_TEST(a_torn_tail_at_every_byte)
{
	for (uint64_t cut = 0;; cut++) {
		char path[FOLDER_PATH_SIZE];
		uint64_t size;

		init();
		entry(1, 1);
		entry(2, 2);
		size = newest_file(path);
		end();
		if (cut >= size) {
			begin(2, true);
			fini();
			break;
		}
		ck_assert(truncate(path, (off_t)(size - cut)) == 0);
		/* The checkpoint was of entry 1: that was synced. */
		if (size - cut < 36) {
			begin(0, true);
			ck_assert_str_eq(all(), "=0");
			entry(1, 1);
		} else {
			begin(1, true);
			ck_assert_str_eq(all(), "1.1|=1");
		}
		entry(2, 2);
		ck_assert_str_eq(all_after(0), "1.1|2.1 2.2|=2");
		fini();
	}
}
END_TEST

START_TEST(a_damaged_place_is_told_and_stepped_over)
{
	char path[FOLDER_PATH_SIZE];
	int64_t before = counter_get(&outcomes_stats[OUTCOMES_DAMAGED]);
	uint64_t size;
	int fd;

	init();
	entry(1, 1);
	entry(2, 1);
	size = newest_file(path);
	fd = open(path, O_RDWR);
	ck_assert(fd >= 0 && pwrite(fd, "?", 1, (off_t)size - 2) == 1);
	/* Nothing can be told before there is a file behind it. */
	ck_assert_str_eq(all(), "1.1|!2");
	close(fd);
	/* As the log rolls on. */
	outcomes->bytes = OUTCOMES_FILE_BYTES;
	entry(3, 0);
	entry(4, 1);
	ck_assert_str_eq(all(), "(3)4.1|=4");
	ck_assert_int_eq(
	    counter_get(&outcomes_stats[OUTCOMES_DAMAGED]), before + 1);
	end();
	/* The place is in a file that no start looks into. */
	begin(4, true);
	ck_assert_str_eq(all_after(1), "(3)4.1|=4");
	end();
	/* Back to before the file behind it. */
	begin(3, true);
	ck_assert_int_eq(
	    counter_get(&outcomes_stats[OUTCOMES_DAMAGED]), before + 3);
	ck_assert_str_eq(all(), "1.1|=3");
	fini();
}
END_TEST

/* Files of two entries: [1 2] [3 4] [5 6] [7]. */
static void
four_files(void)
{
	init();
	for (uint64_t seq = 1; seq <= 7; seq++) {
		if (seq % 2 == 0)
			outcomes->bytes = OUTCOMES_FILE_BYTES;
		entry(seq, seq % 2);
	}
}

START_TEST(what_everybody_has_goes)
{
	static const struct {
		uint64_t upto, begin;
	} rows[] = {
	    {0, 1}, {1, 1}, {2, 3}, {3, 3}, {4, 5}, {6, 7}, {7, 7}, {99, 7}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		four_files();
		outcomes_trim(outcomes, rows[i].upto);
		ck_assert_uint_eq(outcomes_begin(outcomes), rows[i].begin);
		ck_assert_uint_eq(outcomes_advanced(outcomes), 7);
		end();
		begin(7, true);
		ck_assert_uint_eq(outcomes_begin(outcomes), rows[i].begin);
		fini();
	}
}
END_TEST

/* Removing what a reader has passed is no gap to it. */
START_TEST(a_reader_goes_on_over_what_went)
{
	init();
	entry(1, 2);
	outcomes->bytes = OUTCOMES_FILE_BYTES;
	entry(2, 0);
	entry(3, 1);
	ck_assert_str_eq(all(), "1.1 1.2|3.1|=3");
	outcomes_trim(outcomes, 3);
	ck_assert_uint_eq(outcomes_begin(outcomes), 3);
	entry(4, 1);
	ck_assert_str_eq(all(), "4.1|=4");
	fini();
}
END_TEST

START_TEST(nothing_is_kept_for_nobody)
{
	char path[FOLDER_PATH_SIZE];

	init();
	entry(1, 1);
	end();
	begin(1, false);
	ck_assert(!outcomes_wanted(outcomes));
	entry(2, 1);
	ck_assert_uint_eq(outcomes_advanced(outcomes), 2);
	outcomes_path(path, folder, 1);
	ck_assert(access(path, F_OK) != 0);
	end();
	/* What was not kept is told to who goes on, not to who is new. */
	begin(2, true);
	ck_assert_uint_eq(outcomes_begin(outcomes), 3);
	entry(3, 1);
	ck_assert_str_eq(all_after(1), "(2)3.1|=3");
	ck_assert_str_eq(all_after(0), "3.1|=3");
	fini();
}
END_TEST

/* RLIMIT_FSIZE stands for the full disk. */
START_TEST(a_full_disk_waits)
{
	struct rlimit limit = {0, RLIM_INFINITY};
	struct err err = {""};

	init();
	entry(1, 1);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	log_setup(LOG_ERROR, false);
	entry(2, 1);
	entry(3, 1);
	ck_assert_str_eq(all(), "1.1|=1");
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_RETRY);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	entry(4, 0);
	ck_assert_str_eq(all(), "2.1|3.1|=4");
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_OK);
	fini();
}
END_TEST

START_TEST(too_much_for_a_full_disk_is_refused)
{
	static char text[MIB];
	struct rlimit limit = {0, RLIM_INFINITY};
	int64_t before = counter_get(&outcomes_stats[OUTCOMES_REFUSED]);
	struct err err = {""};

	init();
	memset(text, 'x', sizeof(text) - 1);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (int i = 0; i < 70; i++)
		push(1, text);
	ck_assert_int_gt(
	    counter_get(&outcomes_stats[OUTCOMES_REFUSED]), before);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	outcomes_advance(outcomes, 1);
	entry(2, 1);
	ck_assert_str_eq(all(), "=0");
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_RETRY);
	end();
	begin(0, true);
	entry(1, 1);
	ck_assert_str_eq(all(), "1.1|=1");
	fini();
}
END_TEST

/* Each file, then their names. */
START_TEST(a_checkpoint_is_told_what_is_durable)
{
	struct err err = {""};

	init();
	entry(1, 1);
	outcomes->bytes = OUTCOMES_FILE_BYTES;
	entry(2, 0);
	entry(3, 1);
	synced[0] = '\0';
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_OK);
	ck_assert_str_eq(synced, "FFD");
	sync_fails = true;
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_FATAL);
	sync_fails = false;
	end();
	/* Readers that are gone at the stop change nothing. */
	begin(3, true);
	entry(4, 1);
	outcomes_reader_close(&reader);
	synced[0] = '\0';
	ck_assert_int_eq(outcomes_sync(outcomes, &err), RC_OK);
	ck_assert_str_eq(synced, "FFFD");
	fini();
}
END_TEST

TEST_MAIN("outcomes", readers_see_whole_entries,
    lines_that_are_written_early_wait_for_their_entry,
    a_start_cuts_back_and_the_same_is_derived, a_torn_tail_at_every_byte,
    a_damaged_place_is_told_and_stepped_over, what_everybody_has_goes,
    a_reader_goes_on_over_what_went, nothing_is_kept_for_nobody,
    a_checkpoint_is_told_what_is_durable, a_full_disk_waits,
    too_much_for_a_full_disk_is_refused)
