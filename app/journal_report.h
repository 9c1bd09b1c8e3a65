/*
 * What `tocsin journal` says of checkpoints and of repairing, as JSON lines on
 * standard output; damage on standard error too.
 */
#ifndef APP_JOURNAL_REPORT_H
#define APP_JOURNAL_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

/* A damaged place: said on standard error, and put into a JSON list. */
void journal_report_damage(struct buf *list, const char *path, uint64_t offset,
    bool torn, const char *reason);
/* ,"key":"TIME" */
void journal_report_time(struct buf *out, const char *key, int64_t ms);

/* Copies DIR's journal to a new folder, an object a segment. */
enum rc journal_report_repair(
    const char *from, const char *to, bool *damaged, struct err *err);
/* An object for each checkpoint of a data folder, the newest first. */
enum rc
journal_report_checkpoints(const char *data, bool *damaged, struct err *err);

#endif
