#include "ingest/base64_path.h"

#ifdef __aarch64__
#include <arm_neon.h>

/* Every 64-bit Arm has these vectors. */
static bool
base64_has_neon(void)
{
	return true;
}

static const uint8_t base64_upper[16] = {BASE64_UPPER};
static const uint8_t base64_lower[16] = {BASE64_LOWER};
static const int8_t base64_shift[16] = {BASE64_SHIFT};

/* The values of sixteen characters; *strange gathers what is none. */
static inline uint8x16_t
base64_values_of(uint8x16_t c, uint8x16_t *strange)
{
	uint8x16_t high = vshrq_n_u8(c, 4);
	uint8x16_t low = vandq_u8(c, vdupq_n_u8(0x0f));
	uint8x16_t row = vaddq_u8(high, vceqq_u8(c, vdupq_n_u8('/')));
	uint8x16_t shift =
	    vreinterpretq_u8_s8(vqtbl1q_s8(vld1q_s8(base64_shift), row));

	*strange = vorrq_u8(*strange,
	    vandq_u8(vqtbl1q_u8(vld1q_u8(base64_upper), high),
		vqtbl1q_u8(vld1q_u8(base64_lower), low)));
	return vaddq_u8(c, shift);
}

/* Sixteen groups at a time: the loads and stores of this processor take the
 * characters of a group apart and its bytes together. */
static size_t
base64_bulk_neon(char *to, const unsigned char *in, size_t len)
{
	size_t done = 0;

	for (; len - done >= 68; done += 64, to += 48) {
		uint8x16x4_t c = vld4q_u8(in + done);
		uint8x16_t strange = vdupq_n_u8(0);
		uint8x16x3_t out;

		for (int i = 0; i < 4; i++)
			c.val[i] = base64_values_of(c.val[i], &strange);
		if (vmaxvq_u8(strange) != 0)
			break;
		out.val[0] =
		    vorrq_u8(vshlq_n_u8(c.val[0], 2), vshrq_n_u8(c.val[1], 4));
		out.val[1] =
		    vorrq_u8(vshlq_n_u8(c.val[1], 4), vshrq_n_u8(c.val[2], 2));
		out.val[2] = vorrq_u8(vshlq_n_u8(c.val[2], 6), c.val[3]);
		vst3q_u8((uint8_t *)to, out);
	}
	return done;
}

const struct base64_path base64_neon = {
    "neon", base64_has_neon, base64_bulk_neon};

#endif
