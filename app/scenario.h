/*
 * A scenario: a small description (YAML) of fleets, daily shapes, noise and
 * events, and the metric stream that it tells of. The same file gives the
 * same bytes on every machine. docs/scenario.md describes the file.
 *
 * The stream comes as batches, one a Region and arrival, in order of arrival;
 * their lines are CloudWatch metric stream JSON as AWS writes it.
 *
 * Ownership. The scenario owns everything that it gives out.
 * Threads. One at a time. Limits. LIMIT_SERIES series.
 */
#ifndef APP_SCENARIO_H
#define APP_SCENARIO_H

#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/rc.h"
#include "base/span.h"

struct scenario;

/* What arrives together. */
struct scenario_batch {
	int64_t arrival_ms;
	struct span region;
	struct span lines; /* each ends in a newline */
	uint64_t points;
};

/* Reads the description; RC_REJECT with `faults` that name their places. */
enum rc scenario_open(struct scenario **scenario, const char *path,
    struct faults *faults, struct err *err);
void scenario_close(struct scenario **scenario);
/* A number of the description alone: the id of the segment made of it. */
uint64_t scenario_id(const struct scenario *scenario);
/* The simulated time at which the stream begins and ends: ticks fill it. */
int64_t scenario_start_ms(const struct scenario *scenario);
int64_t scenario_end_ms(const struct scenario *scenario);
/* The next batch; it lives until the next call. RC_AGAIN at the end;
 * RC_REJECT when a Region's minute is above LIMIT_ENTRY_BYTES. */
enum rc scenario_next(struct scenario *scenario, struct scenario_batch *batch);

/*
 * The whole stream as one segment of ours (a .zst file): batches at their
 * arrival times and a tick every ten seconds. Faults of the description go to
 * standard error; RC_REJECT then, RC_FATAL when `out` cannot be written.
 */
enum rc scenario_write(const char *path, FILE *out, struct err *err);
/*
 * The batches as JSON lines, for programs that post them:
 * {"arrival":"2026-…Z","region":"us-east-1","points":42,"lines":"{…}\n{…}\n"}
 */
enum rc scenario_write_batches(const char *path, FILE *out, struct err *err);

#endif
