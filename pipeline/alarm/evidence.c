#include "pipeline/alarm/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "pipeline/alarm/math/math.h"
#include "pipeline/alarm/wall_clock.h"

/* One period of one thing that has panes. */
struct sample {
	double value, count;
	bool there; /* there is a value */
	bool open;  /* panes that may still come are not there yet */
};

/* The panes of a period: [first, end), those from `settled` on may come. */
struct stretch {
	int64_t first, end, settled;
};

void
input_fini(struct input *input)
{
	free(input->sources);
	input->sources = NULL;
}

bool
input_bind(struct input *input, struct series *series, size_t column)
{
	const struct family *own = series->family;
	const struct family *first =
	    input->nsources > 0 ? input->sources[0].series->family : own;

	if (!span_equal(first->region, own->region) ||
	    !span_equal(first->account, own->account))
		return false;
	if (input->nsources == input->room) {
		input->room = input->room == 0 ? 1 : input->room * 2;
		input->sources = realloc(
		    input->sources, input->room * sizeof(*input->sources));
		if (input->sources == NULL)
			log_die("out of memory: series of an alarm");
	}
	input->sources[input->nsources++] = (struct source){series, column};
	return true;
}

void
input_forget(struct input *input)
{
	size_t kept = 0;

	for (size_t i = 0; i < input->nsources; i++)
		if (input->sources[i].series->number != SERIES_GONE)
			input->sources[kept++] = input->sources[i];
	input->nsources = kept;
}

void
evidence_bounds(
    const struct alarm *alarm, int64_t end_ms, size_t count, int64_t *bounds)
{
	if (alarm->wall_clock != NULL) {
		wall_clock_periods(
		    alarm->wall_clock, alarm->period_ms, end_ms, count, bounds);
		return;
	}
	for (size_t k = 0; k <= count; k++)
		bounds[k] = end_ms - (int64_t)k * alarm->period_ms;
}

static int64_t
evidence_pane(int64_t ms, int64_t pane_ms)
{
	int64_t up = ms + pane_ms - 1, rest = up % pane_ms;

	return (up - (rest < 0 ? rest + pane_ms : rest)) / pane_ms;
}

static struct stretch
evidence_stretch(
    const struct watch_clock *clock, const int64_t *bound, int64_t frontier_ms)
{
	return (struct stretch){evidence_pane(bound[1], clock->pane_ms),
	    evidence_pane(bound[0], clock->pane_ms),
	    frontier_ms / clock->pane_ms};
}

static double
evidence_value(enum alarm_statistic statistic, const struct window *window)
{
	switch (statistic) {
	case STATISTIC_AVERAGE:
		return window->sum / window->count;
	case STATISTIC_SUM:
		return window->sum;
	case STATISTIC_MINIMUM:
		return window->min;
	case STATISTIC_MAXIMUM:
		return window->max;
	case STATISTIC_SAMPLE_COUNT:
	case STATISTIC_EXTENDED:
		break;
	}
	return window->count;
}

static void
evidence_merge(const struct panes *panes, const struct stretch *stretch,
    struct window *window)
{
	for (int64_t i = stretch->first; i < stretch->end; i++) {
		const struct pane *pane = panes_get(panes, i);

		if (pane != NULL)
			window_add(window, pane);
	}
}

/* Extended statistics of panes cannot be merged; where a period has several
 * panes (below a minute only) they are weighed by their samples. */
static void
evidence_merge_extended(const struct source *source,
    const struct stretch *stretch, double *weighed, double *count)
{
	const struct panes *panes = series_panes(source->series);

	for (int64_t i = stretch->first; i < stretch->end; i++) {
		const struct pane *pane = panes_get(panes, i);
		double value;

		if (pane == NULL || source->column >= panes->columns)
			continue;
		value = panes_extended(panes, pane)[source->column];
		if (isnan(value) || pane->count <= 0)
			continue;
		*weighed += value * pane->count;
		*count += pane->count;
	}
}

static bool
evidence_there(const struct input *input, int64_t index)
{
	for (size_t i = 0; i < input->nsources; i++)
		if (panes_get(series_panes(input->sources[i].series), index) !=
		    NULL)
			return true;
	return false;
}

/* Whether a pane that may still come is not there, in any unit. */
static bool
evidence_open(const struct input *input, const struct stretch *stretch)
{
	int64_t from = stretch->first > stretch->settled ? stretch->first
							 : stretch->settled;

	for (int64_t i = from; i < stretch->end; i++)
		if (!evidence_there(input, i))
			return true;
	return false;
}

static struct sample
evidence_extended(const struct input *input, const struct stretch *stretch)
{
	double weighed = 0, count = 0;

	for (size_t i = 0; i < input->nsources; i++)
		evidence_merge_extended(
		    &input->sources[i], stretch, &weighed, &count);
	return (struct sample){.there = count > 0,
	    .value = weighed / count,
	    .count = count,
	    .open = evidence_open(input, stretch)};
}

/* The statistic of a window; an average needs samples. */
static struct sample
evidence_window(enum alarm_statistic statistic, const struct window *window)
{
	return (struct sample){.there = window->panes > 0 &&
		(statistic != STATISTIC_AVERAGE || window->count > 0),
	    .value = evidence_value(statistic, window),
	    .count = window->count};
}

static struct sample
evidence_input(const struct input *input, const struct stretch *stretch)
{
	struct window window = {0};
	struct sample sample;

	if (input->metric->statistic == STATISTIC_EXTENDED)
		return evidence_extended(input, stretch);
	for (size_t i = 0; i < input->nsources; i++)
		evidence_merge(
		    series_panes(input->sources[i].series), stretch, &window);
	sample = evidence_window(input->metric->statistic, &window);
	sample.open = evidence_open(input, stretch);
	return sample;
}

/* A group is open as long as anything may come: other members may. */
static struct sample
evidence_group(const struct group *group, enum alarm_statistic statistic,
    const struct stretch *stretch)
{
	struct window window = {0};
	struct sample sample;

	if (group != NULL)
		evidence_merge(&group->panes, stretch, &window);
	sample = evidence_window(statistic, &window);
	sample.open = stretch->end > stretch->settled;
	return sample;
}

static void
evidence_put(struct slot *slot, const struct sample *sample)
{
	slot->real = sample->there;
	slot->open = sample->open;
	slot->value = sample->there ? sample->value : 0;
	slot->count = sample->there ? sample->count : 0;
}

/* The values of one metric, oldest first, NAN where there is none; a period
 * that is open makes its slot open. */
static double *
evidence_values(const struct evidence *e, const struct input *input,
    const int64_t *bounds, size_t count, int64_t frontier_ms,
    struct arena *arena, struct slot *slots)
{
	double *values = arena_alloc(arena, (count + 1) * sizeof(*values));

	for (size_t k = 0; k < count; k++) {
		struct stretch stretch =
		    evidence_stretch(e->clock, &bounds[k], frontier_ms);
		struct sample sample = evidence_input(input, &stretch);

		slots[k].open = slots[k].open || sample.open;
		values[count - 1 - k] =
		    sample.there && !sample.open ? sample.value : NAN;
	}
	return values;
}

/* A period whose value rests on others is open while they are. */
static void
evidence_spread(const struct math *math, size_t count, struct slot *slots)
{
	enum math_reach reach = math_reach(math);
	bool open = false;

	if (reach == MATH_REACH_POINT)
		return;
	for (size_t k = count; k-- > 0;)
		slots[k].open = open = open || slots[k].open;
	for (size_t k = 0; k < count && reach == MATH_REACH_WHOLE; k++)
		slots[k].open = open;
}

static void
evidence_math(const struct evidence *e, const struct math *math,
    const int64_t *bounds, size_t count, int64_t frontier_ms,
    struct arena *arena, struct slot *slots)
{
	const struct alarm *a = e->alarm;
	const double **values =
	    arena_alloc(arena, (a->nqueries + 1) * sizeof(*values));
	double *out = arena_alloc(arena, (count + 1) * sizeof(*out));
	struct math_window window = {
	    bounds[count], a->period_ms, count, values};

	for (size_t q = 0; q < a->nqueries; q++)
		if (a->queries[q].metric != NULL)
			values[q] = evidence_values(e,
			    &e->inputs[a->queries[q].metric - a->metrics],
			    bounds, count, frontier_ms, arena, slots);
	evidence_spread(math, count, slots);
	math_evaluate(math, &window, arena, out);
	for (size_t k = 0; k < count; k++) {
		slots[k].real = !isnan(out[count - 1 - k]);
		slots[k].value = slots[k].real ? out[count - 1 - k] : 0;
	}
}

/* The value in each period, without a judgement. */
static void
evidence_read(const struct evidence *e, const int64_t *bounds, size_t count,
    int64_t frontier_ms, struct arena *arena, struct slot *slots)
{
	const struct alarm *a = e->alarm;
	const struct alarm_query *query = a->nqueries == 0
	    ? NULL
	    : &a->queries[a->kind == ALARM_ANOMALY ? a->banded : a->returned];
	const struct input *input = e->inputs;

	if (a->kind != ALARM_INSIGHTS && query != NULL) {
		if (query->metric == NULL) {
			evidence_math(e, query->math, bounds, count,
			    frontier_ms, arena, slots);
			return;
		}
		input = &e->inputs[query->metric - a->metrics];
	}
	for (size_t k = 0; k < count; k++) {
		struct stretch stretch =
		    evidence_stretch(e->clock, &bounds[k], frontier_ms);
		struct sample sample = a->kind == ALARM_INSIGHTS
		    ? evidence_group(e->group, a->insights->statistic, &stretch)
		    : evidence_input(input, &stretch);

		evidence_put(&slots[k], &sample);
	}
}

/* Of the metric that is judged; STATISTIC_EXTENDED of what is none. */
static enum alarm_statistic
evidence_statistic(const struct alarm *a)
{
	if (a->kind == ALARM_METRIC)
		return a->metrics[0].statistic;
	if (a->kind == ALARM_INSIGHTS)
		return a->insights->statistic;
	if (a->kind == ALARM_MATH && a->queries[a->returned].metric != NULL)
		return a->queries[a->returned].metric->statistic;
	return STATISTIC_EXTENDED;
}

/* Whether a breach of a period cannot be undone by panes still to come. */
static bool
evidence_only_grows(const struct alarm *a)
{
	bool above = a->operator== OPERATOR_GE || a->operator== OPERATOR_GT;
	bool below = a->operator== OPERATOR_LT || a->operator== OPERATOR_LE;

	switch (evidence_statistic(a)) {
	case STATISTIC_MAXIMUM:
	case STATISTIC_SAMPLE_COUNT:
		return above;
	case STATISTIC_MINIMUM:
		return below;
	default:
		return false;
	}
}

void
evidence_slots(const struct evidence *e, const int64_t *bounds, size_t count,
    int64_t frontier_ms, struct arena *arena, struct slot *slots)
{
	const struct alarm *a = e->alarm;
	bool grows = evidence_only_grows(a);

	for (size_t k = 0; k < count; k++)
		slots[k] = (struct slot){.start_ms = bounds[k + 1],
		    .unknown = bounds[k + 1] + e->clock->pane_ms <=
			e->clock->start_ms};
	evidence_read(e, bounds, count, frontier_ms, arena, slots);
	for (size_t k = 0; k < count; k++) {
		struct slot *slot = &slots[k];

		if (slot->real && a->kind == ALARM_ANOMALY)
			slot->real = anomaly_band(e->model, slot->start_ms,
			    a->deviations, &slot->lower, &slot->upper);
		slot->bad = slot->real && verdict_breaches(a, slot);
		if (slot->open && !(slot->bad && grows))
			slot->bad = slot->real = false;
		slot->unknown = slot->unknown && !slot->real;
	}
}

void
evidence_learn(const struct evidence *e, const int64_t *bounds, size_t count,
    int64_t frontier_ms, struct arena *arena)
{
	struct slot *slots = arena_alloc(arena, (count + 1) * sizeof(*slots));

	for (size_t k = 0; k < count; k++)
		slots[k] = (struct slot){.start_ms = bounds[k + 1]};
	evidence_read(e, bounds, count, frontier_ms, arena, slots);
	for (size_t k = count; k-- > 0;)
		if (slots[k].real && !slots[k].open)
			anomaly_learn(
			    e->model, slots[k].start_ms, slots[k].value);
}
