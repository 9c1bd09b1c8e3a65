#include "pipeline/alarm/math/math_fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/tree.h"

unsigned
math_column(struct span expression, size_t offset)
{
	unsigned column = 1;

	for (size_t i = 0; i < offset && i < expression.len; i++)
		column += ((unsigned char)expression.at[i] & 0xc0) != 0x80;
	return column;
}

bool
math_fail(struct arena *arena, struct math_fault *fault, unsigned column,
    const char *format, ...)
{
	char text[512];
	va_list args;

	if (fault->text != NULL)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fault->column = column;
	fault->text = arena_text(arena, span_text(text));
	return false;
}

const char *
math_hint(struct arena *arena, struct span wrong, const struct span *names,
    size_t count)
{
	const char **keys = arena_alloc(arena, (count + 1) * sizeof(*keys));
	const char *near;

	for (size_t i = 0; i < count; i++)
		keys[i] = arena_text(arena, names[i]);
	near = tree_nearest(wrong, keys);
	return near == NULL ? ""
			    : arena_printf(arena, "; did you mean %s?", near);
}
