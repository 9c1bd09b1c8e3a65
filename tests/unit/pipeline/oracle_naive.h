/*
 * The naive evaluator: everything that ever came, and every verdict anew at
 * every clock.
 */
#ifndef TESTS_UNIT_PIPELINE_ORACLE_NAIVE_H
#define TESTS_UNIT_PIPELINE_ORACLE_NAIVE_H

#include "oracle_world.h"

/* One period that an alarm looks at. */
struct naive_slot {
	bool real;  /* there is a value */
	bool bad;   /* it breaches */
	bool open;  /* pending points may change it */
	bool known; /* ends behind the first entry of the log */
	double value, count;
	int64_t start_ms;
};

struct naive_group {
	char who[ORACLE_WHO];
	int members[ORACLE_SERIES];
	int nmembers;
	char sorts[ORACLE_WHO]; /* its values, Other behind all */
	enum oracle_state state;
};

/* An alarm's memory. */
struct naive_alarm {
	enum oracle_state state;
	struct naive_group groups[ORACLE_SERIES]; /* sorted by their values */
	int ngroups;
	/* Composites. */
	int held; /* as oracle_note.suppressed_by */
	int64_t until_ms;
	bool suppressor_rang;
	int64_t frontier_ms; /* of the clock before */
};

struct naive {
	const struct oracle_world *world;
	/* [series][minute]: the version that stands; NULL: nothing. */
	const struct oracle_point **panes;
	int64_t first_ms; /* of the first entry; INT64_MIN: event order */
	bool begun;
	struct naive_alarm alarms[ORACLE_ALARMS];
	struct oracle_notes *notes;
};

void naive_init(struct naive *naive, const struct oracle_world *world,
    struct oracle_notes *notes);
void naive_fini(struct naive *naive);
/* Takes the entry's points, then decides every alarm. */
void naive_step(struct naive *naive, const struct oracle_entry *entry);

/* The period [start, start + length) of some series. `frontier`: minutes from
 * there on that are not there may still come. `many`: and those that are there
 * may still grow, because more series may come. */
struct naive_sum {
	double sum, count, min, max, p50, p90;
	int have, waiting;
};
struct naive_sum
naive_merge(const struct naive *naive, const int *series, int nseries,
    int64_t start_ms, int64_t length_ms, int64_t frontier_ms, bool many);
double
naive_statistic(const struct naive_sum *sum, enum oracle_statistic statistic);
bool naive_breaches(const struct oracle_alarm *alarm, double value);
/* Nothing that comes can undo the breach. */
bool naive_certain(const struct oracle_alarm *alarm);
int naive_range(const struct oracle_alarm *alarm);
int64_t
naive_delay(const struct oracle_world *world, const struct oracle_alarm *alarm);
int64_t naive_step_ms(const struct oracle_alarm *alarm);
enum oracle_missing naive_missing(const struct oracle_alarm *alarm);

/* The slots of the range that ends at end_ms, newest first. */
void naive_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    int64_t end_ms, int64_t frontier_ms, struct naive_slot *slots);
void
naive_math_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    int64_t end_ms, int64_t frontier_ms, struct naive_slot *slots);
/* The same of one metric of an expression, whether they breach left out. */
void naive_metric(const struct naive *naive, const struct oracle_alarm *alarm,
    size_t metric, int64_t end_ms, int64_t frontier_ms,
    struct naive_slot *slots);
/* CloudWatch's rule; `before` where the state is kept. */
enum oracle_state naive_verdict(const struct oracle_alarm *alarm,
    const struct naive_slot *slots, enum oracle_state before);
/* M of the N newest periods breach, whatever is still to come. */
bool
naive_early(const struct oracle_alarm *alarm, const struct naive_slot *slots);

/* StateReason of a settled verdict; nothing where it is not simple. */
void
naive_reason(const struct oracle_alarm *alarm, const struct naive_slot *slots,
    enum oracle_state to, bool contributor, char *out, size_t room);

/* One clock of an alarm of that kind. */
void naive_query_init(struct naive *naive, int alarm);
void naive_query_step(struct naive *naive, int alarm, int64_t now_ms);
void naive_composite_step(struct naive *naive, int alarm, int64_t now_ms);
void naive_note(struct naive *naive, const struct oracle_note *note);

#endif
