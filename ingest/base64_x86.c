#include "ingest/base64_path.h"

#if defined(__x86_64__)
#include <immintrin.h>

/*
 * Sixteen characters into twelve bytes: the values, six bits each, are put
 * together in pairs (aaaaaabbbbbb), the pairs in twos, and the three bytes of
 * each group, which are then in a 32-bit number, in the order of the text.
 */
#define BASE64_PAIRS 0x01400140
#define BASE64_TWOS 0x00011000
#define BASE64_ORDER 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1

static bool
base64_has_sse(void)
{
	return __builtin_cpu_supports("sse4.1");
}

static bool
base64_has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

__attribute__((target("sse4.1"))) static size_t
base64_bulk_sse(char *to, const unsigned char *in, size_t len)
{
	const __m128i upper = _mm_setr_epi8(BASE64_UPPER);
	const __m128i lower = _mm_setr_epi8(BASE64_LOWER);
	const __m128i shift = _mm_setr_epi8(BASE64_SHIFT);
	const __m128i order = _mm_setr_epi8(BASE64_ORDER);
	const __m128i low = _mm_set1_epi8(0x0f), slash = _mm_set1_epi8('/');
	size_t done = 0;

	/* Twelve bytes are made and sixteen written; the two groups more that
	 * are left have room for the four between. */
	for (; len - done >= 24; done += 16, to += 12) {
		__m128i c =
		    _mm_loadu_si128((const __m128i *)(const void *)(in + done));
		__m128i high = _mm_and_si128(_mm_srli_epi32(c, 4), low);
		__m128i row = _mm_add_epi8(high, _mm_cmpeq_epi8(c, slash));

		if (!_mm_testz_si128(_mm_shuffle_epi8(upper, high),
			_mm_shuffle_epi8(lower, _mm_and_si128(c, low))))
			break;
		c = _mm_add_epi8(c, _mm_shuffle_epi8(shift, row));
		c = _mm_maddubs_epi16(c, _mm_set1_epi32(BASE64_PAIRS));
		c = _mm_madd_epi16(c, _mm_set1_epi32(BASE64_TWOS));
		_mm_storeu_si128(
		    (__m128i *)(void *)to, _mm_shuffle_epi8(c, order));
	}
	return done;
}

/* Thirty-two at a time, in two halves that never meet but in the store. */
struct base64_tables {
	__m256i upper, lower, shift, order, low, slash, pairs, twos;
};

__attribute__((target("avx2"))) static inline __m256i
base64_twice(__m128i half)
{
	return _mm256_broadcastsi128_si256(half);
}

/* What is in both of the two is where a stranger is. */
__attribute__((target("avx2"))) static inline __m256i
base64_strange(const struct base64_tables *t, __m256i c, __m256i high)
{
	return _mm256_and_si256(_mm256_shuffle_epi8(t->upper, high),
	    _mm256_shuffle_epi8(t->lower, _mm256_and_si256(c, t->low)));
}

__attribute__((target("avx2"))) static inline void
base64_store(char *to, const struct base64_tables *t, __m256i c, __m256i high)
{
	__m256i row = _mm256_add_epi8(high, _mm256_cmpeq_epi8(c, t->slash));

	c = _mm256_add_epi8(c, _mm256_shuffle_epi8(t->shift, row));
	c = _mm256_maddubs_epi16(c, t->pairs);
	c = _mm256_madd_epi16(c, t->twos);
	c = _mm256_shuffle_epi8(c, t->order);
	_mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(c));
	_mm_storeu_si128(
	    (__m128i *)(void *)(to + 12), _mm256_extracti128_si256(c, 1));
}

__attribute__((target("avx2"))) static inline __m256i
base64_high(const struct base64_tables *t, __m256i c)
{
	return _mm256_and_si256(_mm256_srli_epi32(c, 4), t->low);
}

__attribute__((target("avx2"))) static inline __m256i
base64_load(const unsigned char *in)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)in);
}

__attribute__((target("avx2"))) static size_t
base64_bulk_avx2(char *to, const unsigned char *in, size_t len)
{
	const struct base64_tables t = {
	    base64_twice(_mm_setr_epi8(BASE64_UPPER)),
	    base64_twice(_mm_setr_epi8(BASE64_LOWER)),
	    base64_twice(_mm_setr_epi8(BASE64_SHIFT)),
	    base64_twice(_mm_setr_epi8(BASE64_ORDER)), _mm256_set1_epi8(0x0f),
	    _mm256_set1_epi8('/'), _mm256_set1_epi32(BASE64_PAIRS),
	    _mm256_set1_epi32(BASE64_TWOS)};
	size_t done = 0;

	for (; len - done >= 72; done += 64, to += 48) {
		__m256i a = base64_load(in + done);
		__m256i b = base64_load(in + done + 32);
		__m256i a_high = base64_high(&t, a),
			b_high = base64_high(&t, b);
		__m256i strange = _mm256_or_si256(base64_strange(&t, a, a_high),
		    base64_strange(&t, b, b_high));

		if (!_mm256_testz_si256(strange, strange))
			break;
		base64_store(to, &t, a, a_high);
		base64_store(to + 24, &t, b, b_high);
	}
	for (; len - done >= 40; done += 32, to += 24) {
		__m256i c = base64_load(in + done), high = base64_high(&t, c);
		__m256i strange = base64_strange(&t, c, high);

		if (!_mm256_testz_si256(strange, strange))
			break;
		base64_store(to, &t, c, high);
	}
	return done;
}

const struct base64_path base64_avx2 = {
    "avx2", base64_has_avx2, base64_bulk_avx2};
const struct base64_path base64_sse = {
    "sse4.1", base64_has_sse, base64_bulk_sse};

#endif
