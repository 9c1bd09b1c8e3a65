#include "pipeline/alarm/reason.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

/* Points shown in the text: up to four inline, else the newest five. */
#define REASON_INLINE 4
#define REASON_RECENT 5

/* The newest N real slots, by index. */
struct reason_used {
	size_t first, last; /* newest and oldest index; only when real > 0 */
	int64_t real;	    /* how many */
	int64_t sided;	    /* of those, on the new state's side */
	int64_t missing;    /* N - real */
};

static bool
reason_sides(const struct reason *r, const struct slot *slot)
{
	return slot->real && slot->bad == (r->state == STATE_ALARM);
}

static struct reason_used
reason_used(const struct reason *r)
{
	struct reason_used used = {0};
	int64_t n = r->alarm->evaluation_periods;

	for (size_t i = 0; i < r->range && used.real < n; i++) {
		if (!r->slots[i].real)
			continue;
		if (used.real++ == 0)
			used.first = i;
		used.last = i;
		used.sided += reason_sides(r, &r->slots[i]);
	}
	used.missing = r->pending ? 0 : n - used.real;
	return used;
}

/* Points that the new state needs: M for ALARM, N - M + 1 for OK. */
static int64_t
reason_needed(const struct reason *r)
{
	if (r->state == STATE_OK)
		return r->alarm->evaluation_periods -
		    r->alarm->datapoints_to_alarm + 1;
	return r->alarm->datapoints_to_alarm;
}

static void
reason_number(struct buf *out, double value)
{
	char text[TEXT_NUMBER_SIZE];

	text_double_java(text, value);
	buf_text(out, text);
}

/* 21.5 (14/09/26 05:51:30), from the ISO form: pipeline/ has no time.h. */
static void
reason_point(struct buf *out, const struct slot *slot)
{
	char iso[TEXT_TIME_SIZE];

	text_time(iso, slot->start_ms);
	reason_number(out, slot->value);
	buf_printf(
	    out, " (%.2s/%.2s/%.2s %.8s)", iso + 8, iso + 5, iso + 2, iso + 11);
}

static void
reason_points(struct buf *out, const struct reason *r,
    const struct reason_used *used, int64_t limit)
{
	int64_t shown = 0;

	buf_byte(out, '[');
	for (size_t i = used->first; i <= used->last && shown < limit; i++) {
		if (!reason_sides(r, &r->slots[i]))
			continue;
		if (shown++ > 0)
			buf_text(out, ", ");
		reason_point(out, &r->slots[i]);
	}
	buf_byte(out, ']');
}

static const char *
reason_plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static const char *
reason_was(int64_t n)
{
	return n == 1 ? "was" : "were";
}

static void
reason_treated(struct buf *out, const struct reason *r, int64_t missing)
{
	if (missing == 0 || r->alarm->missing == MISSING_MISSING ||
	    r->alarm->missing == MISSING_IGNORE)
		return;
	buf_printf(out, " and %lld missing datapoint%s %s treated as [%s]",
	    (long long)missing, reason_plural(missing), reason_was(missing),
	    r->alarm->missing == MISSING_BREACHING ? "Breaching"
						   : "NonBreaching");
}

/* The thresholds of the points shown, of one edge of the band. */
static void
reason_band(struct buf *out, const struct reason *r,
    const struct reason_used *used, int64_t limit, bool upper)
{
	int64_t shown = 0;

	buf_printf(out, "%s%s than the %s thresholds [",
	    r->state == STATE_ALARM ? "" : "not ", upper ? "greater" : "less",
	    upper ? "upper" : "lower");
	for (size_t i = used->first; i <= used->last && shown < limit; i++) {
		if (!reason_sides(r, &r->slots[i]))
			continue;
		if (shown++ > 0)
			buf_text(out, ", ");
		reason_number(
		    out, upper ? r->slots[i].upper : r->slots[i].lower);
	}
	buf_byte(out, ']');
}

/* "greater than the threshold (50.0)", or the band's words. */
static void
reason_comparison(struct buf *out, const struct reason *r,
    const struct reason_used *used, int64_t limit)
{
	static const char *const words[] = {"greater than or equal to",
	    "greater than", "less than", "less than or equal to"};
	const struct alarm *a = r->alarm;

	if (a->operator<= OPERATOR_LE) {
		buf_printf(out, "%s%s the threshold (",
		    r->state == STATE_ALARM ? "" : "not ", words[a->operator]);
		reason_number(out, a->threshold);
		buf_byte(out, ')');
		return;
	}
	if (a->operator!= OPERATOR_ABOVE)
		reason_band(out, r, used, limit, false);
	if (a->operator== OPERATOR_OUTSIDE)
		buf_text(out, " or ");
	if (a->operator!= OPERATOR_BELOW)
		reason_band(out, r, used, limit, true);
}

/* Behind the sentence: five from five on, of contributors always one. */
static void
reason_behind(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	buf_printf(out, ". The most recent datapoint%s which %scrossed the ",
	    r->contributor ? "" : "s",
	    r->contributor && r->state != STATE_ALARM ? "not " : "");
	buf_text(out,
	    r->alarm->kind == ALARM_ANOMALY ? "thresholds: " : "threshold: ");
	reason_points(out, r, used, r->contributor ? 1 : REASON_RECENT);
}

/* "K datapoints [...] were greater than the threshold (T)", with what M
 * adds. */
static void
reason_crossed(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	const struct alarm *a = r->alarm;
	int64_t needed = reason_needed(r);
	bool listed = used->sided <= REASON_INLINE && !r->contributor;

	if (a->datapoints_given)
		buf_printf(out, "%lld out of the last %lld datapoints",
		    (long long)used->sided, (long long)a->evaluation_periods);
	else
		buf_printf(out, "%lld datapoint%s", (long long)used->sided,
		    reason_plural(used->sided));
	if (listed) {
		buf_byte(out, ' ');
		reason_points(out, r, used, REASON_INLINE);
	}
	buf_printf(out, " %s ", reason_was(used->sided));
	reason_comparison(out, r, used, listed ? REASON_INLINE : REASON_RECENT);
	reason_treated(out, r, used->missing);
	if (!listed)
		reason_behind(out, r, used);
	if (a->datapoints_given)
		buf_printf(out, " (minimum %lld datapoint%s for %s transition)",
		    (long long)needed, reason_plural(needed),
		    r->state == STATE_ALARM ? "OK -> ALARM" : "ALARM -> OK");
}

void
reason_text(struct buf *out, const struct reason *r)
{
	struct reason_used used = reason_used(r);
	int64_t n = r->alarm->evaluation_periods;

	if (r->state == STATE_INSUFFICIENT_DATA) {
		buf_printf(out,
		    "Insufficient Data: %lld datapoint%s %s "
		    "unknown.",
		    (long long)n, reason_plural(n), reason_was(n));
		return;
	}
	buf_text(out,
	    r->alarm->kind == ALARM_ANOMALY ? "Thresholds Crossed: "
					    : "Threshold Crossed: ");
	if (used.sided > 0) {
		reason_crossed(out, r, &used);
	} else {
		/* Only missing points speak for the new state. */
		if (used.real == 0)
			buf_text(out, "no datapoints were");
		else
			buf_printf(out, "%lld datapoint%s %s",
			    (long long)used.real, reason_plural(used.real),
			    reason_was(used.real));
		buf_printf(out, " received for %lld period%s", (long long)n,
		    reason_plural(n));
		reason_treated(out, r, used.missing);
	}
	buf_byte(out, '.');
}

static void
reason_time(struct buf *out, const char *key, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time_aws(text, ms);
	buf_printf(out, "\"%s\":\"%s\"", key, text);
}

enum reason_part { REASON_VALUES, REASON_LOWER, REASON_UPPER };

/* What the used periods held, oldest first, null for gaps. */
static void
reason_recent(struct buf *out, const struct reason *r,
    const struct reason_used *used, const char *key, enum reason_part part)
{
	buf_printf(out, "\"%s\":[", key);
	if (used->real > 0)
		for (size_t i = used->last + 1; i-- > used->first;) {
			const struct slot *slot = &r->slots[i];

			if (!slot->real)
				buf_text(out, "null");
			else
				reason_number(out,
				    part == REASON_VALUES      ? slot->value
					: part == REASON_LOWER ? slot->lower
							       : slot->upper);
			if (i > used->first)
				buf_byte(out, ',');
		}
	buf_text(out, "],");
}

static void
reason_thresholds(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	const struct alarm *a = r->alarm;

	if (a->operator<= OPERATOR_LE) {
		buf_text(out, "\"threshold\":");
		reason_number(out, a->threshold);
		buf_byte(out, ',');
		return;
	}
	if (a->operator!= OPERATOR_ABOVE)
		reason_recent(
		    out, r, used, "recentLowerThresholds", REASON_LOWER);
	if (a->operator!= OPERATOR_BELOW)
		reason_recent(
		    out, r, used, "recentUpperThresholds", REASON_UPPER);
}

static void
reason_evaluated_point(struct buf *out, const struct reason *r,
    const struct slot *slot, bool first)
{
	if (!first)
		buf_byte(out, ',');
	buf_byte(out, '{');
	reason_time(out, "timestamp", slot->start_ms);
	if (slot->real) {
		if (r->alarm->kind == ALARM_METRIC) {
			buf_text(out, ",\"sampleCount\":");
			reason_number(out, slot->count);
		}
		buf_text(out, ",\"value\":");
		reason_number(out, slot->value);
	}
	buf_byte(out, '}');
}

static int
reason_newest_first(const void *a, const void *b)
{
	const struct slot *left = *(const struct slot *const *)a;
	const struct slot *right = *(const struct slot *const *)b;

	return (left->start_ms < right->start_ms) -
	    (left->start_ms > right->start_ms);
}

/* The deciding points: real ones that support the state, then the newest
 * missing ones; shown newest first. */
static void
reason_evaluated(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	int64_t needed = reason_needed(r);
	const struct slot **deciding =
	    calloc((size_t)needed, sizeof(*deciding));
	int64_t count = 0;

	if (deciding == NULL)
		log_die("out of memory: reasons of alarms");
	if (used->real > 0 && r->state != STATE_INSUFFICIENT_DATA)
		for (size_t i = used->first; i <= used->last; i++)
			if (reason_sides(r, &r->slots[i]) && count < needed)
				deciding[count++] = &r->slots[i];
	for (size_t i = 0; i < r->range && count < needed; i++)
		if (!r->slots[i].real && !r->pending)
			deciding[count++] = &r->slots[i];
	qsort(deciding, (size_t)count, sizeof(*deciding), reason_newest_first);
	buf_text(out, "\"evaluatedDatapoints\":[");
	for (int64_t i = 0; i < count; i++)
		reason_evaluated_point(out, r, deciding[i], i == 0);
	buf_byte(out, ']');
	free(deciding);
}

/* What only a single metric has: its unit and statistic. */
static void
reason_metric(struct buf *out, const struct alarm_metric *metric)
{
	if (metric->unit.len > 0) {
		buf_text(out, "\"unit\":");
		buf_json(out, metric->unit);
		buf_byte(out, ',');
	}
	buf_text(out, "\"statistic\":");
	buf_json(out, metric->stat);
	buf_byte(out, ',');
}

void
reason_data(struct buf *out, const struct reason *r)
{
	struct reason_used used = reason_used(r);

	buf_text(out, "{\"version\":\"1.0\",");
	reason_time(out, "queryDate", r->query_ms);
	buf_byte(out, ',');
	if (used.real > 0) {
		reason_time(out, "startDate", r->slots[used.last].start_ms);
		buf_byte(out, ',');
	}
	if (r->alarm->kind == ALARM_METRIC)
		reason_metric(out, &r->alarm->metrics[0]);
	buf_printf(
	    out, "\"period\":%lld,", (long long)(r->alarm->period_ms / 1000));
	reason_recent(out, r, &used, "recentDatapoints", REASON_VALUES);
	reason_thresholds(out, r, &used);
	reason_evaluated(out, r, &used);
	buf_byte(out, '}');
}

void
reason_data_plain(struct buf *out, int64_t query_ms)
{
	buf_text(out, "{\"version\":\"1.0\",");
	reason_time(out, "queryDate", query_ms);
	buf_byte(out, '}');
}
