#include "sinks/sink_replica.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

/* Attempts one behind another, as long as each gets on: stopping waits. */
#define REPLICA_ROUNDS 16

struct sink_replica {
	const struct replica_config *config;
	const char *sends;
	char name[128];
	void *kind;
	struct replica_tap tap;
	struct delivery *delivery;
	/* The worker's: */
	struct replica_load load;
	bool loaded; /* more items follow from it */

	atomic_bool waits;	 /* an item, or it is not known */
	_Atomic int64_t sent_ms; /* arrival of the newest that was sent */

	struct sink_replica *next; /* of those that run */
};

static pthread_mutex_t replica_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sink_replica *replica_first;

static const struct {
	enum replica_what what;
	const char *name, *prefix; /* of what is sent; of the sink */
} replica_whats[REPLICA_WHATS] = {{REPLICA_RECORDS, "records", "replica"},
    {REPLICA_TRANSITIONS, "transitions", "transitions"},
    {REPLICA_ROLLUPS, "rollups", "rollups"}};

/* The item that follows out of the log, whatever became of the one before:
 * that is settled now. */
static enum rc
replica_item(struct sink_replica *sink, uint64_t after,
    struct delivery_item *item, struct err *err)
{
	struct replica_load *load = &sink->load;
	enum rc rc = RC_AGAIN;

	while (rc == RC_AGAIN) {
		if (!sink->loaded) {
			rc = replica_tap_next(
			    &sink->tap, after, load, item, err);
			if (rc != RC_OK)
				return rc;
			if (sink->sent_ms == 0)
				sink->sent_ms = load->arrival_ms;
		}
		rc = sink->config->kind->pack(sink->kind, load, err);
		sink->loaded = load->record < load->nrecords;
		item->seq = load->seq;
		item->since_ms = load->arrival_ms;
		item->reach =
		    sink->loaded || load->more ? load->seq - 1 : load->seq;
	}
	return rc;
}

static enum rc
replica_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct sink_replica *sink = cookie;
	int64_t newest_ms = journal_last_ms(sink->tap.log.journal);
	enum rc rc;

	if (!sink->loaded && !sink->load.more && sink->load.seq > 0)
		sink->sent_ms = sink->load.arrival_ms;
	rc = replica_item(sink, after, item, err);
	sink->waits = rc != RC_AGAIN;
	if (rc == RC_AGAIN)
		sink->sent_ms = newest_ms;
	return rc;
}

static enum rc
replica_send(void *cookie, struct err *err)
{
	struct sink_replica *sink = cookie;
	bool progress = true;
	enum rc rc = RC_RETRY;

	for (int i = 0; i < REPLICA_ROUNDS && rc == RC_RETRY && progress; i++) {
		progress = false;
		rc = sink->config->kind->send(sink->kind, &progress, err);
	}
	return rc;
}

static void
replica_dead(void *cookie, struct buf *out)
{
	struct sink_replica *sink = cookie;

	sink->config->kind->dead(sink->kind, out);
}

static enum rc
replica_open(struct sink_replica *sink, const struct replica_setup *setup,
    struct err *err)
{
	const struct replica_kind *kind = sink->config->kind;
	enum rc rc = RC_OK;

	if (kind->check != NULL)
		rc = kind->check(sink->config, err);
	return rc == RC_OK ? kind->open(&sink->kind, setup, err) : rc;
}

static void
replica_name(struct sink_replica *sink, enum replica_what what)
{
	for (size_t i = 0; i < REPLICA_WHATS; i++) {
		if (replica_whats[i].what != what)
			continue;
		sink->sends = replica_whats[i].name;
		snprintf(sink->name, sizeof(sink->name), "%s-%.*s",
		    replica_whats[i].prefix, SPAN_ARGS(sink->config->name));
	}
}

static void
replica_show(struct sink_replica *sink)
{
	struct sink_replica **at = &replica_first;

	pthread_mutex_lock(&replica_mutex);
	while (*at != NULL)
		at = &(*at)->next;
	*at = sink;
	pthread_mutex_unlock(&replica_mutex);
}

static void
replica_hide(struct sink_replica *sink)
{
	struct sink_replica **at = &replica_first;

	pthread_mutex_lock(&replica_mutex);
	while (*at != NULL && *at != sink)
		at = &(*at)->next;
	if (*at != NULL)
		*at = sink->next;
	pthread_mutex_unlock(&replica_mutex);
}

enum rc
sink_replica_start(struct sink_replica **out, const struct replica_setup *setup,
    enum replica_what what, const struct replica_log *log, const char *folder,
    struct err *err)
{
	struct sink_replica *sink = calloc(1, sizeof(*sink));
	struct delivery_source source = {
	    .beyond = journal_last(log->journal) + 1,
	    .next = replica_next,
	    .send = replica_send,
	    .dead = replica_dead,
	    .sink = sink};
	enum rc rc;

	if (sink == NULL)
		log_die("out of memory: replica");
	*out = sink;
	sink->config = setup->config;
	replica_name(sink, what);
	source.name = sink->name;
	replica_tap_init(&sink->tap, what, log);
	rc = replica_open(sink, setup, err);
	if (rc == RC_OK)
		rc = delivery_start(&sink->delivery, &source, folder, err);
	if (rc == RC_OK)
		replica_show(sink);
	else
		sink_replica_stop(out, 0);
	return rc;
}

const struct delivery *
sink_replica_delivery(const struct sink_replica *sink)
{
	return sink->delivery;
}

static int64_t
replica_lag_ms(const struct sink_replica *sink)
{
	int64_t lag_ms = journal_last_ms(sink->tap.log.journal) - sink->sent_ms;

	return !sink->waits || lag_ms < 0 ? 0 : lag_ms;
}

void
sink_replica_each(replica_look *look, void *cookie)
{
	pthread_mutex_lock(&replica_mutex);
	for (const struct sink_replica *sink = replica_first; sink != NULL;
	     sink = sink->next)
		look(cookie,
		    &(struct replica_status){.sink = sink->name,
			.sends = sink->sends,
			.config = sink->config,
			.delivery = sink->delivery,
			.lag_ms = replica_lag_ms(sink)});
	pthread_mutex_unlock(&replica_mutex);
}

static void
replica_print_one(void *cookie, const struct replica_status *status)
{
	buf_printf(cookie,
	    "tocsin_replica_lag_seconds{sink=\"%s\"} %lld.%03d\n", status->sink,
	    (long long)(status->lag_ms / 1000), (int)(status->lag_ms % 1000));
}

void
sink_replica_print(struct buf *out)
{
	struct buf rows = {0};

	sink_replica_each(replica_print_one, &rows);
	if (rows.len > 0)
		buf_text(out,
		    "# TYPE tocsin_replica_lag_seconds gauge\n"
		    "# UNIT tocsin_replica_lag_seconds seconds\n"
		    "# HELP tocsin_replica_lag_seconds How much older the "
		    "newest entry that was sent is than the newest that was "
		    "taken; 0: nothing waits.\n");
	buf_span_put(out, buf_span(&rows));
	buf_fini(&rows);
}

void
sink_replica_stop(struct sink_replica **out, int64_t within_ms)
{
	struct sink_replica *sink = *out;

	if (sink == NULL)
		return;
	replica_hide(sink);
	delivery_stop(&sink->delivery, within_ms);
	replica_tap_fini(&sink->tap);
	if (sink->kind != NULL)
		sink->config->kind->close(&sink->kind);
	free(sink);
	*out = NULL;
}
