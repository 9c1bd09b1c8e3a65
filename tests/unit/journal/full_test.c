#include <signal.h>
#include <sys/resource.h>

#include "fixture.h"

START_TEST(at_its_limit_it_refuses_data_and_takes_ticks)
{
	struct fixture fixture;
	int64_t refused = fixture_stat(JOURNAL_REFUSED_FULL);
	uint64_t seq;

	fixture_make(&fixture);
	fixture.config.limit_bytes = 600;
	fixture_open(&fixture);
	while (fixture_try(&fixture, "", "a", &seq) == RC_OK)
		ck_assert_uint_lt(seq, 100);
	seq = journal_last(fixture.journal);
	ck_assert_uint_gt(seq, 3);
	ck_assert_int_eq(fixture_try(&fixture, "id", "a", NULL), RC_RETRY);
	ck_assert_uint_eq(fixture_tick(&fixture), seq + 1);
	ck_assert_int_eq(fixture_try(&fixture, "id", "a", NULL), RC_RETRY);
	ck_assert_int_eq(fixture_stat(JOURNAL_REFUSED_FULL) - refused, 3);
	fixture.config.limit_bytes = 6000;
	fixture_reopen(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "id", "a"), seq + 2);
	fixture_fini(&fixture);
}
END_TEST

/* Stands for a full disk. Nothing may be asserted under it: Check itself
 * writes a file. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		abort();
}

START_TEST(a_write_that_fails_is_taken_back_whole)
{
	struct fixture fixture;
	struct told first = {0}, told[4] = {0};
	size_t good;
	sem_t hold;

	signal(SIGXFSZ, SIG_IGN);
	log_setup(LOG_ERROR, false);
	fixture_init(&fixture);
	fixture_hold(&fixture, &first, &hold);
	good = fixture_size(fixture_segment(&fixture, 1));
	for (int i = 0; i < 3; i++)
		fixture_append(&fixture, i == 0 ? "id" : "", "a", &told[i]);
	fixture_append(&fixture, "id", "a", &told[3]);
	/* Room for the first and half of the second. */
	limit_files(good + 130);
	sem_post(&hold);
	for (int i = 0; i < 4; i++)
		sem_wait(&told[i].sem);
	limit_files(RLIM_INFINITY);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(told[i].rc, RC_RETRY);
	ck_assert_uint_eq(fixture_size(fixture_segment(&fixture, 1)), good);
	ck_assert_uint_eq(journal_last(fixture.journal), 1);
	ck_assert_uint_eq(fixture_batch(&fixture, "id", "b"), 2);
	fixture_says(fixture.folder, 0, "1=hold 2=b");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_segment_that_cannot_be_made_leaves_nothing)
{
	struct fixture fixture;
	struct journal_segment sealed;
	enum rc rc;

	signal(SIGXFSZ, SIG_IGN);
	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	limit_files(20);
	rc = fixture_try(&fixture, "", "a", NULL);
	limit_files(RLIM_INFINITY);
	ck_assert_int_eq(rc, RC_RETRY);
	ck_assert(!fixture_exists(fixture_segment(&fixture, 1)));
	ck_assert_uint_eq(fixture_batch(&fixture, "", "a"), 1);
	ck_assert_uint_eq(fixture_tick(&fixture), 2);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_OK);
	ck_assert(fixture_exists(fixture_segment(&fixture, 3)));
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("full", at_its_limit_it_refuses_data_and_takes_ticks,
    a_write_that_fails_is_taken_back_whole,
    a_segment_that_cannot_be_made_leaves_nothing)
