/* What a metric stream must be asked to carry for an alarm. */
#include "pipeline/alarm/definition/definition.h"

static bool
stream_same_metric(const struct alarm_metric *a, const struct alarm_metric *b)
{
	return span_equal(a->namespace, b->namespace) &&
	    span_equal(a->metric, b->metric);
}

static bool
stream_first(const struct alarm *alarm, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (alarm->metrics[k].statistic == STATISTIC_EXTENDED &&
		    stream_same_metric(&alarm->metrics[k], &alarm->metrics[i]))
			return false;
	return true;
}

/* The extended statistics of one metric, each once. An alarm has ten metrics
 * at most. */
static void
stream_statistics(const struct alarm *alarm, size_t first, struct buf *out)
{
	const struct alarm_metric *metrics = alarm->metrics;

	for (size_t i = first; i < alarm->nmetrics; i++) {
		bool seen = metrics[i].statistic != STATISTIC_EXTENDED ||
		    !stream_same_metric(&metrics[i], &metrics[first]);

		for (size_t k = first; k < i && !seen; k++)
			seen = stream_same_metric(&metrics[k], &metrics[i]) &&
			    span_equal(metrics[k].stat, metrics[i].stat);
		if (seen)
			continue;
		if (i > first)
			buf_byte(out, ',');
		buf_json(out, metrics[i].stat);
	}
}

bool
definition_stream_statistics(const struct alarm *alarm, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < alarm->nmetrics; i++) {
		const struct alarm_metric *metric = &alarm->metrics[i];

		if (metric->statistic != STATISTIC_EXTENDED ||
		    !stream_first(alarm, i))
			continue;
		buf_text(out, any ? "," : "[");
		any = true;
		buf_text(out, "{\"IncludeMetrics\":[{\"Namespace\":");
		buf_json(out, metric->namespace);
		buf_text(out, ",\"MetricName\":");
		buf_json(out, metric->metric);
		buf_text(out, "}],\"AdditionalStatistics\":[");
		stream_statistics(alarm, i, out);
		buf_text(out, "]}");
	}
	if (any)
		buf_byte(out, ']');
	return any;
}
