/* What a test's alarm decided from: the part of a report with the points. */
#include "app/alarm_test_run.h"
#include "base/json.h"
#include "base/text.h"
#include "pipeline/alarm/rule.h"
#include "pipeline/window/insights.h"

#define POINTS_VALUES 15 /* of one series, newest first */
#define POINTS_SERIES 12

/* 00:06, with seconds where steps are shorter than a minute. */
static void
points_clock(const struct alarm_test_run *run, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, ms);
	buf_put(run->out, text + 11, run->test->step_ms < 60000 ? 8 : 5);
}

/* One of evaluatedDatapoints: 00:06 1500.0; "-" for one that is missing. */
static void
points_datapoint(struct alarm_test_run *run, struct json *json, bool first)
{
	struct json_text key, time = {0};
	struct span value = SPAN_OF("-");
	size_t len = run->test->step_ms < 60000 ? 8 : 5;

	if (!json_enter(json, '{'))
		return;
	while (json_member(json, &key))
		if (span_is(key.raw, "timestamp"))
			json_string(json, &time);
		else if (span_is(key.raw, "value"))
			json_number(json, &value);
		else
			json_skip(json);
	if (time.raw.len < 11 + len)
		return;
	buf_text(run->out, first ? "" : ", ");
	buf_put(run->out, time.raw.at + 11, len);
	buf_printf(run->out, " %.*s", SPAN_ARGS(value));
}

void
alarm_test_report_evaluated(struct alarm_test_run *run, struct span data)
{
	struct json_text key;
	struct json json;
	bool first = true;

	json_init(&json, data);
	if (!json_enter(&json, '{'))
		return;
	while (json_member(&json, &key)) {
		if (!span_is(key.raw, "evaluatedDatapoints")) {
			json_skip(&json);
			continue;
		}
		if (!json_enter(&json, '['))
			return;
		for (; json_element(&json); first = false) {
			if (first)
				alarm_test_report_label(run->out, "evaluated");
			points_datapoint(run, &json, first);
		}
	}
	if (!first)
		buf_byte(run->out, '\n');
}

static bool
points_reads_one(const struct reads *reads, struct span value)
{
	for (size_t i = 0; i < reads->count; i++)
		if (span_equal(reads->at[i], value))
			return true;
	return reads->count == 0;
}

static bool
points_reads_metric(
    const struct alarm_metric *metric, const struct series_key *key)
{
	bool reads = span_equal(metric->namespace, key->namespace) &&
	    span_equal(metric->metric, key->metric) &&
	    (metric->unit.len == 0 || span_equal(metric->unit, key->unit)) &&
	    metric->ndimensions == key->ndimensions &&
	    points_reads_one(&metric->accounts, key->account) &&
	    points_reads_one(&metric->regions, key->region);

	for (size_t i = 0; reads && i < key->ndimensions; i++)
		reads = span_equal(metric->dimensions[i].name,
			    key->dimensions[i].name) &&
		    span_equal(
			metric->dimensions[i].value, key->dimensions[i].value);
	return reads;
}

static bool
points_reads(const struct alarm *alarm, const struct series_key *key)
{
	if (alarm->kind == ALARM_INSIGHTS)
		return alarm->insights != NULL &&
		    insights_matches(alarm->insights, key, alarm->account) &&
		    points_reads_one(&alarm->accounts, key->account) &&
		    points_reads_one(&alarm->regions, key->region);
	for (size_t i = 0; i < alarm->nmetrics; i++)
		if (points_reads_metric(&alarm->metrics[i], key))
			return true;
	return false;
}

static void
points_value(struct buf *out, const struct alarm_test_value *v)
{
	const double whole[] = {v->sum, v->count, v->min, v->max};
	const double *at = v->whole ? whole : &v->value;
	char text[TEXT_NUMBER_SIZE];

	for (size_t i = 0; i < (v->whole ? 4 : 1); i++) {
		text_double(text, at[i]);
		buf_printf(out, "%s%s", i == 0 ? " " : "/", text);
	}
}

static void
points_series_name(struct buf *out, const struct series_key *key)
{
	buf_printf(out, "%.*s %.*s", SPAN_ARGS(key->namespace),
	    SPAN_ARGS(key->metric));
	for (size_t i = 0; i < key->ndimensions; i++)
		buf_printf(out, "%s%.*s=%.*s%s", i == 0 ? " {" : ", ",
		    SPAN_ARGS(key->dimensions[i].name),
		    SPAN_ARGS(key->dimensions[i].value),
		    i + 1 == key->ndimensions ? "}" : "");
	buf_printf(out, ", %.*s, %.*s", SPAN_ARGS(key->region),
	    SPAN_ARGS(key->account));
}

/* What came of one series up to a time, newest first. */
static void
points_series(struct alarm_test_run *run,
    const struct alarm_test_series *series, int64_t at_ms)
{
	int64_t step_ms = run->test->step_ms;
	size_t newest = (size_t)(at_ms / step_ms), shown = 0;

	alarm_test_report_label(run->out, "came");
	points_series_name(run->out, &series->key);
	buf_printf(run->out, ", %.*s:", SPAN_ARGS(series->stat));
	for (size_t i = newest; i > 0 && shown < POINTS_VALUES; i--, shown++) {
		struct alarm_test_value v;

		buf_text(run->out, shown == 0 ? " " : ", ");
		points_clock(
		    run, run->test->start_ms + (int64_t)(i - 1) * step_ms);
		if (alarm_test_values_at(&series->values, i - 1, &v))
			points_value(run->out, &v);
		else
			buf_text(run->out, " -");
	}
	if (shown == 0)
		buf_text(run->out, " nothing yet");
	buf_text(run->out, newest > shown ? ", …\n" : "\n");
}

static void
points_child(struct alarm_test_run *run, const struct alarm *child,
    const char *before, int64_t time_ms)
{
	const struct alarm_test_change *last =
	    alarm_test_last(run, child, NULL, time_ms);
	enum alarm_state state =
	    last == NULL ? STATE_INSUFFICIENT_DATA : last->to;

	buf_printf(run->out, "%s%.*s %s", before, SPAN_ARGS(child->name),
	    alarm_state_names[state]);
}

static void
points_children(
    struct alarm_test_run *run, const struct alarm *alarm, int64_t time_ms)
{
	const struct alarm *suppressor = alarm_test_suppressor(run, alarm);

	alarm_test_report_label(run->out, "children");
	for (size_t i = 0; i < alarm->rule->nchildren; i++)
		points_child(run, alarm_test_child(run, alarm, i),
		    i == 0 ? "" : ", ", time_ms);
	if (suppressor != NULL)
		points_child(run, suppressor, "; suppressor ", time_ms);
	buf_byte(run->out, '\n');
}

/* What the alarm could see at that time. */
void
alarm_test_report_inputs(
    struct alarm_test_run *run, const struct alarm *alarm, int64_t at_ms)
{
	const struct alarm_test *test = run->test;
	size_t shown = 0;

	if (alarm->kind == ALARM_COMPOSITE) {
		points_children(run, alarm, test->start_ms + at_ms);
		return;
	}
	for (size_t i = 0; i < test->nseries; i++) {
		if (!points_reads(alarm, &test->series[i].key))
			continue;
		if (shown++ < POINTS_SERIES)
			points_series(run, &test->series[i], at_ms);
	}
	if (shown > POINTS_SERIES)
		buf_printf(run->out, "#           and %zu series more\n",
		    shown - POINTS_SERIES);
	if (shown > 0)
		return;
	alarm_test_report_label(run->out, "came");
	buf_text(run->out,
	    "nothing: the alarm reads no series of this test (namespace, "
	    "metric,\n#           all dimensions, unit, Region and account "
	    "must be the same);\n#           `tocsin check --explain` says "
	    "what it reads\n");
}
