#include "pipeline/decode/json_shape.h"

#include <math.h>

#include "base/limits.h"
#include "base/text.h"

/* Milliseconds have 13 digits from 2001 to 2286. */
#define SHAPE_DIGITS 13
#define SHAPE_VALUE ",\"value\":{\"max\":"
#define SHAPE_MIN ",\"min\":"
#define SHAPE_SUM ",\"sum\":"
#define SHAPE_COUNT ",\"count\":"
#define SHAPE_LEN(literal) (sizeof(literal) - 1)
#define SHAPE_IS(at, literal) (memcmp(at, literal, SHAPE_LEN(literal)) == 0)

/* What is read at one time, from the first digit on: the stops, and a word of
 * the constant behind the last. */
#define SHAPE_BEFORE (SHAPE_DIGITS + SHAPE_LEN(SHAPE_VALUE))
#define SHAPE_WINDOW (SHAPE_BEFORE + JSON_STOPS + 16)

/* Eight digits: neighbours are joined three times. False for other bytes. */
static bool
json_shape_eight(const char *at, uint64_t *value)
{
	uint64_t word, high;

	memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	word ^= 0x3030303030303030;
	high = (word + 0x7676767676767676) | word;
	word = word * 10 + (word >> 8);
	*value = (((word & 0x000000ff000000ff) * (100 + (1000000ULL << 32)) +
		      ((word >> 16) & 0x000000ff000000ff) *
			  (1 + (10000ULL << 32))) >>
		     32) &
	    0xffffffff;
	return (high & 0x8080808080808080) == 0;
}

static bool
json_shape_timestamp(const char *at, int64_t *ms)
{
	uint64_t first, last;

	if (!json_shape_eight(at, &first) ||
	    !json_shape_eight(at + SHAPE_DIGITS - 8, &last))
		return false;
	*ms = (int64_t)(first * 100000 + last % 100000);
	return true;
}

/*
 * Four stops from the first bit on, each less than 64 after the one before,
 * as no number is longer. The bits are moved down to the one behind each, so
 * that there is nothing to ask on the way.
 */
static inline bool
json_shape_stops(const char *at, const uint64_t bits[2], const char *stops[4])
{
	uint64_t low = bits[0], high = bits[1], last = UINT64_MAX;

	for (int i = 0; i < 4; i++) {
		unsigned to = (unsigned)__builtin_ctzll(low | 1ULL << 63) + 1;

		last = low < last ? low : last;
		stops[i] = at + to - 1;
		at += to;
		low = low >> 1 >> (to - 1) | high << (64 - to);
		high = high >> 1 >> (to - 1);
	}
	return last != 0 && *stops[3] == '}';
}

static inline bool
json_shape_number(
    const char *at, const char *stop, const char *end, double *value)
{
	return (text_read_plain(at, stop, value) ||
		   text_read_double(at, end, value) == stop) &&
	    fabs(*value) <= LIMIT_VALUE;
}

/*
 * The numbers from `at` on, of which SHAPE_WINDOW bytes can be read; where
 * they end, or NULL. Where they begin is known before any is read, so that
 * the processor reads them side by side.
 */
static const char *
json_shape_numbers(struct json_shape *shape, const char *at, const char *end,
    const struct json_path *path)
{
	const char *stops[4];
	uint64_t bits[2];

	path->stops(at, bits);
	if (!json_shape_stops(at, bits, stops) ||
	    !SHAPE_IS(stops[0], SHAPE_MIN) || !SHAPE_IS(stops[1], SHAPE_SUM) ||
	    !SHAPE_IS(stops[2], SHAPE_COUNT))
		return NULL;
	if (!json_shape_number(at, stops[0], end, &shape->max) ||
	    !json_shape_number(
		stops[0] + SHAPE_LEN(SHAPE_MIN), stops[1], end, &shape->min) ||
	    !json_shape_number(
		stops[1] + SHAPE_LEN(SHAPE_SUM), stops[2], end, &shape->sum) ||
	    !json_shape_number(stops[2] + SHAPE_LEN(SHAPE_COUNT), stops[3], end,
		&shape->count))
		return NULL;
	return stops[3];
}

bool
json_shape_read(struct json_shape *shape, struct span line, const char *digits,
    const char *end, const struct json_path *path)
{
	const char *from = digits, *stop;
	char window[SHAPE_WINDOW];
	size_t len;

	if ((size_t)(end - digits) < SHAPE_WINDOW) {
		memset(window, 0, sizeof(window));
		memcpy(window, digits, (size_t)(end - digits));
		from = window;
		end = window + SHAPE_WINDOW;
	}
	if (!json_shape_timestamp(from, &shape->timestamp_ms) ||
	    !SHAPE_IS(from + SHAPE_DIGITS, SHAPE_VALUE))
		return false;
	stop = json_shape_numbers(shape, from + SHAPE_BEFORE, end, path);
	if (stop == NULL)
		return false;
	len = (size_t)(digits - line.at);
	shape->value = digits + SHAPE_BEFORE - SHAPE_LEN("{\"max\":");
	shape->key.body = span_make(line.at, len);
	len += (size_t)(stop - from);
	shape->key.tail = span_make(line.at + len, line.len - len);
	return true;
}
