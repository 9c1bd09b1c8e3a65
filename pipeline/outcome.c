#include "pipeline/engine.h"

void
outcome_init(struct outcome *outcome)
{
	*outcome = (struct outcome){0};
	arena_init(&outcome->arena);
}

void
outcome_clear(struct outcome *outcome)
{
	struct arena arena = outcome->arena;

	arena_reset(&arena);
	*outcome = (struct outcome){.arena = arena};
}

void
outcome_fini(struct outcome *outcome)
{
	arena_fini(&outcome->arena);
}
