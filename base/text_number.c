/* Numbers: JSON grammar in, shortest decimal out. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

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

bool
text_parse_double(struct span text, double *value)
{
	char copy[512];

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
