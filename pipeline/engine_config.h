/* A config entry's payload, read: see engine.h for its form. */
#ifndef PIPELINE_ENGINE_CONFIG_H
#define PIPELINE_ENGINE_CONFIG_H

#include "base/arena.h"
#include "base/rc.h"
#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/mute.h"
#include "pipeline/outcome.h"
#include "schemas/rollup.h"

struct namespace_delay {
	struct span namespace;
	int64_t delay_ms;
};

struct engine_config {
	struct arena arena; /* owns the rest */
	struct definitions definitions;
	uint64_t *hashes; /* of each alarm's definition */
	struct mutes mutes;
	struct rollup_definition *rollups;
	size_t nrollups;
	struct namespace_delay *delays;
	size_t ndelays;
	int64_t default_delay_ms;
	int64_t forget_ms; /* series not seen for so long; 0: none */
};

/*
 * RC_REJECT: err holds the first fault. Alarms and rollups that cannot be read
 * are left out, with a complaint each: the others run.
 */
enum rc engine_config_read(struct engine_config *config, struct span payload,
    struct outcome *outcome, struct err *err);
void engine_config_fini(struct engine_config *config);
int64_t engine_config_delay(
    const struct engine_config *config, const struct alarm *alarm);
/* Its own, else its namespace's, else the default. */
int64_t engine_config_rollup_delay(
    const struct engine_config *config, const struct rollup_definition *rollup);

/* Tocsin.Delay, else the longest of the namespaces that the alarm reads; the
 * default for those without a row, and for an alarm that reads none. */
int64_t alarm_delay(const struct alarm *alarm,
    const struct namespace_delay *rows, size_t count, int64_t default_ms);

#endif
