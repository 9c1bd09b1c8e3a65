#include "app/alarm_test_values.h"

#include <ctype.h>
#include <math.h>

#include "base/limits.h"
#include "base/text.h"

/* A word being read: what is left of it. */
struct values_word {
	struct arena *arena;
	struct span left;
	const char *fault;
};

static bool
values_fail(struct values_word *word, const char *fault)
{
	if (word->fault == NULL)
		word->fault = fault;
	return false;
}

static bool
values_take(struct values_word *word, char byte)
{
	if (word->left.len == 0 || word->left.at[0] != byte)
		return false;
	word->left.at++;
	word->left.len--;
	return true;
}

static size_t
values_digits(struct span text, size_t at)
{
	while (at < text.len && isdigit((unsigned char)text.at[at]))
		at++;
	return at;
}

/* How long the number is that the text begins with: 12 -0.5 1e-3. */
static size_t
values_number_len(struct span text)
{
	size_t at = 0, mark;

	if (at < text.len && text.at[at] == '-')
		at++;
	at = values_digits(text, at);
	if (at < text.len && text.at[at] == '.')
		at = values_digits(text, at + 1);
	if (at == text.len || (text.at[at] != 'e' && text.at[at] != 'E'))
		return at;
	mark = at++;
	if (at < text.len && (text.at[at] == '-' || text.at[at] == '+'))
		at++;
	return values_digits(text, at) > at ? values_digits(text, at) : mark;
}

static bool
values_number(struct values_word *word, double *out)
{
	struct span number =
	    span_make(word->left.at, values_number_len(word->left));

	if (number.len == 0 || !text_parse_double(number, out))
		return values_fail(
		    word, "wants a number, such as 12, -0.5 or 1e6");
	if (fabs(*out) > LIMIT_VALUE)
		return values_fail(word, "a number is above 2^360");
	word->left.at += number.len;
	word->left.len -= number.len;
	return true;
}

/* What stands behind x. */
static bool
values_times(struct values_word *word, size_t *count)
{
	struct span digits =
	    span_make(word->left.at, values_digits(word->left, 0));
	int64_t times;

	if (!text_parse_int(digits, &times) || times < 1 ||
	    times > LIMIT_TEST_STEPS)
		return values_fail(word,
		    arena_printf(word->arena,
			"wants how many behind x, from 1 to %lld",
			LIMIT_TEST_STEPS));
	word->left.at += digits.len;
	word->left.len -= digits.len;
	*count = (size_t)times;
	return true;
}

/* count, minimum and maximum behind a sum. */
static bool
values_set(struct values_word *word, struct alarm_test_word *out)
{
	out->whole = true;
	out->set[0] = out->from;
	for (size_t i = 1; i < 4; i++) {
		if (i > 1 && !values_take(word, '/'))
			return values_fail(word,
			    "wants four numbers: sum/count/minimum/maximum");
		if (!values_number(word, &out->set[i]))
			return false;
	}
	if (!(out->set[1] > 0))
		return values_fail(word,
		    "a count must be above 0; _ is a step without a value");
	if (out->set[2] > out->set[3])
		return values_fail(word, "the minimum is above the maximum");
	return true;
}

static bool
values_word_read(struct values_word *word, struct alarm_test_word *out)
{
	bool steps = false, down;

	out->count = 1;
	out->nothing = values_take(word, '_');
	if (!out->nothing && !values_number(word, &out->from))
		return false;
	if (!out->nothing && values_take(word, '/')) {
		if (!values_set(word, out))
			return false;
	} else if (!out->nothing) {
		down = word->left.len > 0 && word->left.at[0] == '-';
		steps = values_take(word, down ? '-' : '+');
		if (steps && !values_number(word, &out->by))
			return false;
		if (down)
			out->by = -out->by;
	}
	if (values_take(word, 'x')) {
		if (!values_times(word, &out->count))
			return false;
	} else if (steps)
		return values_fail(
		    word, "wants how many behind the step: 10+5x3");
	if (word->left.len > 0)
		return values_fail(word, "is none of _ 12 12x3 10+5x3 6/3/1/4");
	if (fabs(out->from + out->by * (double)out->count) > LIMIT_VALUE)
		return values_fail(word, "a number is above 2^360");
	return true;
}

static bool
values_add(struct alarm_test_values *values, struct arena *arena,
    const struct alarm_test_word *word)
{
	/* Grows at powers of two. */
	if ((values->nwords & (values->nwords - 1)) == 0) {
		size_t room = values->nwords == 0 ? 1 : values->nwords * 2;
		struct alarm_test_word *grown =
		    arena_alloc(arena, room * sizeof(*grown));

		if (values->nwords > 0)
			memcpy(grown, values->words,
			    values->nwords * sizeof(*grown));
		values->words = grown;
	}
	values->words[values->nwords] = *word;
	values->words[values->nwords++].begin = values->count;
	values->count += word->count;
	return values->count <= LIMIT_TEST_STEPS;
}

bool
alarm_test_values_read(struct alarm_test_values *values, struct arena *arena,
    struct span text, const char **fault)
{
	size_t at = 0;

	*values = (struct alarm_test_values){0};
	while (at < text.len) {
		struct values_word word = {arena, {text.at + at, 0}, NULL};
		struct alarm_test_word read = {0};
		struct span whole;

		if (isspace((unsigned char)text.at[at])) {
			at++;
			continue;
		}
		while (at + word.left.len < text.len &&
		    !isspace((unsigned char)text.at[at + word.left.len]))
			word.left.len++;
		whole = word.left;
		if (values_word_read(&word, &read) &&
		    !values_add(values, arena, &read))
			values_fail(&word,
			    arena_printf(arena, "gives more than %lld values",
				LIMIT_TEST_STEPS));
		if (word.fault != NULL) {
			*fault =
			    arena_printf(arena, "\"%.*s\" at column %zu: %s",
				(int)(whole.len > 60 ? 60 : whole.len),
				whole.at, at + 1, word.fault);
			return false;
		}
		at += whole.len;
	}
	if (values->count == 0)
		*fault = "is empty; write _ for a step without a value";
	return values->count > 0;
}

bool
alarm_test_values_at(const struct alarm_test_values *values, size_t step,
    struct alarm_test_value *out)
{
	size_t low = 0, high = values->nwords;
	const struct alarm_test_word *word;

	*out = (struct alarm_test_value){0};
	if (step >= values->count)
		return false;
	/* The last word that begins at or before the step. */
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (values->words[middle].begin <= step)
			low = middle;
		else
			high = middle;
	}
	word = &values->words[low];
	if (word->nothing)
		return false;
	out->whole = word->whole;
	out->value = word->from + word->by * (double)(step - word->begin);
	out->sum = word->set[0];
	out->count = word->set[1];
	out->min = word->set[2];
	out->max = word->set[3];
	return true;
}
