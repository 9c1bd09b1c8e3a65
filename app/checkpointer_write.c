/* The parts of a checkpoint, made and written: in a forked child, so without a
 * lock and without a log. */
#include "app/checkpointer.h"
#include "journal/checkpoint.h"

static const char *const checkpointer_parts[CHECKPOINT_PARTS] = {
    [CHECKPOINT_JOURNAL] = "request ids",
    [CHECKPOINT_ENGINE] = "series and alarms",
    [CHECKPOINT_CONFIG] = "configuration",
    [CHECKPOINT_NOTIFIER] = "notifications",
    [CHECKPOINT_TRANSITIONS] = "transitions"};

enum rc
checkpointer_write(const struct checkpointer_sources *sources,
    const struct checkpointer_state *state, int fd, struct err *err)
{
	struct buf bufs[CHECKPOINT_PARTS] = {{0}};
	struct span parts[CHECKPOINT_PARTS];
	enum rc rc = RC_OK;

	journal_save(sources->journal, state->seq, &bufs[CHECKPOINT_JOURNAL]);
	engine_save(state->engine, &bufs[CHECKPOINT_ENGINE]);
	buf_span_put(&bufs[CHECKPOINT_CONFIG], state->config);
	if (sources->notifier != NULL)
		notifier_save(sources->notifier, &bufs[CHECKPOINT_NOTIFIER]);
	transitions_save(sources->transitions, &bufs[CHECKPOINT_TRANSITIONS]);
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++) {
		if (rc == RC_OK && buf_failed(&bufs[i]))
			rc = err_set(err, RC_RETRY, "too large: %s",
			    checkpointer_parts[i]);
		parts[i] = buf_span(&bufs[i]);
	}
	if (rc == RC_OK)
		rc = checkpoint_write(fd, state->seq, parts, err);
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++)
		buf_fini(&bufs[i]);
	return rc;
}
