/* Why an alarm unit test failed: expected and actual, side by side. */
#include "app/alarm_test_run.h"
#include "base/text.h"

#define REPORT_CHANGES 12

/* "# expected  "; what follows lines up. */
void
alarm_test_report_label(struct buf *out, const char *label)
{
	buf_printf(out, "# %-9s ", label);
}

static void
report_since(struct buf *out, const char *word, int64_t since_ms)
{
	char text[TEXT_TIME_SIZE];

	text_duration(text, since_ms);
	buf_printf(out, " %s %s", word, text);
}

static void
report_time(struct buf *out, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, ms);
	buf_printf(out, " (%s)", text);
}

static void
report_name(
    struct buf *out, struct span name, const struct alarm_test_expect *expect)
{
	buf_span_put(out, name);
	for (size_t i = 0; expect != NULL && i < expect->ncontributor; i++)
		buf_printf(out, "%s%.*s=%.*s%s", i == 0 ? " {" : ", ",
		    SPAN_ARGS(expect->contributor[i].name),
		    SPAN_ARGS(expect->contributor[i].value),
		    i + 1 == expect->ncontributor ? "}" : "");
}

/*
 * What happened.
 */

static void
report_flags(struct buf *out, const struct alarm_test_change *change)
{
	if (change->suppressed_by != SUPPRESSED_NOT)
		buf_printf(out, ", suppressed by %s",
		    suppressed_by_names[change->suppressed_by]);
	if (change->muted)
		buf_text(out, ", muted");
	if (change->revised)
		buf_text(out, ", revised");
	if (change->released)
		buf_text(out, ", actions released");
}

/* The changes of the alarm in the whole test, contributors' too. */
static void
report_history(struct alarm_test_run *run, const struct alarm *alarm)
{
	const struct alarm_test_watched *watched =
	    table_get(&run->watched, alarm_test_key(alarm));
	size_t shown = 0;

	alarm_test_report_label(run->out, "history");
	if (watched->first == NULL)
		buf_text(run->out, "it never changed");
	for (const struct alarm_test_change *c = watched->first; c != NULL;
	     c = c->next) {
		char since[TEXT_TIME_SIZE];

		if (shown++ == REPORT_CHANGES) {
			buf_text(run->out, "; …");
			break;
		}
		text_duration(since, c->time_ms - run->test->start_ms);
		buf_printf(run->out, "%s%s", shown == 1 ? "" : "; ", since);
		for (size_t i = 0; i < c->nlabels; i++)
			buf_printf(run->out, "%s%.*s=%.*s%s",
			    i == 0 ? " {" : ", ", SPAN_ARGS(c->labels[i].name),
			    SPAN_ARGS(c->labels[i].value),
			    i + 1 == c->nlabels ? "}" : "");
		buf_printf(run->out, " %s → %s", alarm_state_names[c->from],
		    alarm_state_names[c->to]);
		report_flags(run->out, c);
	}
	buf_byte(run->out, '\n');
}

static void
report_place(struct buf *out, const struct tree *place)
{
	alarm_test_report_label(out, "at");
	buf_printf(out, "%s:%u:%u\n", place->file, place->line, place->column);
}

static void
report_expected(
    struct alarm_test_run *run, const struct alarm_test_expect *expect)
{
	struct buf *out = run->out;

	alarm_test_report_label(out, "expected");
	report_name(out, expect->name, expect);
	buf_printf(out, " %s", alarm_state_names[expect->state]);
	report_since(out, "at", expect->at_ms);
	report_time(out, run->test->start_ms + expect->at_ms);
	if (expect->acted)
		buf_printf(out, ", actions %s",
		    expect->actions ? "run" : "do not run");
	if (expect->reasoned)
		buf_printf(out, ": %.*s", SPAN_ARGS(expect->reason));
	buf_byte(out, '\n');
}

static void
report_actual(struct alarm_test_run *run,
    const struct alarm_test_expect *expect,
    const struct alarm_test_change *last)
{
	struct buf *out = run->out;

	alarm_test_report_label(out, "actual");
	report_name(out, expect->name, expect);
	if (last == NULL && expect->ncontributor > 0) {
		buf_text(out, " was not heard of until then\n");
		return;
	}
	buf_printf(out, " %s",
	    alarm_state_names[last == NULL ? STATE_INSUFFICIENT_DATA
					   : last->to]);
	if (last == NULL)
		buf_text(out, " since the start: it has not changed");
	else
		report_since(out, "since", last->time_ms - run->test->start_ms);
	if (expect->acted)
		buf_printf(out, ", actions %s",
		    last != NULL && last->acts ? "run" : "do not run");
	if (last != NULL)
		buf_printf(out, ": %.*s", SPAN_ARGS(last->reason));
	buf_byte(out, '\n');
}

void
alarm_test_report_expect(
    struct alarm_test_run *run, const struct alarm_test_expect *expect)
{
	const struct alarm_test_change *last = alarm_test_last(
	    run, expect->alarm, expect, run->test->start_ms + expect->at_ms);

	report_expected(run, expect);
	report_actual(run, expect, last);
	if (last != NULL)
		alarm_test_report_evaluated(run, last->data);
	alarm_test_report_inputs(run, expect->alarm, expect->at_ms);
	report_history(run, expect->alarm);
	report_place(run->out, expect->place);
}

void
alarm_test_report_quiet(
    struct alarm_test_run *run, const struct alarm_test_quiet *quiet)
{
	const struct alarm_test_watched *watched =
	    table_get(&run->watched, alarm_test_key(quiet->alarm));
	const struct alarm_test_change *rang = watched->first;
	struct buf *out = run->out;

	while (rang->to != STATE_ALARM)
		rang = rang->next;
	alarm_test_report_label(out, "expected");
	buf_printf(
	    out, "%.*s is quiet: never in ALARM\n", SPAN_ARGS(quiet->name));
	alarm_test_report_label(out, "actual");
	buf_printf(out, "%.*s ALARM", SPAN_ARGS(quiet->name));
	report_since(out, "at", rang->time_ms - run->test->start_ms);
	report_time(out, rang->time_ms);
	buf_printf(out, ": %.*s\n", SPAN_ARGS(rang->reason));
	alarm_test_report_evaluated(run, rang->data);
	alarm_test_report_inputs(
	    run, quiet->alarm, rang->time_ms - run->test->start_ms);
	report_history(run, quiet->alarm);
	report_place(out, quiet->place);
}

void
alarm_test_report_absent(
    struct alarm_test_run *run, const struct tree *place, struct span name)
{
	alarm_test_report_label(run->out, "expected");
	buf_printf(run->out, "an alarm \"%.*s\"\n", SPAN_ARGS(name));
	alarm_test_report_label(run->out, "actual");
	buf_text(run->out, "it does not run; the definitions have faults:\n");
	for (const struct fault *f = run->file->alarms.first; f != NULL;
	     f = f->next)
		buf_printf(run->out, "#   %s:%u:%u: %s\n", f->file, f->line,
		    f->column, f->text);
	report_place(run->out, place);
}
