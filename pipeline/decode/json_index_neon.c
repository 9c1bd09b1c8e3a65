#include "pipeline/decode/json_index.h"

#ifdef __aarch64__
#include <arm_neon.h>

/* Every 64-bit Arm has these vectors. */
static bool
json_path_has_neon(void)
{
	return true;
}

/* 255 for each of sixteen bytes that is an event. */
static inline uint8x16_t
json_events_neon(const char *at)
{
	uint8x16_t here = vld1q_u8((const uint8_t *)at);
	uint8x16_t ahead = vld1q_u8((const uint8_t *)at + JSON_AHEAD);

	return vorrq_u8(vceqq_u8(here, vdupq_n_u8('\n')),
	    vandq_u8(vceqq_u8(here, vdupq_n_u8('}')),
		vceqq_u8(ahead, vdupq_n_u8('t'))));
}

/* A bit a byte of four vectors: each byte keeps the bit of its place in
 * eight, and sums of neighbours bring them together. */
static inline uint64_t
json_bits_neon(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	static const uint8_t places[16] = {
	    1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	const uint8x16_t place = vld1q_u8(places);
	uint8x16_t sum =
	    vpaddq_u8(vpaddq_u8(vandq_u8(a, place), vandq_u8(b, place)),
		vpaddq_u8(vandq_u8(c, place), vandq_u8(d, place)));

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static size_t
json_scan_neon(const char **at, const char *end, const char **events)
{
	const char *block = *at;
	size_t count = 0;

	while (end - block >= JSON_BLOCK + JSON_AHEAD &&
	    count <= JSON_EVENTS - JSON_BLOCK) {
		count = json_index_put(events, count, block,
		    json_bits_neon(json_events_neon(block),
			json_events_neon(block + 16),
			json_events_neon(block + 32),
			json_events_neon(block + 48)));
		block += JSON_BLOCK;
	}
	*at = block;
	return count;
}

const struct json_path json_path_neon = {
    "neon", json_path_has_neon, json_scan_neon, json_figures_portable};

#endif
