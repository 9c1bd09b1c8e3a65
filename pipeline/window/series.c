#include "pipeline/window/series.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

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
	for (size_t i = 0; i < key->ndimensions; i++) {
		series_put_text(out, key->dimensions[i].name);
		series_put_text(out, key->dimensions[i].value);
	}
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
series_read_by(struct series *series, size_t watch, int64_t reach)
{
	if (series->nreaders == series->readers_room) {
		series->readers_room =
		    series->readers_room == 0 ? 2 : series->readers_room * 2;
		series->readers = realloc(series->readers,
		    series->readers_room * sizeof(*series->readers));
		if (series->readers == NULL)
			log_die("out of memory: readers of a series");
	}
	series->readers[series->nreaders++] = watch;
	if (reach > series->reach)
		series->reach = reach;
}

void
series_read_by_none(struct series *series)
{
	series->nreaders = 0;
	series->reach = 0;
}
