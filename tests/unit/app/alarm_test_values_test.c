#include "app/alarm_test_values.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "testing.h"

/* The values as text: what a step gives, `-` for nothing. */
static void
values_show(struct buf *out, const struct alarm_test_values *values)
{
	struct alarm_test_value v;

	for (size_t i = 0; i < values->count; i++) {
		if (i > 0)
			buf_byte(out, ' ');
		if (!alarm_test_values_at(values, i, &v))
			buf_byte(out, '-');
		else if (v.whole)
			buf_printf(
			    out, "%g/%g/%g/%g", v.sum, v.count, v.min, v.max);
		else
			buf_printf(out, "%g", v.value);
	}
}

START_TEST(what_words_give)
{
	static const struct {
		const char *text, *values;
	} rows[] = {{"5", "5"}, {"_", "-"}, {"_x3", "- - -"},
	    {"120x3 7", "120 120 120 7"}, {"10+5x3", "10 15 20"},
	    {"10-5x4", "10 5 0 -5"}, {"-1.5+0.5x3", "-1.5 -1 -0.5"},
	    {"1e3 1e-1x2 2E+2", "1000 0.1 0.1 200"}, {"1e3+1e3x2", "1000 2000"},
	    {"6/3/1/4 6/3/1/4x2", "6/3/1/4 6/3/1/4 6/3/1/4"},
	    {"-6/3/-4/0", "-6/3/-4/0"}, {"  1\n\t2  _ ", "1 2 -"},
	    {"10+-5x2", "10 5"}, {"7x2 10+5x2 _ 3", "7 7 10 15 - 3"},
	    {"1x1", "1"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm_test_values values;
		struct buf shown = {0};
		struct arena arena;
		const char *fault = "";

		arena_init(&arena);
		ck_assert_msg(alarm_test_values_read(&values, &arena,
				  span_text(rows[i].text), &fault),
		    "%s: %s", rows[i].text, fault);
		values_show(&shown, &values);
		ck_assert_str_eq(buf_cstr(&shown), rows[i].values);
		buf_fini(&shown);
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(what_is_refused)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {{"", "is empty"}, {"  ", "is empty"},
	    {"1 2 x5", "\"x5\" at column 5: wants a number"},
	    {"1 2x0", "\"2x0\" at column 3: wants how many behind x"},
	    {"2x", "wants how many behind x"}, {"2x-1", "behind x"},
	    {"2x1.5", "is none of"}, {"2x5x5", "is none of"},
	    {"2x1000001", "from 1 to 1000000"},
	    {"1x600000 2x600000", "\"2x600000\" at column 10: gives more than"},
	    {"1+2", "wants how many behind the step"}, {"1+x2", "a number"},
	    {"_5", "is none of"}, {"1,2", "is none of"},
	    {"1/2", "wants four numbers"}, {"1/2/3", "wants four numbers"},
	    {"1/0/1/1", "a count must be above 0"},
	    {"1/-1/1/1", "a count must be above 0"},
	    {"1/1/2/1", "the minimum is above"}, {"1/1/1/1/1", "is none of"},
	    {"1/1/1/1+1x2", "is none of"}, {"1e109", "above 2^360"},
	    {"1e108+1e108x9", "above 2^360"}, {"nan", "wants a number"},
	    {"-", "wants a number"}, {"1.x2", "wants a number"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm_test_values values;
		struct arena arena;
		const char *fault = "";

		arena_init(&arena);
		ck_assert_msg(!alarm_test_values_read(&values, &arena,
				  span_text(rows[i].text), &fault),
		    "%s", rows[i].text);
		ck_assert_msg(strstr(fault, rows[i].fault) != NULL, "%s: %s",
		    rows[i].text, fault);
		arena_fini(&arena);
	}
}
END_TEST

/* A word takes the same room whatever it repeats. */
START_TEST(repeats_cost_nothing)
{
	struct alarm_test_values values;
	struct alarm_test_value v;
	struct arena arena;
	const char *fault;

	arena_init(&arena);
	ck_assert(alarm_test_values_read(
	    &values, &arena, SPAN_OF("0+1x999998 _ 7"), &fault));
	ck_assert_uint_eq(values.count, 1000000);
	ck_assert_uint_eq(values.nwords, 3);
	ck_assert(alarm_test_values_at(&values, 999997, &v));
	ck_assert_double_eq(v.value, 999997);
	ck_assert(!alarm_test_values_at(&values, 999998, &v));
	ck_assert(alarm_test_values_at(&values, 999999, &v));
	ck_assert_double_eq(v.value, 7);
	ck_assert(!alarm_test_values_at(&values, 1000000, &v));
	arena_fini(&arena);
}
END_TEST

TEST_MAIN(
    "alarm test values", what_words_give, what_is_refused, repeats_cost_nothing)
