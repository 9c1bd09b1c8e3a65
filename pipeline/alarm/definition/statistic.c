#include "pipeline/alarm/definition/statistic.h"

#include "base/text.h"

#define STATISTIC_DECIMALS 10

/* Reads a part of a text from its beginning. */
struct cursor {
	struct span rest;
};

static bool
cursor_take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if (!span_starts(c->rest, text))
		return false;
	c->rest = span_make(c->rest.at + n, c->rest.len - n);
	return true;
}

static size_t
cursor_digits(struct cursor *c)
{
	size_t n = 0;

	while (n < c->rest.len && c->rest.at[n] >= '0' && c->rest.at[n] <= '9')
		n++;
	c->rest = span_make(c->rest.at + n, c->rest.len - n);
	return n;
}

/* \d{1,2}(\.\d{0,10})? or 100. */
static bool
cursor_percent(struct cursor *c)
{
	size_t n;

	if (cursor_take(c, "100"))
		return c->rest.len == 0 ||
		    (c->rest.at[0] != '.' &&
			(c->rest.at[0] < '0' || c->rest.at[0] > '9'));
	n = cursor_digits(c);
	if (n < 1 || n > 2)
		return false;
	return !cursor_take(c, ".") || cursor_digits(c) <= STATISTIC_DECIMALS;
}

/* A number of at most ten decimals; 1e3 is one. */
static bool
cursor_number(struct cursor *c)
{
	if (cursor_digits(c) == 0)
		return false;
	if (cursor_take(c, ".") && cursor_digits(c) > STATISTIC_DECIMALS)
		return false;
	if (!cursor_take(c, "e") && !cursor_take(c, "E"))
		return true;
	if (!cursor_take(c, "+"))
		cursor_take(c, "-");
	return cursor_digits(c) > 0;
}

/* One side of a range: false when it is wrong; `value` NAN-free only when
 * there is one. */
static bool
cursor_side(struct cursor *c, char end, bool *percent, bool *given, double *v)
{
	struct cursor start = *c;
	size_t len;

	*given = c->rest.len > 0 && c->rest.at[0] != end;
	if (!*given)
		return true;
	if (!cursor_number(c))
		return false;
	len = start.rest.len - c->rest.len;
	*percent = cursor_take(c, "%");
	if (*percent) {
		*c = start;
		if (!cursor_percent(c) || !cursor_take(c, "%"))
			return false;
	}
	if (start.rest.at[len - 1] == '.')
		len--;
	return text_parse_double(span_make(start.rest.at, len), v);
}

/* (10%:90%) (:90%) (1.5:300) (300:); a percentile rank takes no percents. */
static bool
cursor_range(struct cursor *c, bool rank)
{
	bool percent[2] = {false, false}, given[2];
	double value[2] = {0, 0};

	if (!cursor_take(c, "(") ||
	    !cursor_side(c, ':', &percent[0], &given[0], &value[0]) ||
	    !cursor_take(c, ":") ||
	    !cursor_side(c, ')', &percent[1], &given[1], &value[1]) ||
	    !cursor_take(c, ")"))
		return false;
	if (!given[0] && !given[1])
		return false;
	if (rank && (percent[0] || percent[1]))
		return false;
	if (!given[0] || !given[1])
		return true;
	return percent[0] == percent[1] && value[0] < value[1];
}

static enum statistic_form
statistic_base(struct cursor *c)
{
	static const char *const trims[] = {"tm", "wm", "tc", "ts"};
	static const char *const ranges[] = {"TM", "WM", "TC", "TS"};

	if (cursor_take(c, "IQM"))
		return STATISTIC_RANGE;
	if (cursor_take(c, "PR"))
		return cursor_range(c, true) ? STATISTIC_RANGE
					     : STATISTIC_UNKNOWN;
	if (cursor_take(c, "p"))
		return cursor_percent(c) ? STATISTIC_PERCENTILE
					 : STATISTIC_UNKNOWN;
	for (int i = 0; i < 4; i++) {
		if (cursor_take(c, trims[i]))
			return cursor_percent(c) ? STATISTIC_RANGE
						 : STATISTIC_UNKNOWN;
		if (cursor_take(c, ranges[i]))
			return cursor_range(c, false) ? STATISTIC_RANGE
						      : STATISTIC_UNKNOWN;
	}
	if ((cursor_take(c, "o") || cursor_take(c, "u")) &&
	    cursor_digits(c) > 0) {
		if (cursor_take(c, "."))
			cursor_digits(c);
		return STATISTIC_UNSTREAMED;
	}
	return STATISTIC_UNKNOWN;
}

enum statistic_form
statistic_form(struct span text, enum alarm_statistic *plain)
{
	struct cursor c = {text};
	enum statistic_form form = STATISTIC_UNKNOWN;

	*plain = STATISTIC_EXTENDED;
	for (int i = 0; form == STATISTIC_UNKNOWN && i < STATISTIC_EXTENDED;
	     i++)
		if (cursor_take(&c, alarm_statistic_names[i])) {
			form = STATISTIC_PLAIN;
			*plain = (unsigned)i;
		}
	if (form == STATISTIC_UNKNOWN)
		form = statistic_base(&c);
	if (form == STATISTIC_UNKNOWN || c.rest.len == 0)
		return form;
	*plain = STATISTIC_EXTENDED;
	if (span_is(c.rest, "_E") || span_is(c.rest, "_L") ||
	    span_is(c.rest, "_H"))
		return STATISTIC_UNSTREAMED;
	return STATISTIC_UNKNOWN;
}

/* In whole tenths, hundredths …: 1 - 0.9 is not 0.1 in binary, and p90 needs
 * 100 samples, not 101. */
double
statistic_samples(struct span text)
{
	enum alarm_statistic plain;
	double digits = 0, whole = 100;
	bool decimals = false;

	if (statistic_form(text, &plain) != STATISTIC_PERCENTILE)
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		if (text.at[i] == '.') {
			decimals = true;
			continue;
		}
		digits = digits * 10 + (text.at[i] - '0');
		if (decimals)
			whole *= 10;
	}
	if (digits <= 0 || digits >= whole)
		return 0;
	if (digits * 2 < whole)
		return 10 * whole / digits;
	return 10 * whole / (whole - digits);
}
