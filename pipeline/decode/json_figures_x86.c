#include "pipeline/decode/json_figures_x86.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "base/decimal.h"
#include "base/word.h"
#include "pipeline/decode/json_figures.h"

#define FIGURE_VECTOR 32
/* A vector from its beginning on, E and what is looked at behind it. */
#define FIGURE_AHEAD 48
/* Digits that always fit into 64 bits. */
#define FIGURE_DIGITS_MAX 19

/* From the n-th on, the last n of a vector's bytes are all ones. */
static const unsigned char json_figure_lasts[2 * FIGURE_VECTOR] = {
    [FIGURE_VECTOR... 2 * FIGURE_VECTOR - 1] = 255};

JSON_AVX2 static inline __m256i
json_figure_vector(const void *at)
{
	return _mm256_loadu_si256((const __m256i *)at);
}

/* A bit for each byte that is no digit. */
JSON_AVX2 static inline uint32_t
json_figure_others(const char *at)
{
	__m256i value = _mm256_add_epi8(
	    json_figure_vector(at), _mm256_set1_epi8((char)(127 - '9')));

	/* Digits are the ten highest of signed bytes now. */
	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpgt_epi8(_mm256_set1_epi8(127 - 9), value));
}

/*
 * The `digits` digits before `stop`, of which `fraction` stand behind a point:
 * what is before it moves over it, and neighbours are joined three times.
 */
JSON_AVX2 static inline uint64_t
json_figure_mantissa(const char *stop, int digits, int fraction)
{
	const unsigned char *lasts = json_figure_lasts;
	__m256i tens = _mm256_set1_epi16(1 << 8 | 10);
	__m256i hundreds = _mm256_set1_epi32(1 << 16 | 100);
	__m256i myriads = _mm256_set1_epi32(1 << 16 | 10000);
	__m256i value =
	    _mm256_blendv_epi8(json_figure_vector(stop - FIGURE_VECTOR - 1),
		json_figure_vector(stop - FIGURE_VECTOR),
		json_figure_vector(lasts + fraction));

	value = _mm256_and_si256(_mm256_sub_epi8(value, _mm256_set1_epi8('0')),
	    json_figure_vector(lasts + digits));
	value = _mm256_maddubs_epi16(value, tens);
	value = _mm256_madd_epi16(value, hundreds);
	value = _mm256_packus_epi32(value, value);
	value = _mm256_madd_epi16(value, myriads);
	return (uint64_t)(uint32_t)_mm256_extract_epi32(value, 1) *
	    10000000000000000 +
	    (uint64_t)_mm256_extract_epi32(value, 4) * 100000000 +
	    (uint64_t)_mm256_extract_epi32(value, 5);
}

/* E, a sign or none, one or two digits; NULL when it is longer. */
static const char *
json_figure_power(const char *at, int *power)
{
	bool negative = *++at == '-';
	uint64_t word;
	int count;

	at += negative || *at == '+';
	word = word_read(at);
	count = word_digits(word);
	if (count == 0 || count > 2)
		return NULL;
	word ^= WORD_ZEROS;
	*power = count == 1 ? word & 15 : (word & 15) * 10 + (word >> 8 & 15);
	if (negative)
		*power = -*power;
	return at + count;
}

/* As Java writes doubles: digits, a point, digits, and E or not. */
JSON_AVX2 static inline __attribute__((always_inline)) const char *
json_figure_avx2(const char *at, const char *end, double *value)
{
	bool negative = *at == '-';
	int whole, fraction, digits, power = 0;
	const char *stop;
	uint32_t others;
	uint64_t mantissa;

	at += negative;
	if (end - at < FIGURE_AHEAD)
		return NULL;
	others = json_figure_others(at);
	whole = (int)_tzcnt_u32(others);
	others = _blsr_u32(others);
	stop = at + _tzcnt_u32(others);
	fraction = (int)(stop - at) - whole - 1;
	digits = whole + fraction;
	if (others == 0 || whole == 0 || (whole > 1 && *at == '0') ||
	    at[whole] != '.' || fraction == 0 || digits > FIGURE_DIGITS_MAX)
		return NULL;
	mantissa = json_figure_mantissa(stop, digits, fraction);
	if (__builtin_expect(*stop == 'E', 0)) {
		stop = json_figure_power(stop, &power);
		if (stop == NULL)
			return NULL;
	}
	if (!decimal_double(mantissa, digits, power - fraction, value))
		return NULL;
	if (negative)
		*value = -*value;
	return stop;
}

JSON_AVX2 const char *
json_figures_avx2(const char *at, const char *end, struct json_figures *figures)
{
	return json_figures_by(json_figure_avx2, at, end, figures);
}

#endif
