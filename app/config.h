/*
 * The configuration: one YAML file, and the alarm files that it names.
 *
 * Every key is a row of a table (base/option.h) beside the code that uses it;
 * this module knows which table belongs to which section, and what must hold
 * between them. What this version cannot do yet is a fault, never ignored.
 *
 * Ownership. The config owns all that it gives out. Threads. One at a time.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "app/checkpointer.h"
#include "app/delay_follow.h"
#include "app/drill.h"
#include "app/peer.h"
#include "ingest/feed.h"
#include "ingest/source_kafka.h"
#include "journal/journal.h"
#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/definition/template.h"
#include "pipeline/alarm/mute.h"
#include "pipeline/engine_config.h"
#include "sinks/notifier.h"
#include "sinks/sink_replica.h"
#include "sinks/sink_s3.h"

struct config_listen {
	struct span feed, otlp, admin;
};

struct config_tls {
	struct span certificate, key, client_ca;
};

struct config_clock {
	struct span start;
	int64_t start_ms; /* -1: the machine's clock */
	int64_t speed;
};

struct config_series {
	int64_t forget_ms;
};

/* A file of alarm definitions, read. */
struct config_document {
	const struct tree *tree;
	struct config_document *next;
};

struct config {
	struct arena arena;
	struct span name, region, account, data;
	struct config_listen listen;
	struct config_tls tls;
	struct config_clock clock;
	struct config_series series;
	struct feed *feeds;
	size_t nfeeds;
	struct source_kafka_config *sources;
	size_t nsources;
	struct namespace_delay *delays; /* "default" is every other one's */
	size_t ndelays;
	struct delay_bounds *bounds; /* of delays that follow */
	size_t nbounds;
	struct config_document *first_document, *last_document;
	struct template_parameter *parameters; /* of CloudFormation templates */
	size_t nparameters;
	struct definitions alarms;
	struct mutes mutes;
	const struct tree **mute_nodes; /* what those were read from */
	size_t nmute_nodes;
	struct rollup_definition *rollups;
	size_t nrollups;
	struct drill_objective *objectives; /* by rollup */
	struct journal_config journal;
	struct checkpointer_config checkpoint; /* keys of `journal:` too */
	struct s3_config *s3;
	size_t ns3;
	struct sns_config sns;
	struct peer_config *peers;
	size_t npeers;
	struct lambda_config lambda;
	struct events_config events;
	struct webhook_config *webhooks;
	size_t nwebhooks;
	struct replica_config *replicas;
	size_t nreplicas;
};

extern const struct option config_options[], config_listen_options[],
    config_tls_options[], config_clock_options[], config_series_options[],
    config_source_options[];

/* With the defaults of what goes into a config entry. */
struct config *config_create(void);
void config_free(struct config **config);

/*
 * Reads a file into the config; faults say what is wrong. `service`: all that
 * `run` needs must be there. May be called for several files: alarms add up,
 * and a Region or account that differs from the one before is a fault.
 */
void config_read(struct config *config, const char *path, bool service,
    struct faults *faults);
/* A file of alarm definitions, which `item` (may be NULL) named. */
void config_alarms_add(struct config *config, const char *path,
    const struct tree *item, struct faults *faults);
/* NAME=VALUE for templates; false when it is no such thing. */
bool config_parameter_add(struct config *config, const char *text);
/*
 * After all files: reads the definitions and what must hold between them.
 * Alarms with faults are left out (config->alarms.left_out), the others stand.
 */
void config_finish(struct config *config, struct faults *faults);
/*
 * All of it for one file, as `run` does. NULL after a fault of the
 * configuration or, if `strict`, of an alarm; otherwise `left_out` says why
 * alarms do not run.
 */
struct config *config_load(const char *path, bool strict, struct faults *faults,
    struct faults *left_out);

/* The payload of a config entry (pipeline/engine.h); `follow`: the delays that
 * follow, NULL: as they begin. */
void config_entry(
    const struct config *config, struct delay_follow *follow, struct buf *out);

/* The reference: every key with its default and sentence, as YAML that
 * config_read() takes back. */
void config_print(FILE *to);

/* What notifications need of it; the config outlives them. */
void config_action_means(const struct config *config, struct http *http,
    struct aws_client *aws, struct action_means *means);

/* For config*.c: the sections behind the top level. */
void config_section_load(struct config *config, const struct tree *root,
    bool service, struct faults *faults);
void config_sinks_load(struct config *config, const struct tree *map,
    bool service, struct faults *faults);
void config_s3_load(
    struct config *config, const struct tree *node, struct faults *faults);
void config_notify_load(struct config *config, const struct tree *sinks,
    bool service, struct faults *faults);
void config_replicas_load(struct config *config, const struct tree *list,
    bool service, struct faults *faults);
void config_sources_load(struct config *config, const struct tree *list,
    bool service, struct faults *faults);
void config_alarms_load(
    struct config *config, const struct tree *root, struct faults *faults);
void config_rollups_load(
    struct config *config, const struct tree *list, struct faults *faults);
void config_parameters_load(
    struct config *config, const struct tree *map, struct faults *faults);
void config_series_load(
    struct config *config, const struct tree *map, struct faults *faults);
void config_delay_load(
    struct config *config, const struct tree *map, struct faults *faults);

#endif
