#include "pipeline/decode/check.h"

#include <math.h>
#include <stdbool.h>

#include "base/limits.h"
#include "base/utf8.h"

static bool
check_is_plain(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < 0x20 || name.at[i] == 0x7f)
			return false;
	return utf8_valid(name);
}

static const char *
check_name(struct span name)
{
	if (name.len == 0)
		return "a name is empty";
	if (name.len > LIMIT_NAME)
		return "a name is longer than 255 bytes";
	if (!check_is_plain(name))
		return "a name has control characters or is not UTF-8";
	return NULL;
}

static const char *
check_dimensions(const struct dimension *dimensions, size_t count)
{
	const char *reason;

	if (count > LIMIT_DIMENSIONS)
		return "more than 30 dimensions";
	for (size_t i = 0; i < count; i++) {
		reason = check_name(dimensions[i].name);
		if (reason != NULL)
			return reason;
		if (dimensions[i].value.len > LIMIT_DIMENSION_VALUE)
			return "a dimension's value is too long";
		if (!utf8_valid(dimensions[i].value))
			return "a dimension's value is not UTF-8";
	}
	return NULL;
}

static bool
check_is_value(double value)
{
	return isfinite(value) && fabs(value) <= LIMIT_VALUE;
}

static const char *
check_values(const struct point *point)
{
	static const char reason[] = "a value is not finite or beyond 2^360";

	if (!check_is_value(point->sum) || !check_is_value(point->count) ||
	    !check_is_value(point->min) || !check_is_value(point->max))
		return reason;
	if (point->nstatistics > LIMIT_STATISTICS)
		return "more than 32 extended statistics";
	for (size_t i = 0; i < point->nstatistics; i++)
		if (!check_is_value(point->statistics[i].value))
			return reason;
	return NULL;
}

const char *
check_point(const struct point *point)
{
	const struct series_key *key = &point->series;
	const struct span names[] = {
	    key->account, key->region, key->namespace, key->metric, key->unit};
	const char *reason;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		reason = check_name(names[i]);
		if (reason != NULL)
			return reason;
	}
	for (size_t i = 0; i < point->nstatistics; i++) {
		reason = check_name(point->statistics[i].name);
		if (reason != NULL)
			return reason;
	}
	reason = check_dimensions(key->dimensions, key->ndimensions);
	return reason != NULL ? reason : check_values(point);
}
