#include "pipeline/alarm/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* CloudWatch's words for an alarm that was never evaluated. */
#define MEMORY_INITIAL "Unchecked: Initial alarm creation"

static struct span
memory_text(struct span text)
{
	char *copy = malloc(text.len + 1);

	if (copy == NULL)
		log_die("out of memory: reasons of alarms");
	memcpy(copy, text.len > 0 ? text.at : "", text.len);
	copy[text.len] = '\0';
	return span_make(copy, text.len);
}

static void
memory_free(struct span *text)
{
	free((void *)(uintptr_t)text->at);
	*text = (struct span){0};
}

void
memory_fini(struct memory *memory)
{
	memory_free(&memory->reason);
	memory_free(&memory->data);
}

void
memory_set(struct memory *memory, enum alarm_state state, int64_t since_ms,
    struct span reason, struct span data)
{
	struct memory old = *memory;

	*memory = (struct memory){state, since_ms, old.changed_seq,
	    memory_text(reason), memory_text(data)};
	memory_fini(&old);
}

void
memory_copy(struct memory *to, const struct memory *from)
{
	memory_set(to, from->state, from->since_ms, from->reason, from->data);
	to->changed_seq = from->changed_seq;
}

void
memory_enter(struct memory *memory, struct transition *transition,
    enum alarm_state state, struct outcome *outcome)
{
	bool initial = memory->reason.len == 0;

	transition->from = memory->state;
	transition->to = state;
	transition->from_time_ms = memory->since_ms;
	transition->from_reason = initial
	    ? SPAN_OF(MEMORY_INITIAL)
	    : arena_copy(&outcome->arena, memory->reason);
	transition->from_data = arena_copy(&outcome->arena, memory->data);
	memory_set(memory, state, transition->time_ms, transition->reason,
	    transition->data);
	memory->changed_seq = outcome->seq;
	outcome_transition(outcome, transition);
}
