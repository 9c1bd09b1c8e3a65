/* What one entry caused. */
#ifndef SCHEMAS_OUTCOME_H
#define SCHEMAS_OUTCOME_H

#include "base/arena.h"
#include "schemas/alarm.h"

#define TRANSITION_ID_SIZE 40

/* An alarm's change of state. */
struct transition {
	char id[TRANSITION_ID_SIZE]; /* of log position and alarm alone */
	uint64_t seq;
	int64_t time_ms;	   /* the entry's clock */
	const struct alarm *alarm; /* lives until the next ENTRY_CONFIG */
	enum alarm_state from, to;
	struct span reason; /* StateReason */
	struct span data;   /* StateReasonData, a JSON object */
	bool revised;	    /* late data changed a verdict given before */
};

/* Input that was refused: where, and why. Goes to quarantine. */
struct reject {
	size_t record;	    /* index in the entry's records */
	size_t item;	    /* line or message in the record, from 1 */
	size_t offset;	    /* byte in the record */
	size_t len;	    /* of what is refused, from offset */
	const char *reason; /* a constant */
};

/*
 * Points in = points out + named losses:
 * decoded = kept + replaced + kept_old + late + future + unread + refused.
 */
struct outcome_counts {
	uint64_t decoded;  /* points that the decoder gave */
	uint64_t kept;	   /* new panes */
	uint64_t replaced; /* panes that a later version replaced */
	uint64_t kept_old; /* a version with a lower count came later */
	uint64_t late;	   /* older than any window that reads the series */
	uint64_t future;   /* further ahead than LIMIT_FUTURE_MS */
	uint64_t unread;   /* of series that no alarm reads */
	uint64_t refused;  /* new series above LIMIT_SERIES */
};

/* The caller clears it with outcome_clear() before each entry. */
struct outcome {
	struct arena arena; /* owns all that follows */
	struct transition *transitions;
	size_t ntransitions;
	struct reject *rejects; /* the first LIMIT_QUARANTINE_REJECTS */
	size_t nrejects;
	size_t nrejects_over; /* those behind them, only counted */
	struct outcome_counts counts;
	/* Definitions whose reading is ambiguous, as sentences for people;
	 * each is reported once in the engine's life. */
	const char **complaints;
	size_t ncomplaints;
};

#endif
