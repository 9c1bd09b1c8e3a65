/*
 * A random log for the engine: the oracle's world as a metric stream would
 * send it, with batches that come again, and definitions that change.
 */
#ifndef TESTS_UNIT_PIPELINE_DETERMINISM_STREAM_H
#define TESTS_UNIT_PIPELINE_DETERMINISM_STREAM_H

#include "base/arena.h"
#include "schemas/entry.h"

struct stream {
	struct arena arena; /* owns all that follows */
	struct entry *entries;
	size_t count;
	int64_t delay_ms; /* struct engine_options */
	size_t batches, repeats, configs;
};

/* A function of the seed alone. */
void stream_make(struct stream *stream, uint64_t seed);
void stream_fini(struct stream *stream);

#endif
