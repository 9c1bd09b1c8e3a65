/*
 * Where a start goes on: at the newest checkpoint that can be used, else at
 * the one before it, else at the beginning of the log. One that cannot be used
 * is set aside and told; it is never a reason not to start.
 *
 *   checkpoint ─▶ engine, notifications (checked), journal  all took theirs?
 *       ▲                                                      │ no
 *       └────────────── the one before ◀── set aside ──────────┘
 *
 * Ownership. The recovery owns the checkpoint's parts; the engine is for the
 * one who takes it (NULL then).
 */
#ifndef APP_RECOVERY_H
#define APP_RECOVERY_H

#include "journal/checkpoint.h"
#include "journal/journal.h"
#include "pipeline/engine.h"

struct recovery {
	struct checkpoint checkpoint; /* seq 0: none */
	struct engine *engine;	      /* NULL: none */
};

struct recovery_folders {
	const char *checkpoints, *journal;
};

/* Opens the journal. RC_FATAL: it, or the folder of the checkpoints, cannot
 * be used. */
enum rc recovery_open(struct recovery *recovery, struct journal **journal,
    const struct recovery_folders *folders, const struct journal_config *config,
    const struct journal_clock *clock, struct err *err);
/* The bytes of a part; none without a checkpoint. */
struct span
recovery_part(const struct recovery *recovery, enum checkpoint_part part);
void recovery_fini(struct recovery *recovery);

#endif
