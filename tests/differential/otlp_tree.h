/*
 * The tree that protobuf-c makes of an OTLP message, as oracle of our own
 * visitor, which makes none.
 */
#ifndef TESTS_DIFFERENTIAL_OTLP_TREE_H
#define TESTS_DIFFERENTIAL_OTLP_TREE_H

#include <stdbool.h>

#include "pipeline/decode/decode.h"
#include "schemas/otlp.pb-c.h"

/*
 * The points of `out` from `first` on stand in the tree, in its order, bit for
 * bit, and what else stands there was rejected. What `known` points to is a
 * series_key. *points grows by those compared. NULL, or what is wrong.
 */
const char *otlp_tree_compare(const Otlp__Request *request,
    const struct decoded *out, size_t first, size_t nrejects, size_t *points);

/* Whether the tree says all that the message of this length does, and nothing
 * that the two may understand differently: no field twice or of no meaning. */
bool otlp_tree_is_whole(const Otlp__Request *request, size_t len);

#endif
