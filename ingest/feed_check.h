/*
 * The header of a request, checked before anything of it is believed. What two
 * servers in a row could read in two ways is refused: that is how requests are
 * smuggled past the one in front (RFC 9112, sections 6.3 and 11.2).
 *
 *   feed_check_init(&check);
 *   feed_check_field(&check, name, value);   every field, in order
 *   fault = feed_check_end(&check, post);    NULL: good
 */
#ifndef INGEST_FEED_CHECK_H
#define INGEST_FEED_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct feed_check {
	const char *fault; /* the first, a constant */
	unsigned seen;	   /* bits of the fields that may stand once */
	bool chunked;
	uint64_t content_length; /* UINT64_MAX: larger than it can say */
};

void feed_check_init(struct feed_check *check);
void
feed_check_field(struct feed_check *check, struct span name, struct span value);
/* `body`: the method wants one, so its length must be told. */
const char *feed_check_end(struct feed_check *check, bool body);

/* Whether X-Amz-Firehose-Common-Attributes is what AWS says it is: a JSON
 * object whose commonAttributes is an object of strings. */
bool feed_check_attributes(struct span value);

/* Names of fields are told apart without regard to case. */
bool feed_check_same(struct span a, const char *b);

#endif
