/*
 * The series of a scenario: what one of them says in one minute, events
 * included, and the line that AWS would write of it.
 *
 * Every figure is a function of the seed, the series' own name and the
 * minute: a series that is added changes no other.
 */
#ifndef APP_SCENARIO_SERIES_H
#define APP_SCENARIO_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "schemas/point.h"

struct scenario_series {
	struct series_key key;
	struct span head; /* the line up to the timestamp's digits */
	size_t region;	  /* index in the scenario's regions */
	double value, amplitude;
	int64_t peak_ms; /* after midnight UTC */
	double noise;	 /* of a minute against the next, a share of it */
	double spread;	 /* of the samples within a minute, the same */
	double low, high;
	double samples; /* a minute */
	int64_t every_ms;
	int64_t together_ms; /* points of so many minutes come together */
	bool counts; /* the value is a number of samples, each of which is 1:
			nothing is sent when there are none */
	bool whole;  /* the value is rounded to a whole number */
};

enum scenario_change {
	CHANGE_SET,
	CHANGE_ADD,
	CHANGE_SCALE,
	CHANGE_RAMP, /* evenly, so that it is there when the event ends */
	CHANGE_STOP
};

/* For a while, something is otherwise with the series that match. */
struct scenario_event {
	int64_t at_ms, until_ms; /* since 1970 */
	struct series_key match; /* what is empty matches any */
	enum scenario_change change;
	double to;
};

struct scenario_figures {
	double max, min, sum, count;
};

bool scenario_event_matches(
    const struct scenario_event *event, const struct scenario_series *series);

/* A number in [-1, 1], nearer 0 more often. */
double scenario_chance(uint64_t seed, uint64_t name, int64_t time_ms);

/* False when the series sends nothing for the minute that begins there. */
bool scenario_series_minute(const struct scenario_series *series,
    const struct scenario_event *events, size_t nevents, uint64_t seed,
    int64_t minute_ms, struct scenario_figures *out);

/* The line as AWS writes it: key order, Java's numbers. `head` comes from
 * scenario_series_head() with the stream's name. */
void scenario_series_head(
    struct buf *out, const struct series_key *key, struct span stream);
void scenario_series_line(struct buf *out, const struct scenario_series *series,
    int64_t minute_ms, const struct scenario_figures *figures);

#endif
