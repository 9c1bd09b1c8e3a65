/*
 * The names of objects, functions of log position alone; the time in them is
 * the arrival (UTC) of the segment's first entry:
 *
 *   PREFIX/NAME/
 *     year=2026/month=09/day=14/hour=11/SEQ.zst            a segment
 *     transitions/year=2026/month=09/day=14/
 *                                  SEQ.transitions.jsonl.zst  its lines
 *     rollups/year=2026/month=09/day=14/SEQ.rollups.jsonl.zst
 *     manifest/year=2026/month=09/day=14/
 *                                  segments.manifest.jsonl
 *
 * SEQ is the segment's first log position in 20 digits, so that keys sort as
 * the log does.
 */
#ifndef SINKS_S3_KEY_H
#define SINKS_S3_KEY_H

#include "journal/journal.h"
#include "sinks/s3_bucket.h"

/* Appends PREFIX/NAME/, without a '/' before it. */
void s3_key_root(struct buf *out, const struct s3_bucket *bucket);
/* Each appends what follows the root. */
void s3_key_segment(struct buf *out, const struct journal_segment *segment);
/* `family`: transitions or rollups. */
void s3_key_lines(
    struct buf *out, const char *family, const struct journal_segment *segment);
void s3_key_manifest(struct buf *out, int64_t day);

/* The day of a time, since 1970. */
int64_t s3_key_day(int64_t ms);

#endif
