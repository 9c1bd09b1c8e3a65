#include "pipeline/window/series.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

/* What names a series. */

static void
series_put_text(struct buf *out, struct span text)
{
	buf_u32(out, (unsigned)text.len);
	buf_span_put(out, text);
}

struct span
series_metric_name(struct buf *out, struct span namespace, struct span metric,
    const struct dimension *dimensions, size_t count)
{
	buf_clear(out);
	series_put_text(out, namespace);
	series_put_text(out, metric);
	for (size_t i = 0; i < count; i++) {
		series_put_text(out, dimensions[i].name);
		series_put_text(out, dimensions[i].value);
	}
	return buf_span(out);
}

/* What it shares with its family as bytes, each part with its length before
 * it. */
static struct span
family_canonical(struct buf *out, const struct series_key *key)
{
	buf_clear(out);
	series_put_text(out, key->account);
	series_put_text(out, key->region);
	series_put_text(out, key->namespace);
	series_put_text(out, key->metric);
	series_put_text(out, key->unit);
	for (size_t i = 0; i < key->ndimensions; i++)
		series_put_text(out, key->dimensions[i].name);
	return buf_span(out);
}

static struct span
family_text(const char **at)
{
	const unsigned char *c = (const unsigned char *)*at;
	size_t len =
	    c[0] | (size_t)c[1] << 8 | (size_t)c[2] << 16 | (size_t)c[3] << 24;
	struct span text = span_make(*at + 4, len);

	*at += 4 + len;
	return text;
}

static struct family *
family_create(struct series_table *table, struct span canonical, size_t nnames)
{
	size_t size = sizeof(struct family) + nnames * sizeof(struct span);
	struct family *family = malloc(size + canonical.len);
	char *bytes = (char *)family + size;
	const char *at = bytes;

	if (family == NULL)
		log_die("out of memory: names of series");
	memcpy(bytes, canonical.at, canonical.len);
	*family = (struct family){.canonical = span_make(bytes, canonical.len),
	    .slab = &table->slab,
	    .nnames = nnames};
	family->account = family_text(&at);
	family->region = family_text(&at);
	family->namespace = family_text(&at);
	family->metric = family_text(&at);
	family->unit = family_text(&at);
	for (size_t i = 0; i < nnames; i++)
		family->names[i] = family_text(&at);
	table_put(&table->families, family->canonical, family);
	return family;
}

static void
family_drop(struct series_table *table, struct family *family)
{
	if (--family->refs > 0)
		return;
	table_remove(&table->families, family->canonical);
	free(family);
}

/* Seven bits a byte, the lowest first; most values are shorter than 128. */
static void
series_put_length(struct buf *out, size_t len)
{
	for (; len >= 128; len >>= 7)
		buf_byte(out, (char)(len | 128));
	buf_byte(out, (char)len);
}

static struct span
series_values(struct buf *out, const struct series_key *key)
{
	buf_clear(out);
	for (size_t i = 0; i < key->ndimensions; i++) {
		series_put_length(out, key->dimensions[i].value.len);
		buf_span_put(out, key->dimensions[i].value);
	}
	return buf_span(out);
}

static struct span
series_value(const char **at)
{
	size_t len = 0;
	struct span value;

	for (int shift = 0;; shift += 7) {
		unsigned char c = (unsigned char)*(*at)++;

		len |= (size_t)(c & 127) << shift;
		if (c < 128)
			break;
	}
	value = span_make(*at, len);
	*at += len;
	return value;
}

const struct series_key *
series_key(const struct series *series, struct series_name *room)
{
	const struct family *family = series->family;
	const char *at = series->values;

	room->key = (struct series_key){.account = family->account,
	    .region = family->region,
	    .namespace = family->namespace,
	    .metric = family->metric,
	    .unit = family->unit,
	    .dimensions = room->dimensions,
	    .ndimensions = family->nnames};
	for (size_t i = 0; i < family->nnames; i++)
		room->dimensions[i] =
		    (struct dimension){family->names[i], series_value(&at)};
	return &room->key;
}

/* The table. */

void
series_table_init(struct series_table *table)
{
	*table = (struct series_table){0};
}

static void
series_free(struct series_table *table, struct series *series)
{
	struct history *history = series->history;

	if (history != NULL) {
		for (size_t i = 0; i < history->panes.columns; i++)
			free((char *)history->extended[i].at);
		free(history->extended);
		free(history->readers);
		panes_fini(&history->panes);
		free(history);
	}
	family_drop(table, series->family);
	slab_free(&table->slab, series, sizeof(*series) + series->len);
}

void
series_table_fini(struct series_table *table)
{
	series_bury(table);
	for (size_t i = 0; i < table->count; i++)
		series_free(table, table->at[i]);
	free(table->at);
	free(table->slots);
	slab_fini(&table->slab);
	table_fini(&table->families);
	buf_fini(&table->scratch);
}

/* Puts it where its hash says; slots have room. */
static void
series_slot_put(struct series_table *table, const struct series *series)
{
	size_t mask = table->slots_room - 1, i = series->hash & mask;

	while (table->slots[i].place != 0)
		i = (i + 1) & mask;
	table->slots[i] =
	    (struct series_slot){series->hash, series->number + 1};
}

/* All slots anew, for `count` series at least: at most 3 of 4 are taken. */
static void
series_slots(struct series_table *table, size_t count)
{
	size_t room = 64;

	while (count * 4 >= room * 3)
		room *= 2;
	free(table->slots);
	table->slots = slab_table(room, sizeof(*table->slots));
	table->slots_room = room;
	for (size_t i = 0; i < table->count; i++)
		series_slot_put(table, table->at[i]);
}

static struct series *
series_find(const struct series_table *table, const struct family *family,
    struct span values, uint32_t hash)
{
	size_t mask = table->slots_room - 1;

	if (table->count == 0)
		return NULL;
	for (size_t i = hash & mask; table->slots[i].place != 0;
	     i = (i + 1) & mask) {
		struct series *series = table->at[table->slots[i].place - 1];

		if (table->slots[i].hash == hash && series->family == family &&
		    span_equal(span_make(series->values, series->len), values))
			return series;
	}
	return NULL;
}

static struct series *
series_create(struct series_table *table, struct family *family,
    struct span values, uint32_t hash)
{
	struct series *series =
	    slab_alloc(&table->slab, sizeof(*series) + values.len);

	invariant(values.len <= UINT32_MAX);
	if (table->count == table->room) {
		table->room = table->room == 0 ? 256 : table->room * 2;
		table->at =
		    realloc(table->at, table->room * sizeof(*table->at));
	}
	if (table->at == NULL)
		log_die("out of memory: %zu series", table->room);
	*series = (struct series){.family = family,
	    .number = (uint32_t)table->count,
	    .hash = hash,
	    .len = (uint32_t)values.len};
	memcpy(series->values, values.at, values.len);
	family->refs++;
	if ((table->count + 1) * 4 >= table->slots_room * 3)
		series_slots(table, table->count + 1);
	table->at[table->count++] = series;
	series_slot_put(table, series);
	return series;
}

struct series *
series_intern(
    struct series_table *table, const struct series_key *key, bool *is_new)
{
	struct span canonical = family_canonical(&table->scratch, key), values;
	struct family *family = table_get(&table->families, canonical);
	struct series *series = NULL;
	uint32_t hash;

	invariant(key->ndimensions <= LIMIT_DIMENSIONS);
	*is_new = false;
	if (family == NULL && table->count >= LIMIT_SERIES)
		return NULL;
	if (family == NULL)
		family = family_create(table, canonical, key->ndimensions);
	values = series_values(&table->scratch, key);
	hash = (uint32_t)hash_keyed(values, (uintptr_t)family);
	series = series_find(table, family, values, hash);
	if (series != NULL || table->count >= LIMIT_SERIES)
		return series;
	*is_new = true;
	return series_create(table, family, values, hash);
}

/* What is kept of it. */

const struct panes *
series_panes(const struct series *series)
{
	static const struct panes none;

	return series->history == NULL ? &none : &series->history->panes;
}

struct history *
series_history(struct series *series)
{
	if (series->history == NULL)
		series->history = calloc(1, sizeof(*series->history));
	if (series->history == NULL)
		log_die("out of memory: a series");
	series->history->panes.slab = series->family->slab;
	return series->history;
}

void
series_read_by(
    struct series *series, const struct reader *reader, int64_t reach)
{
	struct history *history = series_history(series);

	if (history->nreaders == history->readers_room) {
		history->readers_room =
		    history->readers_room == 0 ? 1 : history->readers_room * 2;
		history->readers = realloc(history->readers,
		    history->readers_room * sizeof(*history->readers));
		if (history->readers == NULL)
			log_die("out of memory: readers of a series");
	}
	history->readers[history->nreaders++] = *reader;
	if (reach > history->reach)
		history->reach = reach;
}

void
series_rolled_by(
    struct series *series, const struct reader *reader, int64_t reach)
{
	series_read_by(series, reader, reach);
	series->history->nrollups++;
}

void
series_read_by_none(struct series *series)
{
	if (series->history == NULL)
		return;
	series->history->nreaders = series->history->nrollups = 0;
	series->history->reach = 0;
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
series_column(struct series *series, struct span name)
{
	struct history *history = series_history(series);
	size_t count = history->panes.columns;
	char *copy;

	for (size_t i = 0; i < count; i++)
		if (series_statistic_same(history->extended[i], name))
			return i;
	if (count == LIMIT_STATISTICS)
		return SIZE_MAX;
	copy = malloc(name.len + 1);
	history->extended = realloc(
	    history->extended, (count + 1) * sizeof(*history->extended));
	if (copy == NULL || history->extended == NULL)
		log_die("out of memory: statistics of a series");
	if (name.len > 0)
		memcpy(copy, name.at, name.len);
	history->extended[count] = span_make(copy, name.len);
	panes_column(&history->panes);
	return count;
}

bool
series_extended(
    const struct series *series, const struct point *point, double *out)
{
	const struct history *history = series->history;
	bool all = true;

	for (size_t i = 0; i < history->panes.columns; i++) {
		out[i] = NAN;
		for (size_t k = 0; k < point->nstatistics; k++)
			if (series_statistic_same(history->extended[i],
				point->statistics[k].name))
				out[i] = point->statistics[k].value;
		all = all && !isnan(out[i]);
	}
	return all;
}

/* Those that are forgotten. */

static bool
series_expires(const struct series *series, uint32_t before, int64_t oldest)
{
	if (series->seen >= before)
		return false;
	return !series_is_read(series) ||
	    panes_newest(&series->history->panes) <
	    oldest - series->history->reach;
}

void
series_expire(struct series_table *table, uint32_t before, int64_t oldest)
{
	size_t kept = 0;

	invariant(table->ngone == 0);
	for (size_t i = 0; i < table->count; i++) {
		struct series *series = table->at[i];

		if (!series_expires(series, before, oldest)) {
			series->number = (uint32_t)kept;
			table->at[kept++] = series;
			continue;
		}
		if (table->gone == NULL)
			table->gone =
			    calloc(table->count - i, sizeof(*table->gone));
		if (table->gone == NULL)
			log_die("out of memory: series to forget");
		series->number = SERIES_GONE;
		table->gone[table->ngone++] = series;
	}
	table->count = kept;
	if (table->ngone > 0)
		series_slots(table, kept);
}

void
series_bury(struct series_table *table)
{
	for (size_t i = 0; i < table->ngone; i++)
		series_free(table, table->gone[i]);
	free(table->gone);
	table->gone = NULL;
	table->ngone = 0;
}
