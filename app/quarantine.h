/*
 * Quarantine: what the pipeline refused, with its reason, in files named by
 * the entry: FOLDER/SEQ.jsonl (20 digits), one JSON object a reject:
 *
 *   {"seq","time","source","request_id","record","item","offset","bytes",
 *    "reason","encoding":"text"|"base64","data"}
 *
 * `record` counts from 0 in the request; `data` is the refused bytes, at most
 * LIMIT_QUARANTINE_BYTES of them. An entry's file is written once: reading
 * the log again adds nothing.
 *
 * Threads. One. Limits. LIMIT_QUARANTINE_REJECTS and _FILE an entry; the rest
 * is counted, and stays in the journal.
 */
#ifndef APP_QUARANTINE_H
#define APP_QUARANTINE_H

#include "base/buf.h"
#include "base/counter.h"
#include "base/rc.h"
#include "schemas/entry.h"
#include "schemas/outcome.h"

enum {
	QUARANTINE_FILES,
	QUARANTINE_LEFT_OUT, /* rejects above the limit of an entry */
	QUARANTINE_FAILED,   /* files that could not be written */
	QUARANTINE_STATS
};
extern struct counter quarantine_stats[QUARANTINE_STATS];

/* The folder exists. RC_RETRY when the file cannot be written. */
enum rc quarantine_write(const char *folder, const struct entry *entry,
    const struct outcome *outcome, struct err *err);
/* The lines alone; gives how many rejects they are of. */
size_t quarantine_print(
    struct buf *out, const struct entry *entry, const struct outcome *outcome);

#endif
