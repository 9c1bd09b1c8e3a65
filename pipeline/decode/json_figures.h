/* For the paths of json_index.h: the numbers of a line, by a reader of one. */
#ifndef PIPELINE_DECODE_JSON_FIGURES_H
#define PIPELINE_DECODE_JSON_FIGURES_H

#include "base/text.h"
#include "pipeline/decode/json_index.h"

/* What text_read_double() does, for numbers that come often; it gives NULL for
 * all others. */
typedef const char *
json_figure_reader(const char *at, const char *end, double *value);

/* A number, and what stands behind it; where that ends, or NULL. */
static inline __attribute__((always_inline)) const char *
json_figure(json_figure_reader *read, const char *at, const char *end,
    double *value, const char *behind, size_t len)
{
	const char *stop;

	if (at == NULL)
		return NULL;
	stop = read(at, end, value);
	if (__builtin_expect(stop == NULL, 0))
		stop = text_read_double(at, end, value);
	if (stop == NULL || (size_t)(end - stop) < len ||
	    memcmp(stop, behind, len) != 0)
		return NULL;
	return stop + len;
}

/* Inlined once a path, with its reader. */
static inline __attribute__((always_inline)) const char *
json_figures_by(json_figure_reader *read, const char *at, const char *end,
    struct json_figures *figures)
{
	at = json_figure(read, at, end, &figures->max, ",\"min\":", 7);
	at = json_figure(read, at, end, &figures->min, ",\"sum\":", 7);
	at = json_figure(read, at, end, &figures->sum, ",\"count\":", 9);
	return json_figure(read, at, end, &figures->count, "}", 1);
}

#endif
