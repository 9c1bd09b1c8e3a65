#include "app/drill.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "base/text.h"

#define BEFORE_MS (60 * 60 * 1000LL)

struct drill_point {
	int64_t start_ms;
	double value;
};

/* One group of one rollup. */
struct drill_group {
	size_t rollup;
	struct span key; /* its labels as JSON */
	struct drill_point *points;
	size_t count, room;
};

struct drill {
	const struct rollup_definition *rollups;
	const struct drill_objective *objectives;
	size_t count;
	struct drill_range range;
	struct arena arena;
	struct table by_key;
	struct drill_group **groups;
	size_t ngroups, room;
	size_t points;
	uint64_t left_out;
	struct buf scratch;
};

struct drill *
drill_create(const struct rollup_definition *rollups,
    const struct drill_objective *objectives, size_t count,
    const struct drill_range *range)
{
	struct drill *drill = calloc(1, sizeof(*drill));

	if (drill == NULL)
		log_die("out of memory: drill");
	*drill = (struct drill){.rollups = rollups,
	    .objectives = objectives,
	    .count = count,
	    .range = *range};
	arena_init(&drill->arena);
	return drill;
}

void
drill_free(struct drill **drill)
{
	if (*drill == NULL)
		return;
	for (size_t i = 0; i < (*drill)->ngroups; i++)
		free((*drill)->groups[i]->points);
	free((*drill)->groups);
	table_fini(&(*drill)->by_key);
	buf_fini(&(*drill)->scratch);
	arena_fini(&(*drill)->arena);
	free(*drill);
	*drill = NULL;
}

uint64_t
drill_left_out(const struct drill *drill)
{
	return drill->left_out;
}

static void *
drill_room(void *old, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return old;
	*room = *room * 2 + 16;
	old = realloc(old, *room * size);
	if (old == NULL)
		log_die("out of memory: drill");
	return old;
}

/* The rollup's number, then the labels: the table's key. */
static struct span
drill_key(struct drill *drill, size_t rollup, const struct rollup_line *line)
{
	struct buf *out = &drill->scratch;

	buf_clear(out);
	buf_u32(out, (unsigned)rollup);
	buf_byte(out, '{');
	for (size_t i = 0; i < line->nlabels; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, line->labels[i].name);
		buf_byte(out, ':');
		buf_json(out, line->labels[i].value);
	}
	buf_byte(out, '}');
	return buf_span(out);
}

static struct drill_group *
drill_group(struct drill *drill, size_t rollup, const struct rollup_line *line)
{
	struct span key = drill_key(drill, rollup, line);
	struct drill_group *group = table_get(&drill->by_key, key);

	if (group != NULL)
		return group;
	group = arena_alloc(&drill->arena, sizeof(*group));
	key = arena_copy(&drill->arena, key);
	*group = (struct drill_group){
	    .rollup = rollup, .key = span_make(key.at + 4, key.len - 4)};
	drill->groups = drill_room(drill->groups, drill->ngroups, &drill->room,
	    sizeof(struct drill_group *));
	drill->groups[drill->ngroups++] = group;
	table_put(&drill->by_key, key, group);
	return group;
}

/* In the order of their starts; a window's last line stands. */
static void
drill_put(struct drill *drill, struct drill_group *group,
    const struct drill_point *point)
{
	size_t at = group->count;

	while (at > 0 && group->points[at - 1].start_ms > point->start_ms)
		at--;
	if (at > 0 && group->points[at - 1].start_ms == point->start_ms) {
		group->points[at - 1] = *point;
		return;
	}
	if (drill->points >= LIMIT_DRILL_POINTS) {
		drill->left_out++;
		return;
	}
	group->points = drill_room(
	    group->points, group->count, &group->room, sizeof(*group->points));
	memmove(&group->points[at + 1], &group->points[at],
	    (group->count - at) * sizeof(*group->points));
	group->points[at] = *point;
	group->count++;
	drill->points++;
}

void
drill_line(struct drill *drill, const struct rollup_line *line)
{
	const struct drill_range *range = &drill->range;
	int64_t end_ms = line->start_ms + line->rollup->window_ms;
	size_t rollup = 0;

	while (rollup < drill->count &&
	    !span_equal(drill->rollups[rollup].name, line->rollup->name))
		rollup++;
	if (rollup == drill->count || !line->final ||
	    (drill->objectives[rollup].rpo_ms == 0 &&
		drill->objectives[rollup].rto_ms == 0) ||
	    end_ms <= range->from_ms - BEFORE_MS || end_ms > range->to_ms)
		return;
	drill_put(drill, drill_group(drill, rollup, line),
	    &(struct drill_point){line->start_ms, line->value});
}

static bool
drill_healthy(const struct drill_objective *objective, double value)
{
	switch (objective->operator) {
	case OPERATOR_GE:
		return value >= objective->threshold;
	case OPERATOR_GT:
		return value > objective->threshold;
	case OPERATOR_LT:
		return value < objective->threshold;
	default:
		return value <= objective->threshold;
	}
}

static void
drill_time(struct buf *out, const char *key, int64_t ms)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, ms);
	buf_printf(out, "\"%s\":\"%s\"", key, time);
}

static void
drill_point_print(
    struct buf *out, const char *key, const struct drill_point *point)
{
	char value[TEXT_NUMBER_SIZE];

	buf_printf(out, ",\"%s\":", key);
	if (point == NULL) {
		buf_text(out, "null");
		return;
	}
	text_double(value, point->value);
	buf_byte(out, '{');
	drill_time(out, "start", point->start_ms);
	buf_printf(out, ",\"value\":%s}", value);
}

/* `reached_ms` < 0: not known. */
static bool
drill_verdict(struct buf *out, const char *key, int64_t objective_ms,
    double reached_ms, const char *of, const struct drill_point *point)
{
	bool met = reached_ms >= 0 && reached_ms <= (double)objective_ms;
	char seconds[TEXT_NUMBER_SIZE] = "null";

	if (reached_ms >= 0)
		text_double(seconds, reached_ms / 1000);
	buf_printf(out, ",\"%s\":{\"seconds\":%s,\"objective\":%lld,\"met\":%s",
	    key, seconds, (long long)(objective_ms / 1000),
	    met ? "true" : "false");
	drill_point_print(out, of, point);
	buf_byte(out, '}');
	return met;
}

static bool
drill_rpo(
    const struct drill *drill, const struct drill_group *group, struct buf *out)
{
	const struct drill_objective *objective =
	    &drill->objectives[group->rollup];
	int64_t window_ms = drill->rollups[group->rollup].window_ms;
	const struct drill_point *last = NULL;
	double reached_ms = -1;

	for (size_t i = 0; i < group->count; i++)
		if (group->points[i].start_ms + window_ms <=
			drill->range.from_ms &&
		    group->points[i].value >= 0)
			last = &group->points[i];
	if (last != NULL)
		reached_ms = last->value * objective->unit_ms +
		    (double)(drill->range.from_ms - last->start_ms - window_ms);
	return drill_verdict(
	    out, "rpo", objective->rpo_ms, reached_ms, "last_good", last);
}

static bool
drill_rto(
    const struct drill *drill, const struct drill_group *group, struct buf *out)
{
	const struct drill_objective *objective =
	    &drill->objectives[group->rollup];
	int64_t window_ms = drill->rollups[group->rollup].window_ms;
	const struct drill_point *first = NULL;
	double reached_ms = -1;

	for (size_t i = group->count; i > 0; i--)
		if (group->points[i - 1].start_ms >= drill->range.from_ms &&
		    drill_healthy(objective, group->points[i - 1].value))
			first = &group->points[i - 1];
	if (first != NULL)
		reached_ms = (double)(first->start_ms + window_ms -
		    drill->range.from_ms);
	return drill_verdict(
	    out, "rto", objective->rto_ms, reached_ms, "first_healthy", first);
}

static void
drill_points(struct buf *out, const struct drill_group *group)
{
	char time[TEXT_TIME_SIZE], value[TEXT_NUMBER_SIZE];

	buf_text(out, ",\"points\":[");
	for (size_t i = 0; i < group->count; i++) {
		text_time(time, group->points[i].start_ms);
		text_double(value, group->points[i].value);
		buf_printf(out, "%s[\"%s\",%s]", i > 0 ? "," : "", time, value);
	}
	buf_byte(out, ']');
}

static bool
drill_group_print(
    const struct drill *drill, const struct drill_group *group, struct buf *out)
{
	bool met = true;

	buf_text(out, "{\"rollup\":");
	buf_json(out, drill->rollups[group->rollup].name);
	buf_text(out, ",\"group\":");
	buf_span_put(out, group->key);
	buf_byte(out, ',');
	drill_time(out, "from", drill->range.from_ms);
	buf_byte(out, ',');
	drill_time(out, "to", drill->range.to_ms);
	if (drill->objectives[group->rollup].rpo_ms > 0)
		met = drill_rpo(drill, group, out) && met;
	if (drill->objectives[group->rollup].rto_ms > 0)
		met = drill_rto(drill, group, out) && met;
	drill_points(out, group);
	buf_text(out, "}\n");
	return met;
}

static int
drill_compare(const void *a, const void *b)
{
	const struct drill_group *x = *(struct drill_group *const *)a;
	const struct drill_group *y = *(struct drill_group *const *)b;

	if (x->rollup != y->rollup)
		return x->rollup < y->rollup ? -1 : 1;
	return span_compare(x->key, y->key);
}

bool
drill_print(struct drill *drill, struct buf *out)
{
	bool met = drill->ngroups > 0;

	qsort(drill->groups, drill->ngroups, sizeof(struct drill_group *),
	    drill_compare);
	for (size_t i = 0; i < drill->ngroups; i++)
		met = drill_group_print(drill, drill->groups[i], out) && met;
	return met;
}

bool
drill_healthy_parse(struct drill_objective *objective, struct span text)
{
	static const struct {
		const char *sign;
		enum alarm_operator operator;
	} signs[] = {{">=", OPERATOR_GE}, {"<=", OPERATOR_LE},
	    {">", OPERATOR_GT}, {"<", OPERATOR_LT}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t len = strlen(signs[i].sign);

		if (!span_starts(text, signs[i].sign))
			continue;
		objective->operator= signs[i].operator;
		while (len < text.len && text.at[len] == ' ')
			len++;
		return text_parse_double(
		    span_make(text.at + len, text.len - len),
		    &objective->threshold);
	}
	return false;
}
