/*
 * Where outcomes go: SNS always, S3 and the replicas when configured. Their
 * positions and dead letters are in one folder.
 *
 * Threads. Start and stop: one. Each outlet has its own.
 */
#ifndef APP_OUTLETS_H
#define APP_OUTLETS_H

#include "app/config.h"

struct outlets {
	struct http *http;
	struct aws_client *aws;
	struct outcomes *outcomes; /* the caller's */
	struct notifier *notifier;
	struct sink_s3 **s3;
	size_t ns3;
	struct sink_replica **replicas;
	size_t nreplicas;
};

/* `config` and `journal` outlive the outlets; `waiting`: a checkpoint's
 * notifications. After a failure what was started is for outlets_stop(). */
enum rc outlets_start(struct outlets *outlets, struct config *config,
    struct journal *journal, struct outcomes *outcomes,
    const char *journal_folder, const char *folder, struct span waiting,
    struct err *err);
/* Up to here the archive and every replica have the log, on record: what lies
 * behind it they need no more. UINT64_MAX without any of them. */
uint64_t outlets_durable(const struct outlets *outlets);
/* Lets them deliver for at most `within_ms` together, and ends them, but for
 * what the notifier holds. Attempts that are under way then are cut. */
void outlets_drain(struct outlets *outlets, int64_t within_ms);
/* Ends what still runs, at once, and frees. */
void outlets_stop(struct outlets *outlets);

#endif
