/* Statistics as CloudWatch streams them, and Java's way of writing doubles. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder_points.h"

uint32_t
bench_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*state >> 33);
}

/* The fewest digits that give the double back, without trailing zeros: the
 * digits alone, and the power of ten of the first. */
static size_t
shortest(double value, char digits[24], int *power)
{
	char text[40];
	size_t len = 0;

	for (int precision = 14; precision <= 16; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	for (const char *c = text; *c != 'e'; c++)
		if (*c != '.')
			digits[len++] = *c;
	while (len > 1 && digits[len - 1] == '0')
		len--;
	digits[len] = 0;
	*power = atoi(strchr(text, 'e') + 1);
	return len;
}

/* Double.toString of a value that is not negative. */
static size_t
java_double(char *out, size_t room, double value)
{
	char digits[24];
	int power;
	size_t len;

	if (value == 0)
		return (size_t)snprintf(out, room, "0.0");
	len = shortest(value, digits, &power);
	if (power < -3 || power >= 7)
		return (size_t)snprintf(out, room, "%c.%sE%d", digits[0],
		    len > 1 ? digits + 1 : "0", power);
	if (power < 0)
		return (size_t)snprintf(
		    out, room, "0.%.*s%s", -power - 1, "000", digits);
	if (len <= (size_t)power + 1)
		return (size_t)snprintf(out, room, "%s%.*s.0", digits,
		    (int)((size_t)power + 1 - len), "0000000");
	return (size_t)snprintf(
	    out, room, "%.*s.%s", power + 1, digits, digits + power + 1);
}

/* Mostly 17 digits, as sums and averages are; counts of things; few bytes a
 * second above ten million, which take an exponent. */
static void
figures_draw(struct figures *f, uint64_t *state)
{
	unsigned kind = bench_random(state) % 100;
	double a = bench_random(state) / 2147483648.0;
	double b = bench_random(state) / 2147483648.0;

	f->count = 1 + bench_random(state) % 60;
	if (kind < 13)
		f->max = 1e7 + floor(a * 1e10);
	else if (kind < 55)
		f->max = floor(a * 1000);
	else
		f->max = exp(a * 9 - 2);
	f->min = kind < 55 ? floor(f->max * b) : f->max * b;
	f->sum = f->count > 1 ? f->min + f->max * (f->count - 1) : f->max;
}

static void
figures_text(struct figures *f)
{
	static const char *const keys[] = {
	    "{\"max\":", ",\"min\":", ",\"sum\":", ",\"count\":"};
	const double values[] = {f->max, f->min, f->sum, f->count};
	size_t len = 0;

	for (int i = 0; i < 4; i++) {
		len += (size_t)snprintf(
		    f->text + len, sizeof(f->text) - len, "%s", keys[i]);
		len += java_double(
		    f->text + len, sizeof(f->text) - len, values[i]);
	}
	f->len = (unsigned)(len +
	    (size_t)snprintf(f->text + len, sizeof(f->text) - len, "}"));
}

void
figures_make(struct figures *pool, size_t count)
{
	uint64_t state = 1;

	for (size_t i = 0; i < count; i++) {
		figures_draw(&pool[i], &state);
		figures_text(&pool[i]);
	}
}
