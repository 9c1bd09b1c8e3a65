#include "ingest/source_kafka_stats.h"

#include <pthread.h>
#include <stdio.h>

#include "base/limits.h"

static pthread_mutex_t stats_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct source_kafka_stats *stats_shown;

static const struct counter stats_rows[SOURCE_KAFKA_STATS] = {
    [SOURCE_KAFKA_MESSAGES] = {.name = "tocsin_kafka_messages_total",
	.help = "Messages taken."},
    [SOURCE_KAFKA_BYTES] = {.name = "tocsin_kafka_bytes_total",
	.help = "Bytes of these messages, as they came."},
    [SOURCE_KAFKA_ENTRIES] = {.name = "tocsin_kafka_entries_total",
	.help = "Entries of the journal that were made of them."},
    [SOURCE_KAFKA_REPEATS] = {.name = "tocsin_kafka_repeats_total",
	.help = "Messages that came again and were dropped."},
    [SOURCE_KAFKA_EMPTY] = {.name = "tocsin_kafka_empty_total",
	.help = "Messages without a value, which hold no records."},
    [SOURCE_KAFKA_UNREADABLE] = {.name = "tocsin_kafka_unreadable_total",
	.help = "Messages that could not be unpacked, kept as they came for "
		"the quarantine."},
    [SOURCE_KAFKA_DROPPED] = {.name = "tocsin_kafka_dropped_total",
	.help = "Messages of entries that the journal can never keep."},
    [SOURCE_KAFKA_LOST] = {.name = "tocsin_kafka_lost_total",
	.help = "Messages that the brokers removed before they were read."},
    [SOURCE_KAFKA_ANEW] = {.name = "tocsin_kafka_topics_anew_total",
	.help = "Partitions whose end was before what had been read: the "
		"topic was made anew, or cut back."},
    [SOURCE_KAFKA_ERRORS] = {.name = "tocsin_kafka_errors_total",
	.help = "Errors that the client told."},
    [SOURCE_KAFKA_REBALANCES] = {.name = "tocsin_kafka_rebalances_total",
	.help = "Times that partitions were given or taken."},
    [SOURCE_KAFKA_RECREATED] = {.name = "tocsin_kafka_recreated_total",
	.help = "Times that the consumer was made anew after it failed."},
    [SOURCE_KAFKA_PAUSES] = {.name = "tocsin_kafka_pauses_total",
	.help = "Times that reading paused because the journal took nothing."},
    [SOURCE_KAFKA_PAUSED] = {.name = "tocsin_kafka_paused",
	.help = "1 while reading is paused.",
	.gauge = true},
    [SOURCE_KAFKA_PARTITIONS] = {.name = "tocsin_kafka_partitions",
	.help = "Partitions that are read.",
	.gauge = true},
    [SOURCE_KAFKA_LAG] = {.name = "tocsin_kafka_lag_messages",
	.help = "Messages that are in the topics and not in the journal.",
	.gauge = true},
    [SOURCE_KAFKA_LAG_MOST] = {.name = "tocsin_kafka_lag_most_messages",
	.help = "The same, of the partition that has most of them.",
	.gauge = true},
    [SOURCE_KAFKA_TROUBLED] = {.name = "tocsin_kafka_troubled",
	.help = "1 while brokers do not answer or refuse; the log says what.",
	.gauge = true}};

void
source_kafka_stats_begin(struct source_kafka_stats *stats, struct span name)
{
	stats->name = name;
	snprintf(stats->labels, sizeof(stats->labels), "source=\"%.*s\"",
	    SPAN_ARGS(name));
	for (size_t i = 0; i < SOURCE_KAFKA_STATS; i++) {
		const struct counter *row = &stats_rows[i];

		stats->rows[i] = (struct counter){.name = row->name,
		    .help = row->help,
		    .labels = stats->labels,
		    .gauge = row->gauge};
	}
	pthread_mutex_lock(&stats_mutex);
	stats->next = stats_shown;
	stats_shown = stats;
	pthread_mutex_unlock(&stats_mutex);
}

void
source_kafka_stats_end(struct source_kafka_stats *stats)
{
	struct source_kafka_stats **at = &stats_shown;

	pthread_mutex_lock(&stats_mutex);
	while (*at != stats)
		at = &(*at)->next;
	*at = stats->next;
	pthread_mutex_unlock(&stats_mutex);
}

/* Rows of one name follow one another. */
void
source_kafka_print(struct buf *out)
{
	pthread_mutex_lock(&stats_mutex);
	for (size_t i = 0; i < SOURCE_KAFKA_STATS; i++) {
		struct counter rows[LIMIT_KAFKA_SOURCES];
		size_t count = 0;

		for (struct source_kafka_stats *s = stats_shown; s != NULL;
		     s = s->next)
			if (count < LIMIT_KAFKA_SOURCES)
				rows[count++] =
				    (struct counter){.name = s->rows[i].name,
					.help = s->rows[i].help,
					.labels = s->rows[i].labels,
					.gauge = s->rows[i].gauge,
					.value = counter_get(&s->rows[i])};
		counter_print(rows, count, out);
	}
	pthread_mutex_unlock(&stats_mutex);
}

void
source_kafka_each(source_kafka_look *look, void *cookie)
{
	pthread_mutex_lock(&stats_mutex);
	for (struct source_kafka_stats *s = stats_shown; s != NULL; s = s->next)
		look(cookie, s->name, counter_get(&s->rows[SOURCE_KAFKA_LAG]));
	pthread_mutex_unlock(&stats_mutex);
}
