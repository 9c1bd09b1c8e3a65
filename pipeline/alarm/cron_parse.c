#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "pipeline/alarm/cron.h"
#include "pipeline/alarm/cron_day.h"

#define CRON_FIELDS 5

/* What a field may have besides numbers, names, * , - and /. */
enum { CRON_MONTHDAY = 1, CRON_WEEKDAY = 2 };

struct cron_field {
	const char *name;
	int min, max;
	const char *names; /* of three letters each, from min on */
	int kind;
};

static const struct cron_field cron_fields[CRON_FIELDS] = {
    {"minute", 0, 59, "", 0}, {"hour", 0, 23, "", 0},
    {"day of the month", 1, 31, "", CRON_MONTHDAY},
    {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 0},
    {"day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT", CRON_WEEKDAY}};

struct cron_parser {
	struct cron *cron;
	struct span text; /* all of it, for the places of faults */
	struct cron_fault *fault;
	const struct cron_field *field;
	uint64_t bits; /* of the field; day of the week 7 is bit 7 */
	bool any;
};

static bool cron_fail(struct cron_parser *p, const char *at, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static bool
cron_fail(struct cron_parser *p, const char *at, const char *format, ...)
{
	va_list args;

	p->fault->at = (size_t)(at - p->text.at);
	va_start(args, format);
	vsnprintf(p->fault->text, sizeof(p->fault->text), format, args);
	va_end(args);
	return false;
}

static struct span
cron_part(struct span text, size_t begin, size_t end)
{
	return span_make(text.at + begin, end - begin);
}

/* The place of the byte in the text, its length when it is not there. */
static size_t
cron_find(struct span text, char c)
{
	const char *found = memchr(text.at, c, text.len);

	return found == NULL ? text.len : (size_t)(found - text.at);
}

static bool
cron_upper_is(struct span text, char c)
{
	return text.len == 1 && toupper((unsigned char)text.at[0]) == c;
}

/* Digits only; -1 when it is anything else. */
static int
cron_digits(struct span text)
{
	int value = 0;

	if (text.len == 0 || text.len > 4)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return -1;
		value = value * 10 + (text.at[i] - '0');
	}
	return value;
}

static int
cron_named(const struct cron_field *field, struct span text)
{
	if (text.len != 3)
		return -1;
	for (int i = 0; field->names[i * 3] != '\0'; i++) {
		int same = 0;

		for (int j = 0; j < 3; j++)
			same += toupper((unsigned char)text.at[j]) ==
			    field->names[i * 3 + j];
		if (same == 3)
			return field->min + i;
	}
	return -1;
}

static bool
cron_value(struct cron_parser *p, struct span text, int *value)
{
	const struct cron_field *f = p->field;
	const char *names = f->names[0] == '\0' ? ""
	    : f->kind == CRON_WEEKDAY		? " or SUN to SAT"
						: " or JAN to DEC";

	*value = cron_named(f, text);
	if (*value < 0)
		*value = cron_digits(text);
	if (*value >= f->min && *value <= f->max)
		return true;
	return cron_fail(p, text.at, "the %s must be %d to %d%s, not \"%.*s\"",
	    f->name, f->min, f->max, names,
	    (int)(text.len < 32 ? text.len : 32), text.at);
}

/* "*", a value or a range, and maybe a step. */
static bool
cron_range(struct cron_parser *p, struct span text)
{
	size_t slash = cron_find(text, '/');
	struct span range = cron_part(text, 0, slash);
	size_t dash = cron_find(range, '-');
	int from = p->field->min, to = p->field->max, step = 1;

	if (slash < text.len) {
		step = cron_digits(cron_part(text, slash + 1, text.len));
		if (step < 1)
			return cron_fail(p, text.at + slash,
			    "a step is a number from 1, as in */15");
	}
	if (cron_upper_is(range, '*')) {
		p->any = true;
	} else {
		if (!cron_value(p, cron_part(range, 0, dash), &from))
			return false;
		if (dash < range.len) {
			if (!cron_value(
				p, cron_part(range, dash + 1, range.len), &to))
				return false;
			/* FRI-SUN ends on the Sunday after. */
			if (p->field->kind == CRON_WEEKDAY && to == 0)
				to = 7;
		} else if (slash == text.len) {
			to = from;
		}
	}
	if (from > to)
		return cron_fail(p, text.at,
		    "the range runs backwards; write two, as in FRI-SAT,SUN");
	for (; from <= to; from += step)
		p->bits |= 1ULL << from;
	return true;
}

/* "L" and "L-3". */
static bool
cron_last_day(struct cron_parser *p, struct span text)
{
	int before = 0;

	if (text.len > 1) {
		before = text.at[1] == '-'
		    ? cron_digits(cron_part(text, 2, text.len))
		    : -1;
		if (before < 1 || before > 30)
			return cron_fail(p, text.at,
			    "a day from the month's end is L, or L-1 to L-30");
	}
	p->cron->days_from_end |= 1U << before;
	return true;
}

/* "SUN#4". */
static bool
cron_nth(struct cron_parser *p, struct span text, size_t mark)
{
	int nth = cron_digits(cron_part(text, mark + 1, text.len));
	int weekday;

	if (nth < 1 || nth > 5)
		return cron_fail(
		    p, text.at + mark, "behind # stands 1 to 5, as in SUN#4");
	if (!cron_value(p, cron_part(text, 0, mark), &weekday))
		return false;
	p->cron->nth_weekdays[nth - 1] |= (uint8_t)(1 << weekday % 7);
	return true;
}

/* "FRIL". */
static bool
cron_last_weekday(struct cron_parser *p, struct span text)
{
	int weekday;

	if (text.len == 1)
		return cron_fail(
		    p, text.at, "L needs a day of the week, as in FRIL");
	if (!cron_value(p, cron_part(text, 0, text.len - 1), &weekday))
		return false;
	p->cron->last_weekdays |= (uint8_t)(1 << weekday % 7);
	return true;
}

static bool
cron_item(struct cron_parser *p, struct span text, bool alone)
{
	int kind = p->field->kind;
	size_t mark = cron_find(text, '#');

	if (text.len == 0)
		return cron_fail(
		    p, text.at, "a value is missing in the %s", p->field->name);
	if (kind != 0 && alone && cron_upper_is(text, '?'))
		return cron_range(p, SPAN_OF("*"));
	if (kind == CRON_MONTHDAY && toupper((unsigned char)text.at[0]) == 'L')
		return cron_last_day(p, text);
	if (kind == CRON_WEEKDAY && mark < text.len)
		return cron_nth(p, text, mark);
	if (kind == CRON_WEEKDAY &&
	    toupper((unsigned char)text.at[text.len - 1]) == 'L')
		return cron_last_weekday(p, text);
	return cron_range(p, text);
}

static bool
cron_list(struct cron_parser *p, struct span text)
{
	size_t begin = 0;

	p->bits = 0;
	p->any = false;
	for (;;) {
		struct span rest = cron_part(text, begin, text.len);
		size_t comma = cron_find(rest, ',');

		if (!cron_item(p, cron_part(rest, 0, comma), comma == text.len))
			return false;
		if (comma == rest.len)
			return true;
		begin += comma + 1;
	}
}

static void
cron_keep(struct cron_parser *p, size_t field)
{
	struct cron *cron = p->cron;

	switch (field) {
	case 0:
		cron->minutes = p->bits;
		break;
	case 1:
		cron->hours = (uint32_t)p->bits;
		break;
	case 2:
		cron->days = (uint32_t)p->bits;
		cron->any_day = p->any;
		break;
	case 3:
		cron->months = (uint32_t)p->bits;
		break;
	default:
		/* Both 0 and 7 are Sunday. */
		cron->weekdays = (uint8_t)((p->bits | p->bits >> 7) & 0x7f);
		cron->any_weekday = p->any;
	}
}

bool
cron_parse(struct cron *cron, struct span text, struct cron_fault *fault)
{
	struct cron_parser p = {.cron = cron, .text = text, .fault = fault};
	size_t at = 0, field = 0;

	*cron = (struct cron){0};
	for (;; field++) {
		size_t begin;

		while (at < text.len && text.at[at] == ' ')
			at++;
		if (at == text.len)
			break;
		begin = at;
		while (at < text.len && text.at[at] != ' ')
			at++;
		if (field == CRON_FIELDS)
			return cron_fail(&p, text.at + begin,
			    "cron(…) has five fields here: minute, hour, day "
			    "of the month, month, day of the week");
		p.field = &cron_fields[field];
		if (!cron_list(&p, cron_part(text, begin, at)))
			return false;
		cron_keep(&p, field);
	}
	if (field < CRON_FIELDS)
		return cron_fail(&p, text.at + at, "the %s is missing",
		    cron_fields[field].name);
	if (!cron_ever(cron))
		return cron_fail(&p, text.at, "no day is ever like that");
	return true;
}
