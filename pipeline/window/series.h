/*
 * The series table: every series that was seen lately, found by its whole
 * identity.
 *
 *   slots ──▶ at ──▶ series ──▶ family    account, Region, namespace, metric,
 *   8 bytes          values ▪             unit, names of dimensions: kept once
 *                           └─▶ history   panes and readers; only of series
 *                                         that something reads or has read
 *
 * A stream brings a million series of which few are read, so what is not read
 * must cost little: a series is its dimensions' values and 32 bytes.
 *
 * Ownership. The table owns its series and copies of what names them. Pointers
 * to a series, and spans of its key, stay good until series_bury() after
 * series_expire() chose it, or the table is finished.
 * Limits. LIMIT_SERIES; above it series_intern() gives NULL.
 */
#ifndef PIPELINE_WINDOW_SERIES_H
#define PIPELINE_WINDOW_SERIES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/slab.h"
#include "base/table.h"
#include "pipeline/window/pane.h"
#include "schemas/point.h"

struct group;
struct heard_mark;

/* Who reads a series: an input of a watch, a group of a watch's query, or a
 * group of a rollup's. */
struct reader {
	size_t reads;	     /* the watch's number, or the rollup's */
	struct group *group; /* NULL: an input */
};

/* What many series have in common. */
struct family {
	struct span account, region, namespace, metric, unit;
	struct span canonical; /* all of it as bytes, which the spans are of */
	struct slab *slab;     /* of the table, for what its series keep */
	struct heard_mark *heard; /* NULL: none could be made */
	bool reports;		  /* of what peers heard */
	size_t refs;
	size_t nnames;
	struct span names[]; /* of the dimensions, sorted */
};

struct history {
	struct panes panes;
	struct span *extended;	/* names of the panes' columns */
	struct reader *readers; /* none: its points are counted and dropped */
	size_t nreaders, readers_room; /* watches, then rollups */
	/* Minutes that the readers look back from the clock, in panes. */
	int64_t reach;
	uint32_t nrollups; /* of the readers, the last ones */
	uint32_t lacking;  /* a bit a column: a point came without it, and that
			     was told */
};

struct series {
	struct family *family;
	struct history *history; /* NULL: nothing has ever read it */
	uint32_t number;	 /* in the order they were first seen */
	uint32_t seen;		 /* by whom it is fed: a minute of the clock */
	uint32_t hash, len;	 /* of values */
	char values[]; /* of the dimensions, each with its length before it */
};

struct series_slot {
	uint32_t hash;
	uint32_t place; /* in `at`, from 1; 0: free */
};

struct series_table {
	struct table families;
	struct series_slot *slots;
	size_t slots_room; /* a power of two */
	struct buf scratch;
	struct slab slab;   /* of series, and of their panes */
	struct series **at; /* in the order they were first seen */
	size_t count, room;
	struct series **gone; /* chosen by series_expire() */
	size_t ngone;
};

void series_table_init(struct series_table *table);
void series_table_fini(struct series_table *table);
/* The series of this key, made when it is new (*is_new). */
struct series *series_intern(
    struct series_table *table, const struct series_key *key, bool *is_new);

/* Room for the key of a series, which is made when it is asked for. */
struct series_name {
	struct series_key key;
	struct dimension dimensions[LIMIT_DIMENSIONS];
};
const struct series_key *
series_key(const struct series *series, struct series_name *room);

static inline bool
series_is_read(const struct series *series)
{
	return series->history != NULL && series->history->nreaders > 0;
}

/* What it holds; empty when it has no history. */
const struct panes *series_panes(const struct series *series);
/* The history, made when there is none. */
struct history *series_history(struct series *series);

void series_read_by(
    struct series *series, const struct reader *reader, int64_t reach);
/* The same for a rollup, after all watches. */
void series_rolled_by(
    struct series *series, const struct reader *reader, int64_t reach);
void series_read_by_none(struct series *series);
/* The column of an extended statistic, made when it is new. The name is
 * copied. SIZE_MAX above LIMIT_STATISTICS. */
size_t series_column(struct series *series, struct span name);
/* The columns of a point into `out`, NAN for what it does not carry; false
 * when something is. */
bool series_extended(
    const struct series *series, const struct point *point, double *out);

/*
 * Takes out the series not seen since the minute `before`, unless a pane that
 * a reader still looks at is left: one of `oldest` (for a reach of nothing) or
 * later. They are in table->gone then, with SERIES_GONE for their number; the
 * caller drops what points to them, and calls series_bury().
 */
#define SERIES_GONE UINT32_MAX
void series_expire(struct series_table *table, uint32_t before, int64_t oldest);
void series_bury(struct series_table *table);

/* The identity of a metric without account, Region and unit, as bytes: what
 * an alarm's definition names. */
struct span series_metric_name(struct buf *out, struct span namespace,
    struct span metric, const struct dimension *dimensions, size_t count);

#endif
