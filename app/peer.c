#include "app/peer.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/tree.h"

#define PEER_TIMEOUT_MS 5000
#define PEER_SLEEP_LEAST_MS 100
#define MINUTE_MS 60000

const struct option peer_options[] = {
    {"name", OPTION_TEXT, offsetof(struct peer_config, name), NULL, 0, 0,
	"name of the peer: alarms on its silence say {\"Peer\": NAME}"},
    {"url", OPTION_TEXT, offsetof(struct peer_config, url), NULL, 0, 0,
	"its admin address, as http://host:9464"},
    {"every", OPTION_DURATION, offsetof(struct peer_config, every_ms), "10s",
	1000, 3600 * 1000, "how often it is asked what it heard"},
    {0}};

struct counter peer_stats[PEER_STATS] = {
    [PEER_ASKED] = {.name = "tocsin_peer_asked_total",
	.help = "Times that a peer was asked what it heard."},
    [PEER_FAILED] = {.name = "tocsin_peer_failed_total",
	.help = "Times that a peer did not answer, or with no report."}};

struct peer {
	struct peer_config config;
	struct peer_options_run options;
	char url[1024], source[LIMIT_NAME];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop; /* under the lock */
	bool failing;
};

enum rc
peer_lines(struct buf *out, const struct own_metrics_options *own,
    struct span peer, struct span report, int64_t now_ms, struct err *err)
{
	struct faults faults;
	struct arena arena;
	const struct tree *tree, *regions;
	size_t count = 0;

	faults_init(&faults);
	arena_init(&arena);
	tree = tree_parse(&arena, report, "report", false, &faults);
	regions = tree == NULL ? NULL : tree_get(tree, "regions");
	for (const struct tree *t = regions == NULL ? NULL : regions->first;
	     t != NULL && count < LIMIT_PEER_REGIONS; t = t->next, count++) {
		struct own_sample sample = {
		    .metric = "PeerHeard", .unit = "Seconds", .count = 1};
		struct span region;
		int64_t age_ms = 0;

		if (!tree_text(tree_get(t, "region"), &region, &faults) ||
		    !tree_int(tree_get(t, "age_ms"), &age_ms, &faults))
			continue;
		sample.sum = sample.min = sample.max = (double)age_ms / 1000;
		sample.peer = peer;
		sample.region = region;
		own_metrics_print(
		    out, own, &sample, now_ms / MINUTE_MS * MINUTE_MS);
	}
	if (regions == NULL || regions->kind != TREE_LIST || faults.count > 0 ||
	    regions->count > LIMIT_PEER_REGIONS) {
		faults_fini(&faults);
		arena_fini(&arena);
		return err_set(err, RC_REJECT,
		    "what peer %.*s answers is no report of what it heard",
		    SPAN_ARGS(peer));
	}
	faults_fini(&faults);
	arena_fini(&arena);
	return RC_OK;
}

static enum rc
peer_append(struct peer *self, struct span report, struct err *err)
{
	struct journal *journal = self->options.own.journal;
	struct buf lines = {0};
	struct span record;
	struct entry entry = {.kind = ENTRY_BATCH,
	    .source = span_text(self->source),
	    .records = &record,
	    .nrecords = 1};
	uint64_t seq;
	enum rc rc = peer_lines(&lines, &self->options.own, self->config.name,
	    report, journal_now_ms(journal), err);

	record = buf_span(&lines);
	if (record.len == 0)
		entry.nrecords = 0; /* it lives, and has heard nothing */
	if (rc == RC_OK)
		rc = journal_append_wait(journal, &entry, &seq, err);
	buf_fini(&lines);
	return rc;
}

static enum rc
peer_ask(struct peer *self, struct err *err)
{
	const struct http_request request = {
	    .method = "GET", .url = self->url, .timeout_ms = PEER_TIMEOUT_MS};
	struct http_answer answer = {0};
	enum rc rc = http_send(self->options.http, &request, &answer, err);

	if (rc == RC_OK && answer.status != 200)
		rc = err_set(
		    err, RC_RETRY, "%s answers %ld", self->url, answer.status);
	if (rc == RC_OK)
		rc = peer_append(self, buf_span(&answer.body), err);
	http_answer_fini(&answer);
	return rc;
}

/* Told when it changes. */
static void
peer_turn(struct peer *self)
{
	struct err err;
	bool failed = peer_ask(self, &err) != RC_OK;

	counter_add(&peer_stats[PEER_ASKED], 1);
	counter_add(&peer_stats[PEER_FAILED], failed);
	if (failed && !self->failing)
		log_warn("peer_silent", "peer=%.*s reason=%s",
		    SPAN_ARGS(self->config.name), err.text);
	if (!failed && self->failing)
		log_info(
		    "peer_answers", "peer=%.*s", SPAN_ARGS(self->config.name));
	self->failing = failed;
}

/* False when it is time to end. */
static bool
peer_sleep(struct peer *self)
{
	int64_t ms = self->config.every_ms / self->options.speed;
	struct timespec until;
	bool on;

	if (ms < PEER_SLEEP_LEAST_MS)
		ms = PEER_SLEEP_LEAST_MS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&self->lock);
	while (!self->stop &&
	    pthread_cond_timedwait(&self->changed, &self->lock, &until) == 0)
		;
	on = !self->stop;
	pthread_mutex_unlock(&self->lock);
	return on;
}

static void *
peer_run(void *cookie)
{
	do
		peer_turn(cookie);
	while (peer_sleep(cookie));
	return NULL;
}

struct peer *
peer_start(
    const struct peer_config *config, const struct peer_options_run *options)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct span url = config->url;
	pthread_condattr_t attr;

	if (peer == NULL)
		log_die("out of memory: peer");
	peer->config = *config;
	peer->options = *options;
	while (url.len > 0 && url.at[url.len - 1] == '/')
		url.len--;
	snprintf(
	    peer->url, sizeof(peer->url), "%.*s/api/heard", SPAN_ARGS(url));
	snprintf(peer->source, sizeof(peer->source), HEARD_PEER_PREFIX "%.*s",
	    SPAN_ARGS(config->name));
	pthread_mutex_init(&peer->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&peer->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&peer->thread, NULL, peer_run, peer) != 0)
		log_die("no thread for peer %s", peer->source);
	return peer;
}

void
peer_stop(struct peer **out)
{
	struct peer *peer = *out;

	if (peer == NULL)
		return;
	pthread_mutex_lock(&peer->lock);
	peer->stop = true;
	pthread_cond_signal(&peer->changed);
	pthread_mutex_unlock(&peer->lock);
	pthread_join(peer->thread, NULL);
	pthread_cond_destroy(&peer->changed);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
	*out = NULL;
}
