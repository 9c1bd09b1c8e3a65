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

/* The processor's own instruction, ten times as fast. */
__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse(uint32_t crc, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t sum = (uint32_t)~crc;

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
