/*
 * Numbers against strtod, bit for bit, each with its end at the end of its
 * memory. TOCSIN_ROUNDS is how many random ones are tried.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "testing.h"

#define ROUNDS 200000

static uint64_t number_state = 0x9e3779b97f4a7c15;

static uint64_t
number_random(void)
{
	number_state ^= number_state >> 12;
	number_state ^= number_state << 25;
	number_state ^= number_state >> 27;
	return number_state * 0x2545f4914f6cdd1d;
}

static unsigned
below(unsigned bound)
{
	return (unsigned)(number_random() >> 33) % bound;
}

static double
number_bits(void)
{
	uint64_t bits = number_random();
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static bool
same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Both readers of one good number. */
static void
number_try(const char *text)
{
	size_t len = strlen(text);
	double wanted = strtod(text, NULL), value = 0;
	char *exact = malloc(len), *more = malloc(len + 16);
	const char *stop;

	memcpy(exact, text, len);
	memset(more, ',', len + 16);
	memcpy(more, text, len);
	stop = text_read_double(exact, exact + len, &value);
	ck_assert_msg(
	    stop == NULL || (stop == exact + len && same(value, wanted)),
	    "%s is read as %a, not %a", text, value, wanted);
	stop = text_read_double(more, more + len + 16, &value);
	ck_assert_msg(
	    stop == NULL || (stop == more + len && same(value, wanted)),
	    "%s is read as %a, not %a", text, value, wanted);
	ck_assert_msg(text_parse_double(span_make(exact, len), &value) ==
		(isfinite(wanted) != 0),
	    "%s", text);
	if (isfinite(wanted))
		ck_assert(same(value, wanted));
	free(exact);
	free(more);
}

static void
number_digits(char *out, unsigned count)
{
	for (; count > 0; count--)
		*out++ = (char)('0' + below(10));
	*out = '\0';
}

/* Beside the middle of two doubles: there rounding is hardest. */
static void
number_middle(char *out, size_t size)
{
	double value = fabs(number_bits());

	value = ldexp(frexp(value, &(int){0}), (int)below(120) - 60);
	if (!isfinite(value))
		value = 1;
	snprintf(out, size, "%.*e", 16 + (int)below(4),
	    value + (nextafter(value, INFINITY) - value) / 2);
	if (below(2) > 0)
		snprintf(out, size, "%llu",
		    (unsigned long long)((number_random() >> 11 | 1ULL << 52 |
					     1)
			<< below(11)));
}

START_TEST(random_numbers_are_exact)
{
	const char *text = getenv("TOCSIN_ROUNDS");
	unsigned long rounds = text == NULL ? ROUNDS : strtoul(text, NULL, 10);
	char number[128], digits[64];

	while (rounds-- > 0) {
		unsigned whole = below(1u << below(31));
		double value = number_bits();

		number_digits(digits, 1 + below(30));
		if (below(5) == 0 && isfinite(value))
			snprintf(number, sizeof(number), "%.*e", (int)below(20),
			    value);
		else if (below(4) == 0)
			number_middle(number, sizeof(number));
		else if (below(3) == 0)
			snprintf(number, sizeof(number), "%s%u.%s%c%d",
			    below(2) ? "-" : "", below(10), digits,
			    below(2) ? 'E' : 'e', (int)below(150) - 75);
		else if (below(2) == 0)
			snprintf(number, sizeof(number), "0.%.*s%s",
			    (int)below(10), "000000000", digits);
		else
			snprintf(number, sizeof(number), "%s%u.%s",
			    below(2) ? "-" : "", whole, digits);
		number_try(number);
	}
}
END_TEST

START_TEST(known_numbers_are_exact)
{
	static const char *const numbers[] = {"0", "-0", "0.0", "-0.0", "0e5",
	    "0E-99", "0.0E9999", "1", "10", "1.0", "18.0", "1.6106127E9",
	    "3.90386688E8", "1.66666666666667E-4", "2.208333333333333",
	    "9007199254740991", "9007199254740992", "9007199254740993",
	    "9007199254740993.0", "9007199254740995", "1e22", "1e23", "8.5E22",
	    "123456789012345678", "1234567890123456789", "9999999999999999999",
	    "18446744073709551615", "18446744073709551616",
	    "99999999999999999999", "1e63", "1e64", "1e-64", "1e-65", "5e-324",
	    "2.2250738585072014e-308", "1e308", "1e400", "1e-400", "0.1", "0.2",
	    "0.3", "1.1", "12345678.5", "123456789.5", "1234567.12345678",
	    "0.12345678901234567", "0.0012345678901234567",
	    "0.000000000000000000000012345",
	    "0.000000000000081431491574989189983106937", "1.12345678",
	    "1.123456789", "1.1234567890123456", "7.2057594037927933e16",
	    "1e+5", "1E+05", "2e-0005"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		number_try(numbers[i]);
}
END_TEST

/* The digits that a number is written with, without zeros at its ends. */
static void
number_significant(char *out, const char *text)
{
	char *end = out;

	for (; *text != '\0' && *text != 'e' && *text != 'E'; text++)
		if (*text >= '0' && *text <= '9' && (end > out || *text > '0'))
			*end++ = *text;
	while (end > out && end[-1] == '0')
		end--;
	*end = '\0';
}

static void
number_write(double value)
{
	char text[TEXT_NUMBER_SIZE], wanted[64], found[64], search[64];

	for (int precision = 14; precision <= 16; precision++) {
		snprintf(search, sizeof(search), "%.*e", precision, value);
		if (strtod(search, NULL) == value)
			break;
	}
	number_significant(wanted, search);
	text_double(text, value);
	number_significant(found, text);
	ck_assert_msg(same(strtod(text, NULL), value), "%a as %s", value, text);
	ck_assert_msg(strcmp(wanted, found) == 0, "%s, not %s", text, search);
	text_double_java(text, value);
	number_significant(found, text);
	ck_assert_msg(same(strtod(text, NULL), value), "%a as %s", value, text);
	ck_assert_msg(strcmp(wanted, found) == 0, "%s, not %s", text, search);
}

/* Beside powers of two and of ten, where digits and steps change, and far from
 * them; those of few digits, and ties. */
START_TEST(written_numbers_are_shortest)
{
	for (int i = 0; i < ROUNDS; i++) {
		double value = fabs(number_bits());
		int power = (int)below(140) - 70;

		if (below(4) == 0)
			value = pow(10, power);
		else if (below(4) == 0)
			value = ldexp(1, 3 * power);
		else if (below(3) == 0)
			value = below(1u << 31) / pow(10, below(9));
		else if (below(2) == 0)
			value = ldexp(number_random() >> 11, -(int)below(60));
		else
			value = ldexp(frexp(value, &(int){0}), power);
		if (below(3) == 0)
			value = nextafter(value, below(2) * 1e300);
		if (isfinite(value) && value >= 1e-300)
			number_write(below(2) ? value : -value);
	}
}
END_TEST

/* Nobody may read what is none of JSON's, and the quick ones stop where the
 * number does. */
START_TEST(what_is_no_number_is_refused)
{
	static const char *const others[] = {"", "-", "+1", ".5", "1.", "01",
	    "00", "-01", "1e", "1e+", "1.e5", "-.5", "e5", "NaN", "Infinity",
	    "01.5", "00.5", "-007.25", "012345.678901", "0x10", " 1", "- 1",
	    "1.-5", "--1", "a", "1.\xb0", "\xb1"};
	static const struct {
		const char *text;
		int len;
	} rows[] = {{"1.5.2", 3}, {"1.5e3e", 5}, {"12,", 2}, {"0.0}", 3},
	    {"7 ", 1}, {"1.5-", 3}, {"1-5", 1}, {"2:0", 1}, {"3/4", 1},
	    {"1.5\xb5", 3}};
	char text[64];
	double value;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		size_t len = strlen(others[i]);

		memset(text, ',', sizeof(text));
		memcpy(text, others[i], len);
		ck_assert_msg(!text_parse_double(span_make(text, len), &value),
		    "%s", others[i]);
		ck_assert_msg(text_read_double(text, text + sizeof(text),
				  &value) != text + len,
		    "%s", others[i]);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *end = rows[i].text + strlen(rows[i].text);

		ck_assert(text_read_double(rows[i].text, end, &value) ==
		    rows[i].text + rows[i].len);
	}
}
END_TEST

TEST_MAIN("number", random_numbers_are_exact, known_numbers_are_exact,
    written_numbers_are_shortest, what_is_no_number_is_refused)
