/* The tests of a file, and what they expect. */
#include "app/alarm_test_read.h"
#include "base/limits.h"
#include "base/text.h"
#include "pipeline/decode/decode.h"
#include "pipeline/window/insights.h"

#define READ_START "2026-01-01T00:00:00Z"
#define READ_REGION "us-east-1"
#define READ_ACCOUNT "111122223333"
#define READ_MINUTE_MS 60000
#define READ_DELAY_MS (24 * 60 * READ_MINUTE_MS)

static const char *const read_test_keys[] = {
    "name", "start", "delay", "tick", "series", "expect", "quiet", NULL};
static const char *const read_expect_keys[] = {
    "at", "alarm", "state", "contributor", "reason", "actions", NULL};

/* A key that must be there. */
const struct tree *
alarm_test_need(struct alarm_test_reader *r, const struct tree *map,
    const char *key, const char *what)
{
	const struct tree *node = tree_get(map, key);

	if (node == NULL)
		tree_fault(map, r->faults, "%s is missing: %s", key, what);
	return node;
}

/* A map of texts, sorted by name in bytes. */
const struct dimension *
alarm_test_map(
    struct alarm_test_reader *r, const struct tree *node, size_t *count)
{
	struct dimension *out;

	*count = 0;
	if (node == NULL || !tree_is(node, TREE_MAP, r->faults))
		return NULL;
	out = arena_alloc(r->arena, (node->count + 1) * sizeof(*out));
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		out[*count].name = t->key;
		tree_text(t, &out[(*count)++].value, r->faults);
	}
	dimensions_sort(out, *count);
	return out;
}

/*
 * Expectations.
 */

/* The alarm that is named. NULL without a fault: its definition may be one
 * of those at fault, which the test will say. */
static const struct alarm *
read_alarm(struct alarm_test_reader *r, const struct tree *node,
    const struct alarm_test *test, struct span *name)
{
	const struct definitions *all = &r->file->config->alarms;
	const struct alarm *alarm;
	const char **names, *near;
	bool several;

	if (node == NULL || !tree_text(node, name, r->faults))
		return NULL;
	alarm = alarm_test_find(r->file, *name, &several);
	if (several)
		tree_fault(node, r->faults,
		    "several alarms are named \"%.*s\"; give the ARN",
		    SPAN_ARGS(*name));
	else if (alarm != NULL && alarm->kind != ALARM_COMPOSITE &&
	    alarm->period_ms < test->step_ms)
		tree_fault(node, r->faults,
		    "the period of \"%.*s\" is %lld s and the values of this "
		    "test are %lld s apart; add `tick: 10s`",
		    SPAN_ARGS(*name), (long long)alarm->period_ms / 1000,
		    (long long)test->step_ms / 1000);
	if (alarm != NULL || several || r->file->alarms.count > 0)
		return alarm;
	names = arena_alloc(r->arena, (all->count + 1) * sizeof(*names));
	for (size_t i = 0; i < all->count; i++)
		names[i] = arena_text(r->arena, all->alarms[i].name);
	near = tree_nearest(*name, names);
	tree_fault(node, r->faults, "there is no alarm \"%.*s\"%s%s%s",
	    SPAN_ARGS(*name), near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
	return NULL;
}

static void
read_state(struct alarm_test_reader *r, const struct tree *node,
    enum alarm_state *state)
{
	struct span text;

	if (!tree_text(node, &text, r->faults))
		return;
	for (int i = STATE_INSUFFICIENT_DATA; i <= STATE_ALARM; i++)
		if (span_is(text, alarm_state_names[i])) {
			*state = (enum alarm_state)i;
			return;
		}
	tree_fault(node, r->faults,
	    "state must be OK, ALARM or INSUFFICIENT_DATA, not \"%.*s\"",
	    SPAN_ARGS(text));
}

/* Labels that the alarm's query does not group by would never match. */
static void
read_contributor(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test_expect *expect)
{
	const struct insights *query;
	size_t known = 0;

	expect->contributor = alarm_test_map(r, node, &expect->ncontributor);
	if (node == NULL || expect->alarm == NULL)
		return;
	query = expect->alarm->insights;
	for (size_t i = 0; query != NULL && i < query->ngroup_by; i++)
		for (size_t j = 0; j < expect->ncontributor; j++)
			known += span_equal(query->group_by[i].name,
			    expect->contributor[j].name);
	if (expect->ncontributor == 0 || query == NULL ||
	    known != query->ngroup_by || known != expect->ncontributor)
		tree_fault(node, r->faults,
		    "contributor must give a value to each label that the "
		    "alarm's query groups by, and to nothing else");
}

static void
read_expect(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test *test)
{
	struct alarm_test_expect *expect = &test->expects[test->nexpects];

	if (!tree_is(node, TREE_MAP, r->faults))
		return;
	tree_known(node, read_expect_keys, r->faults);
	expect->place = node;
	if (tree_duration(alarm_test_need(r, node, "at", "since the start: 7m"),
		&expect->at_ms, r->faults) &&
	    (expect->at_ms < 0 ||
		expect->at_ms / test->step_ms > LIMIT_TEST_STEPS))
		tree_fault(tree_get(node, "at"), r->faults,
		    "at is too far away: at most %lld steps", LIMIT_TEST_STEPS);
	expect->alarm =
	    read_alarm(r, alarm_test_need(r, node, "alarm", "its name or ARN"),
		test, &expect->name);
	read_state(r,
	    alarm_test_need(r, node, "state", "OK, ALARM or INSUFFICIENT_DATA"),
	    &expect->state);
	read_contributor(r, tree_get(node, "contributor"), expect);
	expect->reasoned =
	    tree_text(tree_get(node, "reason"), &expect->reason, r->faults);
	expect->acted =
	    tree_bool(tree_get(node, "actions"), &expect->actions, r->faults);
	test->nexpects++;
}

/*
 * Tests.
 */

static void
read_times(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test *test)
{
	const struct tree *start = tree_get(node, "start");
	const struct tree *tick = tree_get(node, "tick");
	struct span text = SPAN_OF(READ_START);

	tree_text(start, &text, r->faults);
	if (!text_parse_time(text, &test->start_ms) || test->start_ms < 0 ||
	    test->start_ms % READ_MINUTE_MS != 0)
		tree_fault(start != NULL ? start : node, r->faults,
		    "start must be a whole minute such as " READ_START
		    ", not \"%.*s\"",
		    SPAN_ARGS(text));
	if (tree_duration(
		tree_get(node, "delay"), &test->delay_ms, r->faults) &&
	    (test->delay_ms < 0 || test->delay_ms > READ_DELAY_MS))
		tree_fault(tree_get(node, "delay"), r->faults,
		    "delay must be from 0s to 1d");
	test->step_ms = READ_MINUTE_MS;
	if (tree_duration(tick, &test->step_ms, r->faults) &&
	    (test->step_ms < 10000 || test->step_ms > READ_MINUTE_MS ||
		READ_MINUTE_MS % test->step_ms != 0)) {
		tree_fault(tick, r->faults,
		    "tick must be 10s, 12s, 15s, 20s, 30s or 60s");
		test->step_ms = READ_MINUTE_MS;
	}
}

/* Up to the last expectation, and to where the last value is decided on. */
static size_t
read_steps(const struct alarm_test *test)
{
	int64_t step_ms = test->step_ms;
	size_t steps = 0,
	       more = (size_t)((test->delay_ms + step_ms - 1) / step_ms);

	for (size_t i = 0; i < test->nseries; i++)
		if (test->series[i].values.count + more > steps)
			steps = test->series[i].values.count + more;
	for (size_t i = 0; i < test->nexpects; i++)
		if ((size_t)(test->expects[i].at_ms / step_ms) > steps)
			steps = (size_t)(test->expects[i].at_ms / step_ms);
	return steps;
}

static void
read_quiet(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test *test)
{
	struct alarm_test_quiet *quiet = &test->quiets[test->nquiets++];

	quiet->place = node;
	quiet->alarm = read_alarm(r, node, test, &quiet->name);
}

/* A list of `size` bytes each; NULL when there is none. */
static void *
read_list(struct alarm_test_reader *r, const struct tree *map, const char *key,
    size_t size, const struct tree **first)
{
	const struct tree *list = tree_get(map, key);

	*first = NULL;
	if (list == NULL || !tree_is(list, TREE_LIST, r->faults))
		return NULL;
	*first = list->first;
	return arena_alloc(r->arena, (list->count + 1) * size);
}

static void
read_test(struct alarm_test_reader *r, const struct tree *node,
    struct alarm_test *test)
{
	const struct tree *t;

	if (!tree_is(node, TREE_MAP, r->faults))
		return;
	tree_known(node, read_test_keys, r->faults);
	test->place = node;
	tree_text(alarm_test_need(r, node, "name", "what the test shows"),
	    &test->name, r->faults);
	read_times(r, node, test);
	test->series = read_list(r, node, "series", sizeof(*test->series), &t);
	for (; t != NULL; t = t->next)
		alarm_test_series_read(r, t, test);
	test->expects =
	    read_list(r, node, "expect", sizeof(*test->expects), &t);
	for (; t != NULL; t = t->next)
		read_expect(r, t, test);
	test->quiets = read_list(r, node, "quiet", sizeof(*test->quiets), &t);
	for (; t != NULL; t = t->next)
		read_quiet(r, t, test);
	if (test->nexpects + test->nquiets == 0)
		tree_fault(node, r->faults,
		    "the test expects nothing; add `expect` or `quiet`");
	test->steps = read_steps(test);
}

/* What a series without Region and account is of: what the file says, else
 * what all alarms with an ARN have in common. */
static struct span
read_common(const struct definitions *all, size_t offset, struct span given,
    const char *otherwise)
{
	struct span common = given;

	for (size_t i = 0; i < all->count && given.len == 0; i++) {
		const struct span *own = (const struct span *)(const void
			*)((const char *)&all->alarms[i] + offset);

		if (own->len > 0 && common.len > 0 && !span_equal(common, *own))
			return span_text(otherwise);
		if (own->len > 0)
			common = *own;
	}
	return common.len > 0 ? common : span_text(otherwise);
}

void
alarm_test_load(struct alarm_test_file *file, const struct tree *root,
    struct faults *faults)
{
	const struct config *config = file->config;
	struct alarm_test_reader r = {file, &file->arena, faults,
	    read_common(&config->alarms, offsetof(struct alarm, region),
		config->region, READ_REGION),
	    read_common(&config->alarms, offsetof(struct alarm, account),
		config->account, READ_ACCOUNT)};
	const struct tree *t;

	file->tests = read_list(&r, root, "tests", sizeof(*file->tests), &t);
	for (; t != NULL; t = t->next)
		read_test(&r, t, &file->tests[file->ntests++]);
	if (file->ntests == 0 && faults->count == 0)
		tree_fault(root, faults, "there are no tests; add `tests`");
}
