/*
 * The origin: what tells this log from all others, 64 random bits as 16 hex
 * digits, in the file `origin` of the data folder. Made once and never
 * changed; two tocsins with one origin take what the other sends for their own
 * and do not keep it, so whoever copies a data folder leaves this file behind.
 */
#ifndef JOURNAL_ORIGIN_H
#define JOURNAL_ORIGIN_H

#include "base/rc.h"
#include "journal/replica_id.h"

/* Reads it, or makes it durably. RC_FATAL: it cannot be read or is no origin.
 * `out` ends in NUL. */
enum rc
origin_load(char out[REPLICA_ORIGIN + 1], const char *folder, struct err *err);

#endif
