#include "app/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "pipeline/alarm/verdict.h"

#define EXPLAIN_WIDTH 78
#define EXPLAIN_INDENT 10

/*
 * Lines.
 */

/* Columns, as a terminal shows them: of UTF-8 the first bytes count. */
static size_t
explain_columns(struct span text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.len; i++)
		columns += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return columns;
}

void
explain_line(struct buf *out, const char *label, struct span words)
{
	size_t at = 0, column = EXPLAIN_INDENT;

	buf_printf(out, "%-*s", EXPLAIN_INDENT, label);
	while (at < words.len) {
		struct span word = {words.at + at, 0};

		while (at < words.len && words.at[at] != ' ' &&
		    words.at[at] != '\n') {
			at++;
			word.len++;
		}
		at++;
		if (column > EXPLAIN_INDENT &&
		    column + 1 + explain_columns(word) > EXPLAIN_WIDTH) {
			buf_printf(out, "\n%*s", EXPLAIN_INDENT, "");
			column = EXPLAIN_INDENT;
		} else if (column > EXPLAIN_INDENT) {
			buf_byte(out, ' ');
			column++;
		}
		buf_span_put(out, word);
		column += explain_columns(word);
	}
	buf_byte(out, '\n');
}

void
explain_say(struct buf *out, const char *label, const char *format, ...)
{
	struct buf words = {0};
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len > 0)
		buf_put(&words, text, (size_t)len);
	free(text);
	explain_line(out, label, buf_span(&words));
	buf_fini(&words);
}

void
explain_duration(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"},
	    {1000, "second"}};
	size_t i = 0;

	while (i < 3 && (ms < units[i].ms || ms % units[i].ms != 0))
		i++;
	buf_printf(out, "%lld %s%s", (long long)(ms / units[i].ms),
	    units[i].name, ms / units[i].ms == 1 ? "" : "s");
}

/*
 * When it rings.
 */

static void
explain_condition(struct buf *out, const struct alarm *alarm)
{
	static const char *const words[] = {"at or above", "above", "below",
	    "at or below", "outside the band", "below the band",
	    "above the band"};
	char number[TEXT_NUMBER_SIZE];

	text_double(number, alarm->threshold);
	buf_printf(out, "%s", words[alarm->operator]);
	if (alarm->kind != ALARM_ANOMALY) {
		buf_printf(out, " %s", number);
		return;
	}
	text_double(number, alarm->deviations);
	buf_printf(out,
	    " of %s deviations around what is usual at that hour of the "
	    "week (learnt from up to two weeks of the stream)",
	    number);
}

/* A long period may breach by what happened in one of its minutes. */
static void
explain_span(struct buf *words, const struct alarm *alarm)
{
	long long n = alarm->evaluation_periods, m = alarm->datapoints_to_alarm;

	buf_text(words, ": ");
	if (alarm->period_ms > 60000) {
		buf_text(words, "a span of ");
		explain_duration(words, m * alarm->period_ms);
	} else {
		explain_duration(words, m * alarm->period_ms);
		buf_text(words, " at the least");
	}
	if (m < n) {
		buf_text(words, ", within ");
		explain_duration(words, n * alarm->period_ms);
	}
	buf_text(words, ". ");
}

static void
explain_rings(struct buf *out, const struct alarm *alarm)
{
	long long n = alarm->evaluation_periods, m = alarm->datapoints_to_alarm;
	struct buf words = {0};

	buf_text(&words, "when it is ");
	explain_condition(&words, alarm);
	if (n == 1)
		buf_text(&words, " in one period");
	else if (m == n)
		buf_printf(&words, " in each of %lld periods in a row", n);
	else
		buf_printf(&words, " in %lld of the newest %lld periods", m, n);
	explain_span(&words, alarm);
	if (n * alarm->period_ms > 86400000)
		buf_text(&words,
		    "Looked at once an hour, because the periods make more "
		    "than a day.");
	else if (alarm->wall_clock != NULL)
		buf_printf(&words,
		    "Periods are those of the wall clock in %.*s; each is "
		    "looked at when it has ended.",
		    SPAN_ARGS(alarm->timezone));
	else if (alarm->period_ms > 60000)
		buf_text(&words,
		    "Looked at every minute; the periods slide along by "
		    "minutes.");
	explain_line(out, "rings", buf_span(&words));
	buf_fini(&words);
}

static void
explain_missing(struct buf *out, const struct alarm *alarm)
{
	static const char *const words[] = {
	    "Missing periods are stepped over; a breach with nothing behind it "
	    "rings once it is as old as the periods it needs; when all are "
	    "missing, the alarm goes to INSUFFICIENT_DATA.",
	    "Missing periods are stepped over; when too few are left to "
	    "decide, the state stays as it is.",
	    "Missing periods that are needed to decide count as breaching: "
	    "silence rings once too few good ones are left to look back at.",
	    "Missing periods that are needed to decide count as good: silence "
	    "is OK."};
	size_t range = verdict_range(alarm);

	explain_say(out, "missing",
	    "It looks back over %zu period%s for data. %s (TreatMissingData: "
	    "%s%s)",
	    range, range == 1 ? "" : "s", words[alarm->missing],
	    alarm_missing_names[alarm->missing],
	    alarm->missing_given ? "" : ", the default");
}

static void
explain_delay(struct buf *out, const struct alarm *alarm,
    const struct explain_context *context)
{
	struct buf words = {0};

	if (context->delay_ms == 0)
		buf_text(&words,
		    "None: what is not there when its period ends is missing.");
	else {
		explain_duration(&words, context->delay_ms);
		buf_printf(&words,
		    "%s: what has not come so long after its period is "
		    "missing. It rings before when what is there breaches "
		    "often enough and what may still come cannot undo it; "
		    "late data is taken into account when it comes.",
		    alarm->delay_ms >= 0 ? " (Tocsin.Delay)" : "");
	}
	explain_line(out, "delay", buf_span(&words));
	buf_fini(&words);
}

static void
explain_limits(struct buf *out, const struct alarm *alarm)
{
	struct buf words = {0};

	if (alarm->samples_needed > 0)
		explain_say(out, "samples",
		    "With fewer than %g samples the percentile is not acted "
		    "on (EvaluateLowSampleCountPercentile: ignore).",
		    alarm->samples_needed);
	if (alarm->warm_up_ms > 0) {
		explain_duration(&words, alarm->warm_up_ms);
		buf_printf(&words,
		    " after tocsin first saw it, it begins to be evaluated%s.",
		    alarm->warm_up_waits
			? ""
			: ", or before, once there is a full window of data");
		explain_line(out, "warm-up", buf_span(&words));
	}
	buf_fini(&words);
}

/*
 * Who is told.
 */

static void
explain_mutes(
    struct buf *out, const struct alarm *alarm, const struct mutes *mutes)
{
	for (size_t i = 0; mutes != NULL && i < mutes->count; i++) {
		const struct mute *mute = &mutes->rules[i];

		if (mute_targets(mute, alarm->name))
			explain_say(out, "muted",
			    "By the rule \"%.*s\": %.*s %.*s, for %.*s%s. It "
			    "changes state as ever; actions wait "
			    "until the window ends.",
			    SPAN_ARGS(mute->name), SPAN_ARGS(mute->expression),
			    SPAN_ARGS(mute->timezone.len > 0 ? mute->timezone
							     : SPAN_OF("UTC")),
			    SPAN_ARGS(mute->duration),
			    mute->once ? "" : " each time");
	}
}

static void
explain_actions(struct buf *out, const struct alarm *alarm)
{
	static const enum alarm_state order[] = {
	    STATE_ALARM, STATE_OK, STATE_INSUFFICIENT_DATA};
	const char *label = "actions";

	for (size_t i = 0; i < 3; i++) {
		const struct arns *arns = &alarm->actions[order[i]];

		for (size_t j = 0; j < arns->count; j++, label = "")
			explain_say(out, label, "%s → %.*s",
			    alarm_state_names[order[i]],
			    SPAN_ARGS(arns->at[j]));
	}
	if (alarm->suppressor.len == 0)
		return;
	explain_say(out, "quiet",
	    "Actions do not run while %.*s is in ALARM. After a change they "
	    "wait %lld s for it to ring; when it ends they wait %lld s more.",
	    SPAN_ARGS(alarm->suppressor),
	    (long long)alarm->suppressor_wait_ms / 1000,
	    (long long)alarm->suppressor_extension_ms / 1000);
}

void
explain(struct buf *out, const struct alarm *alarm,
    const struct explain_context *context)
{
	static const char *const kinds[] = {"metric alarm", "metric math alarm",
	    "Metrics Insights alarm", "anomaly detection alarm",
	    "composite alarm", "silence alarm"};

	buf_printf(out, "%.*s, a%s %s\n", SPAN_ARGS(alarm->name),
	    alarm->kind == ALARM_ANOMALY ? "n" : "", kinds[alarm->kind]);
	if (alarm->arn.len > 0)
		buf_printf(out, "%.*s\n", SPAN_ARGS(alarm->arn));
	buf_byte(out, '\n');
	if (alarm->description.len > 0)
		explain_line(out, "says", alarm->description);
	explain_watches(out, alarm);
	if (alarm->kind != ALARM_COMPOSITE && alarm->kind != ALARM_SILENCE) {
		explain_rings(out, alarm);
		explain_missing(out, alarm);
		explain_delay(out, alarm, context);
		explain_limits(out, alarm);
	}
	explain_actions(out, alarm);
	explain_mutes(out, alarm, context->mutes);
	if (alarm->runbook.len > 0)
		explain_line(out, "runbook", alarm->runbook);
	if (context->stream_statistics.len > 0) {
		explain_say(out, "stream",
		    "Streams do not carry this statistic by themselves. Ask "
		    "for it: aws cloudwatch put-metric-stream … "
		    "--statistics-configurations '%.*s' (output format json; "
		    "OpenTelemetry carries percentiles only).",
		    SPAN_ARGS(context->stream_statistics));
	}
	explain_beware(out, alarm);
}
