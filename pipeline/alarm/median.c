#include "pipeline/alarm/median.h"

#include <stdint.h>
#include <string.h>

#include "base/log.h"

#define KEY_SIGN (1ULL << 63)

/* Unsigned numbers in the order of the doubles. */
static uint64_t
median_key(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits & KEY_SIGN ? ~bits : bits | KEY_SIGN;
}

/* The n-th smallest, from 0: at each byte only those remain that share it. */
static double
median_nth(double *values, size_t count, size_t n)
{
	for (int shift = 56; shift >= 0 && count > 1; shift -= 8) {
		size_t of[256] = {0}, byte = 0, kept = 0;

		for (size_t i = 0; i < count; i++)
			of[median_key(values[i]) >> shift & 255]++;
		for (; n >= of[byte]; byte++)
			n -= of[byte];
		for (size_t i = 0; i < count; i++) {
			double value = values[i];

			if ((median_key(value) >> shift & 255) != byte)
				continue;
			values[i] = values[kept];
			values[kept++] = value;
		}
		count = kept;
	}
	return values[0];
}

double
median_of(double *values, size_t count)
{
	invariant(count > 0);
	if (count % 2 != 0)
		return median_nth(values, count, count / 2);
	/* halved first: the sum of two large ones would overflow */
	return median_nth(values, count, count / 2 - 1) / 2 +
	    median_nth(values, count, count / 2) / 2;
}
