#include "pipeline/decode/decode_otlp_cut.h"

#include <math.h>

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
cut_quantiles(struct otlp_cut *cut, struct point *point,
    const unsigned char *at, const unsigned char *end)
{
	struct otlp_quantile quantile = {-1, 0};
	size_t count = 0;

	while (at < end && *at == CUT_QUANTILE) {
		double before = quantile.at;

		at = cut_quantile(at, end, &quantile);
		if (at == NULL || !(quantile.at > before) ||
		    !(fabs(quantile.value) <= LIMIT_VALUE))
			return NULL;
		if (count++ > 0)
			continue;
		if (quantile.at != 0)
			return NULL;
		point->min = quantile.value;
	}
	if (quantile.at != 1 || count > OTLP_QUANTILES)
		return NULL;
	point->max = quantile.value;
	cut->nstatistics = count - 2;
	return at;
}

/* Figures of any number of quantiles. */
static const unsigned char *
cut_figures(struct otlp_cut *cut, struct point *point, const unsigned char *at,
    const unsigned char *end)
{
	uint64_t summed, sum, start;

	if (end - at < 36 || at[0] != CUT_START || at[9] != CUT_END ||
	    at[18] != CUT_COUNT)
		return NULL;
	start = word_read(at + 1);
	summed = at[27] == CUT_SUM;
	sum = word_read(at + 28) & -summed;
	point->timestamp_ms = (int64_t)(start / 1000000);
	point->sum = cut_double(sum);
	point->count = cut_count(word_read(at + 19));
	if (start == 0 || cut_is_no_value(sum))
		return NULL;
	cut->quantiles = at + 27 + 9 * summed;
	cut->end = cut_quantiles(cut, point, cut->quantiles, end);
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

/*
 * Where figures begin that end at `end`, if they are of the usual shape: seen
 * from behind, it is guessed which zeros were left out. OTLP_FIGURES bytes can
 * be read before the end. That the guess was wrong is seen when the figures
 * are cut there, or else by the names before them, which are not known then.
 */
static inline const unsigned char *
cut_guess(const unsigned char *end)
{
	end -= end[-20] == CUT_QUANTILE && end[-19] == 18 ? 20 : 11;
	end -= end[-11] == CUT_QUANTILE && end[-10] == 9 ? 11 : 2;
	return end - (end[-9] == CUT_SUM && end[-18] == CUT_COUNT ? 36 : 27);
}

static bool
cut_labelled(struct otlp_cut *cut, struct point *point,
    const unsigned char *names, const unsigned char *end)
{
	const unsigned char *at;
	uint32_t shared;

	if (end - names > OTLP_FIGURES) {
		at = cut_guess(end);
		cut->names = span_make(names, (size_t)(at - names));
		if (cut_figures(cut, point, at, end) == end)
			return true;
	}
	at = cut_fields(names, end, CUT_LABEL, &shared);
	if (at == NULL)
		return false;
	cut->names = span_make(names, (size_t)(at - names));
	return cut_figures(cut, point, at, end) == end;
}

bool
otlp_cut(struct otlp_cut *cut, struct point *point, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at, *names;
	const unsigned char *end = at + bytes.len;

	if (bytes.len == 0)
		return false;
	if (*at == CUT_LABEL)
		return cut_labelled(cut, point, at, end);
	names = cut_figures(cut, point, at, end);
	if (names == NULL)
		return false;
	cut->names = span_make(names, (size_t)(end - names));
	return names < end;
}

bool
otlp_cut_names(struct span names, uint32_t *shared)
{
	const unsigned char *at = (const unsigned char *)names.at;
	const unsigned char *end = at + names.len;

	return cut_fields(at, end, *at == CUT_LABEL ? CUT_LABEL : CUT_ATTRIBUTE,
		   shared) == end;
}

const unsigned char *
otlp_cut_quantile(const struct otlp_cut *cut, const unsigned char *at,
    struct otlp_quantile *quantile)
{
	return cut_quantile(at, cut->end, quantile);
}
