#include <time.h>

#include "journal/clock.h"
#include "testing.h"

START_TEST(follows_forward_and_never_goes_back)
{
	/* Machine's clock, monotonic clock, what is shown. */
	static const int64_t rows[][3] = {{1000, 0, 1000}, {1010, 10, 1010},
	    {9000, 20, 9000}, {9000, 25, 9000},
	    /* Set back: half speed, also when it is read often. */
	    {5000, 30, 9002}, {5001, 31, 9003}, {5002, 32, 9003},
	    {5003, 33, 9004}, {5010, 40, 9007}, {5070, 100, 9037},
	    /* The machine's has caught up. */
	    {9040, 101, 9040}, {9041, 102, 9041}, {9050, 111, 9050}};
	const struct journal_clock config = {-1, 1};
	struct clock clock;

	clock_init(&clock, &config, 0);
	clock.shown_at_ms = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(
		    clock_step(&clock, rows[i][0], rows[i][1]) == rows[i][2],
		    "row %zu: %lld", i, (long long)clock.shown_ms);
	clock_fini(&clock);
}
END_TEST

START_TEST(begins_where_it_is_told_or_later)
{
	static const struct {
		int64_t start_ms, floor_ms, shown_ms;
	} rows[] = {{0, 0, 0}, {5000, 0, 5000}, {5000, 7000, 7000}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct journal_clock config = {rows[i].start_ms, 0};
		struct clock clock;

		clock_init(&clock, &config, rows[i].floor_ms);
		ck_assert_int_eq(clock_now_ms(&clock), rows[i].shown_ms);
		clock_fini(&clock);
	}
}
END_TEST

START_TEST(runs_as_fast_as_it_is_told)
{
	const struct journal_clock config = {1000, 60};
	struct clock clock;

	clock_init(&clock, &config, 0);
	clock.since_ms -= 100;
	ck_assert_int_ge(clock_now_ms(&clock), 1000 + 100 * 60);
	ck_assert_int_lt(clock_now_ms(&clock), 1000 + 100 * 60 + 600000);
	clock_fini(&clock);
}
END_TEST

START_TEST(the_machines_clock_is_the_default)
{
	const struct journal_clock config = {-1, 1};
	struct clock clock;
	int64_t now_ms;

	clock_init(&clock, &config, 0);
	now_ms = clock_now_ms(&clock);
	ck_assert_int_le(llabs(now_ms - time(NULL) * 1000LL), 5000);
	clock_fini(&clock);
	clock_init(&clock, &config, now_ms + 3600000);
	ck_assert_int_ge(clock_now_ms(&clock), now_ms + 3600000);
	ck_assert_int_lt(clock_now_ms(&clock), now_ms + 3660000);
	clock_fini(&clock);
}
END_TEST

TEST_MAIN("clock", follows_forward_and_never_goes_back,
    begins_where_it_is_told_or_later, runs_as_fast_as_it_is_told,
    the_machines_clock_is_the_default)
