/* The checksum, with the processor's instruction and without. */
#include "base/crc32c.h"

#include "testing.h"

START_TEST(what_the_rfc_says)
{
	char bytes[32] = {0};

	/* RFC 3720, B.4. */
	ck_assert_uint_eq(crc32c(0, bytes, 32), 0x8a9136aa);
	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	ck_assert_uint_eq(crc32c(0, "", 0), 0);
}
END_TEST

/* Around the lengths from which on lanes are taken side by side. */
START_TEST(both_ways_are_one)
{
	static unsigned char bytes[40000];
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(random >> 24);
	}
	for (size_t len = 0; len < 300; len++)
		ck_assert_uint_eq(crc32c(len ? 0x1234567 : 0, bytes + 3, len),
		    crc32c_portable(len ? 0x1234567 : 0, bytes + 3, len));
	for (size_t lanes = 1; lanes <= 6; lanes++)
		for (size_t len = lanes * 6144 - 17; len < lanes * 6144 + 17;
		     len++)
			for (size_t at = 0; at < 9; at += 4)
				ck_assert_uint_eq(
				    crc32c((uint32_t)len, bytes + at, len),
				    crc32c_portable(
					(uint32_t)len, bytes + at, len));
}
END_TEST

TEST_MAIN("crc32c", what_the_rfc_says, both_ways_are_one)
