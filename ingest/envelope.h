/*
 * The Firehose request body: {"requestId","timestamp","records":[{"data"}]}.
 * Used by the endpoint and by replay of saved bodies.
 *
 * Ownership. Records live in the arena (base64 undone, gzip inside undone,
 * the missing newline of a JSON record added).
 */
#ifndef INGEST_ENVELOPE_H
#define INGEST_ENVELOPE_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/span.h"

struct envelope {
	struct span request_id;
	const struct span *records;
	size_t nrecords;
};

/* RC_REJECT: err says what is wrong, with the index of the record. request_id
 * is set when it was found, also then. */
enum rc envelope_parse(struct envelope *out, struct span body,
    struct arena *arena, struct err *err);

#endif
