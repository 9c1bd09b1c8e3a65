/*
 * "Tocsin": {"Silence": {…}, "After": "5m"}, instead of a metric. In messages
 * it shows as a metric of ours, Tocsin Silence: the seconds since something
 * came, against those of After.
 */
#include "base/limits.h"
#include "pipeline/alarm/definition/reading.h"
#include "pipeline/window/heard.h"

#define SILENCE_AFTER_MS (5 * 60 * 1000LL)
#define SILENCE_LEAST_MS 1000
#define SILENCE_MOST_MS (7 * 24 * 3600 * 1000LL)

enum { FEED, PEER, ACCOUNT, REGION, NAMESPACE, AFTER, KEYS };

static const struct span silence_keys[KEYS + 1] = {SPAN_OF("Feed"),
    SPAN_OF("Peer"), SPAN_OF("Account"), SPAN_OF("Region"),
    SPAN_OF("Namespace"), SPAN_OF("After")};

/* What the feed itself says (feeds: silence), else five minutes. */
static int64_t
silence_usual(const struct reading *r, struct span feed)
{
	for (size_t i = 0; i < r->scope->nfeeds; i++)
		if (span_equal(feed, r->scope->feeds[i].name))
			return r->scope->feeds[i].silence_ms;
	return SILENCE_AFTER_MS;
}

static void
silence_after(struct reading *r, const struct tree *within,
    const struct tree *beside, struct alarm_silence *of)
{
	const struct tree *node = within != NULL ? within : beside;

	of->after_ms = silence_usual(r, of->feed);
	if (within != NULL && beside != NULL)
		reading_fault(r, within, "After is given twice");
	if (reading_duration(r, node, &of->after_ms) &&
	    (of->after_ms < SILENCE_LEAST_MS || of->after_ms > SILENCE_MOST_MS))
		reading_fault(r, node, "After must be from 1s to 7d");
}

static void
silence_as_metric(struct reading *r, const struct alarm_silence *of)
{
	const struct span values[] = {
	    of->account, of->feed, of->namespace, of->region};
	static const struct span names[] = {SPAN_OF("Account"), SPAN_OF("Feed"),
	    SPAN_OF("Namespace"), SPAN_OF("Region")};
	struct alarm_metric *metric = arena_alloc(r->arena, sizeof(*metric));
	struct dimension *dimensions =
	    arena_alloc(r->arena, 4 * sizeof(*dimensions));
	struct alarm *a = r->alarm;

	*metric = (struct alarm_metric){.namespace = SPAN_OF("Tocsin"),
	    .metric = SPAN_OF("Silence"),
	    .unit = SPAN_OF("Seconds"),
	    .dimensions = dimensions,
	    .given = dimensions,
	    .statistic = STATISTIC_MAXIMUM,
	    .stat = SPAN_OF("Maximum"),
	    .period_ms = 60000};
	for (size_t i = 0; i < 4; i++)
		if (values[i].len > 0)
			dimensions[metric->ndimensions++] =
			    (struct dimension){names[i], values[i]};
	a->metrics = metric;
	a->nmetrics = 1;
	a->period_ms = metric->period_ms;
	a->evaluation_periods = a->datapoints_to_alarm = 1;
	a->operator= OPERATOR_GE;
	a->threshold = (double)of->after_ms / 1000;
}

/* Keys of another kind of alarm. */
static void
silence_alone(struct reading *r)
{
	for (unsigned key = KEY_METRIC_NAME; key <= KEY_SUPPRESSOR_EXTENSION;
	     key++) {
		const struct tree *node = r->at[key];

		if (node == NULL || key == KEY_EVALUATION_STATE ||
		    key == KEY_STATE_TRANSITIONED ||
		    key == KEY_ACTION_CONFIGURATION ||
		    (node->kind == TREE_LIST && node->count == 0))
			continue;
		reading_fault(r, node, "a Silence alarm has no %.*s",
		    SPAN_ARGS(reading_keys[key]));
	}
}

/* One of the three forms. */
static void
silence_what(
    struct reading *r, const struct tree *node, const struct tree *const *at)
{
	bool place =
	    at[REGION] != NULL || at[NAMESPACE] != NULL || at[ACCOUNT] != NULL;

	if (at[FEED] == NULL && at[PEER] == NULL && !place)
		reading_fault(r, node,
		    "must name a Feed, a Peer, a Region, or a Namespace (in a "
		    "Region)");
	else if ((at[FEED] != NULL) + (at[PEER] != NULL) + place > 1)
		reading_fault(r, node,
		    "names a Feed, or a Peer, or a Region and what is in it; "
		    "not two of them");
}

void
reading_silence(struct reading *r)
{
	const struct tree *node = tree_get(r->at[KEY_TOCSIN], "Silence");
	struct alarm_silence *of = arena_alloc(r->arena, sizeof(*of));
	const struct tree *at[KEYS];

	*of = (struct alarm_silence){0};
	reading_index(r, node, silence_keys, at);
	if (node->kind != TREE_MAP)
		return;
	reading_text(r, at[FEED], 1, LIMIT_NAME, &of->feed);
	reading_text(r, at[ACCOUNT], 1, LIMIT_NAME, &of->account);
	reading_text(r, at[REGION], 1, LIMIT_NAME, &of->region);
	reading_text(r, at[NAMESPACE], 1, LIMIT_NAME, &of->namespace);
	if (reading_text(r, at[PEER], 1, LIMIT_NAME, &of->feed))
		of->feed = span_text(arena_printf(
		    r->arena, HEARD_PEER_PREFIX "%.*s", SPAN_ARGS(of->feed)));
	silence_what(r, node, at);
	silence_after(r, at[AFTER], tree_get(r->at[KEY_TOCSIN], "After"), of);
	silence_alone(r);
	r->alarm->kind = ALARM_SILENCE;
	r->alarm->silence = of;
	silence_as_metric(r, of);
}
