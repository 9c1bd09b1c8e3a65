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

struct series {
	struct series_key key;
	struct panes panes;
	/* Who reads it: indices of watches. None: its points are counted and
	 * dropped. */
	size_t *readers;
	size_t nreaders, readers_room;
	/* Minutes that the readers look back from the clock, in panes. */
	int64_t reach;
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

void series_read_by(struct series *series, size_t watch, int64_t reach);
void series_read_by_none(struct series *series);

#endif
