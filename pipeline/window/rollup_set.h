/*
 * All rollups of one configuration: which series each reads, decided once a
 * series; a point costs a merge into each group that it belongs to.
 *
 * Ownership. The definitions are borrowed, and outlive the set.
 */
#ifndef PIPELINE_WINDOW_ROLLUP_SET_H
#define PIPELINE_WINDOW_ROLLUP_SET_H

#include "base/table.h"
#include "pipeline/window/rollup.h"

struct rollup_set {
	struct rollup *at;
	size_t count;
	struct table by_metric; /* series_metric_name() without dimensions →
				   the first rollup that reads it */
	struct arena arena;	/* of names */
	struct arena work;
	struct buf scratch;
};

void rollup_set_init(struct rollup_set *set, size_t count);
/* The next one; `since_ms` as in struct rollup. */
void rollup_set_add(struct rollup_set *set,
    const struct rollup_definition *definition, int64_t delay_ms,
    int64_t pane_ms, int64_t since_ms);
void rollup_set_fini(struct rollup_set *set);
/* Those of the same name, query and windows go on, others begin: before series
 * are bound, and after. */
void rollup_set_go_on(
    struct rollup_set *set, struct rollup_set *before, int64_t now_ms);
void rollup_set_inherit(struct rollup_set *set);

/* Binds a series to its readers, after the watches. */
void rollup_set_bind(struct rollup_set *set, struct series *series,
    int64_t now_ms, struct outcome *outcome);
/* Drops what points to series that series_expire() chose, and the groups that
 * nothing is left of. */
void rollup_set_forget(struct rollup_set *set, int64_t now_ms);
/* The series' pane was put: `how` is PANE_NEW or PANE_REPLACED. */
void rollup_set_touch(struct rollup_set *set, const struct series *series,
    const struct pane *pane, enum pane_put how, int64_t oldest);

/* As of one rollup: before an entry's points, after them, and after those of
 * an entry before the first evaluation. */
void rollup_set_rescue(
    struct rollup_set *set, int64_t now_ms, struct outcome *outcome);
void rollup_set_step(
    struct rollup_set *set, int64_t now_ms, struct outcome *outcome);
void rollup_set_learn(struct rollup_set *set, int64_t now_ms);

size_t rollup_set_groups(const struct rollup_set *set);

#endif
