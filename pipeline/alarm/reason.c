#include "pipeline/alarm/reason.h"

#include <stdlib.h>

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

/* "K datapoints [...] were greater than the threshold (T)", with what M
 * adds. */
static void
reason_crossed(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	static const char *const words[] = {"greater than or equal to",
	    "greater than", "less than", "less than or equal to"};
	const struct alarm *a = r->alarm;
	int64_t needed = reason_needed(r);
	bool listed = used->sided <= REASON_INLINE;

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
	buf_printf(out, " %s %s%s the threshold (", reason_was(used->sided),
	    r->state == STATE_ALARM ? "" : "not ", words[a->operator]);
	reason_number(out, a->threshold);
	buf_byte(out, ')');
	reason_treated(out, r, used->missing);
	if (!listed) {
		buf_text(out,
		    ". The most recent datapoints which crossed the "
		    "threshold: ");
		reason_points(out, r, used, REASON_RECENT);
	}
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
	buf_text(out, "Threshold Crossed: ");
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

static void
reason_recent(
    struct buf *out, const struct reason *r, const struct reason_used *used)
{
	buf_text(out, "\"recentDatapoints\":[");
	if (used->real > 0)
		for (size_t i = used->last + 1; i-- > used->first;) {
			if (r->slots[i].real)
				reason_number(out, r->slots[i].value);
			else
				buf_text(out, "null");
			if (i > used->first)
				buf_byte(out, ',');
		}
	buf_text(out, "],");
}

static void
reason_evaluated_point(struct buf *out, const struct slot *slot, bool first)
{
	if (!first)
		buf_byte(out, ',');
	buf_byte(out, '{');
	reason_time(out, "timestamp", slot->start_ms);
	if (slot->real) {
		buf_text(out, ",\"sampleCount\":");
		reason_number(out, slot->count);
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
		return;
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
		reason_evaluated_point(out, deciding[i], i == 0);
	buf_byte(out, ']');
	free(deciding);
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
	if (r->alarm->unit.len > 0) {
		buf_text(out, "\"unit\":");
		buf_json(out, r->alarm->unit);
		buf_byte(out, ',');
	}
	buf_printf(out, "\"statistic\":\"%s\",\"period\":%lld,",
	    alarm_statistic_names[r->alarm->statistic],
	    (long long)(r->alarm->period_ms / 1000));
	reason_recent(out, r, &used);
	buf_text(out, "\"threshold\":");
	reason_number(out, r->alarm->threshold);
	buf_byte(out, ',');
	reason_evaluated(out, r, &used);
	buf_byte(out, '}');
}
