/* The journal's coding of payloads, apart from the bench's other headers: both
 * have names for formats. */
#ifndef BENCH_INGEST_PACKING_H
#define BENCH_INGEST_PACKING_H

#include <stdbool.h>

#include "base/buf.h"

struct expander;

/* As journal/codec.h has them, for `plain_len` bytes in zstd. */
struct expander *packing_create(void);
void packing_free(struct expander **expander);
void
packing_squeeze(struct buf *out, const struct span *records, size_t nrecords);
bool packing_expand(struct expander *expander, struct span packed,
    size_t plain_len, struct buf *out);

#endif
