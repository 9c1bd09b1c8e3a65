#include "app/outlets.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

static int64_t
outlets_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* One sink for each of what a replica sends. */
static enum rc
outlets_start_replica(struct outlets *outlets,
    const struct replica_config *config, const struct replica_log *log,
    const char *folder, struct err *err)
{
	const struct replica_setup setup = {
	    .http = outlets->http, .aws = outlets->aws, .config = config};
	enum rc rc = RC_OK;

	for (unsigned what = 1; what <= config->send && rc == RC_OK;
	     what <<= 1) {
		if ((config->send & what) == 0)
			continue;
		rc = sink_replica_start(&outlets->replicas[outlets->nreplicas],
		    &setup, what, log, folder, err);
		if (rc == RC_OK)
			outlets->nreplicas++;
		else
			err_prefix(
			    err, "replica %.*s", SPAN_ARGS(config->name));
	}
	return rc;
}

static enum rc
outlets_start_s3(struct outlets *outlets, const struct config *config,
    struct journal *journal, const char *folder, struct err *err)
{
	enum rc rc = RC_OK;

	outlets->s3 = calloc(config->ns3 + 1, sizeof(struct sink_s3 *));
	if (outlets->s3 == NULL)
		log_die("out of memory: s3 sinks");
	for (size_t i = 0; i < config->ns3 && rc == RC_OK; i++) {
		rc = sink_s3_start(&outlets->s3[i], outlets->aws,
		    &config->s3[i], config->name.at, journal, outlets->outcomes,
		    folder, err);
		outlets->ns3 += rc == RC_OK;
	}
	return rc;
}

static enum rc
outlets_start_replicas(struct outlets *outlets, const struct config *config,
    struct journal *journal, const char *journal_folder, const char *folder,
    struct err *err)
{
	const struct replica_log log = {
	    journal, journal_folder, outlets->outcomes};
	enum rc rc = RC_OK;

	outlets->replicas = calloc(config->nreplicas * REPLICA_WHATS + 1,
	    sizeof(struct sink_replica *));
	if (outlets->replicas == NULL)
		log_die("out of memory: replicas");
	for (size_t i = 0; i < config->nreplicas && rc == RC_OK; i++)
		rc = outlets_start_replica(
		    outlets, &config->replicas[i], &log, folder, err);
	return rc;
}

static enum rc
outlets_start_notifier(struct outlets *outlets, const struct config *config,
    uint64_t last, const char *folder, struct err *err)
{
	struct notifier_options options = {.begin = last, .beyond = last + 1};

	config_action_means(
	    config, outlets->http, outlets->aws, &options.means);
	return notifier_start(&outlets->notifier, &options, folder, err);
}

enum rc
outlets_start(struct outlets *outlets, struct config *config,
    struct journal *journal, struct outcomes *outcomes,
    const char *journal_folder, const char *folder, struct span waiting,
    struct err *err)
{
	enum rc rc;

	outlets->outcomes = outcomes;
	/* The variable that AWS's own tools read for private authorities. */
	outlets->http = http_create(getenv("AWS_CA_BUNDLE"));
	if (outlets->http == NULL)
		return err_set(err, RC_FATAL, "the HTTP client does not start");
	outlets->aws = aws_client_create(outlets->http);
	rc = outlets_start_notifier(
	    outlets, config, journal_last(journal), folder, err);
	if (rc == RC_OK && waiting.len > 0)
		rc = notifier_load(outlets->notifier, waiting, err);
	if (rc != RC_OK)
		return rc;
	rc = outlets_start_s3(outlets, config, journal, folder, err);
	if (rc != RC_OK)
		return rc;
	return outlets_start_replicas(
	    outlets, config, journal, journal_folder, folder, err);
}

static int64_t
outlets_left_ms(int64_t until_ms)
{
	int64_t left = until_ms - outlets_now_ms();

	return left < 0 ? 0 : left;
}

uint64_t
outlets_durable(const struct outlets *outlets)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < outlets->ns3; i++) {
		uint64_t one = sink_s3_durable(outlets->s3[i]);

		least = one < least ? one : least;
	}
	for (size_t i = 0; i < outlets->nreplicas; i++) {
		uint64_t one = delivery_durable(
		    sink_replica_delivery(outlets->replicas[i]));

		least = one < least ? one : least;
	}
	return least;
}

/* Cuts the calls that are under way when the time is over. */
struct outlets_cutter {
	struct http *http;
	int64_t until_ms;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool over; /* all have ended by themselves */
};

static void *
outlets_cut(void *cookie)
{
	struct outlets_cutter *cutter = cookie;
	const struct timespec until = {.tv_sec = cutter->until_ms / 1000,
	    .tv_nsec = cutter->until_ms % 1000 * 1000000};

	pthread_mutex_lock(&cutter->mutex);
	while (!cutter->over && outlets_now_ms() < cutter->until_ms)
		pthread_cond_timedwait(
		    &cutter->changed, &cutter->mutex, &until);
	pthread_mutex_unlock(&cutter->mutex);
	if (outlets_now_ms() >= cutter->until_ms)
		http_cancel(cutter->http);
	return NULL;
}

static void
outlets_drain_all(struct outlets *outlets, int64_t until_ms)
{
	if (outlets->notifier != NULL)
		notifier_drain(outlets->notifier, outlets_left_ms(until_ms));
	for (size_t i = 0; i < outlets->ns3; i++)
		sink_s3_stop(&outlets->s3[i], outlets_left_ms(until_ms));
	outlets->ns3 = 0;
	for (size_t i = 0; i < outlets->nreplicas; i++)
		sink_replica_stop(
		    &outlets->replicas[i], outlets_left_ms(until_ms));
	outlets->nreplicas = 0;
}

void
outlets_drain(struct outlets *outlets, int64_t within_ms)
{
	struct outlets_cutter cutter = {
	    .http = outlets->http, .until_ms = outlets_now_ms() + within_ms};
	pthread_condattr_t attr;
	pthread_t thread;

	if (outlets->http == NULL)
		return;
	pthread_mutex_init(&cutter.mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cutter.changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&thread, NULL, outlets_cut, &cutter) != 0)
		log_die("no thread for the stop");
	outlets_drain_all(outlets, cutter.until_ms);
	pthread_mutex_lock(&cutter.mutex);
	cutter.over = true;
	pthread_cond_signal(&cutter.changed);
	pthread_mutex_unlock(&cutter.mutex);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&cutter.changed);
	pthread_mutex_destroy(&cutter.mutex);
}

void
outlets_stop(struct outlets *outlets)
{
	outlets_drain(outlets, 0);
	if (outlets->notifier != NULL)
		notifier_stop(&outlets->notifier, 0);
	free(outlets->replicas);
	free(outlets->s3);
	if (outlets->aws != NULL)
		aws_client_free(&outlets->aws);
	if (outlets->http != NULL)
		http_free(&outlets->http);
	*outlets = (struct outlets){0};
}
