/*
 * A data point of the usual shape cut in two: figures, which change with
 * every minute, and the bytes that name its series, which do not and so need
 * not be read again.
 *
 *   0.7   labels  start end count [sum] quantiles
 *   1.0           start end count [sum] quantiles  attributes
 *
 * Quantiles stand from the minimum to the maximum. Figures are checked as
 * check_point() has it, so that a cut point whose names are known is good.
 */
#ifndef PIPELINE_DECODE_DECODE_OTLP_CUT_H
#define PIPELINE_DECODE_DECODE_OTLP_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "pipeline/decode/decode_otlp_visit.h"
#include "pipeline/decode/wire.h"

struct otlp_cut {
	struct span names;
	const unsigned char *quantiles, *end; /* all of them, and behind */
	size_t nstatistics; /* quantiles between the first and the last */
};

/* The point's time, sum, count, minimum and maximum go to `point`, of which
 * the rest is left alone. False: it is odd, or wrong, and is to be read in
 * full. */
bool otlp_cut(struct otlp_cut *cut, struct point *point, struct span bytes);
/* The most that figures have which are a minimum and a maximum and no more
 * quantiles, and the byte behind. */
#define OTLP_FIGURES (27 + 9 + 11 + 20 + 1)
/* The same for such figures, as most are, and names behind them: where those
 * begin, or NULL when otlp_cut() is to be asked. There are OTLP_FIGURES bytes
 * from `at`. */
static inline const unsigned char *
otlp_cut_usual(struct point *point, const unsigned char *at);
/*
 * Whether the names are labels, or attributes, and nothing else. That is not
 * seen in cutting: it is asked before the bytes are taught, and what was never
 * taught is not known. *shared is where the first two end, namespace and
 * metric, which many series have in common; 0 when there are no two.
 */
bool otlp_cut_names(struct span names, uint32_t *shared);
/* The quantile at `at` of a point that was cut; gives where the next is. */
const unsigned char *otlp_cut_quantile(const struct otlp_cut *cut,
    const unsigned char *at, struct otlp_quantile *quantile);

/* ---- what is quick because it stands where it is called --------------------
 */

/* Tags of a data point, one byte each. */
enum {
	CUT_LABEL = WIRE_TAG(1, WIRE_BYTES),
	CUT_START = WIRE_TAG(2, WIRE_FIXED64),
	CUT_END = WIRE_TAG(3, WIRE_FIXED64),
	CUT_COUNT = WIRE_TAG(4, WIRE_FIXED64),
	CUT_SUM = WIRE_TAG(5, WIRE_FIXED64),
	CUT_QUANTILE = WIRE_TAG(6, WIRE_BYTES),
	CUT_ATTRIBUTE = WIRE_TAG(7, WIRE_BYTES),
	CUT_AT = WIRE_TAG(1, WIRE_FIXED64),
	CUT_VALUE = WIRE_TAG(2, WIRE_FIXED64)
};

/* Bits of 1.0 and of LIMIT_VALUE. */
#define CUT_ONE_BITS 0x3ff0000000000000
#define CUT_LIMIT_BITS 0x5670000000000000

static inline double
cut_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* NaN, infinite or too great: all are above the limit when their bits are read
 * as a number, without the sign. */
static inline bool
cut_is_no_value(uint64_t bits)
{
	return bits << 1 > (uint64_t)CUT_LIMIT_BITS << 1;
}

/* Sent as 64 bits, of which points have never used the first. */
static inline double
cut_count(uint64_t count)
{
	return (int64_t)count >= 0 ? (double)(int64_t)count : (double)count;
}

/*
 * Whether a zero was left out is by no means predictable, so there is no
 * branch on that: its value is masked, and the length is of one or the other.
 */
static inline const unsigned char *
cut_extremes(struct point *point, const unsigned char *at)
{
	uint64_t some = at[1] == 9, most, min, max;

	if (at[0] != CUT_QUANTILE || at[1] != 9 * some ||
	    at[2] != (some ? CUT_VALUE : CUT_QUANTILE))
		return NULL;
	min = word_read(at + 3) & -some;
	at += 2 + 9 * some;
	most = at[1] == 18;
	/* The tags, and the first bytes of 1.0; and that. */
	if (word_read(at) !=
		(CUT_QUANTILE | (9 + 9 * most) << 8 | CUT_AT << 16) ||
	    word_read(at + 3) != CUT_ONE_BITS)
		return NULL;
	max = word_read(at + 12) & -most;
	if (at[11] != CUT_VALUE && most)
		return NULL;
	at += 11 + 9 * most;
	if (cut_is_no_value(min) || cut_is_no_value(max))
		return NULL;
	point->min = cut_double(min);
	point->max = cut_double(max);
	return *at != CUT_QUANTILE ? at : NULL;
}

static inline const unsigned char *
otlp_cut_usual(struct point *point, const unsigned char *at)
{
	uint64_t summed = at[27] == CUT_SUM, sum, start;

	if (at[0] != CUT_START || at[9] != CUT_END || at[18] != CUT_COUNT)
		return NULL;
	start = word_read(at + 1);
	sum = word_read(at + 28) & -summed;
	if (start == 0 || cut_is_no_value(sum))
		return NULL;
	point->timestamp_ms = (int64_t)(start / 1000000);
	point->sum = cut_double(sum);
	point->count = cut_count(word_read(at + 19));
	return cut_extremes(point, at + 27 + 9 * summed);
}

#endif
