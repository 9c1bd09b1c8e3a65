/*
 * The id of what one tocsin sends to another, by whatever way: it says which
 * log a batch came from first, so that none goes round nor is kept twice.
 *
 *   tocsin-0123456789abcdef-42-1789384732496[-1]
 *          origin           seq arrival       part
 *
 * The origin is the log's own (journal/origin.h); seq and arrival are the
 * entry's there. Whoever sends a batch on keeps the id it came with. Parts
 * count from 1, where one message cannot hold the batch; one that is cut again
 * on its way has another number behind. Arrival is there for a log that was
 * set back to an older copy: what it numbers anew has other ids.
 *
 * Pure.
 */
#ifndef JOURNAL_REPLICA_ID_H
#define JOURNAL_REPLICA_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "schemas/entry.h"

#define REPLICA_ORIGIN 16 /* hex digits */

/* Whether it is of that form, or of that of 0.1.0-rc: without arrival. */
bool replica_id_is(struct span id);
/* The seq that an id of this origin names; 0: it is of another, or no such
 * id at all. */
uint64_t replica_id_seq(struct span id, struct span origin);
/* The id of a batch, without a part of our own. */
void replica_id_print(
    struct buf *out, struct span origin, const struct entry *entry);

#endif
