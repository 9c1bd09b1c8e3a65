/*
 * What an alarm, or one of its contributors, remembers: its state, since when
 * and why. The words of the state that is left go into the next message.
 *
 * Ownership. Owns the two texts.
 */
#ifndef PIPELINE_ALARM_MEMORY_H
#define PIPELINE_ALARM_MEMORY_H

#include "pipeline/outcome.h"

struct memory {
	enum alarm_state state;
	int64_t since_ms;     /* when it was entered, or the alarm made */
	uint64_t changed_seq; /* the entry that changed it last */
	struct span reason, data;
};

void memory_fini(struct memory *memory);
void memory_copy(struct memory *to, const struct memory *from);
void memory_set(struct memory *memory, enum alarm_state state, int64_t since_ms,
    struct span reason, struct span data);

/*
 * Enters a state: fills what the transition tells of before, remembers what
 * it tells of now, and appends it to the outcome. The caller has set alarm,
 * time, reason, data (in the outcome's arena) and what is special.
 */
void memory_enter(struct memory *memory, struct transition *transition,
    enum alarm_state state, struct outcome *outcome);

#endif
