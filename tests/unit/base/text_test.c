#include "base/text.h"
#include "testing.h"

#include <stdio.h>

START_TEST(java_numbers)
{
	static const struct {
		double value;
		const char *java, *json;
	} rows[] = {{0, "0.0", "0"}, {50, "50.0", "50"}, {-1.5, "-1.5", "-1.5"},
	    {0.001, "0.001", "0.001"}, {0.00999, "0.00999", "0.00999"},
	    {0.0001, "1.0E-4", "0.0001"}, {1e7, "1.0E7", "10000000"},
	    {9999999, "9999999.0", "9999999"},
	    {390386688, "3.90386688E8", "390386688"},
	    {1.66666666666667E-4, "1.66666666666667E-4",
		"0.000166666666666667"},
	    {2.208333333333333, "2.208333333333333", "2.208333333333333"},
	    {1e21, "1.0E21", "1e21"}, {1e20, "1.0E20", "100000000000000000000"},
	    {5e-324, "4.9E-324", "5e-324"},
	    {1.7976931348623157e308, "1.7976931348623157E308",
		"1.7976931348623157e308"},
	    {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[TEXT_NUMBER_SIZE];

		text_double_java(out, rows[i].value);
		ck_assert_str_eq(out, rows[i].java);
		text_double(out, rows[i].value);
		ck_assert_str_eq(out, rows[i].json);
		ck_assert(strtod(out, NULL) == rows[i].value);
	}
}
END_TEST

/* No shorter decimal reads back; the search over every length says so. */
START_TEST(numbers_are_the_shortest)
{
	uint64_t bits = 1;

	for (int i = 0; i < 20000; i++) {
		char out[TEXT_NUMBER_SIZE], tried[48];
		double value;
		int digits = 0, shortest = 1;

		bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
		memcpy(&value, &bits, sizeof(value));
		if (i % 2 == 0)
			value = (double)(bits >> 40) / (double)(1 + i % 1000);
		if (value != value || value - value != 0)
			continue;
		for (; shortest < 17; shortest++) {
			snprintf(
			    tried, sizeof(tried), "%.*e", shortest - 1, value);
			if (strtod(tried, NULL) == value)
				break;
		}
		text_double(out, value);
		ck_assert(strtod(out, NULL) == value);
		for (const char *at = out; *at != '\0' && *at != 'e'; at++)
			digits +=
			    *at >= (digits == 0 ? '1' : '0') && *at <= '9';
		if (strchr(out, 'e') == NULL && strchr(out, '.') == NULL)
			continue; /* zeros that only hold the place */
		ck_assert_msg(digits <= shortest, "%s", out);
	}
}
END_TEST

START_TEST(json_numbers)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"0", true}, {"-0.0", true}, {"1E5", true}, {"1e-5", true},
	    {"3.90386688E8", true}, {"1e999", false}, {"", false},
	    {"01", false}, {".5", false}, {"1.", false}, {"1e", false},
	    {"0x10", false}, {"NaN", false}, {"Infinity", false}, {"1 ", false},
	    {"+1", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double value;

		ck_assert_msg(text_parse_double(span_text(rows[i].text),
				  &value) == rows[i].good,
		    "%s", rows[i].text);
	}
}
END_TEST

START_TEST(times)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} rows[] = {{"2026-09-14T11:18:52.496Z", "2026-09-14T11:18:52.496Z"},
	    {"2026-09-14T11:18:52Z", "2026-09-14T11:18:52.000Z"},
	    {"2026-09-14T13:18:52.4967+02:00", "2026-09-14T11:18:52.496Z"},
	    {"2026-09-14T11:18:52.496+0000", "2026-09-14T11:18:52.496Z"},
	    {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
	    {"2026-09-14", NULL}, {"2026-13-14T11:18:52Z", NULL},
	    {"2026-09-14T11:18:52", NULL}, {"2026-09-14T25:18:52Z", NULL},
	    {"2026-09-14T11:18:52Zx", NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[TEXT_TIME_SIZE];
		int64_t ms;
		bool good = text_parse_time(span_text(rows[i].in), &ms);

		ck_assert_msg(good == (rows[i].out != NULL), "%s", rows[i].in);
		if (!good)
			continue;
		text_time(out, ms);
		ck_assert_str_eq(out, rows[i].out);
	}
}
END_TEST

START_TEST(durations_and_sizes)
{
	static const struct {
		const char *in, *out;
		int64_t ms;
	} durations[] = {{"90s", "90s", 90000}, {"3m", "3m", 180000},
	    {"1h30m", "90m", 5400000}, {"2d", "2d", 172800000},
	    {"500ms", "500ms", 500}, {"0", "0", 0}, {"3", NULL, 0},
	    {"m", NULL, 0}, {"3 m", NULL, 0}, {"", NULL, 0}, {"-3m", NULL, 0},
	    {"99999999999999999999d", NULL, 0}},
	  sizes[] = {{"512KiB", "512KiB", 524288}, {"64MiB", "64MiB", 67108864},
	      {"1GiB", "1GiB", 1073741824}, {"100", "100B", 100}, {"0", "0", 0},
	      {"1GB", NULL, 0}, {"-1", NULL, 0}, {"", NULL, 0}};

	for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
		char out[TEXT_TIME_SIZE];
		int64_t ms;
		bool good =
		    text_parse_duration(span_text(durations[i].in), &ms);

		ck_assert_msg(
		    good == (durations[i].out != NULL), "%s", durations[i].in);
		if (!good)
			continue;
		ck_assert_int_eq(ms, durations[i].ms);
		text_duration(out, ms);
		ck_assert_str_eq(out, durations[i].out);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char out[TEXT_TIME_SIZE];
		int64_t bytes;
		bool good = text_parse_size(span_text(sizes[i].in), &bytes);

		ck_assert_msg(
		    good == (sizes[i].out != NULL), "%s", sizes[i].in);
		if (!good)
			continue;
		ck_assert_int_eq(bytes, sizes[i].ms);
		text_size(out, bytes);
		ck_assert_str_eq(out, sizes[i].out);
	}
}
END_TEST

TEST_MAIN("text", java_numbers, numbers_are_the_shortest, json_numbers, times,
    durations_and_sizes)
