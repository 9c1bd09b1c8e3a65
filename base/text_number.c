/* Numbers: JSON grammar in, shortest decimal out. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/log.h"
#include "base/text.h"
#include "base/word.h"

static bool
text_is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* RFC 8259: -? (0|[1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool
text_number_grammar(struct span text)
{
	const char *at = text.at, *end = text.at + text.len;

	if (at < end && *at == '-')
		at++;
	if (!text_is_digit(at, end))
		return false;
	if (*at++ != '0')
		while (text_is_digit(at, end))
			at++;
	if (at < end && *at == '.') {
		if (!text_is_digit(++at, end))
			return false;
		while (text_is_digit(at, end))
			at++;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if (!text_is_digit(at, end))
			return false;
		while (text_is_digit(at, end))
			at++;
	}
	return at == end;
}

/* The number that the first `count` bytes, all digits, make. */
static inline uint64_t
text_word_value(uint64_t word, int count)
{
	if (count == 0)
		return 0;
	return word_join((word ^ WORD_ZEROS) << (64 - 8 * count));
}

/* Digits that always fit into 64 bits, zeros that may stand before them, and
 * the bytes that are looked at to read one number of so many. */
#define TEXT_DIGITS_MAX 19
#define TEXT_ZEROS_MAX 8
#define TEXT_WINDOW 64

static const uint64_t text_tens[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

/* A decimal: mantissa x 10^exponent. */
struct text_decimal {
	uint64_t mantissa;
	int digits; /* read into mantissa, zeros before the first too */
	int exponent;
};

/* Up to eight digits; how many. */
static inline int
text_decimal_word(struct text_decimal *d, const char *at)
{
	uint64_t word = word_read(at);
	int count = word_digits(word);

	d->mantissa =
	    d->mantissa * text_tens[count] + text_word_value(word, count);
	d->digits += count;
	return count;
}

/* Any number of digits; where they end, unless they are far too many. */
static inline const char *
text_decimal_digits(struct text_decimal *d, const char *at)
{
	int count;

	do {
		count = text_decimal_word(d, at);
		at += count;
	} while (count == 8 && d->digits <= TEXT_DIGITS_MAX + TEXT_ZEROS_MAX);
	return at;
}

static inline const char *
text_decimal_power(struct text_decimal *d, const char *at)
{
	bool negative = *at == '-';
	uint64_t word;
	int count, value;

	at += negative || *at == '+';
	word = word_read(at);
	count = word_digits(word);
	if (count == 0 || count > 4)
		return NULL;
	value = (int)text_word_value(word, count);
	d->exponent += negative ? -value : value;
	return at + count;
}

/* Whether so many digits, read up to `stop`, have overflowed the mantissa, or
 * are not all of them; seldom asked. */
static bool
text_decimal_is_long(const char *at, const char *stop, int digits)
{
	if (*stop >= '0' && *stop <= '9')
		return true;
	for (; digits > TEXT_DIGITS_MAX && (*at == '0' || *at == '.'); at++)
		digits -= *at == '0';
	return digits > TEXT_DIGITS_MAX;
}

/* As the grammar above, behind the sign. NULL: it is none, or has more digits
 * than 64 bits hold. */
static inline const char *
text_decimal(struct text_decimal *d, const char *at)
{
	const char *begin = at, *first;

	*d = (struct text_decimal){0};
	at = text_decimal_digits(d, at);
	if (at == begin || (*begin == '0' && at != begin + 1))
		return NULL;
	if (*at == '.') {
		first = ++at;
		at = text_decimal_digits(d, at);
		d->exponent = (int)(first - at);
		if (at == first)
			return NULL;
	}
	if (d->digits > TEXT_DIGITS_MAX &&
	    text_decimal_is_long(begin, at, d->digits))
		return NULL;
	return *at == 'e' || *at == 'E' ? text_decimal_power(d, at + 1) : at;
}

/* With TEXT_WINDOW bytes to look at. */
static inline const char *
text_read_window(const char *at, double *value)
{
	bool negative = *at == '-';
	struct text_decimal d;
	double number;

	at = text_decimal(&d, at + negative);
	if (at == NULL ||
	    !decimal_double(d.mantissa, d.digits, d.exponent, &number))
		return NULL;
	*value = negative ? -number : number;
	return at;
}

const char *
text_read_double(const char *at, const char *end, double *value)
{
	size_t len = (size_t)(end - at);
	char window[TEXT_WINDOW];
	const char *stop;

	if (len >= TEXT_WINDOW)
		return text_read_window(at, value);
	memset(window, 0, sizeof(window));
	if (len > 0)
		memcpy(window, at, len);
	stop = text_read_window(window, value);
	return stop == NULL ? NULL : at + (stop - window);
}

bool
text_parse_double(struct span text, double *value)
{
	const char *end = text.at + text.len;
	char copy[512];

	if (text.len > 0 && text_read_double(text.at, end, value) == end)
		return true;
	if (text.len >= sizeof(copy) || !text_number_grammar(text))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*value = strtod(copy, NULL);
	return isfinite(*value);
}

/*
 * The shortest digits that read back: sign, digits without point, and the
 * decimal exponent of the first digit (value = d.ddd x 10^exponent).
 */
struct text_digits {
	bool negative;
	char digits[20];
	int count;
	int exponent;
};

/* A positive normal double as mantissa x 2^(binary - 64), the highest bit of
 * the mantissa 1. */
static uint64_t
text_double_parts(double value, int *binary)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	*binary = (int)(bits >> 52) - 1022;
	return (bits << 11) | 1ULL << 63;
}

/*
 * value x 10^power as the nearest integer, by one multiplication in 128 bits as
 * in decimal_nearest(). False at a tie, or where what the power lacks could tip
 * the rounding.
 */
static bool
text_double_round(double value, int power, uint64_t *integer)
{
	const uint64_t *ten = text_powers[power - TEXT_POWER_MIN];
	int binary, below;
	uint64_t mantissa = text_double_parts(value, &binary), high, rest;
	unsigned __int128 product = (unsigned __int128)mantissa * ten[0];

	product += (unsigned __int128)mantissa * ten[1] >> 64;
	high = (uint64_t)(product >> 64);
	below = 63 - binary - (217706 * power >> 16); /* bits of the fraction */
	invariant(below > 0 && below < 64);
	rest = high << (64 - below) | (uint64_t)product >> below;
	*integer = (high >> below) + (rest >> 63);
	return rest - (1ULL << 63) + 4 > 8;
}

/* What the search below finds, without it: false for those that are seldom. */
static bool
text_number_quick(double value, struct text_digits *out)
{
	double size = fabs(value), again;
	uint64_t integer = 0;
	int binary, power, digits = 15;

	text_double_parts(size, &binary);
	power = 14 - ((binary - 1) * 78913 >> 18); /* log10(2) x 2^18 */
	if (power - 1 < TEXT_POWER_MIN || power + 2 > TEXT_POWER_MAX)
		return false;
	if (!text_double_round(size, power, &integer))
		return false;
	if (integer >= 1000000000000000 &&
	    !text_double_round(size, --power, &integer))
		return false;
	for (;
	     !decimal_double(integer, digits, -power, &again) || again != size;
	     digits++)
		if (digits == 17 || !text_double_round(size, ++power, &integer))
			return false;
	*out = (struct text_digits){.negative = value < 0};
	for (; integer % 10 == 0; integer /= 10)
		power--;
	out->count = snprintf(out->digits, sizeof(out->digits), "%llu",
	    (unsigned long long)integer);
	out->exponent = out->count - 1 - power;
	return true;
}

/*
 * A decimal of up to 15 digits that reads back as a normal double is its
 * 15-digit rendering without the zeros behind, so the search begins there.
 * Of the others Java looks among those of two digits and more: 4.9E-324.
 */
static void
text_number_shortest(double value, bool java, struct text_digits *out)
{
	bool normal = value == 0 || fabs(value) >= DBL_MIN;
	char text[48];
	const char *at;

	if (normal && value != 0 && text_number_quick(value, out))
		return;
	for (int precision = normal ? 14 : java; precision <= 16; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	*out = (struct text_digits){.negative = text[0] == '-'};
	for (at = text; *at != 'e'; at++)
		if (*at >= '0' && *at <= '9')
			out->digits[out->count++] = *at;
	while (out->count > 1 && out->digits[out->count - 1] == '0')
		out->count--;
	out->exponent = atoi(at + 1);
}

static size_t
text_number_fixed(char *out, const struct text_digits *n, bool point_zero)
{
	size_t used = 0;

	if (n->exponent < 0) {
		out[used++] = '0';
		out[used++] = '.';
		for (int i = -1; i > n->exponent; i--)
			out[used++] = '0';
	}
	for (int i = 0; i < n->count; i++) {
		out[used++] = n->digits[i];
		if (n->exponent >= 0 && i == n->exponent && i + 1 < n->count)
			out[used++] = '.';
	}
	for (int i = n->count; i <= n->exponent; i++)
		out[used++] = '0';
	if (point_zero && n->count <= n->exponent + 1) {
		out[used++] = '.';
		out[used++] = '0';
	}
	out[used] = '\0';
	return used;
}

static void
text_number_scientific(char *out, const struct text_digits *n, bool java)
{
	char *at = out;

	*at++ = n->digits[0];
	if (n->count > 1 || java)
		*at++ = '.';
	for (int i = 1; i < n->count; i++)
		*at++ = n->digits[i];
	if (n->count == 1 && java)
		*at++ = '0';
	snprintf(at, TEXT_NUMBER_SIZE - (size_t)(at - out) - 1, "%c%d",
	    java ? 'E' : 'e', n->exponent);
}

static void
text_number_print(char out[TEXT_NUMBER_SIZE], double value, bool java)
{
	struct text_digits n;
	int low = java ? -3 : -7, high = java ? 6 : 20;

	if (!isfinite(value)) {
		snprintf(out, TEXT_NUMBER_SIZE, "%s",
		    isnan(value)    ? "NaN"
			: value < 0 ? "-Infinity"
				    : "Infinity");
		return;
	}
	text_number_shortest(value, java, &n);
	if (n.negative)
		*out++ = '-';
	if (value == 0)
		snprintf(out, 4, "%s", java ? "0.0" : "0");
	else if (n.exponent < low || n.exponent > high)
		text_number_scientific(out, &n, java);
	else
		text_number_fixed(out, &n, java);
}

void
text_double(char out[TEXT_NUMBER_SIZE], double value)
{
	text_number_print(out, value, false);
}

void
text_double_java(char out[TEXT_NUMBER_SIZE], double value)
{
	text_number_print(out, value, true);
}
