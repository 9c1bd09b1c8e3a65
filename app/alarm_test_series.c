/* The series of a test: which, and what its values are. */
#include "app/alarm_test_read.h"
#include "base/limits.h"
#include "base/text.h"

static const char *const read_series_keys[] = {"metric", "namespace",
    "dimensions", "region", "account", "unit", "stat", "samples", "values",
    NULL};

/* "NAMESPACE Name", or the name alone beside `namespace`. */
static void
read_metric(struct alarm_test_reader *r, const struct tree *node,
    struct series_key *key)
{
	const struct tree *metric = alarm_test_need(
	    r, node, "metric", "namespace and name: AWS/EC2 CPUUtilization");
	struct span text;
	const char *space;

	if (!tree_text(metric, &text, r->faults))
		return;
	key->metric = text;
	if (tree_text(tree_get(node, "namespace"), &key->namespace, r->faults))
		return;
	space = memchr(text.at, ' ', text.len);
	if (space == NULL || space == text.at ||
	    space + 1 == text.at + text.len) {
		tree_fault(metric, r->faults,
		    "metric must be namespace and name, such as \"AWS/EC2 "
		    "CPUUtilization\", not \"%.*s\"",
		    SPAN_ARGS(text));
		return;
	}
	key->namespace = span_make(text.at, (size_t)(space - text.at));
	key->metric = span_make(space + 1, text.len - key->namespace.len - 1);
}

/* Whether it is written as CloudWatch writes extended statistics. */
static bool
read_extended(struct span stat)
{
	static const char *const ranges[] = {
	    "TM(", "TC(", "TS(", "WM(", "PR(", NULL};
	static const char *const shares[] = {"p", "tm", "tc", "ts", "wm", NULL};
	double number;

	for (const char *const *p = ranges; *p != NULL; p++)
		if (span_starts(stat, *p))
			return stat.at[stat.len - 1] == ')' &&
			    memchr(stat.at, ':', stat.len) != NULL;
	for (const char *const *p = shares; *p != NULL; p++) {
		size_t n = strlen(*p);

		if (span_starts(stat, *p) &&
		    text_parse_double(
			span_make(stat.at + n, stat.len - n), &number))
			return number >= 0 && number <= 100;
	}
	return span_is(stat, "IQM");
}

static void
read_stat(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test_series *series)
{
	static const char *const words[] = {
	    "Average", "Sum", "Minimum", "Maximum", "SampleCount", "IQM", NULL};
	const char *near;

	series->stat = SPAN_OF("Average");
	series->statistic = STATISTIC_AVERAGE;
	if (!tree_text(node, &series->stat, r->faults))
		return;
	for (int i = STATISTIC_AVERAGE; i < STATISTIC_EXTENDED; i++)
		if (span_is(series->stat, alarm_statistic_names[i])) {
			series->statistic = (enum alarm_statistic)i;
			return;
		}
	series->statistic = STATISTIC_EXTENDED;
	if (read_extended(series->stat))
		return;
	near = tree_nearest(series->stat, words);
	tree_fault(node, r->faults,
	    "stat \"%.*s\" is no statistic of CloudWatch%s%s%s",
	    SPAN_ARGS(series->stat), near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

static void
read_values(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test_series *series)
{
	const struct tree *values = alarm_test_need(
	    r, node, "values", "one a minute, such as '120x5 _ 90'");
	struct alarm_test_value v;
	struct span text;
	const char *fault;

	if (!tree_text(values, &text, r->faults))
		return;
	if (!alarm_test_values_read(&series->values, r->arena, text, &fault)) {
		tree_fault(values, r->faults, "values: %s", fault);
		return;
	}
	if (series->statistic != STATISTIC_SAMPLE_COUNT)
		return;
	for (size_t i = 0; i < series->values.count; i++)
		if (alarm_test_values_at(&series->values, i, &v) && !v.whole &&
		    !(v.value > 0)) {
			tree_fault(values, r->faults,
			    "values: a SampleCount must be above 0; _ is a "
			    "minute without samples");
			return;
		}
}

static bool
read_same(const struct series_key *a, const struct series_key *b)
{
	bool same = span_equal(a->account, b->account) &&
	    span_equal(a->region, b->region) &&
	    span_equal(a->namespace, b->namespace) &&
	    span_equal(a->metric, b->metric) && span_equal(a->unit, b->unit) &&
	    a->ndimensions == b->ndimensions;

	for (size_t i = 0; same && i < a->ndimensions; i++)
		same =
		    span_equal(a->dimensions[i].name, b->dimensions[i].name) &&
		    span_equal(a->dimensions[i].value, b->dimensions[i].value);
	return same;
}

void
alarm_test_series_read(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test *test)
{
	struct alarm_test_series *series = &test->series[test->nseries];
	struct series_key *key = &series->key;

	if (!tree_is(node, TREE_MAP, r->faults))
		return;
	tree_known(node, read_series_keys, r->faults);
	*key = (struct series_key){.region = r->region,
	    .account = r->account,
	    .unit = SPAN_OF("None")};
	series->samples = 1;
	read_metric(r, node, key);
	tree_text(tree_get(node, "region"), &key->region, r->faults);
	tree_text(tree_get(node, "account"), &key->account, r->faults);
	tree_text(tree_get(node, "unit"), &key->unit, r->faults);
	key->dimensions =
	    alarm_test_map(r, tree_get(node, "dimensions"), &key->ndimensions);
	if (key->ndimensions > LIMIT_DIMENSIONS)
		tree_fault(node, r->faults, "more than %d dimensions",
		    LIMIT_DIMENSIONS);
	read_stat(r, tree_get(node, "stat"), series);
	if (tree_double(
		tree_get(node, "samples"), &series->samples, r->faults) &&
	    !(series->samples > 0 && series->samples <= 1e15))
		tree_fault(tree_get(node, "samples"), r->faults,
		    "samples must be above 0");
	read_values(r, node, series);
	for (size_t i = 0; i < test->nseries; i++)
		if (read_same(&test->series[i].key, key))
			tree_fault(node, r->faults,
			    "this series stands twice in the test");
	test->nseries++;
}
