#include "pipeline/window/series.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

void
series_table_init(struct series_table *table)
{
	*table = (struct series_table){0};
	arena_init(&table->arena);
}

void
series_table_fini(struct series_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		panes_fini(&table->at[i]->panes);
		free(table->at[i]->readers);
	}
	free(table->at);
	table_fini(&table->by_key);
	buf_fini(&table->scratch);
	arena_fini(&table->arena);
}

static void
series_put_text(struct buf *out, struct span text)
{
	buf_u32(out, (unsigned)text.len);
	buf_span_put(out, text);
}

static void
series_put_dimensions(
    struct buf *out, const struct dimension *dimensions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		series_put_text(out, dimensions[i].name);
		series_put_text(out, dimensions[i].value);
	}
}

/* The identity as bytes, each part with its length before it. */
static struct span
series_canonical(struct buf *out, const struct series_key *key)
{
	buf_clear(out);
	series_put_text(out, key->account);
	series_put_text(out, key->region);
	series_put_text(out, key->namespace);
	series_put_text(out, key->metric);
	series_put_text(out, key->unit);
	series_put_dimensions(out, key->dimensions, key->ndimensions);
	return buf_span(out);
}

struct span
series_metric_name(struct buf *out, struct span namespace, struct span metric,
    const struct dimension *dimensions, size_t count)
{
	buf_clear(out);
	series_put_text(out, namespace);
	series_put_text(out, metric);
	series_put_dimensions(out, dimensions, count);
	return buf_span(out);
}

static struct series_key
series_copy_key(struct arena *arena, const struct series_key *key)
{
	struct dimension *dimensions =
	    arena_alloc(arena, (key->ndimensions + 1) * sizeof(*dimensions));
	struct series_key copy = *key;

	copy.account = arena_copy(arena, key->account);
	copy.region = arena_copy(arena, key->region);
	copy.namespace = arena_copy(arena, key->namespace);
	copy.metric = arena_copy(arena, key->metric);
	copy.unit = arena_copy(arena, key->unit);
	for (size_t i = 0; i < key->ndimensions; i++) {
		dimensions[i].name = arena_copy(arena, key->dimensions[i].name);
		dimensions[i].value =
		    arena_copy(arena, key->dimensions[i].value);
	}
	copy.dimensions = dimensions;
	return copy;
}

static void
series_append(struct series_table *table, struct series *series)
{
	if (table->count == table->room) {
		table->room = table->room == 0 ? 256 : table->room * 2;
		table->at =
		    realloc(table->at, table->room * sizeof(*table->at));
		if (table->at == NULL)
			log_die("out of memory: %zu series", table->room);
	}
	series->number = table->count;
	table->at[table->count++] = series;
}

struct series *
series_intern(
    struct series_table *table, const struct series_key *key, bool *is_new)
{
	struct span canonical = series_canonical(&table->scratch, key);
	struct series *series = table_get(&table->by_key, canonical);

	*is_new = series == NULL;
	if (series != NULL)
		return series;
	if (table->count >= LIMIT_SERIES)
		return NULL;
	series = arena_alloc(&table->arena, sizeof(*series));
	series->key = series_copy_key(&table->arena, key);
	table_put(&table->by_key, arena_copy(&table->arena, canonical), series);
	series_append(table, series);
	return series;
}

void
series_read_by(
    struct series *series, const struct reader *reader, int64_t reach)
{
	if (series->nreaders == series->readers_room) {
		series->readers_room =
		    series->readers_room == 0 ? 2 : series->readers_room * 2;
		series->readers = realloc(series->readers,
		    series->readers_room * sizeof(*series->readers));
		if (series->readers == NULL)
			log_die("out of memory: readers of a series");
	}
	series->readers[series->nreaders++] = *reader;
	if (reach > series->reach)
		series->reach = reach;
}

void
series_read_by_none(struct series *series)
{
	series->nreaders = 0;
	series->reach = 0;
}

/* p99 and p99.0 are one statistic: the number behind the letters counts. */
static bool
series_statistic_same(struct span a, struct span b)
{
	size_t at = 0;
	double x, y;

	if (span_equal(a, b))
		return true;
	while (at < a.len && at < b.len && a.at[at] == b.at[at] &&
	    (a.at[at] < '0' || a.at[at] > '9'))
		at++;
	return at > 0 &&
	    text_parse_double(span_make(a.at + at, a.len - at), &x) &&
	    text_parse_double(span_make(b.at + at, b.len - at), &y) && x == y;
}

size_t
series_column(
    struct series_table *table, struct series *series, struct span name)
{
	size_t count = series->panes.columns;
	struct span *more;

	for (size_t i = 0; i < count; i++)
		if (series_statistic_same(series->extended[i], name))
			return i;
	if (count == LIMIT_STATISTICS)
		return SIZE_MAX;
	more = arena_alloc(&table->arena, (count + 1) * sizeof(*more));
	for (size_t i = 0; i < count; i++)
		more[i] = series->extended[i];
	more[count] = arena_copy(&table->arena, name);
	series->extended = more;
	panes_column(&series->panes);
	return count;
}

bool
series_extended(
    const struct series *series, const struct point *point, double *out)
{
	bool all = true;

	for (size_t i = 0; i < series->panes.columns; i++) {
		out[i] = NAN;
		for (size_t k = 0; k < point->nstatistics; k++)
			if (series_statistic_same(
				series->extended[i], point->statistics[k].name))
				out[i] = point->statistics[k].value;
		all = all && !isnan(out[i]);
	}
	return all;
}
