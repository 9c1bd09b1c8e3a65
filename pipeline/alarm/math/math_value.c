#include "pipeline/alarm/math/math_value.h"

#include <math.h>

double
math_finite(double value)
{
	return isfinite(value) ? value : (double)NAN;
}

struct math_value
math_value_number(double number)
{
	return (struct math_value){
	    .type = MATH_S, .number = math_finite(number)};
}

struct math_value
math_value_series(struct math_run *run, enum math_type type, size_t count)
{
	struct math_value value = {.type = type, .count = count};

	value.series = arena_alloc(run->arena, count * sizeof(*value.series));
	return value;
}

double *
math_value_points(struct math_run *run, struct math_series *series)
{
	struct math_buffer *buffer = run->free;

	if (buffer != NULL)
		run->free = buffer->next;
	else
		buffer = arena_alloc(run->arena,
		    sizeof(*buffer) + run->window->count * sizeof(double));
	*series = (struct math_series){buffer->at, buffer};
	return buffer->at;
}

void
math_value_done(struct math_run *run, struct math_value *value)
{
	for (size_t i = 0; i < value->count; i++) {
		struct math_buffer *own = value->series[i].own;

		if (own == NULL)
			continue;
		own->next = run->free;
		run->free = own;
	}
	value->count = 0;
}

struct math_series
math_value_move(struct math_series *from)
{
	struct math_series series = *from;

	from->own = NULL;
	return series;
}
