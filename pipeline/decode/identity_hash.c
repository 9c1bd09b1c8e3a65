#include "pipeline/decode/identity_hash.h"

static bool
identity_hasher_always(void)
{
	return true;
}

static uint64_t
identity_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
identity_word(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* A row of the hash: multiply and fold, as wyhash does. `odd` holds the seed,
 * so that nobody outside knows which bytes make a product vanish. */
static uint64_t
identity_row(const char *at, uint64_t odd, uint64_t row)
{
	return identity_fold(
	    identity_word(at) ^ odd, identity_word(at + 8) ^ row);
}

/* 16 to 64 bytes, as two or four rows that may overlap. */
static uint64_t
identity_hash_last(const char *at, size_t len, uint64_t odd, uint64_t before)
{
	uint64_t a = identity_row(at, odd, before);
	uint64_t b = identity_row(at + len - 16, odd, before + 1);

	if (len > 32) {
		a ^= identity_row(at + 16, odd, before + 2);
		b ^= identity_row(at + len - 32, odd, before + 3);
	}
	return identity_fold(a ^ odd ^ len, b ^ before);
}

/* Four rows that do not wait for each other. */
static uint64_t
identity_hash_portable(uint64_t seed, struct span bytes, uint64_t before)
{
	const uint64_t odd = seed ^ 0xa0761d6478bd642f;
	const char *at = bytes.at;
	size_t left = bytes.len;
	char few[16] = {0};

	before ^= seed;
	if (left > 64) {
		uint64_t a = before, b = ~before, c = before + odd, d = ~c;

		for (; left > 64; left -= 64, at += 64) {
			a = identity_row(at, odd, a);
			b = identity_row(at + 16, odd, b);
			c = identity_row(at + 32, odd, c);
			d = identity_row(at + 48, odd, d);
		}
		before = identity_fold(a ^ b, c ^ odd) ^ d ^ bytes.len;
	}
	if (left < 16 && left < bytes.len) {
		at -= 16 - left;
		left = 16;
	}
	if (left < 16) {
		if (left > 0)
			memcpy(few, at, left);
		return identity_fold(
		    identity_row(few, odd, before) ^ left, odd);
	}
	return identity_hash_last(at, left, odd, before);
}

static const struct identity_hasher identity_hasher_portable = {
    "portable", identity_hasher_always, identity_hash_portable};

const struct identity_hasher *const identity_hashers[] = {
#ifdef __x86_64__
    &identity_hasher_aes,
#endif
    &identity_hasher_portable, NULL};

const struct identity_hasher *
identity_hasher_best(void)
{
	size_t i = 0;

	while (!identity_hashers[i]->usable())
		i++;
	return identity_hashers[i];
}
