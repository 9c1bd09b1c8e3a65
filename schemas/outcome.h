/* What one entry caused. */
#ifndef SCHEMAS_OUTCOME_H
#define SCHEMAS_OUTCOME_H

#include "base/arena.h"
#include "schemas/alarm.h"
#include "schemas/rollup.h"

#define TRANSITION_ID_SIZE 40

/* A contributor: one group of a Metrics Insights query in an alarm. */
struct contributor_name {
	char id[17];		       /* 16 hex digits, of the values alone */
	const struct dimension *label; /* label → value, in GROUP BY's order */
	size_t nlabels;
};

/* An alarm that made a composite what it is. */
struct trigger {
	struct span arn;
	enum alarm_state state;
	int64_t time_ms; /* when it entered that state */
};

/* An alarm's change of state. */
struct transition {
	char id[TRANSITION_ID_SIZE]; /* of log position and alarm alone */
	uint64_t seq;
	int64_t time_ms;	   /* the entry's clock */
	int64_t received_ns;	   /* the entry's; 0: not known */
	const struct alarm *alarm; /* lives until the next ENTRY_CONFIG */
	enum alarm_state from, to;
	struct span reason; /* StateReason */
	struct span data;   /* StateReasonData, a JSON object */
	/* The same of the state that is left. */
	struct span from_reason, from_data;
	int64_t from_time_ms;
	bool revised;  /* late data changed a verdict given before */
	bool released; /* from = to: a suppression or a mute ended, the actions
			  of the state run now */
	bool muted;    /* actions do not run: a mute rule's window is open */
	bool after_mute; /* ActionExecutedAfterMuteWindow */
	/* Composites: actions do not run now. The suppressor's ARN, and when
	 * it entered ALARM (SUPPRESSED_ALARM only). */
	enum suppressed_by suppressed_by;
	struct span suppressor_arn;
	int64_t suppressor_time_ms;
	const struct trigger *triggers; /* composites */
	size_t ntriggers;
	const struct contributor_name *contributor; /* NULL: the alarm itself */
	bool alone; /* of an alarm with contributors: none of them changed with
		       it, so that its own actions run */
};

/* A definition that came, changed or went (ENTRY_CONFIG). */
struct alarm_change {
	const struct alarm *before, *after; /* NULL: created, deleted */
	int64_t time_ms;
	uint64_t seq;
	enum alarm_state state; /* stays as it was */
	struct span reason, data;
	int64_t state_time_ms;
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
	uint64_t unread;   /* of series that no alarm or rollup reads */
	uint64_t refused;  /* new series above LIMIT_SERIES */
	/* Beside the identity: series (not points) that found no room among
	 * the groups of an alarm or a rollup (LIMIT_CONTRIBUTORS). */
	uint64_t ungrouped;
	uint64_t cut; /* lines of rollups above LIMIT_ROLLUP_LINES */
};

/* The caller clears it with outcome_clear() before each entry. */
struct outcome {
	struct arena arena; /* owns all that follows */
	uint64_t seq;	    /* the entry's */
	struct transition *transitions;
	size_t ntransitions;
	/* Of rollups, in the order of the configuration; windows by their
	 * start, groups by their values. What they point to lives until the
	 * next ENTRY_CONFIG. */
	struct rollup_line *rollups;
	size_t nrollups;
	struct alarm_change *changes; /* live until the next entry */
	size_t nchanges;
	struct reject *rejects; /* the first LIMIT_QUARANTINE_REJECTS */
	size_t nrejects;
	size_t nrejects_over; /* those behind them, only counted */
	struct outcome_counts counts;
	size_t forgotten; /* series not seen for the time that is set */
	/* Definitions that cannot be read, are ambiguous, or ask for what the
	 * stream does not carry, as sentences for people; each is reported once
	 * by the definitions at hand. */
	const char **complaints;
	size_t ncomplaints;
};

#endif
