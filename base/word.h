/*
 * Bytes as numbers: unaligned, the first byte lowest on any machine. Eight at a
 * time where speed counts; any number of them in the headers of our files.
 */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
word_read(const void *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint64_t
word_get(const char *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)(unsigned char)at[i] << (8 * i);
	return value;
}

static inline void
word_set(char *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (char)(value >> (8 * i));
}

/* Eight times '0': what makes digits their values. */
#define WORD_ZEROS 0x3030303030303030

/* The highest bits of bytes that are no values of digits; what the sum carries
 * into is behind the first of them. */
static inline uint64_t
word_other(uint64_t values)
{
	return ((values + 0x7676767676767676) | values) & 0x8080808080808080;
}

/* How many of the bytes are digits before the first that is none. */
static inline int
word_digits(uint64_t word)
{
	uint64_t other = word_other(word ^ WORD_ZEROS);

	return other == 0 ? 8 : __builtin_ctzll(other) >> 3;
}

/* The number of eight digits, as values: neighbours are joined three times. */
static inline uint64_t
word_join(uint64_t values)
{
	values = values * 10 + (values >> 8);
	return ((values & 0x000000ff000000ff) * (100 + (1000000ULL << 32)) +
		   ((values >> 16) & 0x000000ff000000ff) *
		       (1 + (10000ULL << 32))) >>
	    32;
}

#endif
