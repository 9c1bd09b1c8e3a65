/*
 * The archive's other families: the transitions, or the lines of rollups, of
 * each sealed segment's entries as JSON lines in zstd, one object a segment
 * that has any (s3_key.h).
 * They come from the outcomes log, and so are a function of the log.
 *
 * A segment is skipped, which is told, when its lines were not kept from its
 * first entry on: the archive was told to send them only later.
 */
#ifndef SINKS_S3_LINES_H
#define SINKS_S3_LINES_H

#include "journal/journal.h"
#include "journal/outcomes.h"
#include "sinks/delivery.h"
#include "sinks/s3_bucket.h"

struct s3_lines;

struct s3_family {
	enum outcomes_kind kind;
	const char *name; /* transitions, rollups */
};

/* `name`: of files and metrics; `folder` holds the position. What it borrows
 * outlives it. */
enum rc s3_lines_start(struct s3_lines **lines, const struct s3_family *family,
    const struct s3_bucket *bucket, const char *name, struct journal *journal,
    struct outcomes *outcomes, const char *folder, struct err *err);
const struct delivery *s3_lines_delivery(const struct s3_lines *lines);
void s3_lines_stop(struct s3_lines **lines, int64_t within_ms);

#endif
