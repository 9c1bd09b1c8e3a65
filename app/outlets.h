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
	struct notifier *notifier;
	struct sink_s3 *s3;
	struct sink_replica **replicas;
	size_t nreplicas;
};

/* `config` and `journal` outlive the outlets. After a failure what was
 * started is for outlets_stop(). */
enum rc outlets_start(struct outlets *outlets, struct config *config,
    struct journal *journal, const char *journal_folder, const char *folder,
    struct err *err);
/* Lets them deliver for at most `within_ms` together, and ends them. Attempts
 * that are under way then are not cut: each adds its own time-out at most. */
void outlets_stop(struct outlets *outlets, int64_t within_ms);

#endif
