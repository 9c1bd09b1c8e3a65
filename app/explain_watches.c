/* What an alarm watches: a metric, expressions, a query, other alarms. */
#include "app/explain.h"
#include "pipeline/window/insights.h"

static void
explain_reads(struct buf *out, const struct reads *reads, const char *one,
    const char *many, const char *any)
{
	if (reads->count == 0) {
		buf_text(out, any);
		return;
	}
	buf_printf(out, "%s ", reads->count == 1 ? one : many);
	for (size_t i = 0; i < reads->count; i++)
		buf_printf(out, "%s%.*s",
		    i == 0			? ""
			: i + 1 == reads->count ? " and "
						: ", ",
		    SPAN_ARGS(reads->at[i]));
}

static void
explain_where(
    struct buf *out, const struct reads *regions, const struct reads *accounts)
{
	buf_text(out, ", in ");
	explain_reads(out, regions, "Region", "the Regions", "any Region");
	buf_text(out, " of ");
	explain_reads(out, accounts, "account", "the accounts", "any account");
}

/* The Average of AWS/EC2 CPUUtilization {InstanceId = i-1}, in Region … */
static void
explain_metric(struct buf *out, const struct alarm_metric *metric)
{
	const struct dimension *dimensions =
	    metric->given != NULL ? metric->given : metric->dimensions;

	buf_printf(out, "the %.*s of %.*s %.*s", SPAN_ARGS(metric->stat),
	    SPAN_ARGS(metric->namespace), SPAN_ARGS(metric->metric));
	for (size_t i = 0; i < metric->ndimensions; i++)
		buf_printf(out, "%s%.*s = %.*s%s", i == 0 ? " {" : ", ",
		    SPAN_ARGS(dimensions[i].name),
		    SPAN_ARGS(dimensions[i].value),
		    i + 1 == metric->ndimensions ? "}" : "");
	if (metric->ndimensions == 0)
		buf_text(out, " without dimensions");
	if (metric->unit.len > 0)
		buf_printf(out, ", in %.*s only", SPAN_ARGS(metric->unit));
	explain_where(out, &metric->regions, &metric->accounts);
}

static void
explain_period(struct buf *out, const struct alarm *alarm)
{
	buf_text(out, ", over periods of ");
	explain_duration(out, alarm->period_ms);
	buf_byte(out, '.');
}

static void
explain_queries(struct buf *out, const struct alarm *alarm)
{
	for (size_t i = 0; i < alarm->nqueries; i++) {
		const struct alarm_query *query = &alarm->queries[i];
		struct buf words = {0};

		buf_printf(&words, "%.*s = ", SPAN_ARGS(query->id));
		if (query->metric != NULL)
			explain_metric(&words, query->metric);
		else
			buf_span_put(&words, query->expression);
		if (query->label.len > 0)
			buf_printf(
			    &words, " (\"%.*s\")", SPAN_ARGS(query->label));
		explain_line(out, i == 0 ? "where" : "", buf_span(&words));
		buf_fini(&words);
	}
}

static void
explain_conditions(struct buf *out, const struct insights *query)
{
	for (size_t i = 0; i < query->nconditions; i++) {
		const struct insights_condition *c = &query->conditions[i];

		buf_printf(out, "%s%.*s is%s %.*s",
		    i == 0 ? ", where " : " and ", SPAN_ARGS(c->label.name),
		    c->equal ? "" : " not",
		    SPAN_ARGS(c->own_account ? SPAN_OF("the alarm's account")
					     : c->value));
	}
}

static void
explain_insights(struct buf *out, const struct alarm *alarm)
{
	const struct insights *query = alarm->insights;
	struct buf words = {0};

	buf_printf(&words, "the %s of %.*s %.*s over ",
	    alarm_statistic_names[query->statistic],
	    SPAN_ARGS(query->namespace), SPAN_ARGS(query->metric));
	if (!query->schema)
		buf_text(&words, "all series of that name");
	else if (query->ndimensions == 0)
		buf_text(&words, "the series without dimensions");
	else
		buf_text(&words, "the series with exactly the dimensions ");
	for (size_t i = 0; query->schema && i < query->ndimensions; i++)
		buf_printf(&words, "%s%.*s", i == 0 ? "" : ", ",
		    SPAN_ARGS(query->dimensions[i]));
	explain_conditions(&words, query);
	explain_where(&words, &alarm->regions, &alarm->accounts);
	explain_period(&words, alarm);
	explain_line(out, "watches", buf_span(&words));
	buf_clear(&words);
	for (size_t i = 0; i < query->ngroup_by; i++)
		buf_printf(&words, "%s%.*s", i == 0 ? "" : " and ",
		    SPAN_ARGS(query->group_by[i].name));
	if (query->ngroup_by > 0)
		explain_say(out, "groups",
		    "Each %.*s is a contributor with a state of its own and a "
		    "message of its own. The alarm is in ALARM while any of "
		    "them is; one whose series end becomes OK.",
		    SPAN_ARGS(buf_span(&words)));
	buf_fini(&words);
}

static void
explain_silence(struct buf *words, const struct alarm_silence *of)
{
	buf_text(words, "when nothing came for ");
	explain_duration(words, of->after_ms);
	if (of->feed.len > 0)
		buf_printf(words, " by feed %.*s", SPAN_ARGS(of->feed));
	else
		buf_text(words, " by any feed");
	if (of->namespace.len > 0)
		buf_printf(words, " of %.*s", SPAN_ARGS(of->namespace));
	if (of->region.len > 0)
		buf_printf(words, " of Region %.*s", SPAN_ARGS(of->region));
	if (of->account.len > 0)
		buf_printf(words, " of account %.*s", SPAN_ARGS(of->account));
	buf_text(words,
	    ". What counts is that it arrives, whatever its timestamps say. "
	    "The reason tells what else still comes.");
}

void
explain_watches(struct buf *out, const struct alarm *alarm)
{
	struct buf words = {0};

	switch (alarm->kind) {
	case ALARM_INSIGHTS:
		explain_insights(out, alarm);
		break;
	case ALARM_COMPOSITE:
		explain_rule(&words, alarm->rule_text);
		explain_line(out, "rings", buf_span(&words));
		break;
	case ALARM_SILENCE:
		explain_silence(&words, alarm->silence);
		explain_line(out, "rings", buf_span(&words));
		break;
	case ALARM_METRIC:
		explain_metric(&words, alarm->metrics);
		explain_period(&words, alarm);
		explain_line(out, "watches", buf_span(&words));
		break;
	case ALARM_MATH:
	case ALARM_ANOMALY:
		buf_printf(&words, "%.*s",
		    SPAN_ARGS(alarm
				  ->queries[alarm->kind == ALARM_ANOMALY
					  ? alarm->banded
					  : alarm->returned]
				  .id));
		explain_period(&words, alarm);
		explain_line(out, "watches", buf_span(&words));
		explain_queries(out, alarm);
		break;
	}
	buf_fini(&words);
}
