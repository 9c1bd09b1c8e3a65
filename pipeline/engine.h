/*
 * The engine: entries in, outcomes out. A pure function of the entries it was
 * given since it was made: no I/O, no clock, no threads, no chance. So
 * recovery is applying the log again, and replay is the same code.
 *
 * Threads. One at a time. Limits. LIMIT_SERIES, LIMIT_PANES, LIMIT_ALARMS,
 * LIMIT_ROLLUPS.
 */
#ifndef PIPELINE_ENGINE_H
#define PIPELINE_ENGINE_H

#include "base/buf.h"
#include "base/rc.h"
#include "pipeline/outcome.h"
#include "schemas/entry.h"

struct engine;
struct heard;

struct engine_options {
	int64_t step_ms;  /* width of a pane: 60000; --tick 10s: 10000 */
	int64_t delay_ms; /* --delay: instead of every other delay; -1: none */
	int64_t from_ms;  /* entries up to here fill windows but evaluate
			     nothing; INT64_MIN: none */
	bool pinned;	  /* the first ENTRY_CONFIG stands, later are skipped:
			     replay with definitions of its own */
	/*
	 * Entries are made from points without arrival times (contract,
	 * "Replay order"): alarms of a minute or more are evaluated at whole
	 * minutes only, and what lies before the first point is missing. In a
	 * log it is unknown instead: a "breaching" alarm does not ring because
	 * tocsin was not yet there to see.
	 */
	bool event_order;
};

struct engine *engine_create(const struct engine_options *options);
void engine_free(struct engine **engine);

/*
 * Applies one entry. RC_REJECT: a config entry that cannot be read (err says
 * where); the definitions stay as they were. The outcome's transitions
 * and rollups point to definitions that live until the next ENTRY_CONFIG is
 * applied.
 */
enum rc engine_apply(struct engine *engine, const struct entry *entry,
    struct outcome *outcome, struct err *err);

/*
 * The payload of a config entry:
 *
 *   {"account":"…","region":"…","delay":{"default":180000,"AWS/S3":…},
 *    "series":{"forget":172800000},"feeds":{"primary":300000},
 *    "alarms":[definitions as describe-alarms prints them],
 *    "rollups":[{"name":"…","query":"SELECT …","unit":"Seconds",
 *                "window":900000,"every":60000,"delay":120000,
 *                "revise":900000,"early":true,"output":["metrics"]}]}
 *
 * account and region are what an alarm without an ARN reads; "" is any. `feeds`
 * says after how many milliseconds of silence alarms on a feed ring that do
 * not say so themselves; alarms without a row five minutes. A
 * series that was not seen for `forget` milliseconds, and of which no alarm
 * still looks at a pane, is forgotten when the clock enters another hour; 0,
 * or without it: never. A rollup without every has tumbling windows, without
 * delay that of its namespace.
 */

/*
 * Everything the engine remembers, as bytes (schemas/state.proto): an engine
 * made with the same options that loads them goes on as the one that saved
 * them would. RC_REJECT: the bytes are damaged or of another version; the
 * engine is good for nothing but engine_free() then.
 */
void engine_save(struct engine *engine, struct buf *out);
enum rc engine_load(struct engine *engine, struct span bytes, struct err *err);

/* What was heard lately; until the next entry is applied. */
const struct heard *engine_heard(const struct engine *engine);

/* The newest final window of each rollup, a line a group; they live until the
 * next entry is applied. */
void engine_rollups(const struct engine *engine,
    void (*tell)(void *cookie, const struct rollup_line *line), void *cookie);

/* Sizes of the engine's memory, for /metrics. */
struct engine_sizes {
	size_t series, series_read, panes, alarms, in_alarm, rollups,
	    rollup_groups, unheard;
};
struct engine_sizes engine_sizes(const struct engine *engine);

#endif
