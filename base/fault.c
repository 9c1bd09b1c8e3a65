#include "base/fault.h"

#include <stdarg.h>

void
faults_init(struct faults *faults)
{
	*faults = (struct faults){0};
	arena_init(&faults->arena);
}

void
faults_fini(struct faults *faults)
{
	arena_fini(&faults->arena);
	*faults = (struct faults){0};
}

void
fault_add(struct faults *faults, const char *file, unsigned line,
    unsigned column, const char *format, ...)
{
	struct fault *fault = arena_alloc(&faults->arena, sizeof(*fault));
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fault->file = arena_text(&faults->arena, span_text(file));
	fault->line = line;
	fault->column = column;
	fault->text = arena_text(&faults->arena, span_text(text));
	if (faults->last == NULL)
		faults->first = fault;
	else
		faults->last->next = fault;
	faults->last = fault;
	faults->count++;
}

void
faults_print(const struct faults *faults, FILE *to)
{
	for (const struct fault *f = faults->first; f != NULL; f = f->next) {
		if (f->file[0] != '\0')
			fprintf(to, "%s:", f->file);
		if (f->line > 0)
			fprintf(to, "%u:%u:", f->line, f->column);
		fprintf(to, "%s%s\n", f->file[0] != '\0' ? " " : "", f->text);
	}
}
