#include "pipeline/decode/json_shape.h"

#include <math.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/word.h"

/* Milliseconds have 13 digits from 2001 to 2286. */
#define SHAPE_DIGITS 13
#define SHAPE_VALUE ",\"value\":{\"max\":"
#define SHAPE_LEN(literal) (sizeof(literal) - 1)
#define SHAPE_IS(at, literal) (memcmp(at, literal, SHAPE_LEN(literal)) == 0)

/* What is looked at from the first digit on, or as if it were there: up to the
 * first number, and all of them, with room that their readers like. */
#define SHAPE_BEFORE (SHAPE_DIGITS + SHAPE_LEN(SHAPE_VALUE))
#define SHAPE_WINDOW (SHAPE_BEFORE + 256)

static bool
json_shape_timestamp(const char *at, int64_t *ms)
{
	uint64_t first = word_read(at) ^ WORD_ZEROS;
	uint64_t last = word_read(at + SHAPE_DIGITS - 8) ^ WORD_ZEROS;

	*ms = (int64_t)(word_join(first) * 100000 + word_join(last) % 100000);
	return (word_other(first) | word_other(last)) == 0;
}

static bool
json_shape_limits(const struct json_figures *figures)
{
	return (fabs(figures->max) <= LIMIT_VALUE) &
	    (fabs(figures->min) <= LIMIT_VALUE) &
	    (fabs(figures->sum) <= LIMIT_VALUE) &
	    (fabs(figures->count) <= LIMIT_VALUE);
}

bool
json_shape_read(struct json_shape *shape, struct span line, const char *digits,
    const char *end, const struct json_path *path)
{
	char window[JSON_FIGURE_BEFORE + SHAPE_WINDOW];
	const char *from = digits, *stop;
	size_t len;

	if ((size_t)(end - digits) < SHAPE_WINDOW) {
		from = window + JSON_FIGURE_BEFORE;
		memset(window, 0, sizeof(window));
		memcpy(window + JSON_FIGURE_BEFORE, digits,
		    (size_t)(end - digits));
		end = window + sizeof(window);
	}
	if (!json_shape_timestamp(from, &shape->timestamp_ms) ||
	    !SHAPE_IS(from + SHAPE_DIGITS, SHAPE_VALUE))
		return false;
	stop = path->figures(from + SHAPE_BEFORE, end, &shape->figures);
	if (stop == NULL || !json_shape_limits(&shape->figures))
		return false;
	len = (size_t)(digits - line.at);
	shape->value = digits + SHAPE_BEFORE - SHAPE_LEN("{\"max\":");
	shape->key.body = span_make(line.at, len);
	len += (size_t)(stop - 1 - from);
	shape->key.tail = span_make(line.at + len, line.len - len);
	return true;
}
