/* Metric math, from docs/metric-math.md: no parser, the tree is at hand. */
#include <math.h>

#include "oracle_naive.h"

/* A series over the range, oldest first; a number is a series of one. */
struct track {
	bool number;
	bool has[ORACLE_RANGE];
	double value[ORACLE_RANGE];
};

struct calculator {
	const struct oracle_alarm *alarm;
	struct track metrics[ORACLE_METRICS];
	int range;
};

static struct track calculate(const struct calculator *c, int node);

static double
binary_value(enum oracle_part part, double a, double b)
{
	switch (part) {
	case PART_ADD:
		return a + b;
	case PART_SUBTRACT:
		return a - b;
	case PART_MULTIPLY:
		return a * b;
	case PART_DIVIDE:
		return b == 0 ? NAN : a / b;
	case PART_GREATER:
		return a > b;
	case PART_NOT_LESS:
		return a >= b;
	case PART_EQUAL:
		return a == b;
	case PART_AND:
		return a != 0 && b != 0;
	default:
		return a != 0 || b != 0;
	}
}

static struct track
binary(const struct calculator *c, const struct oracle_node *n)
{
	struct track a = calculate(c, n->a), b = calculate(c, n->b);
	struct track out = {.number = a.number && b.number};

	for (int i = 0; i < (out.number ? 1 : c->range); i++) {
		int ai = a.number ? 0 : i, bi = b.number ? 0 : i;
		bool ha = a.has[ai], hb = b.has[bi];

		/* A missing point is 0 only between two series. */
		if (a.number || b.number ? !ha || !hb : !ha && !hb)
			continue;
		out.value[i] = binary_value(
		    n->part, ha ? a.value[ai] : 0, hb ? b.value[bi] : 0);
		out.has[i] = isfinite(out.value[i]);
	}
	return out;
}

/* What looks back at the point before. */
static struct track
against_before(const struct calculator *c, const struct oracle_node *n)
{
	struct track a = calculate(c, n->a), out = {0};
	double running = 0;
	int before = -1;

	for (int i = 0; i < c->range; i++) {
		if (!a.has[i])
			continue;
		running += a.value[i];
		out.has[i] = before >= 0 || n->part == PART_RUNNING;
		if (n->part == PART_RUNNING)
			out.value[i] = running;
		else if (before >= 0)
			out.value[i] = a.value[i] - a.value[before];
		if (n->part == PART_RATE && before >= 0)
			out.value[i] /= (double)(i - before) *
			    (double)c->alarm->period_ms / 1000;
		before = i;
	}
	return out;
}

static struct track
fill(const struct calculator *c, const struct oracle_node *n)
{
	struct track a = calculate(c, n->a), out = a;
	struct track by = {0};

	if (n->part == PART_FILL)
		by = calculate(c, n->b);
	for (int i = 0; i < c->range; i++) {
		int before = i, after = i;

		if (a.has[i])
			continue;
		while (before >= 0 && !a.has[before])
			before--;
		while (after < c->range && !a.has[after])
			after++;
		if (n->part == PART_FILL) {
			out.has[i] = by.has[by.number ? 0 : i];
			out.value[i] = by.value[by.number ? 0 : i];
		} else if (n->part == PART_FILL_REPEAT && before >= 0) {
			out.has[i] = true;
			out.value[i] = a.value[before];
		} else if (n->part == PART_FILL_LINEAR && before >= 0 &&
		    after < c->range) {
			out.has[i] = true;
			out.value[i] = a.value[before] +
			    (a.value[after] - a.value[before]) *
				(double)(i - before) / (double)(after - before);
		}
	}
	return out;
}

static struct track
condition(const struct calculator *c, const struct oracle_node *n)
{
	struct track test = calculate(c, n->a), yes = calculate(c, n->b);
	struct track no = {.number = true}, out = {0};

	if (n->c >= 0)
		no = calculate(c, n->c);
	for (int i = 0; i < c->range; i++) {
		int ti = test.number ? 0 : i;
		bool is_yes = test.has[ti] && test.value[ti] != 0;
		const struct track *from = is_yes ? &yes : &no;
		int fi = from->number ? 0 : i;

		if (!test.has[ti] || (!is_yes && n->c < 0))
			continue;
		out.has[i] = from->has[fi];
		out.value[i] = from->value[fi];
		/* A branch without a point counts as 0, but not under a
		 * number, and a number that is not there stays so. */
		if (!from->has[fi] && !test.number && !from->number) {
			out.has[i] = true;
			out.value[i] = 0;
		}
	}
	return out;
}

static struct track
array(const struct calculator *c, const struct oracle_node *n)
{
	struct track out = {0};

	for (int i = 0; i < c->range; i++) {
		double sum = 0, low = INFINITY, high = -INFINITY, count = 0;

		for (size_t m = 0; m < c->alarm->nmetrics; m++) {
			if (!c->metrics[m].has[i])
				continue;
			count++;
			sum += c->metrics[m].value[i];
			low = fmin(low, c->metrics[m].value[i]);
			high = fmax(high, c->metrics[m].value[i]);
		}
		out.has[i] = count > 0;
		out.value[i] = n->part == PART_ARRAY_MAX ? high
		    : n->part == PART_ARRAY_MIN		 ? low
		    : n->part == PART_ARRAY_SUM		 ? sum
		    : n->part == PART_ARRAY_AVG
		    ? sum / (double)c->alarm->nmetrics
		    : count;
	}
	return out;
}

static struct track
scalar(const struct calculator *c, const struct oracle_node *n)
{
	struct track a = calculate(c, n->a), out = {.number = true};
	double sum = 0, low = INFINITY, high = -INFINITY, count = 0;

	for (int i = 0; i < c->range; i++) {
		if (!a.has[i])
			continue;
		count++;
		sum += a.value[i];
		low = fmin(low, a.value[i]);
		high = fmax(high, a.value[i]);
	}
	out.has[0] = count > 0 || n->part == PART_SCALAR_COUNT;
	out.value[0] = n->part == PART_SCALAR_MAX ? high
	    : n->part == PART_SCALAR_MIN	  ? low
	    : n->part == PART_SCALAR_SUM	  ? sum
	    : n->part == PART_SCALAR_AVG	  ? sum / (double)c->range
						  : count;
	return out;
}

static struct track
calculate(const struct calculator *c, int node)
{
	const struct oracle_node *n = &c->alarm->nodes[node];
	struct track out = {0};

	if (n->part == PART_METRIC)
		return c->metrics[n->at];
	if (n->part == PART_NUMBER)
		return (struct track){
		    .number = true, .has = {true}, .value = {n->number}};
	if (n->part >= PART_ADD && n->part <= PART_OR)
		return binary(c, n);
	if (n->part == PART_DIFF || n->part == PART_RATE ||
	    n->part == PART_RUNNING)
		return against_before(c, n);
	if (n->part >= PART_FILL && n->part <= PART_FILL_LINEAR)
		return fill(c, n);
	if (n->part == PART_IF)
		return condition(c, n);
	if (n->part >= PART_ARRAY_MAX && n->part <= PART_ARRAY_COUNT)
		return array(c, n);
	if (n->part >= PART_SCALAR_MAX && n->part <= PART_SCALAR_COUNT)
		return scalar(c, n);
	out = calculate(c, n->a);
	for (int i = 0; i < c->range; i++)
		out.value[i] =
		    n->part == PART_ABS ? fabs(out.value[i]) : -out.value[i];
	return out;
}

/* What is open makes open what is made of it: pointwise its own period, of what
 * looks back all that follow, of what takes all periods together all. */
static void
spread_open(const struct calculator *c, bool *open)
{
	bool back = false, all = false, any = false;

	for (int i = 0; i < c->alarm->nnodes; i++) {
		enum oracle_part part = c->alarm->nodes[i].part;

		back = back || part == PART_DIFF || part == PART_RATE ||
		    part == PART_RUNNING || part == PART_FILL_REPEAT;
		all = all || part == PART_FILL_LINEAR ||
		    (part >= PART_SCALAR_MAX && part <= PART_SCALAR_COUNT);
	}
	for (int k = c->range - 1; k >= 0; k--) { /* oldest first */
		any = any || open[k];
		open[k] = open[k] || (back && any);
	}
	for (int k = 0; k < c->range; k++)
		open[k] = open[k] || (all && any);
}

void
naive_math_slots(const struct naive *naive, const struct oracle_alarm *alarm,
    int64_t end_ms, int64_t frontier_ms, struct naive_slot *slots)
{
	struct calculator c = {.alarm = alarm, .range = naive_range(alarm)};
	const struct oracle_node *root = &alarm->nodes[alarm->nnodes - 1];
	struct track result;
	bool open[ORACLE_RANGE] = {false};

	for (size_t m = 0; m < alarm->nmetrics; m++) {
		bool matters = root->part != PART_METRIC || root->at == (int)m;

		naive_metric(naive, alarm, m, end_ms, frontier_ms, slots);
		for (int k = 0; k < c.range; k++) {
			int i = c.range - 1 - k;

			c.metrics[m].has[i] = slots[k].real;
			c.metrics[m].value[i] = slots[k].value;
			open[k] = open[k] || (matters && slots[k].open);
		}
	}
	spread_open(&c, open);
	result = calculate(&c, alarm->nnodes - 1);
	for (int k = 0; k < c.range; k++) {
		int i = result.number ? 0 : c.range - 1 - k;

		slots[k].real = result.has[i];
		slots[k].value = result.value[i];
		slots[k].open = open[k];
	}
}
