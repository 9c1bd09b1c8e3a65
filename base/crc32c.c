#include "base/crc32c.h"

#include <pthread.h>
#include <string.h>

#define CRC32C_POLYNOMIAL 0x82f63b78u /* reflected */

static uint32_t crc32c_tables[8][256];

static void
crc32c_fill(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLYNOMIAL : 0);
		crc32c_tables[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int t = 1; t < 8; t++)
			crc32c_tables[t][i] = crc32c_tables[t - 1][i] >> 8 ^
			    crc32c_tables[0][crc32c_tables[t - 1][i] & 0xff];
}

/* Eight bytes a step, each through a table of its own. */
uint32_t
crc32c_portable(uint32_t crc, const void *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *at = bytes;

	pthread_once(&once, crc32c_fill);
	crc = ~crc;
	for (; len >= 8; len -= 8, at += 8) {
		uint32_t low, high;

		memcpy(&low, at, 4);
		memcpy(&high, at + 4, 4);
		low ^= crc;
		crc = 0;
		for (int i = 0; i < 4; i++) {
			crc ^= crc32c_tables[7 - i][low >> (8 * i) & 0xff];
			crc ^= crc32c_tables[3 - i][high >> (8 * i) & 0xff];
		}
	}
	for (; len > 0; len--, at++)
		crc = crc >> 8 ^ crc32c_tables[0][(crc ^ *at) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)

/*
 * The processor's own instruction, ten times as fast. It takes three cycles
 * and can be begun in each: three lanes of a long text side by side, joined by
 * what so many zero bytes behind a text make of its sum.
 *
 *   | lane 0 | lane 1 | lane 2 |     sum = over(over(sum 0) ^ sum 1) ^ sum 2
 */
#define CRC32C_LANE 2048

static uint32_t crc32c_over[4][256];

__attribute__((target("sse4.2"))) static void
crc32c_fill_over(void)
{
	for (int bit = 0; bit < 32; bit++) {
		uint64_t sum = 1u << bit;

		for (int i = 0; i < CRC32C_LANE; i += 8)
			sum = __builtin_ia32_crc32di(sum, 0);
		crc32c_over[bit / 8][1 << bit % 8] = (uint32_t)sum;
	}
	for (int t = 0; t < 4; t++)
		for (int i = 1; i < 256; i++)
			crc32c_over[t][i] = crc32c_over[t][i & (i - 1)] ^
			    crc32c_over[t][i & -i];
}

static uint64_t
crc32c_join(uint64_t sum, uint64_t next)
{
	return crc32c_over[0][sum & 0xff] ^ crc32c_over[1][sum >> 8 & 0xff] ^
	    crc32c_over[2][sum >> 16 & 0xff] ^
	    crc32c_over[3][sum >> 24 & 0xff] ^ next;
}

__attribute__((target("sse4.2"))) static uint64_t
crc32c_lanes(uint64_t sum, const unsigned char *at)
{
	uint64_t second = 0, third = 0, word;

	for (const unsigned char *end = at + CRC32C_LANE; at < end; at += 8) {
		memcpy(&word, at, 8);
		sum = __builtin_ia32_crc32di(sum, word);
		memcpy(&word, at + CRC32C_LANE, 8);
		second = __builtin_ia32_crc32di(second, word);
		memcpy(&word, at + 2 * CRC32C_LANE, 8);
		third = __builtin_ia32_crc32di(third, word);
	}
	return crc32c_join(crc32c_join(sum, second), third);
}

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse(uint32_t crc, const void *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *at = bytes;
	uint64_t sum = (uint32_t)~crc;

	if (len >= 3 * CRC32C_LANE)
		pthread_once(&once, crc32c_fill_over);
	for (; len >= 3 * CRC32C_LANE; len -= 3 * CRC32C_LANE) {
		sum = crc32c_lanes(sum, at);
		at += 3 * CRC32C_LANE;
	}
	for (; len >= 8; len -= 8, at += 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		sum = __builtin_ia32_crc32di(sum, word);
	}
	crc = (uint32_t)sum;
	for (; len > 0; len--, at++)
		crc = __builtin_ia32_crc32qi(crc, *at);
	return ~crc;
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t len)
{
	return __builtin_cpu_supports("sse4.2")
	    ? crc32c_sse(crc, bytes, len)
	    : crc32c_portable(crc, bytes, len);
}

#else

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t len)
{
	return crc32c_portable(crc, bytes, len);
}

#endif
