/*
 * The pipeline's memory as bytes and back: schemas/state.proto. For engine.c
 * alone.
 *
 * What is derived is not saved: who reads which series, the watches' order and
 * what they are due to. Loading binds them again, in the same order.
 */
#ifndef PIPELINE_STATE_CODEC_H
#define PIPELINE_STATE_CODEC_H

#include "base/rc.h"
#include "pipeline/alarm/watch_set.h"
#include "pipeline/window/heard.h"
#include "pipeline/window/rollup_set.h"
#include "pipeline/window/series.h"

/* Of what state_save() writes; another one is not read. */
#define STATE_VERSION 4

/* What an engine has to save. */
struct state {
	int64_t now_ms, start_ms;
	bool configured;
	struct span config; /* the payload of the last config entry */
	size_t panes;
	struct series_table *series;
	struct heard *heard;
	struct watch_set *watches;
	struct rollup_set *rollups;
};

void state_save(const struct state *state, struct buf *out);

/*
 * Loading has two halves: with the first come the numbers, the configuration
 * (borrowed from the loading) and the series; then the caller makes the
 * watches and rollups and binds the series; the second gives those their
 * memory. RC_REJECT: these are no bytes of state_save(), or of another version.
 */
struct state_loading;
enum rc state_load(struct state_loading **loading, struct span bytes,
    struct state *state, struct err *err);
enum rc state_load_watches(
    struct state_loading *loading, struct watch_set *watches, struct err *err);
enum rc state_load_rollups(
    struct state_loading *loading, struct rollup_set *rollups, struct err *err);
void state_loading_free(struct state_loading **loading);

#endif
