/*
 * The evaluator: reads the journal, from a checkpoint or its beginning on,
 * applies every entry to the engine, and hands the outcome on. Recovery is the
 * same as running: what was delivered is known to the notifier, what is in
 * quarantine is known by the file's name.
 *
 *   journal ─▶ reader ─▶ engine ─▶ transitions ─▶ page, log, notifier,
 *                             │                   outcomes log
 *                             ├──▶ rollups ─────▶ page, gauges
 *                             └──▶ rejects ─────▶ quarantine
 *   between two entries: the checkpointer
 *
 * Threads. One of its own, which also writes the quarantine and forks for
 * checkpoints. position, behind, standing: any.
 */
#ifndef APP_EVALUATOR_H
#define APP_EVALUATOR_H

#include "app/checkpointer.h"
#include "app/delay_follow.h"
#include "app/heard_report.h"
#include "app/transitions.h"
#include "base/counter.h"
#include "journal/journal.h"
#include "journal/outcomes.h"
#include "sinks/notifier.h"

struct evaluator;

struct evaluator_options {
	struct journal *journal;
	const char *journal_folder, *quarantine_folder;
	struct transitions *transitions;
	struct transitions *rollups; /* lines of theirs, for the page */
	struct heard_report *heard;  /* NULL: nobody asks */
	struct delay_follow *follow; /* NULL: no delay follows */
	struct outcomes *outcomes;   /* NULL: nobody reads them */
	unsigned rollup_sinks;	   /* ROLLUP_ARCHIVE, ROLLUP_REPLICA: who reads
				      lines of rollups there */
	struct notifier *notifier; /* NULL: nobody is told */
	struct checkpointer *checkpointer; /* NULL: none are made */
	/* Where to go on; NULL, 0, none: at the log's beginning. The engine is
	 * taken, also by a start that fails. */
	struct engine *engine; /* evaluator_engine(), with its memory */
	uint64_t seq;
	struct span config; /* the last config entry's payload */
};

enum {
	EVALUATOR_ENTRIES,
	EVALUATOR_DECODED,
	EVALUATOR_KEPT,
	EVALUATOR_REPLACED,
	EVALUATOR_KEPT_OLD,
	EVALUATOR_LATE,
	EVALUATOR_FUTURE,
	EVALUATOR_UNREAD,
	EVALUATOR_REFUSED,
	EVALUATOR_REJECTED,
	EVALUATOR_UNGROUPED,
	EVALUATOR_ROLLUP_LINES,
	EVALUATOR_ROLLUP_CUT,
	EVALUATOR_TO_INSUFFICIENT, /* in the order of enum alarm_state */
	EVALUATOR_TO_OK,
	EVALUATOR_TO_ALARM,
	EVALUATOR_FORGOTTEN,
	EVALUATOR_COMPLAINTS,
	EVALUATOR_CONFIG_BAD,
	EVALUATOR_DAMAGED,
	EVALUATOR_POSITION, /* from here on gauges */
	EVALUATOR_SERIES,
	EVALUATOR_SERIES_READ,
	EVALUATOR_PANES,
	EVALUATOR_ALARMS,
	EVALUATOR_IN_ALARM,
	EVALUATOR_ROLLUPS,
	EVALUATOR_ROLLUP_GROUPS,
	EVALUATOR_UNHEARD,
	EVALUATOR_STANDING,
	EVALUATOR_STATS
};
extern struct counter evaluator_stats[EVALUATOR_STATS];

/* An engine as the evaluator's are. */
struct engine *evaluator_engine(void);
enum rc evaluator_start(struct evaluator **evaluator,
    const struct evaluator_options *options, struct err *err);
/* The entry up to which all is applied, and the last one at the start: until
 * the first has reached the second it recovers. */
uint64_t evaluator_position(const struct evaluator *evaluator);
uint64_t evaluator_goal(const struct evaluator *evaluator);
/* How old the oldest entry is, at `now_ms` of the journal's clock, that is
 * not applied; 0: all are. */
int64_t evaluator_behind_ms(const struct evaluator *evaluator, int64_t now_ms);
/* Entries wait and none was applied for a while: true, with the reason. */
bool evaluator_standing(const struct evaluator *evaluator, struct buf *why);
/* Appends the last config entry's payload, once recovered. */
void evaluator_config(struct evaluator *evaluator, struct buf *out);
/*
 * Applies what is durable, then ends its thread. While recovering it ends at
 * once, and a push that waits for room is given up after `within_ms`: the next
 * start applies and sends what is left.
 */
void evaluator_end(struct evaluator *evaluator, int64_t within_ms);
/* After that, and notifier_drain(): the last checkpoint. None when a push was
 * given up: the next start reads on from an earlier one. */
void evaluator_checkpoint(struct evaluator *evaluator);
/* Ends it at once if that was not done, and frees. NULL is fine. */
void evaluator_stop(struct evaluator **evaluator);

#endif
