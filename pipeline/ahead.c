#include "pipeline/ahead.h"

#include "pipeline/window/group.h"

/* Points between asking for a series and reading it. */
#define AHEAD_POINTS 16
/* Readers of a series whose memory is asked for. */
#define AHEAD_READERS 16

static int64_t
ahead_floor(int64_t ms, int64_t step_ms)
{
	int64_t rest = ms % step_ms;

	return (ms - (rest < 0 ? rest + step_ms : rest)) / step_ms;
}

/* The index of its pane; most are of the same minute. */
static inline int64_t
ahead_index(struct ahead *ahead, const struct point *point)
{
	if (point->timestamp_ms != ahead->ms) {
		ahead->ms = point->timestamp_ms;
		ahead->index = ahead_floor(ahead->ms, ahead->step_ms);
	}
	return ahead->index;
}

/* Its series, when it is known and something reads it; `count` points are
 * there. */
__attribute__((always_inline)) static inline const struct series *
ahead_read(const struct point *points, size_t count, size_t by)
{
	const struct series *series = by < count ? points[by].known : NULL;

	return series == NULL || series->history == NULL ? NULL : series;
}

/* The groups that read the series, of which only the first are asked for; and
 * of those what the point will be merged into. */
__attribute__((always_inline)) static inline void
ahead_groups(const struct series *series, bool panes, int64_t index)
{
	const struct history *history = series->history;

	for (size_t i = 0; i < history->nreaders && i < AHEAD_READERS; i++) {
		const struct group *group = history->readers[i].group;

		if (group == NULL)
			continue;
		if (panes) {
			panes_prefetch(&group->panes, index);
			continue;
		}
		__builtin_prefetch(group);
		__builtin_prefetch((const char *)group + 64);
	}
}

__attribute__((always_inline)) static inline void
ahead_history(struct ahead *ahead, const struct point *points, size_t count)
{
	const struct series *series =
	    ahead_read(points, count, AHEAD_POINTS * 3 / 4);

	if (series != NULL)
		for (size_t at = 0; at < sizeof(*series->history); at += 64)
			__builtin_prefetch((const char *)series->history + at);
	series = ahead_read(points, count, AHEAD_POINTS / 2);
	if (series == NULL)
		return;
	panes_prefetch(&series->history->panes,
	    ahead_index(ahead, &points[AHEAD_POINTS / 2]));
	for (size_t i = 0; i < series->history->nreaders && i < AHEAD_READERS;
	     i += 64 / sizeof(struct reader))
		__builtin_prefetch(&series->history->readers[i]);
}

/* Series are all over the memory: those of the points to come are asked for
 * in time, then the history that only they can tell, then its pane and its
 * readers, then their groups and the panes of those. */
__attribute__((always_inline)) static inline void
ahead_stages(struct ahead *ahead, const struct point *points, size_t count)
{
	const struct series *series;

	if (count > AHEAD_POINTS)
		__builtin_prefetch(points[AHEAD_POINTS].known);
	ahead_history(ahead, points, count);
	if (!ahead->groups)
		return;
	series = ahead_read(points, count, AHEAD_POINTS / 4);
	if (series != NULL)
		ahead_groups(series, false, 0);
	series = ahead_read(points, count, AHEAD_POINTS / 8);
	if (series != NULL)
		ahead_groups(series, true,
		    ahead_index(ahead, &points[AHEAD_POINTS / 8]));
}

/* Twice the same: most often all the points are there. */
void
ahead_prefetch(struct ahead *ahead, const struct decoded *decoded, size_t next)
{
	const struct point *points = &decoded->points[next];
	size_t count = decoded->npoints - next;

	if (count > AHEAD_POINTS)
		ahead_stages(ahead, points, AHEAD_POINTS + 1);
	else
		ahead_stages(ahead, points, count);
}
