/* Metric math: each line an expression, e1, e2 …, beside three metrics; what is
 * taken is evaluated and gives finite points. */
#include <math.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/alarm/math/math.h"

#define METRICS 3
#define PERIODS 7

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
fuzz_evaluate(
    struct arena *arena, const struct math_query *queries, size_t count)
{
	static const double points[METRICS][PERIODS] = {
	    {1, 0, -3.5, NAN, 1e300, 7, NAN}, {NAN, 2, NAN, NAN, -1e300, 0, 4},
	    {NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
	const double *views[LIMIT_MATH_QUERIES] = {
	    points[0], points[1], points[2]};
	struct math_window window = {1789387080000, 60000, PERIODS, views};
	double out[PERIODS];

	for (size_t i = METRICS; i < count; i++) {
		if (queries[i].math == NULL || !math_is_series(queries[i].math))
			continue;
		math_evaluate(queries[i].math, &window, arena, out);
		for (size_t t = 0; t < PERIODS; t++)
			invariant(!isinf(out[t]));
	}
}

static size_t
fuzz_lines(struct arena *arena, struct span text, struct math_query *queries)
{
	size_t count = METRICS;

	for (size_t i = 0; i < METRICS; i++)
		queries[i].id = span_text(arena_printf(arena, "m%zu", i + 1));
	while (text.len > 0 && count < LIMIT_MATH_QUERIES) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t line = end == NULL ? text.len : (size_t)(end - text.at);

		queries[count].id =
		    span_text(arena_printf(arena, "e%zu", count - METRICS + 1));
		queries[count].expression = span_make(text.at, line);
		count += line > 0; /* an empty one would be a metric */
		line += end != NULL;
		text = span_make(text.at + line, text.len - line);
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct math_query queries[LIMIT_MATH_QUERIES] = {0};
	struct math_fault fault;
	struct arena arena;
	double deviations;
	struct span id;
	size_t count;

	arena_init(&arena);
	count = fuzz_lines(&arena, span_make(bytes, len), queries);
	for (size_t i = METRICS; i < count; i++)
		queries[i].skipped = math_band(
		    &arena, queries[i].expression, &id, &deviations, &fault);
	if (math_compile(&arena, queries, count, &fault))
		fuzz_evaluate(&arena, queries, count);
	else
		invariant(fault.text != NULL && fault.query < count &&
		    fault.column <= LIMIT_EXPRESSION + 1);
	arena_fini(&arena);
	return 0;
}
