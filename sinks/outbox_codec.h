/*
 * The notifications that wait, as bytes and back: schemas/outbox.proto. For
 * notifier*.c alone.
 */
#ifndef SINKS_OUTBOX_CODEC_H
#define SINKS_OUTBOX_CODEC_H

#include "base/rc.h"
#include "sinks/lane.h"

/* Of what outbox_save() writes. Version 1, of SNS alone, is read too. */
#define OUTBOX_VERSION 2

/* Appends what the lanes have not delivered. Takes no lock, logs nothing. */
void outbox_save(const struct lanes *lanes, struct buf *out);

/* `first` is the list of all, each destination's in the order of the log;
 * `seq` the entry up to which they are. RC_REJECT: these are no bytes of
 * outbox_save(), or of another version; `first` is NULL then. */
enum rc outbox_load(struct span bytes, struct notification **first,
    uint64_t *seq, struct err *err);

#endif
