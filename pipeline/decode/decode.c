#include "pipeline/decode/decode.h"

#include <stdlib.h>

#include "pipeline/decode/decode_json.h"
#include "pipeline/decode/decode_otlp.h"

const struct decoder decoders[] = {
    {"json", decode_json}, {"otlp", decode_otlp}, {NULL, NULL}};

void
decoded_init(struct decoded *out, struct arena *arena)
{
	*out = (struct decoded){.arena = arena};
}

/* An array that grows in the arena leaves its smaller self behind. */
static void *
decoded_grow(struct arena *arena, void *old, size_t count, size_t *room,
    size_t size, size_t more)
{
	size_t wanted = count + more;
	void *grown;

	if (wanted <= *room)
		return old;
	if (wanted < *room * 2)
		wanted = *room * 2;
	if (wanted < 16)
		wanted = 16;
	grown = arena_alloc(arena, wanted * size);
	if (count > 0)
		memcpy(grown, old, count * size);
	*room = wanted;
	return grown;
}

void
decoded_drain(struct decoded *out)
{
	out->drained += out->npoints;
	out->npoints = 0;
}

void
decoded_reserve(struct decoded *out, size_t more)
{
	out->points = decoded_grow(out->arena, out->points, out->npoints,
	    &out->points_room, sizeof(*out->points), more);
}

struct point *
decoded_point(struct decoded *out)
{
	decoded_reserve(out, 1);
	return memset(
	    &out->points[out->npoints], 0, sizeof(out->points[out->npoints]));
}

void
decoded_reject(struct decoded *out, size_t record, size_t item, size_t offset,
    size_t len, const char *reason)
{
	if (out->rejects_max > 0 && out->nrejects >= out->rejects_max) {
		out->rejects_over++;
		return;
	}
	out->rejects = decoded_grow(out->arena, out->rejects, out->nrejects,
	    &out->rejects_room, sizeof(*out->rejects), 1);
	out->rejects[out->nrejects++] = (struct reject){.record = record,
	    .item = item,
	    .offset = offset,
	    .len = len,
	    .reason = reason};
}

void
decode_record(struct decoded *out, struct span record, size_t index)
{
	if (record.len > 0)
		decoder_guess(record)->decode(out, record, index);
}

static bool
decode_is_space(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Past white space. */
static struct span
decode_trim(struct span text)
{
	while (text.len > 0 && decode_is_space(*text.at)) {
		text.at++;
		text.len--;
	}
	return text;
}

/* Whether the record begins as an object does, or holds nothing at all. */
static bool
decode_is_object(struct span record)
{
	struct span text = decode_trim(record);

	if (text.len == 0)
		return true;
	if (*text.at != '{')
		return false;
	text = decode_trim(span_make(text.at + 1, text.len - 1));
	return text.len == 0 || *text.at == '"' || *text.at == '}';
}

/* Text that is no object is JSON all the same, for a fault that a person
 * understands; messages have control bytes near their beginning. */
static bool
decode_is_text(struct span record)
{
	for (size_t i = 0; i < record.len && i < 128; i++)
		if ((unsigned char)record.at[i] >= 0x7f ||
		    ((unsigned char)record.at[i] < 0x20 &&
			!decode_is_space(record.at[i])))
			return false;
	return true;
}

const struct decoder *
decoder_guess(struct span record)
{
	bool json = !decode_otlp_fits(record) &&
	    (decode_is_object(record) || decode_is_text(record));

	return &decoders[json ? 0 : 1];
}

static int
dimensions_order(const void *a, const void *b)
{
	return span_compare(((const struct dimension *)a)->name,
	    ((const struct dimension *)b)->name);
}

bool
dimensions_sort(struct dimension *dimensions, size_t count)
{
	if (count > 1)
		qsort(dimensions, count, sizeof(*dimensions), dimensions_order);
	for (size_t i = 1; i < count; i++)
		if (span_equal(dimensions[i - 1].name, dimensions[i].name))
			return false;
	return true;
}
