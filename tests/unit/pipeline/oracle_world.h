/*
 * The oracle's world: a random history that the engine and a naive evaluator
 * both live through, and what each says of it.
 *
 *   series ──points──▶ entries ──▶ engine ──▶ notes ┐
 *   alarms ──JSON────▶         └─▶ naive  ──▶ notes ┴─ must be the same
 *
 * The naive side keeps every point and computes every verdict anew at every
 * clock. It is written from the documents (docs/alarm-rules.md,
 * docs/metric-math.md, CloudWatch's User Guide), shares no code with the
 * engine, and values plainness above speed. All numbers are whole, so that
 * sums are exact whatever their order.
 */
#ifndef TESTS_UNIT_PIPELINE_ORACLE_WORLD_H
#define TESTS_UNIT_PIPELINE_ORACLE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define ORACLE_START 1767225600000LL /* 2026-01-01T00:00:00Z */
#define ORACLE_MINUTE 60000LL
#define ORACLE_HOUR (60 * ORACLE_MINUTE)
#define ORACLE_DAY (24 * ORACLE_HOUR)

#define ORACLE_SERIES 14
#define ORACLE_ALARMS 14
#define ORACLE_METRICS 3 /* of one alarm */
#define ORACLE_NODES 24	 /* of one expression, or one rule */
#define ORACLE_RANGE 64	 /* periods that one alarm looks at */
#define ORACLE_WHO 96	 /* a contributor's values, as text */

/* A series, or what an alarm reads: dimensions that are NULL are absent, a
 * unit of NULL is any. */
struct oracle_name {
	const char *namespace, *metric, *team, *host, *region, *unit;
};

struct oracle_point {
	int series;
	int64_t at_ms;
	double sum, count, min, max;
	double p50, p90; /* negative: not carried */
	bool dropped;	 /* by shrinking */
};

/* One entry: its clock, and what comes with it. */
struct oracle_entry {
	int64_t clock_ms;
	size_t first, npoints; /* in oracle_world.points */
	bool restart;	       /* save, and load into a new engine, before */
	bool dropped;
};

enum oracle_kind { KIND_METRIC, KIND_MATH, KIND_QUERY, KIND_COMPOSITE };

enum oracle_statistic {
	AVERAGE,
	SUM,
	MINIMUM,
	MAXIMUM,
	SAMPLE_COUNT,
	P50,
	P90
};

enum oracle_operator { GE, GT, LT, LE };

enum oracle_missing { AS_MISSING, AS_IGNORE, AS_BREACHING, AS_GOOD, NOT_GIVEN };

enum oracle_state { UNSURE, FINE, RINGS };

enum oracle_part {
	PART_METRIC, /* at: which of the alarm's */
	PART_NUMBER, /* number */
	PART_ADD,    /* of a, b */
	PART_SUBTRACT,
	PART_MULTIPLY,
	PART_DIVIDE,
	PART_GREATER,
	PART_NOT_LESS,
	PART_EQUAL,
	PART_AND,
	PART_OR,
	PART_NEGATE,
	PART_ABS,
	PART_DIFF,
	PART_RATE,
	PART_RUNNING,
	PART_FILL, /* a by b */
	PART_FILL_REPEAT,
	PART_FILL_LINEAR,
	PART_IF,	/* a ? b : c; without c when it is -1 */
	PART_ARRAY_MAX, /* of all metrics of the alarm */
	PART_ARRAY_MIN,
	PART_ARRAY_SUM,
	PART_ARRAY_AVG,
	PART_ARRAY_COUNT,
	PART_SCALAR_MAX, /* of a, over all periods */
	PART_SCALAR_MIN,
	PART_SCALAR_SUM,
	PART_SCALAR_AVG,
	PART_SCALAR_COUNT,
	/* Rules: */
	PART_STATE, /* alarm at is in `state` */
	PART_NOT,
	PART_TRUE,
	PART_FALSE,
	PART_AT_LEAST /* number of alarms at[many] */
};

/* A part of an expression or of a rule. */
struct oracle_node {
	enum oracle_part part;
	int a, b, c, at;
	double number;
	enum oracle_state state;
	int many[4];
	size_t nmany;
};

enum oracle_label { BY_TEAM, BY_HOST, BY_REGION };

struct oracle_query {
	enum oracle_statistic function, order_by;
	const char *namespace, *metric;
	int schema; /* -1: none; bits: 1 Team, 2 Host */
	int where;  /* -1: none; a label */
	bool equal;
	const char *value;
	enum oracle_label group_by[2];
	size_t ngroup_by;
	bool descending, both_regions;
	int limit; /* 0: none */
};

/* A definition. Composites use `nodes` as their rule. */
struct oracle_alarm {
	char name[16];
	enum oracle_kind kind;
	int n, m;
	bool m_given;
	int64_t period_ms;
	enum oracle_operator operator;
	double threshold;
	enum oracle_missing missing;
	int64_t delay_ms; /* of its own; -1: none */
	struct oracle_name metrics[ORACLE_METRICS];
	size_t nmetrics;
	enum oracle_statistic statistic; /* of all metrics */
	bool low_ignore;
	struct oracle_node nodes[ORACLE_NODES]; /* the last is the root */
	int nnodes;
	int hidden; /* a node that is a query of its own; -1 none */
	struct oracle_query query;
	int suppressor; /* an alarm; -1 none */
	int64_t wait_ms, extension_ms;
	bool dropped;
};

struct oracle_world {
	uint64_t seed;
	bool event_order;
	int64_t option_delay_ms; /* --delay; -1: none */
	int64_t delay_ms, dynamo_delay_ms;
	struct oracle_name series[ORACLE_SERIES];
	int nseries;
	struct oracle_alarm alarms[ORACLE_ALARMS];
	int nalarms;
	struct oracle_point *points;
	size_t npoints;
	struct oracle_entry *entries;
	size_t nentries;
	int64_t minutes; /* points lie in [START, START + minutes) */
};

/* What one side says: an alarm's change. */
struct oracle_note {
	int64_t time_ms;
	int alarm;
	char who[ORACLE_WHO]; /* "Team=a,Host=x": a contributor; else "" */
	enum oracle_state from, to;
	bool revised, released;
	int suppressed_by; /* 0 not, 1 wait, 2 extension, 3 alarm */
	char reason[400];  /* "": not looked at */
};

struct oracle_notes {
	struct oracle_note *at;
	size_t count, room;
};

/* A function of the seed alone. */
void oracle_world_make(struct oracle_world *world, uint64_t seed);
void oracle_world_fini(struct oracle_world *world);
/* The config entry's payload, without what was dropped. */
void oracle_world_config(const struct oracle_world *world, struct buf *out);
void oracle_expression_text(
    const struct oracle_alarm *alarm, int node, bool root, struct buf *out);
void oracle_query_text(const struct oracle_query *query, struct buf *out);
void oracle_rule_text(const struct oracle_world *world,
    const struct oracle_alarm *alarm, int node, struct buf *out);

int64_t oracle_floor(int64_t ms, int64_t step_ms);
void
oracle_notes_add(struct oracle_notes *notes, const struct oracle_note *note);

/* Makes alarms; oracle_alarms.c. */
struct oracle_dice {
	uint64_t state;
};
int64_t oracle_roll(struct oracle_dice *dice, int64_t below);
bool oracle_chance(struct oracle_dice *dice, int percent);
void oracle_alarms_make(
    struct oracle_world *world, struct oracle_dice *dice, bool hourly);

#endif
