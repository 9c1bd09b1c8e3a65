#include "pipeline/decode/translate.h"

#include <stdlib.h>

#include "base/text.h"

/* The odd case of MBit, GBit and Tbit is AWS's own. */
static const struct translate_row {
	const char *otel, *cloudwatch;
} translate_units[] = {{"s", "Seconds"}, {"us", "Microseconds"},
    {"ms", "Milliseconds"}, {"By", "Bytes"}, {"kBy", "Kilobytes"},
    {"MBy", "Megabytes"}, {"GBy", "Gigabytes"}, {"TBy", "Terabytes"},
    {"bit", "Bits"}, {"kbit", "Kilobits"}, {"MBit", "Megabits"},
    {"GBit", "Gigabits"}, {"Tbit", "Terabits"}, {"%", "Percent"},
    {"{Count}", "Count"}, {"1", "None"}, {"", "None"}, {"By/s", "Bytes/Second"},
    {"kBy/s", "Kilobytes/Second"}, {"MBy/s", "Megabytes/Second"},
    {"GBy/s", "Gigabytes/Second"}, {"TBy/s", "Terabytes/Second"},
    {"bit/s", "Bits/Second"}, {"kbit/s", "Kilobits/Second"},
    {"MBit/s", "Megabits/Second"}, {"GBit/s", "Gigabits/Second"},
    {"Tbit/s", "Terabits/Second"}, {"{Count}/s", "Count/Second"}};

struct span
translate_unit(struct span unit)
{
	size_t rows = sizeof(translate_units) / sizeof(*translate_units);

	for (size_t i = 0; i < rows; i++)
		if (span_is(unit, translate_units[i].otel))
			return span_text(translate_units[i].cloudwatch);
	return unit;
}

/* 100 * 0.999 is 99.9 and a bit, so the digits are shifted, not the value. */
struct span
translate_quantile(struct arena *arena, double quantile)
{
	char digits[TEXT_NUMBER_SIZE], *at = digits, *power;
	const char *name;

	text_double(digits, quantile);
	power = strchr(digits, 'e');
	if (power != NULL) {
		name = arena_printf(arena, "p%.*se%d", (int)(power - digits),
		    digits, atoi(power + 1) + 2);
		return span_text(name);
	}
	at += 2; /* past "0." */
	if (strlen(at) == 1)
		name = arena_printf(arena, "p%s0", at);
	else
		name = arena_printf(arena, "p%.*s%s%s", at[0] == '0' ? 1 : 2,
		    at[0] == '0' ? at + 1 : at, at[2] == '\0' ? "" : ".",
		    at + 2);
	return span_text(name);
}
