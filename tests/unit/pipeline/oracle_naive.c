/* Points kept, periods merged, and the rule of docs/alarm-rules.md. */
#include "oracle_naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void
naive_init(struct naive *naive, const struct oracle_world *world,
    struct oracle_notes *notes)
{
	*naive = (struct naive){
	    .world = world, .first_ms = INT64_MIN, .notes = notes};
	naive->panes = calloc(
	    (size_t)(world->nseries * world->minutes), sizeof(*naive->panes));
	if (naive->panes == NULL)
		abort();
	for (int i = 0; i < world->nalarms; i++) {
		naive->alarms[i].frontier_ms = INT64_MIN;
		if (world->alarms[i].kind == KIND_QUERY)
			naive_query_init(naive, i);
	}
}

void
naive_fini(struct naive *naive)
{
	free(naive->panes);
}

void
naive_note(struct naive *naive, const struct oracle_note *note)
{
	oracle_notes_add(naive->notes, note);
}

static void
naive_take(struct naive *naive, const struct oracle_point *point)
{
	int64_t minute = (point->at_ms - ORACLE_START) / ORACLE_MINUTE;
	const struct oracle_point **pane =
	    &naive->panes[point->series * naive->world->minutes + minute];

	if (*pane == NULL || point->count >= (*pane)->count)
		*pane = point;
}

struct naive_sum
naive_merge(const struct naive *naive, const int *series, int nseries,
    int64_t start_ms, int64_t length_ms, int64_t frontier_ms, bool many)
{
	struct naive_sum sum = {
	    .min = INFINITY, .max = -INFINITY, .p50 = -1, .p90 = -1};

	for (int64_t at = start_ms; at < start_ms + length_ms;
	     at += ORACLE_MINUTE) {
		int64_t minute = (at - ORACLE_START) / ORACLE_MINUTE;
		int here = 0;

		for (int i = 0; i < nseries; i++) {
			const struct oracle_point *p =
			    at < ORACLE_START || minute >= naive->world->minutes
			    ? NULL
			    : naive->panes[series[i] * naive->world->minutes +
				  minute];

			if (p == NULL)
				continue;
			here++;
			sum.sum += p->sum;
			sum.count += p->count;
			sum.min = fmin(sum.min, p->min);
			sum.max = fmax(sum.max, p->max);
			sum.p50 = p->p50;
			sum.p90 = p->p90;
		}
		sum.have += here;
		if (at >= frontier_ms && (here == 0 || many))
			sum.waiting++;
	}
	return sum;
}

double
naive_statistic(const struct naive_sum *sum, enum oracle_statistic statistic)
{
	switch (statistic) {
	case AVERAGE:
		return sum->sum / sum->count;
	case SUM:
		return sum->sum;
	case MINIMUM:
		return sum->min;
	case MAXIMUM:
		return sum->max;
	case SAMPLE_COUNT:
		return sum->count;
	case P50:
		return sum->p50;
	default:
		return sum->p90;
	}
}

bool
naive_breaches(const struct oracle_alarm *alarm, double value)
{
	switch (alarm->operator) {
	case GE:
		return value >= alarm->threshold;
	case GT:
		return value > alarm->threshold;
	case LT:
		return value < alarm->threshold;
	default:
		return value <= alarm->threshold;
	}
}

bool
naive_certain(const struct oracle_alarm *alarm)
{
	bool above = alarm->operator== GE || alarm->operator== GT;
	enum oracle_statistic statistic = alarm->kind == KIND_QUERY
	    ? alarm->query.function
	    : alarm->statistic;

	if (alarm->kind == KIND_MATH &&
	    alarm->nodes[alarm->nnodes - 1].part != PART_METRIC)
		return false;
	return above ? statistic == MAXIMUM || statistic == SAMPLE_COUNT
		     : statistic == MINIMUM;
}

int
naive_range(const struct oracle_alarm *alarm)
{
	return alarm->n + 2;
}

int64_t
naive_step_ms(const struct oracle_alarm *alarm)
{
	return alarm->n * alarm->period_ms > ORACLE_DAY ? ORACLE_HOUR
							: ORACLE_MINUTE;
}

int64_t
naive_delay(const struct oracle_world *world, const struct oracle_alarm *alarm)
{
	int64_t longest = -1;

	if (world->option_delay_ms >= 0)
		return world->option_delay_ms;
	if (alarm->delay_ms >= 0)
		return alarm->delay_ms;
	for (size_t i = 0; i < alarm->nmetrics || i == 0; i++) {
		const char *namespace = alarm->kind == KIND_QUERY
		    ? alarm->query.namespace
		    : alarm->metrics[i].namespace;
		int64_t delay = same(namespace, "AWS/DynamoDB")
		    ? world->dynamo_delay_ms
		    : world->delay_ms;

		if (delay > longest)
			longest = delay;
	}
	return longest;
}

/* AWS/DynamoDB: "ignore" when nothing is given and nothing else is read. */
enum oracle_missing
naive_missing(const struct oracle_alarm *alarm)
{
	if (alarm->missing != NOT_GIVEN)
		return alarm->missing;
	for (size_t i = 0; i < alarm->nmetrics; i++)
		if (!same(alarm->metrics[i].namespace, "AWS/DynamoDB"))
			return AS_MISSING;
	return alarm->nmetrics > 0 ? AS_IGNORE : AS_MISSING;
}

static int
naive_read(const struct naive *naive, const struct oracle_name *name, int *out)
{
	int n = 0;

	for (int i = 0; i < naive->world->nseries; i++) {
		const struct oracle_name *s = &naive->world->series[i];

		if (same(s->namespace, name->namespace) &&
		    same(s->metric, name->metric) &&
		    same(s->team, name->team) && same(s->host, name->host) &&
		    same(s->region, name->region) &&
		    (name->unit == NULL || same(s->unit, name->unit)))
			out[n++] = i;
	}
	return n;
}

/* The slots of one metric, newest first. */
static void
naive_metric_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    size_t metric, int64_t end_ms, int64_t frontier_ms,
    struct naive_slot *slots)
{
	int series[ORACLE_SERIES];
	int n = naive_read(naive, &alarm->metrics[metric], series);

	for (int k = 0; k < naive_range(alarm); k++) {
		int64_t start = end_ms - (k + 1) * alarm->period_ms;
		struct naive_sum sum = naive_merge(naive, series, n, start,
		    alarm->period_ms, frontier_ms, false);

		slots[k] = (struct naive_slot){.start_ms = start,
		    .real = sum.have > 0,
		    .open = sum.waiting > 0,
		    .count = sum.count,
		    .known = start + 60000 > naive->first_ms,
		    .value = naive_statistic(&sum, alarm->statistic)};
		/* A point that does not carry the percentile is no point. */
		if (alarm->statistic >= P50 && slots[k].value < 0)
			slots[k].real = false;
	}
}

void
naive_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    int64_t end_ms, int64_t frontier_ms, struct naive_slot *slots)
{
	if (alarm->kind == KIND_MATH)
		naive_math_slots(naive, alarm, end_ms, frontier_ms, slots);
	else
		naive_metric_slots(naive, alarm, 0, end_ms, frontier_ms, slots);
	for (int k = 0; k < naive_range(alarm); k++)
		slots[k].bad =
		    slots[k].real && naive_breaches(alarm, slots[k].value);
}

void
naive_metric(const struct naive *naive, const struct oracle_alarm *alarm,
    size_t metric, int64_t end_ms, int64_t frontier_ms,
    struct naive_slot *slots)
{
	naive_metric_slots(naive, alarm, metric, end_ms, frontier_ms, slots);
}

static double
samples_needed(const struct oracle_alarm *alarm)
{
	if (!alarm->low_ignore)
		return 0;
	return alarm->statistic == P50 ? 20 : 100;
}

enum oracle_state
naive_verdict(const struct oracle_alarm *alarm, const struct naive_slot *slots,
    enum oracle_state before)
{
	enum oracle_missing missing = naive_missing(alarm);
	int real = 0, bad = 0, seen = 0, age = 0, holes, guess;
	double samples = 0;

	for (int k = 0; k < naive_range(alarm) && real < alarm->n; k++) {
		if (slots[k].real) {
			real++;
			bad += slots[k].bad;
			samples += slots[k].count;
			age = k + 1;
		} else if (slots[k].known) {
			seen++;
		}
	}
	if (real > 0 && samples < samples_needed(alarm))
		return before;
	holes = alarm->n - real;
	guess = holes < seen ? holes : seen;
	if (holes == 0 || missing == AS_GOOD)
		return bad >= alarm->m ? RINGS : FINE;
	if (missing == AS_BREACHING) {
		if (bad + holes < alarm->m)
			return FINE;
		return bad + guess >= alarm->m ? RINGS : before;
	}
	if (real == 0)
		return missing == AS_IGNORE ? before : UNSURE;
	if (bad >= alarm->m)
		return RINGS;
	if (bad < real)
		return FINE;
	if (missing == AS_IGNORE)
		return before;
	return age >= alarm->m ? RINGS : UNSURE;
}

bool
naive_early(const struct oracle_alarm *alarm, const struct naive_slot *slots)
{
	double samples = 0;
	int bad = 0;

	for (int k = 0; k < alarm->n; k++) {
		bool counts =
		    slots[k].bad && (!slots[k].open || naive_certain(alarm));

		bad += counts;
		samples += slots[k].real ? slots[k].count : 0;
	}
	return bad >= alarm->m && samples >= samples_needed(alarm);
}

/* One clock of an alarm on a metric or an expression. */
static void
naive_alarm_step(struct naive *naive, int index, int64_t now_ms)
{
	const struct oracle_alarm *alarm = &naive->world->alarms[index];
	struct naive_alarm *memory = &naive->alarms[index];
	struct naive_slot slots[ORACLE_RANGE];
	int64_t step = naive_step_ms(alarm);
	int64_t frontier =
	    oracle_floor(now_ms - naive_delay(naive->world, alarm), step);
	bool moved = frontier != memory->frontier_ms, early = false;
	enum oracle_state to;

	for (int64_t end = oracle_floor(now_ms, step); end > frontier && !early;
	     end -= step) {
		naive_slots(naive, alarm, end, frontier, slots);
		early = naive_early(alarm, slots);
	}
	if (early) {
		to = RINGS;
	} else {
		naive_slots(naive, alarm, frontier, frontier, slots);
		to = naive_verdict(alarm, slots, memory->state);
	}
	if (to != memory->state) {
		struct oracle_note note = {.time_ms = now_ms,
		    .alarm = index,
		    .from = memory->state,
		    .to = to,
		    .revised = !moved && !early};

		if (!early)
			naive_reason(alarm, slots, to, false, note.reason,
			    sizeof(note.reason));
		naive_note(naive, &note);
	}
	memory->state = to;
	memory->frontier_ms = frontier;
}

void
naive_step(struct naive *naive, const struct oracle_entry *entry)
{
	const struct oracle_world *world = naive->world;

	if (!naive->begun && !world->event_order)
		naive->first_ms = entry->clock_ms;
	naive->begun = true;
	for (size_t i = 0; i < entry->npoints; i++)
		if (!world->points[entry->first + i].dropped)
			naive_take(naive, &world->points[entry->first + i]);
	for (int i = 0; i < world->nalarms; i++) {
		if (world->alarms[i].dropped)
			continue;
		switch (world->alarms[i].kind) {
		case KIND_METRIC:
		case KIND_MATH:
			naive_alarm_step(naive, i, entry->clock_ms);
			break;
		case KIND_QUERY:
			naive_query_step(naive, i, entry->clock_ms);
			break;
		case KIND_COMPOSITE:
			naive_composite_step(naive, i, entry->clock_ms);
		}
	}
}
