/* Random alarms of every kind. */
#include <stdio.h>
#include <string.h>

#include "oracle_world.h"

static struct oracle_name
make_read(const struct oracle_world *world, struct oracle_dice *dice)
{
	struct oracle_name name =
	    world->series[oracle_roll(dice, world->nseries)];

	if (oracle_chance(dice, 60))
		name.unit = NULL;
	return name;
}

static int
make_node(struct oracle_alarm *alarm, struct oracle_node node)
{
	alarm->nodes[alarm->nnodes] = node;
	return alarm->nnodes++;
}

/* A number over all periods. */
static int
make_scalar(struct oracle_alarm *alarm, struct oracle_dice *dice)
{
	int a;

	if (oracle_chance(dice, 75))
		return make_node(alarm,
		    (struct oracle_node){.part = PART_NUMBER,
			.number = (double)oracle_roll(dice, 7)});
	a = make_node(alarm,
	    (struct oracle_node){.part = PART_METRIC,
		.at = (int)oracle_roll(dice, (int64_t)alarm->nmetrics)});
	return make_node(alarm,
	    (struct oracle_node){.part = PART_SCALAR_MAX +
		    (enum oracle_part)oracle_roll(dice, 5),
		.a = a});
}

static int make_series_node(
    struct oracle_alarm *alarm, struct oracle_dice *dice, int depth);

static int
make_function(struct oracle_alarm *alarm, struct oracle_dice *dice, int depth)
{
	static const enum oracle_part parts[] = {PART_NEGATE, PART_ABS,
	    PART_DIFF, PART_RATE, PART_RUNNING, PART_FILL, PART_FILL_REPEAT,
	    PART_FILL_LINEAR};
	struct oracle_node node = {.part = parts[oracle_roll(dice, 8)]};

	node.a = make_series_node(alarm, dice, depth + 1);
	if (node.part == PART_FILL)
		node.b = oracle_chance(dice, 70)
		    ? make_scalar(alarm, dice)
		    : make_series_node(alarm, dice, depth + 1);
	return make_node(alarm, node);
}

static int
make_binary(struct oracle_alarm *alarm, struct oracle_dice *dice, int depth)
{
	struct oracle_node node = {
	    .part = PART_ADD + (enum oracle_part)oracle_roll(dice, 9)};

	node.a = make_series_node(alarm, dice, depth + 1);
	node.b = oracle_chance(dice, 45)
	    ? make_scalar(alarm, dice)
	    : make_series_node(alarm, dice, depth + 1);
	return make_node(alarm, node);
}

static int
make_if(struct oracle_alarm *alarm, struct oracle_dice *dice, int depth)
{
	struct oracle_node node = {.part = PART_IF, .c = -1};

	node.a = oracle_chance(dice, 85)
	    ? make_series_node(alarm, dice, depth + 1)
	    : make_scalar(alarm, dice);
	node.b = make_series_node(alarm, dice, depth + 1);
	if (oracle_chance(dice, 70))
		node.c = oracle_chance(dice, 50)
		    ? make_scalar(alarm, dice)
		    : make_series_node(alarm, dice, depth + 1);
	return make_node(alarm, node);
}

static int
make_series_node(
    struct oracle_alarm *alarm, struct oracle_dice *dice, int depth)
{
	int64_t roll = oracle_roll(dice, 10);

	if (depth >= 3 || alarm->nnodes > ORACLE_NODES - 12 || roll < 3 * depth)
		return make_node(alarm,
		    (struct oracle_node){.part = PART_METRIC,
			.at =
			    (int)oracle_roll(dice, (int64_t)alarm->nmetrics)});
	if (roll < 5)
		return make_binary(alarm, dice, depth);
	if (roll < 7)
		return make_function(alarm, dice, depth);
	if (roll < 9)
		return make_if(alarm, dice, depth);
	return make_node(alarm,
	    (struct oracle_node){.part = PART_ARRAY_MAX +
		    (enum oracle_part)oracle_roll(dice, 5)});
}

static void
make_math(struct oracle_world *world, struct oracle_alarm *alarm,
    struct oracle_dice *dice)
{
	alarm->kind = KIND_MATH;
	alarm->nmetrics = 1 + (size_t)oracle_roll(dice, ORACLE_METRICS);
	for (size_t i = 0; i < alarm->nmetrics; i++)
		alarm->metrics[i] = make_read(world, dice);
	make_series_node(alarm, dice, 0);
	if (alarm->nnodes > 1 && oracle_chance(dice, 40))
		alarm->hidden = (int)oracle_roll(dice, alarm->nnodes - 1);
	if (alarm->hidden >= 0 &&
	    alarm->nodes[alarm->hidden].part <= PART_NUMBER)
		alarm->hidden = -1;
}

static void
make_query(struct oracle_world *world, struct oracle_alarm *alarm,
    struct oracle_dice *dice)
{
	static const char *const values[] = {"a", "b", "x", "y", "r1", "Other"};
	const struct oracle_name *of =
	    &world->series[oracle_roll(dice, world->nseries)];
	struct oracle_query *q = &alarm->query;

	alarm->kind = KIND_QUERY;
	*q = (struct oracle_query){
	    .function = (enum oracle_statistic)oracle_roll(dice, 5),
	    .order_by = (enum oracle_statistic)oracle_roll(dice, 5),
	    .namespace = of->namespace,
	    .metric = of->metric,
	    .schema = oracle_chance(dice, 70) ? -1 : (int)oracle_roll(dice, 4),
	    .where = oracle_chance(dice, 70) ? -1 : (int)oracle_roll(dice, 3),
	    .equal = oracle_chance(dice, 50),
	    .value = values[oracle_roll(dice, 6)],
	    .descending = oracle_chance(dice, 50),
	    .both_regions = oracle_chance(dice, 50)};
	if (oracle_chance(dice, 75)) {
		q->ngroup_by = 1 + (size_t)oracle_roll(dice, 2);
		q->group_by[0] = (enum oracle_label)oracle_roll(dice, 3);
		q->group_by[1] =
		    (enum oracle_label)(((int)q->group_by[0] + 1) % 3);
		if (oracle_chance(dice, 50))
			q->limit = 1 + (int)oracle_roll(dice, 3);
	}
	/* A query looks back three hours at most. */
	while (alarm->period_ms * alarm->n > 3 * ORACLE_HOUR)
		alarm->period_ms /= 2;
	alarm->period_ms = oracle_floor(alarm->period_ms, ORACLE_MINUTE);
}

static int
make_rule(struct oracle_world *world, struct oracle_alarm *alarm,
    struct oracle_dice *dice, int others, int depth)
{
	struct oracle_node node = {.part = PART_STATE,
	    .state = oracle_chance(dice, 70)
		? RINGS
		: (enum oracle_state)oracle_roll(dice, 3)};
	int64_t roll = oracle_roll(dice, 10);

	if (roll < 2 || depth >= 3) {
		node.at = (int)oracle_roll(dice, others);
	} else if (roll < 4) {
		node.part = PART_NOT;
		node.a = make_rule(world, alarm, dice, others, depth + 1);
	} else if (roll < 8) {
		node.part = roll < 6 ? PART_AND : PART_OR;
		node.a = make_rule(world, alarm, dice, others, depth + 1);
		node.b = make_rule(world, alarm, dice, others, depth + 1);
	} else if (roll == 8) {
		node.part = PART_AT_LEAST;
		node.nmany = 1 + (size_t)oracle_roll(dice, 4);
		node.number =
		    (double)(1 + oracle_roll(dice, (int64_t)node.nmany));
		for (size_t i = 0; i < node.nmany; i++)
			node.many[i] = (int)oracle_roll(dice, others);
	} else if (depth > 0) {
		node.part = oracle_chance(dice, 50) ? PART_TRUE : PART_FALSE;
	} else {
		node.at = (int)oracle_roll(dice, others);
	}
	return make_node(alarm, node);
}

static void
make_composite(struct oracle_world *world, struct oracle_alarm *alarm,
    struct oracle_dice *dice)
{
	int others = world->nalarms;

	alarm->kind = KIND_COMPOSITE;
	make_rule(world, alarm, dice, others, 0);
	if (oracle_chance(dice, 60)) {
		alarm->suppressor = (int)oracle_roll(dice, others);
		alarm->wait_ms = oracle_roll(dice, 7) * 30000;
		alarm->extension_ms = oracle_roll(dice, 7) * 30000;
	}
}

/* What all kinds but composites share. */
static struct oracle_alarm
make_common(struct oracle_dice *dice, bool hourly)
{
	static const int64_t periods[] = {
	    60, 60, 60, 60, 60, 120, 180, 300, 600, 900};
	struct oracle_alarm a = {.n = 1 + (int)oracle_roll(dice, 5),
	    .m_given = oracle_chance(dice, 60),
	    .period_ms = periods[oracle_roll(dice, 10)] * 1000,
	    .operator=(enum oracle_operator) oracle_roll(dice, 4),
	    .threshold = (double)oracle_roll(dice, 6),
	    .missing = (enum oracle_missing)oracle_roll(dice, 5),
	    .delay_ms =
		oracle_chance(dice, 30) ? oracle_roll(dice, 11) * 30000 : -1,
	    .statistic = (enum oracle_statistic)oracle_roll(dice, 5),
	    .hidden = -1,
	    .suppressor = -1};

	if (hourly && oracle_chance(dice, 60)) {
		a.period_ms = (1 + oracle_roll(dice, 3)) * ORACLE_HOUR;
		a.n = (int)(ORACLE_DAY / a.period_ms) + 1 +
		    (int)oracle_roll(dice, 4);
	}
	a.m = a.m_given ? 1 + (int)oracle_roll(dice, a.n) : a.n;
	if (a.m > 4 && oracle_chance(dice, 50))
		a.m = 1 + (int)oracle_roll(dice, 4);
	if (!a.m_given)
		a.m = a.n;
	if (oracle_chance(dice, 30))
		a.threshold += 0.5;
	return a;
}

static void
make_metric(struct oracle_world *world, struct oracle_alarm *alarm,
    struct oracle_dice *dice)
{
	int64_t of = oracle_roll(dice, world->nseries);

	alarm->kind = KIND_METRIC;
	alarm->nmetrics = 1;
	alarm->metrics[0] = make_read(world, dice);
	/* A metric stream carries percentiles of a minute. */
	if (alarm->period_ms == ORACLE_MINUTE && oracle_chance(dice, 25)) {
		alarm->metrics[0] = world->series[of];
		alarm->statistic = oracle_chance(dice, 50) ? P50 : P90;
		alarm->low_ignore = oracle_chance(dice, 60);
	}
}

void
oracle_alarms_make(
    struct oracle_world *world, struct oracle_dice *dice, bool hourly)
{
	int wanted = 6 + (int)oracle_roll(dice, ORACLE_ALARMS - 5);

	while (world->nalarms < wanted) {
		struct oracle_alarm *a = &world->alarms[world->nalarms];
		int64_t roll = oracle_roll(dice, 10);

		*a = make_common(dice, hourly);
		snprintf(a->name, sizeof(a->name), "a%d", world->nalarms);
		if (world->nalarms >= 4 && world->nalarms >= wanted - 3)
			make_composite(world, a, dice);
		else if (roll < 5)
			make_metric(world, a, dice);
		else if (roll < 7)
			make_math(world, a, dice);
		else
			make_query(world, a, dice);
		world->nalarms++;
	}
}
