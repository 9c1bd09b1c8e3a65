/* What goes, what stays, and the room that is told of. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fixture.h"
#include "journal/meter.h"

/* What the file system says, when it is not 0. */
static uint64_t disk_free_bytes;

int
fstatvfs(int fd, struct statvfs *st)
{
	(void)fd;
	*st = (struct statvfs){.f_frsize = 1,
	    .f_bavail = disk_free_bytes == 0 ? (fsblkcnt_t)(1 * GIB * 1024)
					     : (fsblkcnt_t)disk_free_bytes};
	return 0;
}

/* Segments of two entries: 1=a 2. | 3=a 4. | ... and one that is begun. */
static void
make(struct fixture *fixture, int segments)
{
	fixture_make(fixture);
	fixture->config.segment_size_bytes = 1;
	fixture->config.retain_ms = 1000;
	fixture_open(fixture);
	for (int i = 0; i < segments; i++) {
		fixture_batch(fixture, "", "a");
		fixture_tick(fixture);
	}
}

/* The same folder, so much later. */
static void
later(struct fixture *fixture, int64_t ms)
{
	fixture->clock.start_ms += ms;
	fixture_reopen(fixture);
}

static uint64_t
first_of(const struct fixture *fixture)
{
	struct journal_segment sealed;

	return journal_sealed(fixture->journal, 0, &sealed) == RC_OK
	    ? sealed.first_seq
	    : 0;
}

START_TEST(what_is_passed_and_old_goes)
{
	static const struct {
		int64_t later_ms;
		uint64_t upto, gone, first;
	} rows[] = {{1000, 100, 0, 1}, /* not older than `retain` */
	    {1001, 0, 0, 1}, {1001, 1, 0, 1}, {1001, 2, 1, 3}, {1001, 3, 1, 3},
	    {1001, 6, 3, 7}, {1001, 100, 5, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t count = fixture_stat(JOURNAL_TRIMMED);
		struct fixture fixture;
		uint64_t gone = rows[i].gone;

		make(&fixture, 5);
		later(&fixture, rows[i].later_ms);
		ck_assert_uint_eq(
		    journal_trim(fixture.journal, rows[i].upto), gone);
		ck_assert_uint_eq(first_of(&fixture), rows[i].first);
		ck_assert_int_eq(
		    fixture_stat(JOURNAL_TRIMMED) - count, (int64_t)gone);
		for (uint64_t k = 0; k < 6; k++)
			ck_assert(fixture_exists(fixture_segment(
				      &fixture, 2 * k + 1)) == (k >= gone));
		/* Nothing more, and the log goes on, also after a restart. */
		ck_assert_uint_eq(
		    journal_trim(fixture.journal, rows[i].upto), 0);
		ck_assert_uint_eq(fixture_batch(&fixture, "", "b"), 11);
		fixture_reopen(&fixture);
		ck_assert_uint_eq(first_of(&fixture), rows[i].first);
		ck_assert_uint_eq(fixture_batch(&fixture, "", "c"), 12);
		fixture_fini(&fixture);
	}
}
END_TEST

/* By its last entry: a segment that is begun early may end late. */
START_TEST(a_segment_is_as_old_as_its_last_entry)
{
	struct fixture fixture;

	make(&fixture, 1);
	fixture_batch(&fixture, "", "b");
	later(&fixture, 5000);
	fixture_tick(&fixture);
	ck_assert_uint_eq(journal_trim(fixture.journal, 100), 1);
	ck_assert_uint_eq(first_of(&fixture), 3);
	later(&fixture, 1001);
	ck_assert_uint_eq(journal_trim(fixture.journal, 100), 1);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_reader_begins_where_it_is_asked_to)
{
	struct reader *before, *within;
	struct fixture fixture;
	struct buf said = {0};
	struct entry entry;
	struct err err;

	make(&fixture, 4);
	later(&fixture, 2000);
	before = fixture_reader(fixture.folder, 0);
	within = fixture_reader(fixture.folder, 0);
	ck_assert_int_eq(reader_next(within, &entry, &err), RC_OK);
	journal_trim(fixture.journal, 5);
	/* Opened before, they find what is left; one was on its way. */
	fixture_print(before, &said);
	ck_assert_str_eq(buf_cstr(&said), "5=a 6. 7=a 8.");
	fixture_print(within, &said);
	ck_assert_str_eq(buf_cstr(&said), "2.");
	fixture_print(within, &said);
	ck_assert_str_eq(buf_cstr(&said), "! 5=a 6. 7=a 8.");
	reader_close(&before);
	reader_close(&within);
	buf_fini(&said);
	fixture_says(fixture.folder, 6, "6. 7=a 8.");
	fixture_says(fixture.folder, 5, "5=a 6. 7=a 8.");
	fixture_says(fixture.folder, 0, "5=a 6. 7=a 8.");
	fixture_says(fixture.folder, 9, "");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(trimming_makes_room_again)
{
	struct fixture fixture;
	int64_t size, room;
	uint64_t seq;

	make(&fixture, 4);
	fixture.config.limit_bytes = 1500;
	later(&fixture, 2000);
	while (fixture_try(&fixture, "", "a", &seq) == RC_OK)
		ck_assert_uint_lt(seq, 100);
	seq = journal_last(fixture.journal);
	size = fixture_stat(JOURNAL_SIZE);
	room = fixture_stat(JOURNAL_FREE);
	ck_assert_int_lt(room, 100);
	ck_assert_uint_eq(journal_trim(fixture.journal, 8), 4);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "b"), seq + 1);
	ck_assert_int_lt(fixture_stat(JOURNAL_SIZE), size - 500);
	ck_assert_int_gt(fixture_stat(JOURNAL_FREE), room + 500);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(one_that_cannot_be_removed_ends_it)
{
	struct fixture fixture;
	char beside[FOLDER_PATH_SIZE + 8], path[FOLDER_PATH_SIZE];

	make(&fixture, 3);
	later(&fixture, 2000);
	snprintf(path, sizeof(path), "%s", fixture_segment(&fixture, 3));
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(
	    beside, sizeof(beside), "%s.torn", fixture_segment(&fixture, 1));
	fixture_write(beside, "x", 1);
	ck_assert_uint_eq(journal_trim(fixture.journal, 100), 1);
	ck_assert(!fixture_exists(beside));
	ck_assert_uint_eq(first_of(&fixture), 3);
	ck_assert(fixture_exists(fixture_segment(&fixture, 5)));
	/* Gone by another hand, it counts as gone. */
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_uint_eq(journal_trim(fixture.journal, 100), 2);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(many_go_in_several_calls)
{
	struct fixture fixture;

	make(&fixture, 70);
	later(&fixture, 2000);
	ck_assert_uint_eq(journal_trim(fixture.journal, 1000), 64);
	ck_assert_uint_eq(journal_trim(fixture.journal, 1000), 6);
	ck_assert_uint_eq(journal_trim(fixture.journal, 1000), 0);
	fixture_fini(&fixture);
}
END_TEST

/* Data leaves the reserve to ticks and checkpoints. */
START_TEST(an_almost_full_disk_refuses_data_and_takes_ticks)
{
	int64_t refused = fixture_stat(JOURNAL_REFUSED_FULL);
	struct fixture fixture;

	fixture_make(&fixture);
	disk_free_bytes = LIMIT_DISK_RESERVE + 250;
	fixture_open(&fixture);
	ck_assert_int_eq(fixture_stat(JOURNAL_FREE), 250);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "a"), 1);
	ck_assert_int_eq(fixture_try(&fixture, "", "aaaa", NULL), RC_OK);
	ck_assert_int_eq(fixture_try(&fixture, "", "a", NULL), RC_RETRY);
	ck_assert_int_eq(fixture_stat(JOURNAL_REFUSED_FULL) - refused, 1);
	ck_assert_uint_eq(fixture_tick(&fixture), 3);
	disk_free_bytes = 0;
	fixture_reopen(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "a"), 4);
	fixture_fini(&fixture);
}
END_TEST

#define SECOND 1000000000LL

START_TEST(the_slowest_commit_shows_for_a_while)
{
	static const struct {
		int64_t at_s, took_ms;
		int64_t slowest_ms, sum_ms;
	} rows[] = {{1, 2, 2, 2}, {2, 900, 900, 902}, {29, 3, 900, 905},
	    {35, 3, 900, 908}, {61, 4, 4, 912}, {62, 1, 4, 913},
	    {95, 1, 4, 914}, {200, 1, 1, 915}};
	struct meter meter;

	meter_init(&meter, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t end_ns = rows[i].at_s * SECOND;

		meter_commit(
		    &meter, end_ns - rows[i].took_ms * 1000000, end_ns);
		ck_assert_int_eq(
		    fixture_stat(JOURNAL_COMMIT_SLOWEST), rows[i].slowest_ms);
		ck_assert_int_eq(
		    fixture_stat(JOURNAL_COMMIT_TIME), rows[i].sum_ms);
	}
}
END_TEST

START_TEST(the_room_is_the_smaller_of_limit_and_disk)
{
	static const struct {
		uint64_t disk, size;
		int64_t room;
		bool low, admits;
	} rows[] = {{5000, 0, 2000, false, true}, {5000, 1950, 50, true, true},
	    {5000, 1850, 150, true, true}, {5000, 1700, 300, false, true},
	    {5000, 3000, 0, true, true}, {600, 0, 500, false, true},
	    {190, 0, 90, true, true}, {110, 0, 10, true, false},
	    {50, 0, 0, true, false}};
	struct meter meter;

	log_setup(LOG_ERROR, false);
	meter_init(&meter, 2000); /* 5 %: 100 are kept free */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		disk_free_bytes = rows[i].disk;
		meter_look(&meter, 0, (int64_t)(i + 1) * SECOND);
		meter_room(&meter, 2000, rows[i].size);
		ck_assert_int_eq(fixture_stat(JOURNAL_FREE), rows[i].room);
		ck_assert(meter.low == rows[i].low);
		ck_assert(meter_admits(&meter, 10) == rows[i].admits);
	}
	disk_free_bytes = 0;
}
END_TEST

START_TEST(what_waits_shows)
{
	struct fixture fixture;
	struct told first = {0}, told = {0};
	sem_t hold;

	fixture_init(&fixture);
	fixture_hold(&fixture, &first, &hold);
	ck_assert_int_eq(fixture_stat(JOURNAL_WAITING), 0);
	fixture_append(&fixture, "", "waits", &told);
	ck_assert_int_gt(fixture_stat(JOURNAL_WAITING), 60);
	sem_post(&hold);
	sem_wait(&told.sem);
	ck_assert_int_eq(fixture_stat(JOURNAL_WAITING), 0);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("trim", what_is_passed_and_old_goes,
    a_segment_is_as_old_as_its_last_entry, a_reader_begins_where_it_is_asked_to,
    trimming_makes_room_again, one_that_cannot_be_removed_ends_it,
    many_go_in_several_calls, an_almost_full_disk_refuses_data_and_takes_ticks,
    the_slowest_commit_shows_for_a_while,
    the_room_is_the_smaller_of_limit_and_disk, what_waits_shows)
