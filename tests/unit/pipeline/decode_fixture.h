/* What the decoder's tests share: one record decoded into a fresh arena. */
#ifndef DECODE_FIXTURE_H
#define DECODE_FIXTURE_H

#include <stdio.h>

#include "base/text.h"
#include "pipeline/decode/decode.h"
#include "testing.h"

struct fixture {
	struct arena arena;
	struct decoded out;
};

static inline void
fixture_init(struct fixture *f)
{
	arena_init(&f->arena);
	decoded_init(&f->out, &f->arena);
}

static inline void
fixture_fini(struct fixture *f)
{
	arena_fini(&f->arena);
}

/* A copy that ends where its memory does, so that ASan sees a read behind. */
static inline struct span
fixture_exact(struct fixture *f, struct span record)
{
	char *copy = arena_alloc(&f->arena, record.len > 0 ? record.len : 1);

	if (record.len > 0)
		memcpy(copy, record.at, record.len);
	return span_make(copy, record.len);
}

static inline void
fixture_decode(struct fixture *f, struct span record, size_t index)
{
	decode_record(&f->out, fixture_exact(f, record), index);
}

/* A point as one line: all of it, so that a table can say what is right. */
static inline const char *
fixture_point(struct fixture *f, size_t i)
{
	const struct point *p = &f->out.points[i];
	char number[TEXT_NUMBER_SIZE];
	char *text;
	const double values[] = {p->sum, p->count, p->min, p->max};

	text = arena_printf(&f->arena, "%.*s %.*s %.*s %.*s %.*s @%lld",
	    SPAN_ARGS(p->series.account), SPAN_ARGS(p->series.region),
	    SPAN_ARGS(p->series.namespace), SPAN_ARGS(p->series.metric),
	    SPAN_ARGS(p->series.unit), (long long)p->timestamp_ms);
	for (size_t k = 0; k < p->series.ndimensions; k++)
		text = arena_printf(&f->arena, "%s %.*s=%.*s", text,
		    SPAN_ARGS(p->series.dimensions[k].name),
		    SPAN_ARGS(p->series.dimensions[k].value));
	for (size_t k = 0; k < 4; k++) {
		text_double(number, values[k]);
		text = arena_printf(
		    &f->arena, "%s%s%s", text, k == 0 ? " : " : "/", number);
	}
	for (size_t k = 0; k < p->nstatistics; k++) {
		text_double(number, p->statistics[k].value);
		text = arena_printf(&f->arena, "%s %.*s=%s", text,
		    SPAN_ARGS(p->statistics[k].name), number);
	}
	return text;
}

#endif
