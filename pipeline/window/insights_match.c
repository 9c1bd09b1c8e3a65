/* Which series belong to a query, and to which of its groups. */
#include <math.h>

#include "pipeline/window/group.h"
#include "pipeline/window/insights.h"

/* The value of a label in a series; false when the series lacks it. */
static bool
label_value(const struct insights_label *label, const struct series_key *key,
    struct span *out)
{
	switch (label->kind) {
	case LABEL_ACCOUNT:
		*out = key->account;
		return key->account.len > 0;
	case LABEL_REGION:
		*out = key->region;
		return key->region.len > 0;
	case LABEL_DIMENSION:
		break;
	}
	for (size_t i = 0; i < key->ndimensions; i++)
		if (span_equal(key->dimensions[i].name, label->name)) {
			*out = key->dimensions[i].value;
			return true;
		}
	return false;
}

static bool
condition_holds(const struct insights_condition *condition,
    const struct series_key *key, struct span account)
{
	struct span wanted = condition->value, value;
	bool equal;

	if (condition->own_account) {
		if (account.len == 0)
			return true;
		wanted = account;
	}
	equal = label_value(&condition->label, key, &value) &&
	    span_equal(value, wanted);
	return equal == condition->equal;
}

static bool
schema_holds(const struct insights *insights, const struct series_key *key)
{
	if (key->ndimensions != insights->ndimensions)
		return false;
	for (size_t i = 0; i < key->ndimensions; i++)
		if (!span_equal(
			key->dimensions[i].name, insights->dimensions[i]))
			return false;
	return true;
}

bool
insights_matches(const struct insights *insights, const struct series_key *key,
    struct span account)
{
	if (!span_equal(key->metric, insights->metric) ||
	    !span_equal(key->namespace, insights->namespace))
		return false;
	if (insights->schema && !schema_holds(insights, key))
		return false;
	for (size_t i = 0; i < insights->nconditions; i++)
		if (!condition_holds(&insights->conditions[i], key, account))
			return false;
	return true;
}

struct span
insights_group_value(
    const struct insights *insights, size_t i, const struct series_key *key)
{
	struct span value;

	if (label_value(&insights->group_by[i], key, &value))
		return value;
	return SPAN_OF(INSIGHTS_OTHER);
}

void
insights_labels(const struct insights *insights, const struct group *group,
    struct arena *arena, struct dimension **out)
{
	struct dimension *pairs =
	    arena_alloc(arena, (insights->ngroup_by + 1) * sizeof(*pairs));

	for (size_t i = 0; i < insights->ngroup_by; i++)
		pairs[i] = (struct dimension){
		    insights->group_by[i].name, group->values[i]};
	*out = pairs;
}

double
insights_rank(
    const struct insights *insights, const double *datapoints, size_t count)
{
	double sum = 0, min = NAN, max = NAN;
	size_t there = 0;

	for (size_t i = 0; i < count; i++) {
		if (isnan(datapoints[i]))
			continue;
		sum += datapoints[i];
		min = fmin(min, datapoints[i]);
		max = fmax(max, datapoints[i]);
		there++;
	}
	if (insights->order_by == STATISTIC_SAMPLE_COUNT)
		return (double)there;
	if (there == 0)
		return NAN;
	switch (insights->order_by) {
	case STATISTIC_MINIMUM:
		return min;
	case STATISTIC_MAXIMUM:
		return max;
	case STATISTIC_SUM:
		return sum;
	default:
		return sum / (double)there;
	}
}
