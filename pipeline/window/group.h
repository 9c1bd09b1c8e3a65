/*
 * The groups of a Metrics Insights query, and what each holds: panes like
 * those of a series, merged over its members as their points come, so that
 * reading a group costs what reading one series does.
 *
 *   groups ──▶ group {Team: A} ──▶ panes   1041  1042  1043   sum of sums …
 *         │                    └─▶ members ▶ series, series, series
 *         └──▶ group {Team: Other} …
 *
 * A new pane of a member is merged in. One that replaces another cannot be,
 * for nothing is ever subtracted: its index becomes dirty, and group_settle()
 * makes it anew from the members before somebody reads. Sums carry what a
 * double cannot hold (106 bits in all), so they do not depend on the order in
 * which points came or members were bound: a restart finds the same bits.
 *
 * Ownership. Groups belong to their groups, members to the series table, which
 * must outlive them; the query is borrowed. Pointers to a group stay good, and
 * groups that are initialised stay where they are.
 * Limits. LIMIT_CONTRIBUTORS groups; LIMIT_PANES a group.
 */
#ifndef PIPELINE_WINDOW_GROUP_H
#define PIPELINE_WINDOW_GROUP_H

#include "pipeline/window/indexes.h"
#include "pipeline/window/insights.h"
#include "pipeline/window/series.h"

/* Labels of GROUP BY: a query is not longer. */
#define GROUP_LABELS (LIMIT_EXPRESSION / 2)

struct group {
	/* What a point needs comes first: */
	struct panes panes;
	int64_t newest;	  /* INT64_MIN: none */
	int64_t oldest;	  /* of what was put; nothing older is kept up */
	size_t index;	  /* in the order of creation */
	struct pane *hot; /* the pane merged into last, and its rests */
	double *hot_rests;

	/* By label of GROUP BY; INSIGHTS_OTHER where the members lack it. */
	const struct span *values;
	size_t nvalues;
	char id[17];   /* 16 hex digits, of the labels and values alone */
	bool is_dirty; /* in the list of its groups */
	struct series **members; /* in the order they were bound */
	size_t nmembers, members_room;
	struct indexes dirty; /* to make anew */
	struct groups *groups;
	struct group *next_dirty;
};

struct groups {
	const struct insights *query;
	struct table by_values;
	struct arena arena;
	struct slab slab; /* of their panes */
	struct buf scratch;
	struct group **at; /* in the order of creation */
	size_t count, room;
	struct group **sorted;
	size_t nsorted;
	struct group *dirty;
};

/* A query without GROUP BY has its one group from the beginning. */
void groups_init(struct groups *groups, const struct insights *query);
void groups_fini(struct groups *groups);
/*
 * The group that the series belongs to, made when it is new; the series, which
 * matches the query and is bound once, becomes a member, and the panes it has
 * from `oldest` on are merged in. NULL when a new group would be one above the
 * limit: the caller counts.
 */
struct group *
groups_bind(struct groups *groups, struct series *series, int64_t oldest);
/* Drops the members that series_expire() chose: none has a pane that is still
 * read. Their groups stay. */
void groups_forget(struct groups *groups);
/* Takes a group out that has no members and no pane that is still read; what
 * names it stays in memory. The caller closes the gap in groups->at. */
void groups_drop(struct groups *groups, struct group *group);
/* All of them by their values, ascending, Other behind all (captured); good
 * until the next groups_bind(). */
struct group *const *groups_sorted(struct groups *groups);

/*
 * After panes_put() of a member said `how`. `oldest` is the first index that
 * the readers of the group still read, which the members keep too; it never
 * decreases.
 */
void group_pane(struct group *group, enum pane_put how, const struct pane *pane,
    int64_t oldest);
/* Makes dirty indexes anew; before reading group->panes. */
void group_settle(struct group *group);
/* For loading what was saved: the group of these values, made when no series
 * is of it any more, becomes the one at `at`; false when it stands before that
 * or is one above the limit. Then a group that holds nothing, and its dirty
 * indexes again. */
bool groups_place(struct groups *groups, size_t at, const struct span *values);
void group_forget(struct group *group, int64_t oldest);
void group_dirty(struct group *group, int64_t index);
/* The same for all of them; costs nothing for those that are clean. */
void groups_settle(struct groups *groups);

#endif
