#include "pipeline/decode/identity_hash.h"

#ifdef __x86_64__
#include <immintrin.h>

#define IDENTITY_AES __attribute__((target("aes,sse4.1")))

static bool
identity_hasher_has_aes(void)
{
	return __builtin_cpu_supports("aes") &&
	    __builtin_cpu_supports("sse4.1");
}

/* A round of AES moves what is there, and sixteen bytes are added. */
IDENTITY_AES static inline __m128i
identity_aes(__m128i state, const char *at)
{
	return _mm_aesenc_si128(
	    state, _mm_loadu_si128((const __m128i *)(const void *)at));
}

/* Whole bytes from both ends, in rows that may overlap: the length is in the
 * state already. */
IDENTITY_AES static __m128i
identity_aes_few(__m128i state, const char *at, size_t len)
{
	char few[16] = {0};

	if (len < 16) {
		if (len > 0)
			memcpy(few, at, len);
		return identity_aes(state, few);
	}
	if (len > 32)
		state =
		    identity_aes(identity_aes(state, at + 16), at + len - 32);
	return identity_aes(identity_aes(state, at), at + len - 16);
}

/* Four rows that do not wait for each other; the last 64 bytes may overlap
 * those before. */
IDENTITY_AES static __m128i
identity_aes_many(__m128i state, const char *at, size_t len)
{
	/* Digits of pi. */
	__m128i a = state;
	__m128i b = _mm_xor_si128(
	    state, _mm_set_epi64x(0x243f6a8885a308d3, 0x13198a2e03707344));
	__m128i c = _mm_xor_si128(state,
	    _mm_set_epi64x((int64_t)0xa4093822299f31d0, 0x082efa98ec4e6c89));
	__m128i d = _mm_xor_si128(state,
	    _mm_set_epi64x(0x452821e638d01377, (int64_t)0xbe5466cf34e90c6c));
	const char *last = at + len - 64;

	for (; at < last; at += 64) {
		a = identity_aes(a, at);
		b = identity_aes(b, at + 16);
		c = identity_aes(c, at + 32);
		d = identity_aes(d, at + 48);
	}
	a = identity_aes(a, last);
	b = identity_aes(b, last + 16);
	c = identity_aes(c, last + 32);
	d = identity_aes(d, last + 48);
	/* Each has been through another number of rounds in the end: a byte
	 * that stood in two rows must not undo itself. */
	a = _mm_aesenc_si128(_mm_aesenc_si128(a, state), b);
	c = _mm_aesenc_si128(_mm_aesenc_si128(c, state), d);
	return _mm_aesenc_si128(_mm_aesenc_si128(a, state), c);
}

IDENTITY_AES static uint64_t
identity_hash_aes(uint64_t seed, struct span bytes, uint64_t before)
{
	const __m128i key = _mm_set_epi64x(
	    (int64_t)seed, (int64_t)(before + bytes.len * 0xa0761d6478bd642f));
	__m128i state = bytes.len < 64
	    ? identity_aes_few(key, bytes.at, bytes.len)
	    : identity_aes_many(key, bytes.at, bytes.len);

	state = _mm_aesenc_si128(state, key);
	state = _mm_aesenc_si128(state, key);
	return (uint64_t)_mm_cvtsi128_si64(_mm_aesenc_si128(state, key));
}

const struct identity_hasher identity_hasher_aes = {
    "aes", identity_hasher_has_aes, identity_hash_aes};

#endif
