/*
 * When a checkpoint is made, and how: beside running work.
 *
 *   pipeline's thread                        forked child
 *   hold journal, notifier; fork; release
 *   goes on with the next entry              engine, request ids, outbox … as
 *          :                                 they were ─▶ SEQ.checkpoint.new,
 *          :                                 synced, renamed, folder synced
 *   sees that the child ended well  ◀───────
 *   removes what no longer is needed of the log
 *
 * What the outcomes log holds is synced before the checkpoint counts; a sync of
 * it that fails ends the process.
 * The log goes in this order: checkpoint and positions are durable, then
 * segments are removed that lie behind the older of the two checkpoints, and
 * behind what the archive and every replica have on record (`needed`); what
 * they have on record goes from the outcomes log too.
 *
 * The child has nothing open but its file, is the first to go when memory is
 * short, and dies with its parent. One that fails, or takes longer than ten
 * minutes, costs nothing but that checkpoint.
 *
 * Threads. step, finish: the pipeline's, or one behind it.
 */
#ifndef APP_CHECKPOINTER_H
#define APP_CHECKPOINTER_H

#include "app/transitions.h"
#include "base/counter.h"
#include "base/option.h"
#include "journal/journal.h"
#include "journal/outcomes.h"
#include "pipeline/engine.h"
#include "sinks/notifier.h"

struct checkpointer;

/* Keys of the `journal:` section. */
struct checkpointer_config {
	int64_t every_ms;
};
extern const struct option checkpointer_options[];

enum {
	CHECKPOINTER_MADE,
	CHECKPOINTER_FAILED,
	CHECKPOINTER_POSITION, /* from here on gauges */
	CHECKPOINTER_PAUSE,
	CHECKPOINTER_TOOK,
	CHECKPOINTER_BYTES,
	CHECKPOINTER_STATS
};
extern struct counter checkpointer_stats[CHECKPOINTER_STATS];

struct checkpointer_sources {
	const char *folder;
	struct journal *journal;
	struct transitions *transitions;
	struct notifier *notifier; /* NULL: none */
	struct outcomes *outcomes; /* NULL: none */
	/* Nobody outside needs the log up to here; NULL: that is so of all. */
	uint64_t (*needed)(void *cookie);
	void *cookie;
};

/* The pipeline between two entries. */
struct checkpointer_state {
	uint64_t seq; /* all up to it is applied, nothing behind it */
	struct engine *engine;
	struct span config; /* the last config entry's payload */
};

/* `seq`: that of the newest checkpoint. The sources outlive it. */
struct checkpointer *
checkpointer_create(const struct checkpointer_sources *sources,
    const struct checkpointer_config *config, uint64_t seq);
/* Ends a child that writes. */
void checkpointer_free(struct checkpointer **checkpointer);

/* So many plain bytes of the log were applied. */
void checkpointer_applied(struct checkpointer *checkpointer, uint64_t bytes);
/* Looks after the child; begins a checkpoint when one is due and `tick`. */
void checkpointer_step(struct checkpointer *checkpointer,
    const struct checkpointer_state *state, bool tick);
/* The last one, here and now, unless it is there already: at the stop, when
 * nobody appends and the notifier is drained. Failing is told. */
void checkpointer_finish(
    struct checkpointer *checkpointer, const struct checkpointer_state *state);

/* For checkpointer_finish() and the child: writes all parts to the file. */
enum rc checkpointer_write(const struct checkpointer_sources *sources,
    const struct checkpointer_state *state, int fd, struct err *err);

#endif
