/*
 * What runs: the parts of the service, and the definitions that the log was
 * told last. For run*.c.
 *
 * Threads. All of it is the main thread's but what says otherwise.
 */
#ifndef APP_RUN_STATE_H
#define APP_RUN_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/admin.h"
#include "app/evaluator.h"
#include "app/outlets.h"
#include "app/own_metrics.h"
#include "app/peer.h"
#include "app/recovery.h"
#include "app/ticker.h"

struct run {
	const char *path;
	bool strict;
	pthread_mutex_t lock;	/* of current and payload */
	struct config *current; /* of the last reload; NULL: as it started */
	struct config *config;
	const char *journal_folder, *checkpoint_folder, *quarantine_folder;
	struct journal *journal;
	struct transitions *transitions, *rollups;
	struct heard_report *heard;
	struct delay_follow *follow;
	struct peer **peers; /* by config->peers */
	struct outcomes *outcomes;
	struct outlets outlets;
	struct evaluator *evaluator;
	struct admin_options admin_options;
	struct admin *admin;
	struct feed_server *feed;
	struct source_kafka **sources;
	size_t nsources;
	struct own_metrics *own;
	struct ticker *ticker;
	bool standing;		  /* the ticker's: said already */
	struct recovery recovery; /* until the evaluator has taken it */
	struct buf payload; /* of the config entry that was appended last */
	atomic_bool ready;
	atomic_ullong position, goal; /* of recovery, for /readyz */
};

/* Appends the definitions, unless they are what the log said last. Under
 * run->lock once the ticker runs. */
enum rc run_append_config(
    struct run *run, const struct config *config, struct err *err);
/* The delays that follow are those of this configuration. */
void run_follow(struct run *run, const struct config *config);
/* A delay that follows has moved: the log says so. The ticker's. */
void run_follow_on(struct run *run);
/* Reads the file again. Only what is in config entries changes while it runs;
 * what is faulty leaves all as it was. */
void run_reload(struct run *run);

#endif
