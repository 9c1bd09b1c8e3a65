/*
 * The values of a series in an alarm unit test: words between spaces, one
 * value a step (contract, "Alarm unit test").
 *
 *   _        nothing comes            120      120
 *   _x3      nothing, three times     120x3    120 120 120
 *   10+5x3   10 15 20                 10-5x3   10 5 0
 *   6/3/1/4  sum, count, minimum, maximum; 6/3/1/4x5 five times
 *
 * What stands behind x is always how many values the word gives, so that the
 * place in time of a word is the sum of the words before it.
 *
 * Ownership. Lives in the arena it was read into; a word takes the same room
 * whatever it repeats. Limits. LIMIT_TEST_STEPS values.
 */
#ifndef APP_ALARM_TEST_VALUES_H
#define APP_ALARM_TEST_VALUES_H

#include <stdbool.h>

#include "base/arena.h"

struct alarm_test_word {
	size_t begin, count; /* the values that it gives */
	bool nothing;
	bool whole;	 /* sum, count, min, max in `set` */
	double from, by; /* the others */
	double set[4];
};

struct alarm_test_values {
	struct alarm_test_word *words;
	size_t nwords, count; /* count of values */
};

struct alarm_test_value {
	bool whole;
	double value;		     /* not whole: of the series' statistic */
	double sum, count, min, max; /* whole */
};

/* False: `fault` says which word, at which column of the text (from 1), and
 * what would be right; its text lives in the arena. */
bool alarm_test_values_read(struct alarm_test_values *values,
    struct arena *arena, struct span text, const char **fault);
/* The value of a step, from 0; false when there is nothing. */
bool alarm_test_values_at(const struct alarm_test_values *values, size_t step,
    struct alarm_test_value *out);

#endif
