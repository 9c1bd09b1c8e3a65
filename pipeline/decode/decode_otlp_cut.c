#include "pipeline/decode/decode_otlp_cut.h"

#include <math.h>

#include "pipeline/decode/wire.h"

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

static inline double
cut_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Not NaN, not infinite. */
static inline bool
cut_is_value(double value)
{
	return fabs(value) <= LIMIT_VALUE;
}

/* The quantile at its tag, zeros left out or not. */
static inline const unsigned char *
cut_quantile(const unsigned char *at, const unsigned char *end,
    struct otlp_quantile *quantile)
{
	size_t len;

	*quantile = (struct otlp_quantile){0};
	if (end - at < 2 || at[1] > end - at - 2)
		return NULL;
	len = at[1];
	at += 2;
	if (len == 18 && at[0] == CUT_AT && at[9] == CUT_VALUE) {
		quantile->at = cut_double(word_read(at + 1));
		quantile->value = cut_double(word_read(at + 10));
	} else if (len == 9 && at[0] == CUT_VALUE) {
		quantile->value = cut_double(word_read(at + 1));
	} else if (len == 9 && at[0] == CUT_AT) {
		quantile->at = cut_double(word_read(at + 1));
	} else if (len != 0) {
		return NULL;
	}
	return at + len;
}

/* From 0 to 1, each above the one before. */
static const unsigned char *
cut_quantiles(
    struct otlp_cut *cut, const unsigned char *at, const unsigned char *end)
{
	struct otlp_quantile quantile = {-1, 0};
	size_t count = 0;

	while (at < end && *at == CUT_QUANTILE) {
		double before = quantile.at;

		at = cut_quantile(at, end, &quantile);
		if (at == NULL || !(quantile.at > before) ||
		    !cut_is_value(quantile.value))
			return NULL;
		if (count++ > 0)
			continue;
		if (quantile.at != 0)
			return NULL;
		cut->min = quantile.value;
	}
	if (quantile.at != 1 || count > OTLP_QUANTILES)
		return NULL;
	cut->max = quantile.value;
	cut->nstatistics = count - 2;
	return at;
}

/*
 * A minimum and a maximum and nothing else, as most points have them; NULL
 * when it is not just that. Whether a zero was left out is by no means
 * predictable, so the value is masked, here and of the sum.
 */
static inline const unsigned char *
cut_extremes(
    struct otlp_cut *cut, const unsigned char *at, const unsigned char *end)
{
	uint64_t some;

	if (end - at < 22 || at[0] != CUT_QUANTILE)
		return NULL;
	some = at[1] == 9;
	if ((at[1] != 0 && at[1] != 9) ||
	    at[2] != (some ? CUT_VALUE : CUT_QUANTILE))
		return NULL;
	cut->min = cut_double(word_read(at + 3) & -some);
	at += 2 + 9 * some;
	if (end - at < 20 || at[0] != CUT_QUANTILE || at[1] != 18 ||
	    at[2] != CUT_AT || at[11] != CUT_VALUE ||
	    cut_double(word_read(at + 3)) != 1 ||
	    (at + 20 < end && at[20] == CUT_QUANTILE))
		return NULL;
	cut->max = cut_double(word_read(at + 12));
	cut->nstatistics = 0;
	if (!cut_is_value(cut->min) || !cut_is_value(cut->max))
		return NULL;
	return at + 20;
}

static inline const unsigned char *
cut_figures(
    struct otlp_cut *cut, const unsigned char *at, const unsigned char *end)
{
	uint64_t summed;

	if (end - at < 36 || at[0] != CUT_START || at[9] != CUT_END ||
	    at[18] != CUT_COUNT)
		return NULL;
	cut->start_ns = word_read(at + 1);
	cut->count = word_read(at + 19);
	summed = at[27] == CUT_SUM;
	cut->sum = cut_double(word_read(at + 28) & -summed);
	at += 27 + 9 * summed;
	if (cut->start_ns == 0 || !cut_is_value(cut->sum))
		return NULL;
	cut->quantiles = at;
	cut->end = cut_extremes(cut, at, end);
	if (cut->end == NULL)
		cut->end = cut_quantiles(cut, at, end);
	return cut->end;
}

/* Past all fields of this tag that follow one another. */
static const unsigned char *
cut_fields(const unsigned char *at, const unsigned char *end, unsigned char tag,
    uint32_t *shared)
{
	const unsigned char *begin = at;
	size_t count = 0, len;

	*shared = 0;
	while (at < end && *at == tag) {
		at = wire_length(at + 1, end, &len);
		if (at == NULL)
			return NULL;
		at += len;
		if (++count == 2)
			*shared = (uint32_t)(at - begin);
	}
	return at;
}

bool
otlp_cut(struct otlp_cut *cut, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	const unsigned char *end = at + bytes.len, *names = at;
	uint32_t shared;

	if (at == end)
		return false;
	if (*at == CUT_LABEL) {
		at = cut_fields(at, end, CUT_LABEL, &shared);
		if (at == NULL)
			return false;
		cut->names = span_make(names, (size_t)(at - names));
		return cut_figures(cut, at, end) == end;
	}
	names = cut_figures(cut, at, end);
	if (names == NULL)
		return false;
	cut->names = span_make(names, (size_t)(end - names));
	return names < end;
}

bool
otlp_cut_names(const struct otlp_cut *cut, uint32_t *shared)
{
	const unsigned char *at = (const unsigned char *)cut->names.at;
	const unsigned char *end = at + cut->names.len;

	return cut_fields(at, end, *at == CUT_LABEL ? CUT_LABEL : CUT_ATTRIBUTE,
		   shared) == end;
}

const unsigned char *
otlp_cut_quantile(const struct otlp_cut *cut, const unsigned char *at,
    struct otlp_quantile *quantile)
{
	return cut_quantile(at, cut->end, quantile);
}
