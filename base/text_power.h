/*
 * Powers of ten as 128 bits, for text_number.c: 10^q is row q - TEXT_POWER_MIN,
 * the high half first, its highest bit 1, what is below the lowest bit cut off.
 */
#ifndef BASE_TEXT_POWER_H
#define BASE_TEXT_POWER_H

#include <stdint.h>

#define TEXT_POWER_MIN (-64)
#define TEXT_POWER_MAX 63

extern const uint64_t text_powers[TEXT_POWER_MAX - TEXT_POWER_MIN + 1][2];

#endif
