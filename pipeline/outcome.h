/* Filling an outcome: what one entry caused, in the order it happened. */
#ifndef PIPELINE_OUTCOME_H
#define PIPELINE_OUTCOME_H

#include "schemas/outcome.h"

void outcome_init(struct outcome *outcome);
void outcome_clear(struct outcome *outcome);
void outcome_fini(struct outcome *outcome);

/* Appends it, and gives it its id: a function of the log position
 * (outcome->seq), the alarm and its contributor alone. */
void outcome_transition(
    struct outcome *outcome, const struct transition *transition);
/* Appends it; false when there are LIMIT_ROLLUP_LINES: it is counted. */
bool outcome_rollup(struct outcome *outcome, const struct rollup_line *line);
void outcome_change(struct outcome *outcome, const struct alarm_change *change);
/* A sentence for people; NULL is none. */
void outcome_complain(struct outcome *outcome, const char *complaint);

#endif
