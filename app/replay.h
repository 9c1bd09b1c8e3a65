/*
 * Replay: entries through the live pipeline, transitions to standard output,
 * nothing published. What could not be read, and what definitions leave
 * unclear, goes to standard error.
 */
#ifndef APP_REPLAY_H
#define APP_REPLAY_H

#include "app/config.h"
#include "app/inputs.h"

/* What is printed of each transition, a line each. */
enum replay_as {
	REPLAY_AS_TRANSITIONS, /* the contract's line */
	REPLAY_AS_SNS,	       /* the message to a topic */
	REPLAY_AS_EVENTS,      /* EventBridge's; also of changed definitions */
	REPLAY_AS_LAMBDA       /* what a function is called with */
};

struct replay_options {
	int64_t from_ms, to_ms; /* INT64_MIN: not given */
	int64_t since_ms;	/* log order: what arrived before is not read */
	int64_t delay_ms;	/* -1: those of the definitions */
	int64_t step_ms;
	bool ahead; /* inputs are read by another thread */
	enum replay_as as;
	bool rollups; /* their lines are printed too */
	bool restart; /* the engine is saved, freed and loaded after each
			 entry: a test of what it remembers */
	/* Takes each line of a rollup; nothing is printed then. */
	void (*tell)(void *cookie, const struct rollup_line *line);
	void *cookie;
	/* Definitions of its own; NULL: those in the log. */
	const struct config *config;
};

/*
 * Inputs that are all segments are taken as they are, in log order; anything
 * else in event order. Returns a status: STATUS_BAD when an input is damaged.
 */
int replay(struct inputs *inputs, const struct replay_options *options);

#endif
