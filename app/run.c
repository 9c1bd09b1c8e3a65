#include "app/run.h"

#include <stdlib.h>
#include <time.h>

#include "app/address.h"
#include "app/command.h"
#include "app/config_rollups.h"
#include "app/run_state.h"
#include "base/file.h"
#include "base/log.h"
#include "journal/origin.h"

/* At the stop: for what is durable to be applied, and to be delivered. */
#define RUN_APPLY_MS 10000
#define RUN_DELIVER_MS 10000
/* How often it is looked whether recovery is finished. */
#define RUN_LOOK_MS 20

/* A batch between the endpoint and the journal. */
struct run_keeping {
	feed_answer *answer;
	void *request;
};

void
run_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static void
run_kept(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	struct run_keeping *keeping = cookie;

	(void)seq;
	keeping->answer(keeping->request, rc, repeat, err);
	free(keeping);
}

static void
run_keep(
    void *cookie, const struct entry *batch, feed_answer *answer, void *request)
{
	struct run *self = cookie;
	struct run_keeping *keeping = malloc(sizeof(*keeping));

	if (keeping == NULL)
		log_die("out of memory: request");
	*keeping = (struct run_keeping){answer, request};
	journal_append(self->journal, batch, run_kept, keeping);
}

static bool
run_is_ready(void *cookie, struct buf *why)
{
	struct run *self = cookie;

	if (self->ready) {
		if (!evaluator_standing(self->evaluator, why))
			return true;
		buf_byte(why, '\n');
		return false;
	}
	buf_printf(why, "not yet: %llu of %llu entries are applied\n",
	    (unsigned long long)self->position, (unsigned long long)self->goal);
	return false;
}

static const char *
run_folder(struct run *self, const char *name)
{
	return arena_printf(&self->config->arena, "%.*s/%s",
	    SPAN_ARGS(self->config->data), name);
}

/* Behind it in the log nothing is applied yet. */
static enum rc
run_open_outcomes(struct run *self, struct err *err)
{
	return outcomes_open(&self->outcomes, run_folder(self, "outcomes"),
	    self->recovery.checkpoint.seq, err);
}

static enum rc
run_open_journal(struct run *self, struct err *err)
{
	const struct config *config = self->config;
	const struct journal_clock clock = {
	    config->clock.start_ms, config->clock.speed};
	char origin[REPLICA_ORIGIN + 1];
	enum rc rc;

	self->journal_folder = run_folder(self, "journal");
	self->checkpoint_folder = run_folder(self, "checkpoint");
	self->quarantine_folder = run_folder(self, "quarantine");
	if (file_make_folder(self->journal_folder, err) != RC_OK ||
	    file_make_folder(self->checkpoint_folder, err) != RC_OK ||
	    file_make_folder(self->quarantine_folder, err) != RC_OK)
		return RC_FATAL;
	rc = recovery_open(&self->recovery, &self->journal,
	    &(struct recovery_folders){
		self->checkpoint_folder, self->journal_folder},
	    &config->journal, &clock, err);
	/* Under the journal's lock: one process makes it. */
	if (rc == RC_OK)
		rc = origin_load(origin, config->data.at, err);
	if (rc == RC_OK)
		journal_set_origin(self->journal, origin);
	return rc;
}

static enum rc
run_start_admin(struct run *self, struct err *err)
{
	const struct config *config = self->config;

	self->admin_options =
	    (struct admin_options){.address = config->listen.admin,
		.transitions = self->transitions,
		.rollups = self->rollups,
		.heard = self->heard,
		.follow = self->follow,
		.journal = self->journal,
		.ready = run_is_ready,
		.cookie = self};
	if (config->clock.start_ms >= 0)
		self->admin_options.note =
		    "The clock is accelerated: times are not those of the "
		    "world.";
	return admin_start(&self->admin, &self->admin_options, err);
}

static uint64_t
run_needed(void *cookie)
{
	const struct run *self = cookie;

	return outlets_durable(&self->outlets);
}

static enum rc
run_start_evaluator(struct run *self, struct err *err)
{
	struct recovery *recovery = &self->recovery;
	const struct checkpointer_sources sources = {
	    .folder = self->checkpoint_folder,
	    .journal = self->journal,
	    .transitions = self->transitions,
	    .notifier = self->outlets.notifier,
	    .outcomes = self->outcomes,
	    .needed = run_needed,
	    .cookie = self};
	const struct evaluator_options options = {.journal = self->journal,
	    .journal_folder = self->journal_folder,
	    .quarantine_folder = self->quarantine_folder,
	    .transitions = self->transitions,
	    .rollups = self->rollups,
	    .heard = self->heard,
	    .follow = self->follow,
	    .outcomes = self->outcomes,
	    .rollup_sinks = config_rollup_sinks(self->config),
	    .notifier = self->outlets.notifier,
	    .checkpointer = checkpointer_create(
		&sources, &self->config->checkpoint, recovery->checkpoint.seq),
	    .engine = recovery->engine,
	    .seq = recovery->checkpoint.seq,
	    .config = recovery_part(recovery, CHECKPOINT_CONFIG)};
	enum rc rc;

	transitions_load(
	    self->transitions, recovery_part(recovery, CHECKPOINT_TRANSITIONS));
	recovery->engine = NULL;
	rc = evaluator_start(&self->evaluator, &options, err);
	recovery_fini(recovery);
	return rc;
}

static enum rc
run_start_feed(struct run *self, struct err *err)
{
	const struct config *config = self->config;
	const struct feed_config feed = {.address = config->listen.feed,
	    .feeds = config->feeds,
	    .nfeeds = config->nfeeds,
	    .certificate = config->tls.certificate,
	    .key = config->tls.key,
	    .client_ca = config->tls.client_ca};

	return feed_server_start(&self->feed, &feed, run_keep, self, err);
}

static enum rc
run_start_sources(struct run *self, struct err *err)
{
	const struct config *config = self->config;
	enum rc rc = RC_OK;

	self->sources =
	    calloc(config->nsources + 1, sizeof(struct source_kafka *));
	if (self->sources == NULL)
		log_die("out of memory: sources");
	while (rc == RC_OK && self->nsources < config->nsources) {
		rc = source_kafka_start(&self->sources[self->nsources],
		    &config->sources[self->nsources], self->journal,
		    self->outlets.aws, err);
		self->nsources += rc == RC_OK;
	}
	return rc;
}

static void
run_stop_sources(struct run *self)
{
	for (size_t i = 0; i < self->nsources; i++)
		source_kafka_stop(&self->sources[i], RUN_APPLY_MS);
	free(self->sources);
}

static bool
run_recovered(struct run *self)
{
	self->goal = evaluator_goal(self->evaluator);
	self->position = evaluator_position(self->evaluator);
	return self->position >= self->goal;
}

/* What was in the log is applied: the definitions may follow. */
static enum rc
run_become_ready(struct run *self, struct err *err)
{
	struct span feed = address_host(self->config->listen.feed);
	struct span admin = address_host(self->config->listen.admin);
	enum rc rc;

	evaluator_config(self->evaluator, &self->payload);
	run_follow(self, self->config);
	delay_follow_restore(self->follow, buf_span(&self->payload));
	rc = run_append_config(self, self->config, err);
	if (rc != RC_OK)
		return rc;
	if (self->feed == NULL)
		rc = run_start_feed(self, err);
	if (rc == RC_OK)
		rc = run_start_sources(self, err);
	if (rc != RC_OK)
		return rc;
	self->ready = true;
	log_info("ready", "feed=%.*s:%u admin=%.*s:%u name=%.*s",
	    SPAN_ARGS(feed), feed_server_port(self->feed), SPAN_ARGS(admin),
	    admin_port(self->admin), SPAN_ARGS(self->config->name));
	return RC_OK;
}

static void
run_warn(const struct config *config)
{
	if (!address_is_loopback(config->listen.admin))
		log_warn("admin_open",
		    "address=%.*s anyone who reaches it may read",
		    SPAN_ARGS(config->listen.admin));
	if (config->clock.start_ms >= 0)
		log_warn("clock_accelerated",
		    "start=%.*s speed=%lld times are not those of the world",
		    SPAN_ARGS(config->clock.start),
		    (long long)config->clock.speed);
	if (config->alarms.count == 0)
		log_warn("no_alarms", "nothing rings");
	for (size_t i = 0; i < config->alarms.count; i++)
		if (config->alarms.alarms[i].period_ms > 0 &&
		    config->alarms.alarms[i].period_ms < 60000)
			log_warn("period_below_a_minute",
			    "alarm=\"%.*s\" a metric stream carries minutes",
			    SPAN_ARGS(config->alarms.alarms[i].name));
}

/* Tells when the pipeline begins to stand still, and when it goes on. */
static void
run_tick(void *cookie)
{
	struct run *self = cookie;
	struct buf why = {0};
	bool standing = evaluator_standing(self->evaluator, &why);

	own_metrics_tick(self->own);
	if (self->ready && delay_follow_changed(self->follow))
		run_follow_on(self);
	if (standing && !self->standing)
		log_error("pipeline_stands", "%s", buf_cstr(&why));
	if (!standing && self->standing)
		log_info("pipeline_goes_on", "position=%llu",
		    (unsigned long long)evaluator_position(self->evaluator));
	self->standing = standing;
	buf_fini(&why);
}

static void
run_start_peers(struct run *self, const struct own_metrics_options *own)
{
	const struct config *config = self->config;
	const struct peer_options_run options = {.http = self->outlets.http,
	    .own = *own,
	    .speed = config->clock.speed};

	self->peers = arena_alloc(
	    &self->config->arena, (config->npeers + 1) * sizeof(struct peer *));
	for (size_t i = 0; i < config->npeers; i++)
		self->peers[i] = peer_start(&config->peers[i], &options);
}

static void
run_start_ticker(struct run *self)
{
	const struct config *config = self->config;
	const struct own_metrics_options own = {.journal = self->journal,
	    .journal_folder = self->journal_folder,
	    .limit_bytes = config->journal.limit_bytes,
	    .evaluator = self->evaluator,
	    .account = config->account,
	    .region = config->region,
	    .name = config->name};

	run_start_peers(self, &own);
	self->own = own_metrics_create(&own);
	own_metrics_switch(self->own, own_metrics_wanted(config));
	self->ticker =
	    ticker_start(self->journal, config->clock.speed, run_tick, self);
}

/*
 * A log that is empty takes its definitions first. Otherwise the endpoint
 * listens at once, so that a long recovery keeps nobody waiting.
 */
static enum rc
run_start(struct run *self, struct err *err)
{
	enum rc rc = run_open_journal(self, err);

	if (rc == RC_OK)
		rc = run_open_outcomes(self, err);
	if (rc == RC_OK)
		rc = outlets_start(&self->outlets, self->config, self->journal,
		    self->outcomes, self->journal_folder,
		    self->checkpoint_folder,
		    recovery_part(&self->recovery, CHECKPOINT_NOTIFIER), err);
	if (rc == RC_OK)
		outcomes_start(self->outcomes);
	if (rc == RC_OK)
		rc = run_start_admin(self, err);
	if (rc == RC_OK)
		rc = run_start_evaluator(self, err);
	if (rc == RC_OK && !run_recovered(self))
		rc = run_start_feed(self, err);
	if (rc == RC_OK && run_recovered(self))
		rc = run_become_ready(self, err);
	if (rc == RC_OK)
		run_start_ticker(self);
	return rc;
}

/* Serves; RC_OK when asked to stop. */
static enum rc
run_serve(struct run *self, struct err *err)
{
	const struct timespec look = {0, RUN_LOOK_MS * 1000000L};
	bool reload = false;
	sigset_t set;

	run_signals(&set);
	for (;;) {
		int signal = self->ready ? sigwaitinfo(&set, NULL)
					 : sigtimedwait(&set, NULL, &look);

		if (signal == SIGTERM || signal == SIGINT)
			return RC_OK;
		reload = reload || signal == SIGHUP;
		if (!self->ready && run_recovered(self) &&
		    run_become_ready(self, err) != RC_OK)
			return RC_FATAL;
		if (self->ready && reload)
			run_reload(self);
		reload = reload && !self->ready;
	}
}

/* In the order of the data: the doors first, the log last. The last checkpoint
 * is made when nothing comes any more and all that may go has gone. */
static void
run_stop(struct run *self)
{
	log_info("stopping", "name=%.*s", SPAN_ARGS(self->config->name));
	self->ready = false;
	if (self->feed != NULL)
		feed_server_stop(&self->feed);
	run_stop_sources(self);
	for (size_t i = 0; self->peers != NULL && i < self->config->npeers; i++)
		peer_stop(&self->peers[i]);
	ticker_stop(&self->ticker);
	own_metrics_free(&self->own);
	evaluator_end(self->evaluator, RUN_APPLY_MS);
	outlets_drain(&self->outlets, RUN_DELIVER_MS);
	evaluator_checkpoint(self->evaluator);
	if (self->admin != NULL)
		admin_stop(&self->admin);
	evaluator_stop(&self->evaluator);
	outlets_stop(&self->outlets);
	outcomes_close(&self->outcomes);
	recovery_fini(&self->recovery);
	if (self->journal != NULL)
		journal_close(&self->journal);
	transitions_free(&self->transitions);
	transitions_free(&self->rollups);
	heard_report_free(&self->heard);
	delay_follow_free(&self->follow);
	buf_fini(&self->payload);
	config_free(&self->current);
	log_info("stopped", "name=%.*s", SPAN_ARGS(self->config->name));
}

int
run(const char *path, bool strict, struct config *config)
{
	struct run self = {.path = path,
	    .strict = strict,
	    .config = config,
	    .transitions = transitions_create(),
	    .rollups = transitions_create(),
	    .heard = heard_report_create(config->name),
	    .follow = delay_follow_create(),
	    .lock = PTHREAD_MUTEX_INITIALIZER};
	struct err err;
	enum rc rc;

	run_warn(config);
	rc = run_start(&self, &err);
	if (rc == RC_OK)
		rc = run_serve(&self, &err);
	if (rc != RC_OK)
		log_error("cannot_go_on", "%s", err.text);
	run_stop(&self);
	return rc == RC_OK ? STATUS_GOOD : STATUS_STUCK;
}
