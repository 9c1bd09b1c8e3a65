#include "pipeline/window/lateness.h"

#include "testing.h"

#define S 1000LL
#define M (60 * S)
#define H (60 * M)

/* Where steps end; the largest is told as it is. */
START_TEST(steps)
{
	static const struct {
		int64_t late_ms, end_ms;
	} rows[] = {{-5 * S, 5 * S}, {0, 5 * S}, {4999, 5 * S}, {5 * S, 10 * S},
	    {10 * M - 1, 10 * M}, {10 * M, 11 * M}, {2 * H - 1, 2 * H},
	    {2 * H, 3 * H}, {24 * H - 1, 24 * H}, {24 * H, 90 * H},
	    {80 * H, 90 * H}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lateness late = {0};

		lateness_add(&late, rows[i].late_ms);
		lateness_add(&late, rows[i].late_ms);
		lateness_add(&late, 90 * H);
		ck_assert_int_eq(lateness_quantile(&late, 0.5), rows[i].end_ms);
		ck_assert_int_eq(lateness_quantile(&late, 1), 90 * H);
	}
}
END_TEST

START_TEST(quantiles_and_delay)
{
	struct lateness late = {0}, more = {0};

	ck_assert_int_eq(lateness_quantile(&late, 0.5), 0);
	ck_assert_int_eq(lateness_delay(&late), M / 2);
	for (int i = 0; i < 998; i++)
		lateness_add(&late, 92 * S);
	lateness_add(&more, 3 * M + 31 * S);
	lateness_add(&more, 5 * H);
	ck_assert_int_eq(lateness_quantile(&late, 0.99), 92 * S);
	lateness_merge(&late, &more);
	ck_assert_uint_eq(late.count, 1000);
	ck_assert_int_eq(lateness_quantile(&late, 0.5), 95 * S);
	ck_assert_int_eq(lateness_quantile(&late, 0.998), 95 * S);
	ck_assert_int_eq(lateness_delay(&late), 4 * M);
	ck_assert_int_eq(late.max_ms, 5 * H);
}
END_TEST

TEST_MAIN("lateness", steps, quantiles_and_delay)
