#include "app/recovery.h"

#include <malloc.h>

#include "app/evaluator.h"
#include "base/log.h"
#include "sinks/notifier.h"

struct span
recovery_part(const struct recovery *recovery, enum checkpoint_part part)
{
	return buf_span(&recovery->checkpoint.parts[part]);
}

void
recovery_fini(struct recovery *recovery)
{
	engine_free(&recovery->engine);
	checkpoint_fini(&recovery->checkpoint);
	*recovery = (struct recovery){0};
}

/* The parts take what is theirs; the engine's bytes, the most of all, are
 * given back before the others need room. */
static enum rc
recovery_take(struct recovery *recovery, struct err *err)
{
	enum rc rc;

	recovery->engine = evaluator_engine();
	rc = engine_load(
	    recovery->engine, recovery_part(recovery, CHECKPOINT_ENGINE), err);
	buf_fini(&recovery->checkpoint.parts[CHECKPOINT_ENGINE]);
	if (rc == RC_OK)
		rc = notifier_check(
		    recovery_part(recovery, CHECKPOINT_NOTIFIER), err);
	return rc;
}

/* RC_REJECT: not with this one. RC_AGAIN: there is none before `before`. */
static enum rc
recovery_try(struct recovery *recovery, uint64_t before,
    struct journal **journal, const struct recovery_folders *folders,
    const struct journal_config *config, const struct journal_clock *clock,
    struct err *err)
{
	struct journal_resume resume;
	enum rc rc = checkpoint_read(
	    folders->checkpoints, before, &recovery->checkpoint, err);

	if (rc == RC_OK)
		rc = recovery_take(recovery, err);
	if (rc != RC_OK)
		return rc;
	resume = (struct journal_resume){recovery->checkpoint.seq,
	    recovery_part(recovery, CHECKPOINT_JOURNAL)};
	rc = journal_open(
	    journal, folders->journal, config, clock, &resume, err);
	buf_fini(&recovery->checkpoint.parts[CHECKPOINT_JOURNAL]);
	return rc;
}

enum rc
recovery_open(struct recovery *recovery, struct journal **journal,
    const struct recovery_folders *folders, const struct journal_config *config,
    const struct journal_clock *clock, struct err *err)
{
	uint64_t before = UINT64_MAX;
	enum rc rc;

	*recovery = (struct recovery){0};
	while ((rc = recovery_try(recovery, before, journal, folders, config,
		    clock, err)) == RC_REJECT) {
		before = recovery->checkpoint.seq;
		log_warn("checkpoint_unusable", "seq=%llu reason=%s",
		    (unsigned long long)before, err->text);
		checkpoint_set_aside(folders->checkpoints, before);
		recovery_fini(recovery);
	}
	if (rc == RC_OK) {
		malloc_trim(0); /* reading took as much again */
		log_info("checkpoint_loaded", "seq=%llu",
		    (unsigned long long)recovery->checkpoint.seq);
		return RC_OK;
	}
	recovery_fini(recovery);
	return rc == RC_AGAIN
	    ? journal_open(journal, folders->journal, config, clock, NULL, err)
	    : RC_FATAL;
}
