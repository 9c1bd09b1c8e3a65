#include "app/own_metrics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "app/config.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "ingest/source_kafka.h"
#include "pipeline/window/insights.h"
#include "sinks/delivery.h"
#include "sinks/sink_replica.h"

#define MINUTE_MS 60000

struct counter own_metrics_stats[OWN_METRICS_STATS] = {
    [OWN_METRICS_BATCHES] = {.name = "tocsin_own_metrics_total",
	.help = "Minutes of own metrics that the journal took."},
    [OWN_METRICS_FAILED] = {.name = "tocsin_own_metrics_failed_total",
	.help = "Minutes of own metrics that the journal refused."},
    [OWN_METRICS_LEFT_OUT] = {.name = "tocsin_own_metrics_left_out_total",
	.help = "Samples of sinks above the limit."}};

struct own_metrics {
	struct own_metrics_options options;
	atomic_bool on;
	int64_t minute; /* of the samples */
	struct own_sample samples[LIMIT_OWN_METRICS];
	size_t count;
	int64_t now_ms; /* of the tick at hand */
	bool failing;	/* said already */
};

static bool
own_metrics_reads(const struct alarm *alarm)
{
	if (alarm->insights != NULL &&
	    span_is(alarm->insights->namespace, OWN_METRICS_NAMESPACE))
		return true;
	for (size_t i = 0; i < alarm->nmetrics; i++)
		if (span_is(alarm->metrics[i].namespace, OWN_METRICS_NAMESPACE))
			return true;
	return false;
}

bool
own_metrics_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->alarms.count; i++)
		if (own_metrics_reads(&config->alarms.alarms[i]))
			return true;
	for (size_t i = 0; i < config->nrollups; i++)
		if (span_is(config->rollups[i].query->namespace,
			OWN_METRICS_NAMESPACE))
			return true;
	return false;
}

struct own_metrics *
own_metrics_create(const struct own_metrics_options *options)
{
	struct own_metrics *made = calloc(1, sizeof(*made));

	if (made == NULL)
		log_die("out of memory: own metrics");
	made->options = *options;
	return made;
}

void
own_metrics_free(struct own_metrics **metrics)
{
	free(*metrics);
	*metrics = NULL;
}

void
own_metrics_switch(struct own_metrics *metrics, bool on)
{
	metrics->on = on;
}

static void
own_metrics_text(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	buf_json(out, value);
	buf_byte(out, ',');
}

static void
own_metrics_number(struct buf *out, const char *key, double value)
{
	char number[TEXT_NUMBER_SIZE];

	text_double(number, value);
	buf_printf(out, "\"%s\":%s", key, number);
}

static void
own_metrics_dimension(struct buf *out, const char *name, struct span value)
{
	if (value.len == 0)
		return;
	buf_printf(out, ",\"%s\":", name);
	buf_json(out, value);
}

void
own_metrics_print(struct buf *out, const struct own_metrics_options *options,
    const struct own_sample *sample, int64_t minute_ms)
{
	buf_byte(out, '{');
	own_metrics_text(
	    out, "metric_stream_name", SPAN_OF(OWN_METRICS_SOURCE));
	own_metrics_text(out, "account_id",
	    options->account.len > 0 ? options->account
				     : SPAN_OF("000000000000"));
	own_metrics_text(out, "region",
	    options->region.len > 0 ? options->region : SPAN_OF("local"));
	own_metrics_text(out, "namespace", SPAN_OF(OWN_METRICS_NAMESPACE));
	own_metrics_text(out, "metric_name", span_text(sample->metric));
	buf_text(out, "\"dimensions\":{\"Name\":");
	buf_json(out, options->name);
	own_metrics_dimension(out, "Sink", span_text(sample->sink));
	own_metrics_dimension(out, "Source", span_text(sample->source));
	own_metrics_dimension(out, "Peer", sample->peer);
	own_metrics_dimension(out, "Region", sample->region);
	buf_printf(
	    out, "},\"timestamp\":%lld,\"value\":{", (long long)minute_ms);
	own_metrics_number(out, "max", sample->max);
	buf_byte(out, ',');
	own_metrics_number(out, "min", sample->min);
	buf_byte(out, ',');
	own_metrics_number(out, "sum", sample->sum);
	buf_byte(out, ',');
	own_metrics_number(out, "count", sample->count);
	buf_printf(out, "},\"unit\":\"%s\"}\n", sample->unit);
}

/* `like`: metric, unit and dimensions. */
static void
own_metrics_add(
    struct own_metrics *self, const struct own_sample *like, double value)
{
	struct own_sample *at = self->samples;
	struct own_sample *end = at + self->count;

	while (at < end &&
	    (strcmp(at->metric, like->metric) != 0 ||
		strcmp(at->sink, like->sink) != 0 ||
		strcmp(at->source, like->source) != 0))
		at++;
	if (at == self->samples + LIMIT_OWN_METRICS) {
		counter_add(&own_metrics_stats[OWN_METRICS_LEFT_OUT], 1);
		return;
	}
	if (at == end) {
		*at = *like;
		at->min = at->max = value;
		self->count++;
	}
	at->sum += value;
	at->count++;
	at->min = value < at->min ? value : at->min;
	at->max = value > at->max ? value : at->max;
}

static void
own_metrics_sample(struct own_metrics *self, const char *metric,
    const char *sink, const char *unit, double value)
{
	struct own_sample like = {.metric = metric, .unit = unit};

	snprintf(like.sink, sizeof(like.sink), "%s", sink);
	own_metrics_add(self, &like, value);
}

static void
own_metrics_kafka(void *cookie, struct span name, int64_t lag)
{
	struct own_sample like = {.metric = "KafkaLag", .unit = "Count"};

	snprintf(like.source, sizeof(like.source), "%.*s", SPAN_ARGS(name));
	own_metrics_add(cookie, &like, (double)lag);
}

static void
own_metrics_delivery(void *cookie, const char *name, int64_t since_ms)
{
	struct own_metrics *self = cookie;
	int64_t ms = since_ms == 0 ? 0 : self->now_ms - since_ms;

	own_metrics_sample(self, "DeliveryBehind", name, "Seconds",
	    ms < 0 ? 0 : (double)ms / 1000);
}

static void
own_metrics_replica(void *cookie, const struct replica_status *status)
{
	own_metrics_sample(cookie, "ReplicaLag", status->sink, "Seconds",
	    (double)status->lag_ms / 1000);
}

/* Of the limit or of the file system, whichever is nearer to its end. */
static double
own_metrics_free_percent(const struct own_metrics *self)
{
	double all = (double)self->options.limit_bytes;
	double used = (double)counter_get(&journal_stats[JOURNAL_SIZE]);
	double percent = 100 * (all - used) / all;
	struct statvfs disk;

	if (statvfs(self->options.journal_folder, &disk) == 0 &&
	    disk.f_blocks > 0) {
		double here =
		    100 * (double)disk.f_bavail / (double)disk.f_blocks;

		percent = here < percent ? here : percent;
	}
	return percent < 0 ? 0 : percent;
}

static void
own_metrics_take(struct own_metrics *self)
{
	own_metrics_sample(
	    self, "JournalFree", "", "Percent", own_metrics_free_percent(self));
	own_metrics_sample(self, "JournalFreeBytes", "", "Bytes",
	    (double)counter_get(&journal_stats[JOURNAL_FREE]));
	own_metrics_sample(self, "EvaluatorBehind", "", "Seconds",
	    (double)evaluator_behind_ms(self->options.evaluator, self->now_ms) /
		1000);
	own_metrics_sample(self, "CommitTime", "", "Seconds",
	    (double)counter_get(&journal_stats[JOURNAL_COMMIT_SLOWEST]) / 1000);
	delivery_each(own_metrics_delivery, self);
	sink_replica_each(own_metrics_replica, self);
	source_kafka_each(own_metrics_kafka, self);
}

/* The minute is over. */
static void
own_metrics_append(struct own_metrics *self)
{
	struct buf lines = {0};
	struct span record;
	const struct entry entry = {.kind = ENTRY_BATCH,
	    .source = SPAN_OF(OWN_METRICS_SOURCE),
	    .records = &record,
	    .nrecords = 1};
	struct err err;
	uint64_t seq;

	for (size_t i = 0; i < self->count; i++)
		own_metrics_print(&lines, &self->options, &self->samples[i],
		    self->minute * MINUTE_MS);
	self->count = 0;
	record = buf_span(&lines);
	if (journal_append_wait(self->options.journal, &entry, &seq, &err) ==
	    RC_OK) {
		counter_add(&own_metrics_stats[OWN_METRICS_BATCHES], 1);
		self->failing = false;
	} else {
		counter_add(&own_metrics_stats[OWN_METRICS_FAILED], 1);
		if (!self->failing)
			log_warn("own_metrics_refused", "%s", err.text);
		self->failing = true;
	}
	buf_fini(&lines);
}

void
own_metrics_tick(struct own_metrics *metrics)
{
	int64_t now_ms = journal_now_ms(metrics->options.journal);

	if (!metrics->on) {
		metrics->count = 0;
		return;
	}
	if (metrics->count > 0 && now_ms / MINUTE_MS != metrics->minute)
		own_metrics_append(metrics);
	metrics->minute = now_ms / MINUTE_MS;
	metrics->now_ms = now_ms;
	own_metrics_take(metrics);
}
