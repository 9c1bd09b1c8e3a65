/*
 * The series table: every series ever seen, found by its whole identity.
 *
 * Ownership. The table owns its series and copies of their keys. Pointers to
 * a series stay good until the table is finished.
 * Limits. LIMIT_SERIES; above it series_intern() gives NULL.
 */
#ifndef PIPELINE_WINDOW_SERIES_H
#define PIPELINE_WINDOW_SERIES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "pipeline/window/pane.h"
#include "schemas/point.h"

struct group;

/* Who reads a series: an input of a watch, or a group of a watch's query. */
struct reader {
	size_t watch;
	struct group *group; /* NULL: an input */
};

struct series {
	struct series_key key;
	struct panes panes;
	const struct span *extended; /* names of the panes' columns */
	struct reader *readers; /* none: its points are counted and dropped */
	size_t nreaders, readers_room;
	/* Minutes that the readers look back from the clock, in panes. */
	int64_t reach;
	size_t number;	  /* in the order they were first seen */
	uint32_t lacking; /* a bit a column: a point came without it, and that
			     was told */
};

struct series_table {
	struct table by_key;
	struct arena arena;
	struct buf scratch;
	struct series **at; /* in the order they were first seen */
	size_t count, room;
};

void series_table_init(struct series_table *table);
void series_table_fini(struct series_table *table);
/* The series of this key, made when it is new (*is_new). */
struct series *series_intern(
    struct series_table *table, const struct series_key *key, bool *is_new);

void series_read_by(
    struct series *series, const struct reader *reader, int64_t reach);
void series_read_by_none(struct series *series);
/* The column of an extended statistic, made when it is new. The name is
 * copied into the table's arena. SIZE_MAX above LIMIT_STATISTICS. */
size_t series_column(
    struct series_table *table, struct series *series, struct span name);
/* The columns of a point into `out`, NAN for what it does not carry; false
 * when something is. */
bool series_extended(
    const struct series *series, const struct point *point, double *out);

/* The identity of a metric without account, Region and unit, as bytes: what
 * an alarm's definition names. */
struct span series_metric_name(struct buf *out, struct span namespace,
    struct span metric, const struct dimension *dimensions, size_t count);

#endif
