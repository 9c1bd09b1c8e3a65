#include "base/limits.h"
#include "pipeline/window/pane.h"
#include "pipeline/window/series.h"
#include "testing.h"

static enum pane_put
put(struct panes *panes, int64_t index, double count, double sum,
    int64_t oldest)
{
	struct pane pane = {index, sum, count, 0, 0};

	return panes_put(panes, &pane, NULL, oldest);
}

START_TEST(later_version_replaces_unless_its_count_is_lower)
{
	struct panes panes = {0};

	ck_assert_int_eq(put(&panes, 100, 3, 1, 90), PANE_NEW);
	ck_assert_int_eq(put(&panes, 100, 2, 9, 90), PANE_KEPT_OLD);
	ck_assert(panes_get(&panes, 100)->sum == 1);
	ck_assert_int_eq(put(&panes, 100, 3, 2, 90), PANE_REPLACED);
	ck_assert(panes_get(&panes, 100)->sum == 2);
	ck_assert_int_eq(put(&panes, 100, 3, 2, 90), PANE_SAME);
	ck_assert_int_eq(put(&panes, 100, 4, 2, 90), PANE_REPLACED);
	panes_fini(&panes);
}
END_TEST

START_TEST(ring_keeps_what_is_read_and_grows_for_it)
{
	struct panes panes = {0};

	for (int64_t i = -20; i < 500; i++)
		ck_assert_int_eq(
		    put(&panes, i, 1, (double)i, i - 100), PANE_NEW);
	for (int64_t i = 400; i < 500; i++)
		ck_assert(panes_get(&panes, i)->sum == (double)i);
	ck_assert_ptr_null(panes_get(&panes, 500));
	ck_assert_ptr_null(panes_get(&panes, 300));
	ck_assert_int_eq(put(&panes, 398, 1, 0, 399), PANE_LATE);
	ck_assert_int_eq(put(&panes, 399 + LIMIT_PANES, 1, 0, 399), PANE_FAR);
	ck_assert_int_eq(put(&panes, 398 + LIMIT_PANES, 1, 0, 399), PANE_NEW);
	ck_assert(panes_get(&panes, 450)->sum == 450);
	ck_assert_uint_le(panes.room, 2 * LIMIT_PANES);
	panes_fini(&panes);
}
END_TEST

START_TEST(window_merges)
{
	const struct pane a = {1, 10, 2, -1, 7}, b = {2, 5, 3, 2, 9};
	struct window window = {0};

	window_add(&window, &a);
	window_add(&window, &b);
	ck_assert(window.sum == 15 && window.count == 5);
	ck_assert(window.min == -1 && window.max == 9);
	ck_assert_uint_eq(window.panes, 2);
}
END_TEST

START_TEST(series_differ_in_every_part)
{
	const struct dimension one[] = {{SPAN_OF("A"), SPAN_OF("1")}};
	const struct dimension two[] = {{SPAN_OF("A1"), SPAN_OF("")}};
	const struct series_key keys[] = {
	    {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"), SPAN_OF("m"),
		SPAN_OF("None"), NULL, 0},
	    {SPAN_OF("2"), SPAN_OF("r"), SPAN_OF("n"), SPAN_OF("m"),
		SPAN_OF("None"), NULL, 0},
	    {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("nm"), SPAN_OF(""),
		SPAN_OF("None"), NULL, 0},
	    {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"), SPAN_OF("m"),
		SPAN_OF("Count"), NULL, 0},
	    {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"), SPAN_OF("m"),
		SPAN_OF("None"), one, 1},
	    {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"), SPAN_OF("m"),
		SPAN_OF("None"), two, 1},
	};
	struct series *made[6];
	struct series_table table;
	bool is_new;

	series_table_init(&table);
	for (size_t i = 0; i < 6; i++) {
		made[i] = series_intern(&table, &keys[i], &is_new);
		ck_assert(is_new);
	}
	for (size_t i = 0; i < 6; i++) {
		ck_assert_ptr_eq(
		    series_intern(&table, &keys[i], &is_new), made[i]);
		ck_assert(!is_new);
	}
	ck_assert_uint_eq(table.count, 6);
	series_table_fini(&table);
}
END_TEST

TEST_MAIN("window", later_version_replaces_unless_its_count_is_lower,
    ring_keeps_what_is_read_and_grows_for_it, window_merges,
    series_differ_in_every_part)
