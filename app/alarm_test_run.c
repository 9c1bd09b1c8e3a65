/* Runs one alarm unit test: the values through an engine of its own. */
#include "app/alarm_test_run.h"

#include "pipeline/alarm/rule.h"
#include "pipeline/engine.h"

struct span
alarm_test_key(const struct alarm *alarm)
{
	return alarm->arn.len > 0 ? alarm->arn : alarm->name;
}

static const struct alarm *
run_linked(const struct definitions *all, size_t index)
{
	return index == DEFINITION_NONE ? NULL : &all->alarms[index];
}

const struct alarm *
alarm_test_child(
    const struct alarm_test_run *run, const struct alarm *alarm, size_t i)
{
	const struct definitions *all = &run->file->config->alarms;

	return run_linked(all, all->links[alarm - all->alarms].children[i]);
}

const struct alarm *
alarm_test_suppressor(
    const struct alarm_test_run *run, const struct alarm *alarm)
{
	const struct definitions *all = &run->file->config->alarms;

	return run_linked(all, all->links[alarm - all->alarms].suppressor);
}

/*
 * The alarms that are looked at.
 */

static void
run_watch(struct alarm_test_run *run, const struct alarm *alarm)
{
	struct alarm_test_watched *watched;

	if (alarm == NULL ||
	    table_get(&run->watched, alarm_test_key(alarm)) != NULL)
		return;
	watched = arena_alloc(&run->arena, sizeof(*watched));
	watched->alarm = alarm;
	table_put(&run->watched, alarm_test_key(alarm), watched);
}

/* And what a composite is made of: a failure shows it. */
static void
run_watch_all(struct alarm_test_run *run, const struct alarm *alarm)
{
	run_watch(run, alarm);
	if (alarm == NULL || alarm->kind != ALARM_COMPOSITE)
		return;
	for (size_t i = 0; i < alarm->rule->nchildren; i++)
		run_watch(run, alarm_test_child(run, alarm, i));
	run_watch(run, alarm_test_suppressor(run, alarm));
}

static const struct dimension *
run_labels(struct arena *arena, const struct contributor_name *contributor)
{
	struct dimension *labels =
	    arena_alloc(arena, (contributor->nlabels + 1) * sizeof(*labels));

	for (size_t i = 0; i < contributor->nlabels; i++) {
		labels[i].name = arena_copy(arena, contributor->label[i].name);
		labels[i].value =
		    arena_copy(arena, contributor->label[i].value);
	}
	return labels;
}

static void
run_record(struct alarm_test_run *run, const struct transition *t)
{
	struct alarm_test_watched *watched =
	    table_get(&run->watched, alarm_test_key(t->alarm));
	struct alarm_test_change *change;

	if (watched == NULL)
		return;
	change = arena_alloc(&run->arena, sizeof(*change));
	*change = (struct alarm_test_change){.time_ms = t->time_ms,
	    .from = t->from,
	    .to = t->to,
	    .reason = arena_copy(&run->arena, t->reason),
	    .data = arena_copy(&run->arena, t->data),
	    .revised = t->revised,
	    .released = t->released,
	    .muted = t->muted,
	    .suppressed_by = t->suppressed_by,
	    .acts = t->alarm->actions_enabled && !t->muted &&
		t->suppressed_by == SUPPRESSED_NOT};
	if (t->contributor != NULL) {
		change->labels = run_labels(&run->arena, t->contributor);
		change->nlabels = t->contributor->nlabels;
	}
	if (watched->last == NULL)
		watched->first = change;
	else
		watched->last->next = change;
	watched->last = change;
}

/*
 * The entries.
 */

static struct point
run_point(const struct alarm_test_series *series,
    const struct alarm_test_value *v, struct statistic *statistic)
{
	double n = series->samples, x = v->value;
	struct point point = {.series = series->key,
	    .sum = x * n,
	    .count = n,
	    .min = x,
	    .max = x};

	if (v->whole) {
		point.sum = v->sum;
		point.count = v->count;
		point.min = v->min;
		point.max = v->max;
	} else if (series->statistic == STATISTIC_SUM) {
		point.sum = x;
		point.min = point.max = x / n;
	} else if (series->statistic == STATISTIC_SAMPLE_COUNT) {
		point.sum = point.count = x;
		point.min = point.max = 1;
	} else if (series->statistic == STATISTIC_EXTENDED) {
		*statistic = (struct statistic){series->stat, x};
		point.statistics = statistic;
		point.nstatistics = 1;
	}
	return point;
}

static size_t
run_points(const struct alarm_test *test, size_t step, struct point *points,
    struct statistic *statistics)
{
	size_t count = 0;

	for (size_t i = 0; i < test->nseries; i++) {
		const struct alarm_test_series *series = &test->series[i];
		struct alarm_test_value v;

		if (!alarm_test_values_at(&series->values, step, &v))
			continue;
		points[count] = run_point(series, &v, &statistics[count]);
		points[count++].timestamp_ms =
		    test->start_ms + (int64_t)step * test->step_ms;
	}
	return count;
}

/* False when the engine refuses the entry, which is said. */
static bool
run_apply(struct alarm_test_run *run, struct engine *engine,
    const struct entry *entry, struct outcome *outcome)
{
	struct err err = {""};

	outcome_clear(outcome);
	if (engine_apply(engine, entry, outcome, &err) != RC_OK) {
		buf_printf(
		    run->out, "# the alarms are refused: %s\n", err.text);
		return false;
	}
	for (size_t i = 0; i < outcome->ntransitions; i++)
		run_record(run, &outcome->transitions[i]);
	for (size_t i = 0; i < outcome->ncomplaints; i++)
		buf_printf(run->out, "# %s\n", outcome->complaints[i]);
	return true;
}

/* Event order, as replay makes it: an entry a step, its clock the step's end,
 * the log position the number of the step since 1970. */
static bool
run_steps(
    struct alarm_test_run *run, struct engine *engine, struct outcome *outcome)
{
	const struct alarm_test *test = run->test;
	struct point *points =
	    arena_alloc(&run->arena, (test->nseries + 1) * sizeof(*points));
	struct statistic *statistics =
	    arena_alloc(&run->arena, (test->nseries + 1) * sizeof(*statistics));
	int64_t first = test->start_ms / test->step_ms;
	struct buf config = {0};
	struct entry entry = {
	    .kind = ENTRY_CONFIG, .arrival_ms = (first + 1) * test->step_ms};
	bool good;

	config_entry(run->file->config, NULL, &config);
	entry.config = buf_span(&config);
	good = run_apply(run, engine, &entry, outcome);
	buf_fini(&config);
	for (size_t i = 0; i < test->steps && good; i++) {
		int64_t step = first + (int64_t)i;

		entry = (struct entry){.seq = (uint64_t)step,
		    .arrival_ms = (step + 1) * test->step_ms,
		    .points = points,
		    .npoints = run_points(test, i, points, statistics)};
		entry.kind = entry.npoints > 0 ? ENTRY_POINTS : ENTRY_TICK;
		good = run_apply(run, engine, &entry, outcome);
	}
	return good;
}

static bool
run_engine(struct alarm_test_run *run)
{
	const struct engine_options options = {.step_ms = run->test->step_ms,
	    .delay_ms = run->test->delay_ms,
	    .from_ms = INT64_MIN,
	    .pinned = true,
	    .event_order = true};
	struct engine *engine = engine_create(&options);
	struct outcome outcome;
	bool good;

	outcome_init(&outcome);
	good = run_steps(run, engine, &outcome);
	outcome_fini(&outcome);
	engine_free(&engine);
	return good;
}

/*
 * What was expected.
 */

static bool
run_is_contributor(const struct alarm_test_change *change,
    const struct alarm_test_expect *expect)
{
	size_t same = 0;

	if (expect == NULL || expect->ncontributor == 0)
		return change->nlabels == 0;
	for (size_t i = 0; i < change->nlabels; i++)
		for (size_t j = 0; j < expect->ncontributor; j++)
			same += span_equal(change->labels[i].name,
				    expect->contributor[j].name) &&
			    span_equal(change->labels[i].value,
				expect->contributor[j].value);
	return same == change->nlabels && same == expect->ncontributor;
}

const struct alarm_test_change *
alarm_test_last(const struct alarm_test_run *run, const struct alarm *alarm,
    const struct alarm_test_expect *expect, int64_t time_ms)
{
	const struct alarm_test_watched *watched =
	    table_get(&run->watched, alarm_test_key(alarm));
	const struct alarm_test_change *last = NULL;

	if (watched == NULL)
		return NULL;
	for (const struct alarm_test_change *c = watched->first;
	     c != NULL && c->time_ms <= time_ms; c = c->next)
		if (run_is_contributor(c, expect))
			last = c;
	return last;
}

/* Contributors know OK and ALARM only, alarms begin in INSUFFICIENT_DATA. */
static bool
run_expect(struct alarm_test_run *run, const struct alarm_test_expect *expect)
{
	const struct alarm_test_change *last;
	enum alarm_state state =
	    expect->ncontributor > 0 ? STATE_OK : STATE_INSUFFICIENT_DATA;
	bool good;

	if (expect->alarm == NULL) {
		alarm_test_report_absent(run, expect->place, expect->name);
		return false;
	}
	last = alarm_test_last(
	    run, expect->alarm, expect, run->test->start_ms + expect->at_ms);
	good = (last == NULL ? state : last->to) == expect->state;
	if (expect->reasoned)
		good = good && last != NULL &&
		    span_equal(last->reason, expect->reason);
	if (expect->acted)
		good = good && expect->actions == (last != NULL && last->acts);
	if (!good)
		alarm_test_report_expect(run, expect);
	return good;
}

static bool
run_quiet(struct alarm_test_run *run, const struct alarm_test_quiet *quiet)
{
	const struct alarm_test_watched *watched;

	if (quiet->alarm == NULL) {
		alarm_test_report_absent(run, quiet->place, quiet->name);
		return false;
	}
	watched = table_get(&run->watched, alarm_test_key(quiet->alarm));
	for (const struct alarm_test_change *c = watched->first; c != NULL;
	     c = c->next)
		if (c->to == STATE_ALARM) {
			alarm_test_report_quiet(run, quiet);
			return false;
		}
	return true;
}

static bool
run_all(struct alarm_test_run *run)
{
	const struct alarm_test *test = run->test;
	bool good;

	for (size_t i = 0; i < test->nexpects; i++)
		run_watch_all(run, test->expects[i].alarm);
	for (size_t i = 0; i < test->nquiets; i++)
		run_watch_all(run, test->quiets[i].alarm);
	good = run_engine(run);
	for (size_t i = 0; i < test->nexpects; i++)
		good = run_expect(run, &test->expects[i]) && good;
	for (size_t i = 0; i < test->nquiets; i++)
		good = run_quiet(run, &test->quiets[i]) && good;
	return good;
}

bool
alarm_test_run(const struct alarm_test_file *file,
    const struct alarm_test *test, struct buf *out)
{
	struct alarm_test_run run = {.file = file, .test = test, .out = out};
	bool good;

	arena_init(&run.arena);
	good = run_all(&run);
	table_fini(&run.watched);
	arena_fini(&run.arena);
	return good;
}
