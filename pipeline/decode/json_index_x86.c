#include "pipeline/decode/json_index.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "pipeline/decode/json_figures_x86.h"

static bool
json_path_has_sse2(void)
{
	return __builtin_cpu_supports("sse2");
}

static bool
json_path_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

/* Of sixteen bytes. */
static inline uint64_t
json_bits_sse2(const char *at)
{
	__m128i here = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i ahead =
	    _mm_loadu_si128((const __m128i *)(const void *)(at + JSON_AHEAD));
	__m128i mark = _mm_and_si128(_mm_cmpeq_epi8(here, _mm_set1_epi8('}')),
	    _mm_cmpeq_epi8(ahead, _mm_set1_epi8('t')));
	__m128i line = _mm_cmpeq_epi8(here, _mm_set1_epi8('\n'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(mark, line));
}

static size_t
json_scan_sse2(const char **at, const char *end, const char **events)
{
	const char *block = *at;
	size_t count = 0;

	while (end - block >= JSON_BLOCK + JSON_AHEAD &&
	    count <= JSON_EVENTS - JSON_BLOCK) {
		uint64_t bits = json_bits_sse2(block) |
		    json_bits_sse2(block + 16) << 16 |
		    json_bits_sse2(block + 32) << 32 |
		    json_bits_sse2(block + 48) << 48;

		count = json_index_put(events, count, block, bits);
		block += JSON_BLOCK;
	}
	*at = block;
	return count;
}

/* Of thirty-two bytes. */
JSON_AVX2 static inline uint64_t
json_bits_avx2(const char *at)
{
	__m256i here = _mm256_loadu_si256((const __m256i *)(const void *)at);
	__m256i ahead = _mm256_loadu_si256(
	    (const __m256i *)(const void *)(at + JSON_AHEAD));
	__m256i mark =
	    _mm256_and_si256(_mm256_cmpeq_epi8(here, _mm256_set1_epi8('}')),
		_mm256_cmpeq_epi8(ahead, _mm256_set1_epi8('t')));
	__m256i line = _mm256_cmpeq_epi8(here, _mm256_set1_epi8('\n'));

	return (unsigned)_mm256_movemask_epi8(_mm256_or_si256(mark, line));
}

/* As json_index_put(): two are always written, whether there are so many or
 * not, and a third is an exception. */
JSON_AVX2 static inline size_t
json_index_put_avx2(
    const char **events, size_t count, const char *block, uint64_t bits)
{
	uint64_t rest = _blsr_u64(bits);

	events[count] = block + _tzcnt_u64(bits);
	events[count + 1] = block + _tzcnt_u64(rest);
	if (__builtin_expect(_blsr_u64(rest) != 0, 0))
		json_index_put(events, count + 2, block, _blsr_u64(rest));
	return count + (size_t)__builtin_popcountll(bits);
}

JSON_AVX2 static size_t
json_scan_avx2(const char **at, const char *end, const char **events)
{
	const char *block = *at;
	size_t count = 0;

	while (end - block >= JSON_BLOCK + JSON_AHEAD &&
	    count <= JSON_EVENTS - JSON_BLOCK) {
		uint64_t bits =
		    json_bits_avx2(block) | json_bits_avx2(block + 32) << 32;

		count = json_index_put_avx2(events, count, block, bits);
		block += JSON_BLOCK;
	}
	*at = block;
	return count;
}

const struct json_path json_path_avx2 = {
    "avx2", json_path_has_avx2, json_scan_avx2, json_figures_avx2};
const struct json_path json_path_sse2 = {
    "sse2", json_path_has_sse2, json_scan_sse2, json_figures_portable};

#endif
