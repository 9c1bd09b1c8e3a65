/*
 * Decimals to doubles, exactly: mantissa x 10^exponent, as strtod() rounds.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text_power.h"

static const double decimal_tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22};

/*
 * The double nearest to a decimal, by one or two multiplications with a power
 * of ten in 128 bits (Lemire, "Number Parsing at a Gigabyte per Second", 2021,
 * after Eisel). The mantissa is not zero. False where what the power lacks
 * could tip the rounding.
 */
static inline bool
decimal_nearest(uint64_t mantissa, int exponent, double *value)
{
	const uint64_t *power = text_powers[exponent - TEXT_POWER_MIN];
	int zeros = __builtin_clzll(mantissa), top;
	unsigned __int128 product, rest;
	uint64_t high, low, bits;

	mantissa <<= zeros;
	product = (unsigned __int128)mantissa * power[0];
	high = (uint64_t)(product >> 64);
	low = (uint64_t)product;
	if (__builtin_expect((high & 0x1ff) == 0x1ff, 0) &&
	    low + mantissa < low) {
		rest = (unsigned __int128)mantissa * power[1];
		high += low + (uint64_t)(rest >> 64) < low;
		low += (uint64_t)(rest >> 64);
		if ((high & 0x1ff) == 0x1ff && low + 1 == 0 &&
		    (uint64_t)rest + mantissa < mantissa)
			return false;
	}
	top = (int)(high >> 63);
	mantissa = high >> (top + 9); /* 54 bits: one to round by */
	if (low == 0 && (high & 0x1ff) == 0 && (mantissa & 3) == 1)
		return false; /* half-way, as far as is known */
	mantissa = (mantissa + (mantissa & 1)) >> 1;
	/*
	 * The highest of 53 bits, which is not stored, or the 54th that
	 * rounding made, is added to the exponent. 217706 / 2^16 is log2(10);
	 * the exponent stays far from its ends.
	 */
	bits = (uint64_t)((217706 * exponent >> 16) + 1085 - zeros + top) << 52;
	bits += mantissa;
	memcpy(value, &bits, sizeof(bits));
	return true;
}

/* Two numbers that are both exact make one that is rounded once. */
static inline bool
decimal_exact(uint64_t mantissa, int exponent, double *value)
{
	if (mantissa >> 53 != 0 || exponent < -22 || exponent > 22)
		return false;
	*value = (double)(int64_t)mantissa;
	if (exponent < 0)
		*value /= decimal_tens[-exponent];
	else
		*value *= decimal_tens[exponent];
	return true;
}

/*
 * A mantissa read from so many digits. Numbers of many digits could often be
 * made either way, and seldom the other one: which it is, is better asked of
 * the digits than of the mantissa. False where only strtod() can tell.
 */
static inline bool
decimal_double(uint64_t mantissa, int digits, int exponent, double *value)
{
	if (digits <= 15 && decimal_exact(mantissa, exponent, value))
		return true;
	if (mantissa == 0) {
		*value = 0;
		return true;
	}
	if (exponent >= TEXT_POWER_MIN && exponent <= TEXT_POWER_MAX &&
	    decimal_nearest(mantissa, exponent, value))
		return true;
	return decimal_exact(mantissa, exponent, value);
}

#endif
