/* Metrics Insights alarms: groups, contributors, and the alarm above them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_naive.h"

static const char *const label_names[] = {"Team", "Host", "AWS.Region"};

/* NULL: the series lacks it. */
static const char *
label_value(const struct oracle_name *name, enum oracle_label label)
{
	return label == BY_TEAM ? name->team
	    : label == BY_HOST	? name->host
				: name->region;
}

/* A query that says AWS.Region reads every Region. */
static bool
query_says_region(const struct oracle_query *q)
{
	bool says = q->where == BY_REGION;

	for (size_t i = 0; i < q->ngroup_by; i++)
		says = says || q->group_by[i] == BY_REGION;
	return says;
}

static bool
query_reads(const struct oracle_query *q, const struct oracle_name *name)
{
	const char *value;

	if (strcmp(q->namespace, name->namespace) != 0 ||
	    strcmp(q->metric, name->metric) != 0 ||
	    (!q->both_regions && !query_says_region(q) &&
		strcmp(name->region, "r1") != 0))
		return false;
	if (q->schema >= 0 &&
	    (((q->schema & 1) != 0) != (name->team != NULL) ||
		((q->schema & 2) != 0) != (name->host != NULL)))
		return false;
	if (q->where < 0)
		return true;
	value = label_value(name, (enum oracle_label)q->where);
	return (value != NULL && strcmp(value, q->value) == 0) == q->equal;
}

static int
compare_groups(const void *a, const void *b)
{
	const struct naive_group *x = a, *y = b;

	return strcmp(x->sorts, y->sorts);
}

void
naive_query_init(struct naive *naive, int index)
{
	const struct oracle_query *q = &naive->world->alarms[index].query;
	struct naive_alarm *memory = &naive->alarms[index];

	if (q->ngroup_by == 0)
		memory->ngroups = 1;
	for (int i = 0; i < naive->world->nseries; i++) {
		const struct oracle_name *name = &naive->world->series[i];
		char who[ORACLE_WHO] = "", sorts[ORACLE_WHO] = "";
		struct naive_group *group;
		int g = 0;

		if (!query_reads(q, name))
			continue;
		for (size_t j = 0; j < q->ngroup_by; j++) {
			const char *value = label_value(name, q->group_by[j]);
			size_t len = strlen(who);

			if (value == NULL)
				value = "Other";
			snprintf(who + len, sizeof(who) - len, "%s%s=%s",
			    j == 0 ? "" : ",", label_names[q->group_by[j]],
			    value);
			len = strlen(sorts);
			snprintf(sorts + len, sizeof(sorts) - len, "%s\n",
			    strcmp(value, "Other") == 0 ? "~" : value);
		}
		while (g < memory->ngroups &&
		    strcmp(memory->groups[g].who, who) != 0)
			g++;
		group = &memory->groups[g];
		if (g == memory->ngroups) {
			memory->ngroups++;
			strcpy(group->who, who);
			strcpy(group->sorts, sorts);
			group->state = FINE;
		}
		group->members[group->nmembers++] = i;
	}
	qsort(memory->groups, (size_t)memory->ngroups, sizeof(*memory->groups),
	    compare_groups);
}

static void
group_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    const struct naive_group *group, int64_t end_ms, int64_t frontier_ms,
    struct naive_slot *slots)
{
	for (int k = 0; k < naive_range(alarm); k++) {
		int64_t start = end_ms - (k + 1) * alarm->period_ms;
		struct naive_sum sum =
		    naive_merge(naive, group->members, group->nmembers, start,
			alarm->period_ms, frontier_ms, true);

		slots[k] = (struct naive_slot){.start_ms = start,
		    .real = sum.have > 0,
		    .open = sum.waiting > 0,
		    .count = sum.count,
		    .known = start + 60000 > naive->first_ms,
		    .value = naive_statistic(&sum, alarm->query.function)};
		slots[k].bad =
		    slots[k].real && naive_breaches(alarm, slots[k].value);
	}
}

/* What ORDER BY makes of a group's datapoints; NAN: it has none. */
static double
group_rank(const struct oracle_alarm *alarm, const struct naive_slot *slots)
{
	double sum = 0, low = INFINITY, high = -INFINITY, count = 0;

	for (int k = 0; k < naive_range(alarm); k++) {
		if (!slots[k].real)
			continue;
		count++;
		sum += slots[k].value;
		low = fmin(low, slots[k].value);
		high = fmax(high, slots[k].value);
	}
	if (count == 0)
		return NAN;
	switch (alarm->query.order_by) {
	case AVERAGE:
		return sum / count;
	case SUM:
		return sum;
	case MINIMUM:
		return low;
	case MAXIMUM:
		return high;
	default:
		return count;
	}
}

/* Which groups the query returns. */
static void
query_returned(const struct oracle_alarm *alarm, const double *ranks, int n,
    bool *returned)
{
	const struct oracle_query *q = &alarm->query;

	for (int i = 0; i < n; i++) {
		int before = 0;

		for (int j = 0; j < n; j++) {
			if (isnan(ranks[j]) || j == i)
				continue;
			before += (q->descending ? ranks[j] > ranks[i]
						 : ranks[j] < ranks[i]) ||
			    (ranks[j] == ranks[i] && j < i);
		}
		returned[i] =
		    !isnan(ranks[i]) && (q->limit == 0 || before < q->limit);
	}
}

/* What is true of all changes of one clock. */
struct query_clock {
	int64_t now_ms, frontier_ms;
	bool moved;
};

static bool
group_early(const struct naive *naive, const struct oracle_alarm *alarm,
    const struct naive_group *group, const struct query_clock *clock)
{
	struct naive_slot slots[ORACLE_RANGE];

	/* Where it ranks may still change. */
	if (alarm->query.limit > 0)
		return false;
	for (int64_t end = oracle_floor(clock->now_ms, ORACLE_MINUTE);
	     end > clock->frontier_ms; end -= ORACLE_MINUTE) {
		group_slots(
		    naive, alarm, group, end, clock->frontier_ms, slots);
		if (naive_early(alarm, slots))
			return true;
	}
	return false;
}

static void
group_enter(struct naive *naive, int index, struct naive_group *group,
    enum oracle_state to, const char *reason, bool early,
    const struct query_clock *clock)
{
	struct oracle_note note = {.time_ms = clock->now_ms,
	    .alarm = index,
	    .from = group->state,
	    .to = to,
	    .revised = !clock->moved && !early};

	if (to == group->state)
		return;
	strcpy(note.who, group->who);
	strcpy(note.reason, reason);
	naive_note(naive, &note);
	group->state = to;
}

/* Nothing is returned: every period is missing, or not known. */
static enum oracle_state
empty_state(const struct naive *naive, const struct oracle_alarm *alarm,
    int64_t end_ms, enum oracle_state before)
{
	struct naive_group nobody = {.nmembers = 0};
	struct naive_slot slots[ORACLE_RANGE];

	group_slots(naive, alarm, &nobody, end_ms, end_ms, slots);
	return naive_verdict(alarm, slots, before);
}

static void
parent_step(struct naive *naive, int index, int nreturned, int nvanished,
    bool early, const struct query_clock *clock)
{
	static const char *const words[] = {
	    "Missing", "Ignore", "Breaching", "NonBreaching"};
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct oracle_note note = {.time_ms = clock->now_ms,
	    .alarm = index,
	    .from = memory->state,
	    .revised = !clock->moved && !early};
	int ringing = 0;

	for (int g = 0; g < memory->ngroups; g++)
		ringing += memory->groups[g].state == RINGS;
	if (nreturned == 0) {
		note.to = empty_state(
		    naive, alarm, clock->frontier_ms, memory->state);
		snprintf(note.reason, sizeof(note.reason),
		    "No time series were returned by the query. Treat missing "
		    "data is configured as [%s].",
		    words[naive_missing(alarm)]);
	} else if (ringing > 0) {
		note.to = RINGS;
		snprintf(note.reason, sizeof(note.reason),
		    "%d out of %d time series evaluated to ALARM", ringing,
		    nreturned + nvanished);
	} else {
		note.to = FINE;
		snprintf(note.reason, sizeof(note.reason),
		    "%d time series evaluated to OK", nreturned + nvanished);
	}
	if (note.to != memory->state)
		naive_note(naive, &note);
	memory->state = note.to;
}

static void
contributors_step(struct naive *naive, int index, struct query_clock *clock)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct naive_slot slots[ORACLE_SERIES][ORACLE_RANGE];
	double ranks[ORACLE_SERIES];
	bool returned[ORACLE_SERIES], any_early = false;
	int nreturned = 0, nvanished = 0;

	for (int g = 0; g < memory->ngroups; g++) {
		group_slots(naive, alarm, &memory->groups[g],
		    clock->frontier_ms, clock->frontier_ms, slots[g]);
		ranks[g] = group_rank(alarm, slots[g]);
	}
	query_returned(alarm, ranks, memory->ngroups, returned);
	for (int g = 0; g < memory->ngroups; g++) {
		struct naive_group *group = &memory->groups[g];
		bool early = group_early(naive, alarm, group, clock);
		enum oracle_state to = group->state;
		char reason[400] = "";

		if (early)
			to = RINGS;
		else if (returned[g])
			to = naive_verdict(alarm, slots[g], group->state);
		else
			to = FINE;
		if (to == UNSURE)
			to = group->state;
		if (!early && returned[g])
			naive_reason(
			    alarm, slots[g], to, true, reason, sizeof(reason));
		else if (!early)
			strcpy(reason,
			    "No data was returned for this contributor");
		nvanished += !early && !returned[g] && group->state == RINGS;
		nreturned += early || returned[g];
		any_early = any_early || early;
		group_enter(naive, index, group, to, reason, early, clock);
	}
	parent_step(naive, index, nreturned, nvanished, any_early, clock);
}

/* Without GROUP BY: an ordinary alarm on the one group. */
static void
single_step(struct naive *naive, int index, const struct query_clock *clock)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct naive_slot slots[ORACLE_RANGE];
	bool early = group_early(naive, alarm, &memory->groups[0], clock);
	struct oracle_note note = {.time_ms = clock->now_ms,
	    .alarm = index,
	    .from = memory->state,
	    .to = RINGS,
	    .revised = !clock->moved && !early};

	if (!early) {
		group_slots(naive, alarm, &memory->groups[0],
		    clock->frontier_ms, clock->frontier_ms, slots);
		note.to = naive_verdict(alarm, slots, memory->state);
	}
	if (note.to != memory->state) {
		if (!early)
			naive_reason(alarm, slots, note.to, false, note.reason,
			    sizeof(note.reason));
		naive_note(naive, &note);
	}
	memory->state = note.to;
}

void
naive_query_step(struct naive *naive, int index, int64_t now_ms)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct query_clock clock = {.now_ms = now_ms,
	    .frontier_ms = oracle_floor(
		now_ms - naive_delay(naive->world, alarm), ORACLE_MINUTE)};

	clock.moved = clock.frontier_ms != memory->frontier_ms;
	memory->frontier_ms = clock.frontier_ms;
	if (alarm->query.ngroup_by == 0)
		single_step(naive, index, &clock);
	else
		contributors_step(naive, index, &clock);
}
