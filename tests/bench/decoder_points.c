#include "decoder_points.h"

#include <stdlib.h>

#include <zstd.h>

#include "base/log.h"

#define POINTS_START_MS 1767225600000LL

void
chunks_clear(struct chunks *chunks)
{
	chunks->count = 0;
	buf_clear(&chunks->plain);
	buf_clear(&chunks->packed);
}

void
chunks_fini(struct chunks *chunks)
{
	buf_fini(&chunks->plain);
	buf_fini(&chunks->packed);
	free(chunks->at);
}

struct span
chunk_plain(const struct chunks *chunks, size_t i)
{
	return span_make(
	    chunks->plain.bytes + chunks->at[i].from, chunks->at[i].len);
}

struct span
chunk_packed(const struct chunks *chunks, size_t i)
{
	return span_make(chunks->packed.bytes + chunks->at[i].packed_from,
	    chunks->at[i].packed_len);
}

void
points_init(struct points *points, size_t series, const struct figures *pool,
    size_t pool_count)
{
	*points = (struct points){.series = series,
	    .at = series,
	    .minute_ms = POINTS_START_MS,
	    .state = series,
	    .pool = pool,
	    .pool_count = pool_count};
	points->order = calloc(series, sizeof(*points->order));
	if (points->order == NULL)
		log_die("out of memory: %zu series", series);
	for (size_t i = 0; i < series; i++)
		points->order[i] = (uint32_t)i;
}

void
points_fini(struct points *points)
{
	free(points->order);
	for (size_t i = 0; i < 6; i++)
		buf_fini(&points->scratch[i]);
}

static void
points_minute(struct points *points)
{
	for (size_t i = points->series - 1; i > 0; i--) {
		size_t with = bench_random(&points->state) % (i + 1);
		uint32_t kept = points->order[i];

		points->order[i] = points->order[with];
		points->order[with] = kept;
	}
	points->at = 0;
	points->minute_ms += 60000;
}

/* The chunk that takes `len` more bytes; a new one where the last is full. */
static struct chunk *
chunks_room(struct chunks *chunks, size_t len)
{
	struct chunk *last =
	    chunks->count == 0 ? NULL : &chunks->at[chunks->count - 1];

	if (last != NULL && last->len + len <= POINTS_CHUNK)
		return last;
	if (chunks->count == chunks->room) {
		chunks->room = chunks->room == 0 ? 64 : chunks->room * 2;
		chunks->at =
		    realloc(chunks->at, chunks->room * sizeof(*chunks->at));
		if (chunks->at == NULL)
			log_die("out of memory: chunks");
	}
	last = &chunks->at[chunks->count++];
	*last = (struct chunk){.from = chunks->plain.len};
	return last;
}

static void
chunk_tell(struct chunk *chunk, const struct drawn *d, int64_t ms)
{
	struct tally *tally = &chunk->tally;

	tally->points++;
	tally->times_ms += ms;
	tally->values += d->figures->max;
	tally->values += d->figures->min;
	tally->values += d->figures->sum;
	tally->values += d->figures->count;
	tally->names += strlen(POINTS_ACCOUNT) + strlen(d->name.region) +
	    strlen(d->name.namespace) + strlen(d->name.metric);
	for (size_t i = 0; i < d->name.ndimensions; i++)
		tally->names += strlen(d->name.dimensions[i].name) +
		    d->name.dimensions[i].len;
	chunk->newest_ms = ms;
}

static void
message_put(struct points *points, struct chunks *chunks,
    const struct drawn *drawn, int64_t ms)
{
	struct buf *metrics = &points->scratch[4], *out = &points->scratch[5];
	const char *regions[POINTS_REGIONS] = {0};
	struct chunk *chunk;

	buf_clear(out);
	for (size_t r = 0; r < POINTS_REGIONS; r++) {
		buf_clear(metrics);
		for (size_t i = 0; i < POINTS_MESSAGE; i++) {
			size_t at = 0;

			while (at < POINTS_REGIONS && regions[at] != NULL &&
			    regions[at] != drawn[i].name.region)
				at++;
			regions[at] = drawn[i].name.region;
			if (at == r)
				write_metric(
				    points->scratch, metrics, &drawn[i], ms);
		}
		if (regions[r] != NULL)
			write_region(points->scratch, out, buf_span(metrics),
			    regions[r]);
	}
	chunk = chunks_room(chunks, out->len + 5);
	write_varint(&chunks->plain, out->len);
	buf_span_put(&chunks->plain, buf_span(out));
	chunk->len = chunks->plain.len - chunk->from;
	/* In the order of the wire. */
	for (size_t r = 0; r < POINTS_REGIONS; r++)
		for (size_t i = 0; i < POINTS_MESSAGE; i++)
			if (drawn[i].name.region == regions[r])
				chunk_tell(chunk, &drawn[i], ms);
}

static void
lines_put(
    struct chunks *chunks, const struct drawn *drawn, size_t count, int64_t ms)
{
	for (size_t i = 0; i < count; i++) {
		struct chunk *chunk = chunks_room(chunks, 1024);

		write_line(&chunks->plain, &drawn[i], ms);
		chunk->len = chunks->plain.len - chunk->from;
		chunk_tell(chunk, &drawn[i], ms);
	}
}

void
chunks_pack(struct chunks *chunks)
{
	size_t bound = ZSTD_compressBound(POINTS_CHUNK);

	buf_clear(&chunks->packed);
	for (size_t i = 0; i < chunks->count; i++) {
		struct chunk *chunk = &chunks->at[i];
		struct span plain = chunk_plain(chunks, i);
		char *to = buf_reserve(&chunks->packed, bound);
		size_t len = ZSTD_compress(to, bound, plain.at, plain.len, 3);

		if (ZSTD_isError(len))
			log_die("zstd: %s", ZSTD_getErrorName(len));
		chunk->packed_from = chunks->packed.len;
		chunk->packed_len = len;
		chunks->packed.len += len;
	}
}

static void
points_draw(struct points *points, struct drawn *d)
{
	uint32_t chance = bench_random(&points->state);

	d->series = points->order[points->at++];
	d->figures = &points->pool[chance % points->pool_count];
	name_make(&d->name, d->series);
}

void
points_next(struct points *points, size_t count, struct chunks *json,
    struct chunks *otlp)
{
	static struct drawn drawn[POINTS_MESSAGE];
	int64_t ms;

	if (json != NULL)
		chunks_clear(json);
	if (otlp != NULL)
		chunks_clear(otlp);
	for (size_t done = 0; done < count; done += POINTS_MESSAGE) {
		if (points->at == points->series)
			points_minute(points);
		ms = points->minute_ms;
		for (size_t i = 0; i < POINTS_MESSAGE; i++)
			points_draw(points, &drawn[i]);
		if (json != NULL)
			lines_put(json, drawn, POINTS_MESSAGE, ms);
		if (otlp != NULL)
			message_put(points, otlp, drawn, ms);
	}
}

void
points_alarm(struct buf *out, size_t series)
{
	struct name name;

	name_make(&name, series);
	buf_printf(out,
	    "\"Namespace\":\"%s\",\"MetricName\":\"%s\",\"Dimensions\":[",
	    name.namespace, name.metric);
	for (size_t i = 0; i < name.ndimensions; i++)
		buf_printf(out, "%s{\"Name\":\"%s\",\"Value\":\"%s\"}",
		    i > 0 ? "," : "", name.dimensions[i].name,
		    name.dimensions[i].value);
	buf_text(out, "]");
}
